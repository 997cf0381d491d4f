"""The four scenes of an animated clip, and when each thing in them happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from publisher.render.canvas import Canvas, pen, ring, rounded
from publisher.render.cards import end_blocks, end_card
from publisher.render.errors import ClipLength
from publisher.render.kit import Kit
from publisher.render.layouts import ClipLayout, ClipSheet
from publisher.render.motion import Act, Draw, Scene, Sprite, block_sprite, since, text_sprites
from publisher.render.specs import ClipSpec
from publisher.render.typeset import Block

STAGGER = 0.11  # between the words of a headline
READY = 0.2  # before the first thing of a scene
LEAVE = 0.3
BUBBLE_PAD = 0.62  # of the font size, all around a phrase
BUBBLE_GAP = 0.5
LOW = 0.06  # small letters make text look high in its box
STEP_INDENT = 1.75
STEP_GAP = 0.85


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of each scene, and when within it things appear. Whole frames only, or sound and picture part."""

    headline: float
    phrases: tuple[float, ...]
    verdict: float
    call: float
    steps: tuple[float, ...]
    todo: float
    end: float

    @property
    def total(self) -> float:
        return self.headline + self.call + self.todo + self.end

    @property
    def sounds(self) -> Iterator[tuple[float, str]]:
        """What is heard when: seconds from the clip's start."""
        for at in self.phrases:
            yield self.headline + at, "phrase"
        yield self.headline + self.verdict, "verdict"
        for at in self.steps:
            yield self.headline + self.call + at, "step"
        yield self.headline + self.call + self.todo + 0.35, "hotline"


def timing(spec: ClipSpec, layout: ClipLayout, end_seconds: float) -> Timing:
    """Long phrases stay longer. ClipLength when no pace that can be read fits the layout's limits."""
    limits = layout.seconds
    for pace in (1.0, 0.93, 0.86):
        planned = _timing(spec, layout, end_seconds, pace, limits.steps_stay)
        if planned.total <= limits.longest:
            missing = max(0.0, limits.shortest - planned.total)
            return _timing(spec, layout, end_seconds, pace, limits.steps_stay + missing)
    raise ClipLength(
        f"The clip would last {planned.total:.0f} seconds, and {limits.longest:.0f} is the most: say less.",
        found=round(planned.total),
        limit=round(limits.longest),
    )


def _timing(spec: ClipSpec, layout: ClipLayout, end: float, pace: float, stay: float) -> Timing:
    def whole(seconds: float) -> float:
        return round(seconds * layout.fps) / layout.fps

    limits, at, phrases, steps = layout.seconds, READY + 0.35, [], []
    for phrase in spec.phrases:
        phrases.append(whole(at))
        at += pace * (limits.phrase + limits.reading * max(0, len(phrase) - 40))
    verdict = whole(at)
    step = READY + 0.4
    for _text in spec.steps:
        steps.append(whole(step))
        step += pace * limits.step
    return Timing(
        headline=whole(limits.headline),
        phrases=tuple(phrases),
        verdict=verdict,
        call=whole(verdict + pace * limits.verdict),
        steps=tuple(steps),
        todo=whole(step + stay),
        end=whole(end),
    )


def scenes(spec: ClipSpec, kit: Kit, planned: Timing) -> list[Scene]:
    """Everything that can be refused is refused here, before a single frame is made."""
    sheet = kit.clip.formats[spec.format]
    canvas = Canvas.of(kit, sheet, spec.short_side)
    canvas.shade()
    canvas.logo(sheet.logo)
    canvas.text(canvas.setter.set(spec.district, sheet.district, what="district's name"), "paper")
    body = planned.total - planned.end
    parts = [
        (_headline(spec, canvas, sheet), planned.headline, 0.0),
        (_call(spec, canvas, sheet, planned), planned.call, planned.headline),
        (_todo(spec, canvas, sheet, planned), planned.todo, planned.headline + planned.call),
    ]
    made = [
        Scene(canvas.image, [*acts, _progress(canvas, begin / body, (begin + seconds) / body, seconds)], seconds)
        for acts, seconds, begin in parts
    ]
    made = [_leaving(made[0]), _leaving(made[1]), made[2]]
    return [*made, _end(spec, kit, planned, made[2].frame(planned.todo))]


def _leaving(scene: Scene) -> Scene:
    return Scene(scene.base, scene.acts, scene.seconds, leave=scene.seconds - LEAVE)


def _progress(canvas: Canvas, begin: float, end: float, seconds: float) -> Draw:
    """A thin line at the foot that tells how far the clip is."""
    width, height = canvas.image.size
    thick, colour = canvas.setter.px(6), canvas.kit.colour("accent")

    def draw(onto: Image.Image, t: float) -> None:
        part = begin + (end - begin) * min(1.0, t / seconds)
        onto.paste(colour, (0, height - thick, max(1, round(width * part)), height))

    return draw


def _headline(spec: ClipSpec, canvas: Canvas, sheet: ClipSheet) -> list[Draw]:
    block = canvas.setter.set(spec.headline, sheet.headline, what="headline")
    words = text_sprites(canvas, block, "paper", accent="accent")
    acts: list[Draw] = [Act(word, READY + STAGGER * n, rise=True) for n, word in enumerate(words)]
    return [*acts, _underline(canvas, block, READY + STAGGER * len(words))]


def _underline(canvas: Canvas, block: Block, start: float) -> Draw:
    """A bar in the accent that grows under the headline."""
    thick, long = max(2, round(block.size * 0.1)), round(block.size * 1.5)
    top = block.top + block.height + round(block.size * 0.32)
    colour = canvas.kit.colour("accent")

    def draw(onto: Image.Image, t: float) -> None:
        if grown := round(long * since(t, start, 0.6)):
            onto.paste(colour, (block.left, top, block.left + grown, top + thick))

    return draw


def _call(spec: ClipSpec, canvas: Canvas, sheet: ClipSheet, planned: Timing) -> list[Draw]:
    place = canvas.setter.set
    caller = place(spec.caller, sheet.caller, what="caller's name")
    calling = place(canvas.kit.clip.labels.of(spec.language).calling, sheet.calling, what="words under the caller")
    bubbles = canvas.setter.set_list(
        spec.phrases, sheet.phrases, what="caller's phrases", gap=BUBBLE_GAP, pad=BUBBLE_PAD
    )
    rise = canvas.setter.px(22)
    acts: list[Draw] = [
        *_avatar(canvas, sheet, planned.verdict),
        Act(block_sprite(canvas, caller, "paper"), READY, dy=rise),
        Act(block_sprite(canvas, calling, "mist"), READY + 0.1, dy=rise),
    ]
    for block, at in zip(bubbles, planned.phrases, strict=True):
        acts.append(Act(_bubble(canvas, block), at, dx=-2 * rise, dim_from=planned.verdict))
    return [*acts, *_verdict(spec, canvas, sheet, planned.verdict)]


def _avatar(canvas: Canvas, sheet: ClipSheet, until: float) -> list[Draw]:
    """A stranger: a question mark in a circle, with rings going out as long as the phone speaks."""
    left, top, side, _ = canvas.px(sheet.avatar)
    middle_x, middle_y = left + side // 2, top + side // 2
    rings = [ring(round(side * (1 + 0.42 * n / 14)) // 2 * 2, max(1.5, side * 0.022 * (1 - n / 20))) for n in range(15)]
    mist = canvas.kit.colour("mist")
    face = Sprite(canvas.kit.colour("surface"), ring(side, 0), left, top)
    font = canvas.kit.font("extrabold", max(6, round(side * 0.52)))
    mark = Image.new("L", (side, side), 0)
    pen(mark).text((side / 2, side * 0.69), "?", font=font, fill=255, anchor="ms")

    def pulse(onto: Image.Image, t: float) -> None:
        for shift in (0.0, 0.5):
            part = (t / 1.3 + shift) % 1.0
            mask = rings[round(part * 14)]
            strength = 0.8 * (1 - part) * since(t, READY) * (1 - since(t, until))
            Sprite(mist, mask, middle_x - mask.width // 2, middle_y - mask.height // 2).put(onto, opacity=strength)

    return [pulse, Act(face, READY), Act(Sprite(canvas.kit.colour("paper"), mark, left, top), READY)]


def _bubble(canvas: Canvas, block: Block) -> Sprite:
    """As wide as its longest row, with a corner that points to the caller."""
    pad = round(BUBBLE_PAD * block.size)
    width = round(max(block.font.getlength(row) for row in block.rows)) + 2 * pad
    height = block.height + 2 * pad
    drop = round(block.size * LOW)
    paint = Image.new("RGB", (width, height), canvas.kit.colour("surface"))
    for number, row in enumerate(block.rows):
        place = (pad, pad + block.baselines[number] + drop)
        pen(paint).text(place, row, font=block.font, fill=canvas.kit.colour("paper"), anchor="ls")
    radius = round(min(block.size * 0.8, height / 2))
    mask = rounded(width, height, radius).copy()
    corner = max(1, round(radius * 0.25))
    mask.paste(255, (0, 0, radius, radius))
    mask.paste(rounded(2 * radius, 2 * radius, corner).crop((0, 0, radius, radius)), (0, 0))
    return Sprite(paint, mask, block.left - pad, block.top - pad)


def _verdict(spec: ClipSpec, canvas: Canvas, sheet: ClipSheet, start: float) -> list[Draw]:
    left, top, width, height = canvas.px(sheet.verdict.box)
    inner = sheet.verdict.model_copy(update={"box": _inset(sheet.verdict.box, 24)})
    block = canvas.setter.set(spec.verdict, inner, what="verdict")
    paint = Image.new("RGB", (width, height), canvas.kit.colour("accent"))
    for number, row in enumerate(block.rows):
        place = (block.row_left(number) - left, block.top + block.baselines[number] - top + round(block.size * LOW))
        pen(paint).text(place, row, font=block.font, fill=canvas.kit.colour("night"), anchor="ls")
    box = Sprite(paint, rounded(width, height, canvas.setter.px(16)), left, top)
    return [Act(box, start, dy=canvas.setter.px(36))]


def _inset(box: tuple[int, int, int, int], by: int) -> tuple[int, int, int, int]:
    left, top, width, height = box
    return left + by, top + by // 3, width - 2 * by, height - 2 * (by // 3)


def _todo(spec: ClipSpec, canvas: Canvas, sheet: ClipSheet, planned: Timing) -> list[Draw]:
    words = canvas.kit.clip.labels.of(spec.language)
    title = canvas.setter.set(words.steps, sheet.steps_title, what="title of the steps")
    steps = canvas.setter.set_list(spec.steps, sheet.steps, what="steps", gap=STEP_GAP, indent=STEP_INDENT)
    acts: list[Draw] = [
        Act(word, READY + STAGGER * n, rise=True) for n, word in enumerate(text_sprites(canvas, title, "paper"))
    ]
    rise = canvas.setter.px(26)
    for number, (block, at) in enumerate(zip(steps, planned.steps, strict=True), start=1):
        acts.append(Act(_numeral(canvas, block, number), at, dy=rise))
        acts.append(Act(block_sprite(canvas, block, "paper"), at + 0.06, dy=rise))
    return acts


def _numeral(canvas: Canvas, block: Block, number: int) -> Sprite:
    """A number in a filled circle, level with the first row's capitals."""
    side = round(block.size * 1.22) // 2 * 2
    paint = Image.new("RGB", (side, side), canvas.kit.colour("accent"))
    font = canvas.kit.font("extrabold", max(5, round(side * 0.6)))
    pen(paint).text((side / 2, side * 0.71), str(number), font=font, fill=canvas.kit.colour("night"), anchor="ms")
    middle = block.top + block.baselines[0] - round(block.size * 0.35)
    return Sprite(paint, ring(side, 0), block.left - round(STEP_INDENT * block.size), middle - side // 2)


def _end(spec: ClipSpec, kit: Kit, planned: Timing, last: Image.Image) -> Scene:
    """The accent rises over the last picture; then all stands still, so that the number can be read and dialled."""
    said = {"hotline": spec.hotline, "district": spec.district, "message": spec.message, "qr": spec.qr}
    finished = end_card(kit, spec.format, spec.language, **said, short_side=spec.short_side)
    sheet = kit.end.formats[spec.format]
    width, height = finished.image.size
    flood = Image.new("RGB", (width, height), kit.colour("accent"))
    blocks = end_blocks(finished, sheet, spec.language, **said)
    rise = finished.setter.px(24)
    starts = [0.4, 0.5, 0.62, 0.7, 0.95]
    acts: list[Draw] = [_flood(flood)]
    for place, block in enumerate(blocks):
        if place == 3:
            acts += [Act(word, starts[3], rise=True) for word in text_sprites(finished, block, "night")]
        else:
            acts.append(Act(block_sprite(finished, block, "night"), starts[place], dy=rise))
    for box, start in ((sheet.logo, 0.4), (sheet.qr, 0.9)):
        if box == sheet.logo or spec.qr:
            acts.append(Act(_cutout(finished, box), start, dy=rise))
    return Scene(last, [*acts, _still(finished.image, 1.7)], planned.end)


def _flood(paint: Image.Image) -> Draw:
    def draw(onto: Image.Image, t: float) -> None:
        top = round(paint.height * (1 - since(t, 0.0, 0.5)))
        onto.paste(paint, (0, top))

    return draw


def _still(picture: Image.Image, start: float) -> Draw:
    def draw(onto: Image.Image, t: float) -> None:
        if t >= start:
            onto.paste(picture)

    return draw


def _cutout(canvas: Canvas, box: tuple[int, int, int, int]) -> Sprite:
    left, top, width, height = canvas.px(box)
    patch = canvas.image.crop((left, top, left + width, top + height))
    return Sprite(patch, Image.new("L", patch.size, 255), left, top)
