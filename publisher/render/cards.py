"""Still pictures: the warning card, the end card, the bar over a film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from publisher.render.canvas import Canvas
from publisher.render.kit import Kit
from publisher.render.layouts import CardSheet, EndSheet, Format, Language
from publisher.render.specs import CardSpec, FilmSpec
from publisher.render.typeset import Block

LINE_GAP = 0.55  # between the lines of a card, of the font size
LINE_INDENT = 0.95


def draw_card(spec: CardSpec, kit: Kit, target: Path) -> Path:
    """Draw and save; PNG keeps flat colours exact, JPEG is what platforms turn it into anyway."""
    image = card_picture(spec, kit)
    if spec.encoding == "png":
        image.save(target, "PNG", optimize=False, compress_level=6)
    else:
        image.save(target, "JPEG", quality=92, subsampling=0, optimize=True)
    return target


def card_picture(spec: CardSpec, kit: Kit) -> Image.Image:
    sheet, words = kit.card.formats[spec.format], kit.card.labels.of(spec.language)
    canvas = Canvas.of(kit, sheet, spec.short_side)
    place = canvas.setter.set
    canvas.shade()
    canvas.logo(sheet.logo)
    canvas.text(place(spec.district, sheet.district, what="district's name"), "paper")
    canvas.text(place(spec.tag or words.tag, sheet.tag, what="tag"), "accent")
    canvas.text(place(spec.headline, sheet.headline, what="headline"), "paper", accent="accent")
    _lines(canvas, sheet, spec.lines)
    canvas.rectangle(sheet.panel, "accent")
    canvas.text(place(words.hotline, sheet.label, what="hotline's label"), "night")
    canvas.text(place(spec.hotline, sheet.number, what="hotline's number"), "night")
    if spec.qr:
        canvas.qr(spec.qr, sheet.qr)
    return canvas.image


def _lines(canvas: Canvas, sheet: CardSheet, lines: Sequence[str]) -> None:
    if not lines:
        return
    blocks = canvas.setter.set_list(lines, sheet.lines, what="lines", gap=LINE_GAP, indent=LINE_INDENT)
    for block in blocks:
        _bullet(canvas, block)
        canvas.text(block, "paper")


def _bullet(canvas: Canvas, block: Block) -> None:
    """A short bar in the accent, level with the middle of the first row's capitals."""
    thick, long = max(1, round(block.size * 0.13)), max(2, round(block.size * 0.5))
    left = block.left - round(LINE_INDENT * block.size)
    top = block.top + block.baselines[0] - round(block.size * 0.33) - thick // 2
    canvas.fill(Image.new("L", (long, thick), 255), left, top, "accent")


def end_card(
    kit: Kit, shape: Format, language: Language, *, hotline: str, district: str, message: str, qr: str, short_side: int
) -> Canvas:
    """All in the accent, so that the number is what stays."""
    sheet = kit.end.formats[shape]
    canvas = Canvas.of(kit, sheet, short_side)
    canvas.image.paste(kit.colour("accent"), (0, 0, *canvas.image.size))
    for block in end_blocks(canvas, sheet, language, hotline=hotline, district=district, message=message, qr=qr):
        canvas.text(block, "night")
    _dark_logo(canvas, sheet)
    if qr:
        canvas.qr(qr, sheet.qr)
    return canvas


def end_blocks(
    canvas: Canvas, sheet: EndSheet, language: Language, *, hotline: str, district: str, message: str, qr: str
) -> list[Block]:
    """District, message, label, number and the words beside the code, in this order."""
    place, words = canvas.setter.set, canvas.kit.end.labels.of(language)
    blocks = [
        place(district, sheet.district, what="district's name"),
        place(message, sheet.message, what="end card's message"),
        place(words.hotline, sheet.label, what="hotline's label"),
        place(hotline, sheet.number, what="hotline's number"),
    ]
    return [*blocks, place(words.scan, sheet.scan, what="words beside the code")] if qr else blocks


def _dark_logo(canvas: Canvas, sheet: EndSheet) -> None:
    """The logo is the accent's colour, so here its two colours change places; unless the brand has one for it."""
    left, top, side, _ = canvas.px(sheet.logo)
    if own := canvas.kit.logo_on_accent:
        mark = own.resize((side, side), Image.Resampling.LANCZOS)
        canvas.image.paste(mark, (left, top), mark)
        return
    mark = canvas.kit.logo.resize((side, side), Image.Resampling.LANCZOS)
    warm = mark.getchannel("R")  # the accent is far redder than the night
    canvas.image.paste(canvas.kit.colour("night"), (left, top), mark.getchannel("A"))
    inner = mark.copy()
    inner.paste(canvas.kit.colour("night"), (0, 0), warm)
    inner.paste(canvas.kit.colour("accent"), (0, 0), warm.point(lambda value: 255 - value))
    inner.putalpha(mark.getchannel("A"))
    canvas.image.paste(inner, (left, top), inner)


def intro_card(spec: FilmSpec, kit: Kit) -> Canvas:
    """The title before a film, drawn as a clip begins."""
    sheet = kit.clip.formats[spec.format]
    canvas = Canvas.of(kit, sheet, spec.short_side)
    canvas.shade()
    canvas.logo(sheet.logo)
    canvas.text(canvas.setter.set(spec.district, sheet.district, what="district's name"), "paper")
    canvas.text(canvas.setter.set(spec.intro, sheet.headline, what="title"), "paper", accent="accent")
    return canvas


def bar(spec: FilmSpec, kit: Kit) -> Canvas:
    """The hotline over a film: who and what on dark, the number on the accent. Transparent around it."""
    sheet, words = kit.film.formats[spec.format], kit.film.labels.of(spec.language)
    canvas = Canvas.of(kit, sheet, spec.short_side, clear=True)
    place = canvas.setter.set
    label = place(f"{words.hotline} · {spec.district}", sheet.label, what="bar's first row")
    message = place(spec.message, sheet.message, what="bar's message")
    number = place(spec.hotline, sheet.number, what="hotline's number")
    canvas.rectangle(sheet.bar, "night", radius=18, opacity=0.96)
    left, top, width, height = sheet.number.box
    pad = 12
    canvas.rectangle((left - pad, top - pad, width + 2 * pad, height + 2 * pad), "accent", radius=12)
    canvas.text(label, "mist")
    canvas.text(message, "paper")
    canvas.text(number, "night")
    return canvas


def corner_logo(spec: FilmSpec, kit: Kit) -> Canvas:
    sheet = kit.film.formats[spec.format]
    canvas = Canvas.of(kit, sheet, spec.short_side, clear=True)
    left, top, side, _ = canvas.px(sheet.logo)
    canvas.image.alpha_composite(kit.logo.resize((side, side), Image.Resampling.LANCZOS), (left, top))
    return canvas
