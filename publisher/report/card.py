"""The week as one picture for a messenger: who, when, three numbers, what was missed. Drawn like the brand's cards."""

from __future__ import annotations

import io

from django.utils.translation import gettext, override
from PIL import Image

from publisher.render.canvas import Canvas, rounded
from publisher.render.colours import mixed
from publisher.render.layouts import TextBox
from publisher.render.typeset import Setter
from publisher.report.letterhead import letterhead
from publisher.report.page import Figure, WeekPage

WIDTH, HEIGHT, EDGE = 1080, 1350, 64
INNER = WIDTH - 2 * EDGE
GOOD, BAD = (95, 211, 151), (255, 140, 122)
PANEL = 0.55  # of the way from the background to the ground of bubbles
TONES = {"above": GOOD, "below": BAD}
ROW, GAP = 268, 22


def week_card(page: WeekPage) -> bytes:
    """PNG, 1080 × 1350. Raises TextDoesNotFit where a name is too long for its line."""
    kit = letterhead(page.head)
    canvas = Canvas(kit, Image.new("RGB", (WIDTH, HEIGHT), kit.colour("night")), Setter(kit, 1.0))
    with override(page.head.language):
        canvas.shade()
        _masthead(canvas, page)
        top = _warning(canvas, page, 300)
        row = min(ROW, (1176 - top - 2 * GAP) // 3)
        for place, figure in enumerate(page.three):
            _number(canvas, figure, top + place * (row + GAP), row)
        _foot(canvas, page)
    out = io.BytesIO()
    canvas.image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _say(canvas: Canvas, text: str, box: tuple[int, int, int, int], colour: str, size: tuple[int, int],
         font: str = "bold", lines: int = 1, anchor: str = "middle") -> None:  # fmt: skip
    where = TextBox.model_validate({"box": box, "font": font, "size": size, "lines": lines, "anchor": anchor})
    canvas.text(canvas.setter.set(text, where, what="report's card"), colour)


def _masthead(canvas: Canvas, page: WeekPage) -> None:
    head = page.head
    canvas.logo((EDGE, 62, 108, 108))
    left = EDGE + 136
    _say(canvas, head.district, (left, 62, WIDTH - left - EDGE, 60), "paper", (48, 24), "extrabold")
    _say(canvas, head.title, (left, 122, WIDTH - left - EDGE, 46), "mist", (30, 18), "medium")
    canvas.rectangle((EDGE, 200, 92, 8), "accent", radius=4)
    _say(canvas, head.period, (EDGE, 222, INNER, 56), "accent", (46, 28), "extrabold")


def _warning(canvas: Canvas, page: WeekPage, top: int) -> int:
    """What must be read before the numbers stands before them; returns where the numbers begin."""
    if not page.head.warnings:
        return top
    tall = 54 + 44 * len(page.head.warnings)
    canvas.rectangle((EDGE, top, INNER, tall), "accent", radius=14)
    words = " ".join(page.head.warnings)
    _say(canvas, words, (EDGE + 24, top + 10, INNER - 48, tall - 20), "night", (27, 15), "bold", lines=5)
    return top + tall + GAP


def _number(canvas: Canvas, figure: Figure, top: int, tall: int) -> None:
    _panel(canvas, top, tall)
    left, wide = EDGE + 34, INNER - 68
    _say(canvas, figure.label, (left, top + 18, wide, 38), "mist", (30, 20), "medium")
    high = tall - 118
    if figure.known:
        _tinted(canvas, figure, (left, top + 58, wide, high))
    else:
        _say(canvas, figure.text, (left, top + 58, wide, high), "mist", (46, 26), "medium")
    if figure.note:
        _say(canvas, figure.note, (left, top + tall - 56, wide, 44), "mist", (26, 14), "medium", lines=2)


def _panel(canvas: Canvas, top: int, tall: int) -> None:
    ground = mixed(canvas.kit.colour("night"), canvas.kit.colour("surface"), PANEL)
    canvas.image.paste(ground, (EDGE, top), rounded(INNER, tall, 22))


def _tinted(canvas: Canvas, figure: Figure, box: tuple[int, int, int, int]) -> None:
    """The number in the colour of its verdict; the brand has none for good and bad."""
    _say(canvas, figure.text, box, "paper", (128, 40), "extrabold")
    tint = TONES.get(figure.tone)
    if tint:
        _left, top, _wide, high = box
        canvas.image.paste(tint, (EDGE, top - 4, EDGE + 10, top + high + 4))


def _foot(canvas: Canvas, page: WeekPage) -> None:
    decided = page.part("decisions")
    missed = [line.what for line in page.part("schemes").lines if line.tone == "bad"]
    words = decided.lines[0].what if decided.lines else decided.empty
    if missed and not decided.lines:
        words = gettext("Not warned of: %(ruses)s") % {"ruses": ", ".join(missed)}
    canvas.rectangle((EDGE, 1196, 8, 72), "accent", radius=4)
    _say(canvas, words, (EDGE + 28, 1192, INNER - 28, 80), "paper", (32, 17), "bold", lines=3)
    head = page.head
    seen = gettext("As known on")
    known = gettext("Channels measured")
    said = f"{seen} {head.made} ({head.zone}) · {known}: {head.channels}"
    _say(canvas, said, (EDGE, 1286, INNER, 34), "mist", (23, 14), "regular")
