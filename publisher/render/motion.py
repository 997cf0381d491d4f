"""Cheap animation: everything is drawn once, and each frame only pastes it at another place and strength."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from publisher.render.canvas import Canvas, faded, open_after, pen, pieces
from publisher.render.kit import Rgb
from publisher.render.typeset import NBSP, Block

APPEAR = 0.45  # seconds


def ease(part: float) -> float:
    """From 0 to 1, fast first and gently coming to rest."""
    return 1 - (1 - min(1.0, max(0.0, part))) ** 3


def since(t: float, start: float, length: float = APPEAR) -> float:
    """How far, from 0 to 1, something that begins at `start` has come."""
    return ease((t - start) / length)


@dataclass(frozen=True, slots=True)
class Sprite:
    """A shape with its place at rest. `paint` is one colour or a picture of the mask's size."""

    paint: Rgb | Image.Image
    mask: Image.Image
    left: int
    top: int

    def put(
        self, onto: Image.Image, *, dx: float = 0, dy: float = 0, opacity: float = 1, floor: int | None = None
    ) -> None:
        """`floor`: nothing is shown below this row, so that a word can rise out of a line."""
        mask, left, top = self.mask, self.left + round(dx), self.top + round(dy)
        if floor is not None and top + mask.height > floor:
            if top >= floor:
                return
            mask = mask.crop((0, 0, mask.width, floor - top))
        if opacity <= 0:
            return
        paint = self.paint
        if isinstance(paint, Image.Image) and paint.size != mask.size:
            paint = paint.crop((0, 0, *mask.size))
        onto.paste(paint, (left, top), faded(mask, opacity))


Draw = Callable[[Image.Image, float], None]


@dataclass(frozen=True, slots=True)
class Act:
    """A sprite that comes in at `start`, from `dx`, `dy` pixels away; `rise` lets it rise out of its own line.

    From `dim_from` on it steps back to two fifths of its strength.
    """

    sprite: Sprite
    start: float
    dx: float = 0
    dy: float = 0
    rise: bool = False
    dim_from: float | None = None

    def __call__(self, onto: Image.Image, t: float) -> None:
        come = since(t, self.start)
        if t < self.start:
            return
        if self.rise:
            tall = self.sprite.mask.height
            self.sprite.put(onto, dy=(1 - come) * tall, floor=self.sprite.top + tall)
            return
        dim = 1 - 0.6 * since(t, self.dim_from) if self.dim_from is not None else 1
        self.sprite.put(onto, dx=(1 - come) * self.dx, dy=(1 - come) * self.dy, opacity=come * dim)


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of a clip. Between `leave` and its end everything but the base fades away."""

    base: Image.Image
    acts: Sequence[Draw]
    seconds: float
    leave: float | None = None

    def frame(self, t: float) -> Image.Image:
        picture = self.base.copy()
        for act in self.acts:
            act(picture, t)
        if self.leave is not None and t > self.leave:
            gone = min(1.0, (t - self.leave) / (self.seconds - self.leave))
            picture = Image.blend(picture, self.base, gone)
        return picture


def text_sprites(canvas: Canvas, block: Block, colour: str, *, accent: str = "") -> list[Sprite]:
    """One sprite a word (two where «…» changes the colour inside it), in reading order."""
    found: list[Sprite] = []
    quoting = False
    for number, row in enumerate(block.rows):
        x, y = float(block.row_left(number)), block.top + block.baselines[number]
        for word in row.replace(NBSP, " ").split(" "):
            at = x
            for piece, quoted in pieces(word, quoting):
                shown = canvas.kit.colour(accent if accent and quoted else colour)
                found.append(_text_sprite(piece, block, at, y, shown))
                at += block.font.getlength(piece)
            quoting = open_after(word, quoting)
            x += block.font.getlength(word + " ")
    return found


def _text_sprite(text: str, block: Block, x: float, y: int, colour: Rgb) -> Sprite:
    """All words of a size get masks of one height, so that they rise alike."""
    up, down, side = round(block.size * 1.02), round(block.size * 0.3), 2
    mask = Image.new("L", (round(block.font.getlength(text)) + 2 * side + 1, up + down), 0)
    pen(mask).text((side + x % 1, up), text, font=block.font, fill=255, anchor="ls")
    return Sprite(colour, mask, int(x) - side, y - up)


def block_sprite(canvas: Canvas, block: Block, colour: str) -> Sprite:
    """A whole block as one sprite."""
    up, down = round(block.size * 0.4), round(block.size * 0.1)
    mask = Image.new("L", (block.width + 4, block.height + up + down), 0)
    for number, row in enumerate(block.rows):
        place = (block.row_left(number) - block.left + 2, up + block.baselines[number])
        pen(mask).text(place, row, font=block.font, fill=255, anchor="ls")
    return Sprite(canvas.kit.colour(colour), mask, block.left - 2, block.top - up)
