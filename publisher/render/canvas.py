"""Drawing by Pillow in the brand's colours: backgrounds, text, rounded shapes, QR codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import segno
from PIL import Image, ImageChops, ImageDraw

from publisher.render.errors import CodeTooLong
from publisher.render.kit import Kit, Rgb
from publisher.render.layouts import Box, Sheet
from publisher.render.typeset import Block, Setter

SMOOTH = 4  # shapes are drawn this much larger and scaled down, for smooth edges
MOST_MODULES = 57  # QR version 10, 213 bytes: finer ones cannot be read across a room
_QUOTED = re.compile(r"(«[^»]*»?|[^«]+)")


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture being drawn after one sheet of a layout. Boxes are the layout's; pixels are the picture's."""

    kit: Kit
    image: Image.Image
    setter: Setter

    @classmethod
    def of(cls, kit: Kit, sheet: Sheet, short_side: int = 0, *, clear: bool = False) -> Canvas:
        """A new picture; `clear` makes it transparent, to lie over a film."""
        scale = short_side / min(sheet.size) if short_side else 1.0
        width, height = (even(side * scale) for side in sheet.size)
        mode, colour = ("RGBA", (0, 0, 0, 0)) if clear else ("RGB", kit.colour("night"))
        return cls(kit, Image.new(mode, (width, height), colour), Setter(kit, scale))

    def px(self, box: Box) -> tuple[int, int, int, int]:
        left, top, width, height = (round(value * self.setter.scale) for value in box)
        return left, top, max(1, width), max(1, height)

    def shade(self) -> None:
        self.image.paste(_background(self.kit, *self.image.size))

    def logo(self, box: Box) -> None:
        left, top, side, _ = self.px(box)
        mark = self.kit.logo.resize((side, side), Image.Resampling.LANCZOS)
        self.image.paste(mark, (left, top), mark)

    def rectangle(self, box: Box, colour: str, *, radius: float = 0, opacity: float = 1) -> None:
        left, top, width, height = self.px(box)
        mask = rounded(width, height, round(radius * self.setter.scale), round(255 * opacity))
        self.fill(mask, left, top, colour)

    def fill(self, mask: Image.Image, left: int, top: int, colour: str) -> None:
        """On a transparent picture the shape brings its own opacity."""
        if self.image.mode == "RGB":
            self.image.paste(self.kit.colour(colour), (left, top), mask)
        else:
            patch = Image.new("RGBA", mask.size, (*self.kit.colour(colour), 0))
            patch.putalpha(mask)
            self.image.alpha_composite(patch, (left, top))

    def text(self, block: Block, colour: str, *, accent: str = "") -> None:
        """`accent` colours what stands in «…»."""
        draw = ImageDraw.Draw(self.image)
        quoting = False
        for number, row in enumerate(block.rows):
            x, y = float(block.row_left(number)), block.top + block.baselines[number]
            for piece, quoted in pieces(row, quoting):
                shown = self.kit.colour(accent if accent and quoted else colour)
                draw.text((x, y), piece, font=block.font, fill=shown, anchor="ls")
                x += block.font.getlength(piece)
            quoting = open_after(row, quoting)

    def qr(self, content: str, box: Box) -> None:
        """On a white tile with the quiet zone that readers need."""
        left, top, side, _ = self.px(box)
        self.rectangle(box, "paper", radius=box[2] * 0.09)
        code = qr_picture(content, round(side * 0.86), self.kit.colour("night"), self.kit.colour("paper"))
        shift = (side - code.width) // 2
        self.image.paste(code, (left + shift, top + shift))


@lru_cache(maxsize=8)
def _background(kit: Kit, width: int, height: int) -> Image.Image:
    """Dark, deepening towards the foot, with the shield large and faint at the right."""
    picture = Image.new("RGB", (width, height), kit.colour("night"))
    picture.paste(kit.colour("deep"), (0, 0), Image.linear_gradient("L").resize((width, height)))
    side = round(min(width, height) * 0.95)
    shield = kit.logo.getchannel("A").resize((side, side), Image.Resampling.LANCZOS).point(lambda a: a * 40 // 255)
    picture.paste(kit.colour("surface"), (width - round(side * 0.62), -side // 9), shield)
    return picture


def pieces(row: str, quoting: bool = False) -> Iterator[tuple[str, bool]]:
    """A row cut where «…» begins and ends; `quoting` says the row begins inside quotation marks."""
    if quoting:
        inside, mark, row = row.partition("»")
        yield inside + mark, True
    for found in _QUOTED.finditer(row):
        yield found[0], found[0].startswith("«")


def open_after(row: str, quoting: bool = False) -> bool:
    """Whether a quotation goes on into the next row."""
    last = max(row.rfind("«"), row.rfind("»"))
    return quoting if last < 0 else row[last] == "«"


def even(value: float) -> int:
    """H.264 in yuv420p wants even sides."""
    return max(2, round(value / 2) * 2)


@lru_cache(maxsize=64)
def rounded(width: int, height: int, radius: int, level: int = 255) -> Image.Image:
    """A mask with smooth round corners."""
    if radius <= 0:
        return Image.new("L", (width, height), level)
    large = Image.new("L", (width * SMOOTH, height * SMOOTH), 0)
    box = (0, 0, width * SMOOTH - 1, height * SMOOTH - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, min(radius, width // 2, height // 2) * SMOOTH, fill=level)
    return large.resize((width, height), Image.Resampling.BOX)


@lru_cache(maxsize=32)
def ring(side: int, stroke: float) -> Image.Image:
    """A mask of a circle's line; `stroke` 0 fills it."""
    large = Image.new("L", (side * SMOOTH, side * SMOOTH), 0)
    box = (0, 0, side * SMOOTH - 1, side * SMOOTH - 1)
    draw = ImageDraw.Draw(large)
    if stroke:
        draw.ellipse(box, outline=255, width=max(1, round(stroke * SMOOTH)))
    else:
        draw.ellipse(box, fill=255)
    return large.resize((side, side), Image.Resampling.BOX)


def faded(mask: Image.Image, opacity: float) -> Image.Image:
    """A mask made fainter."""
    if opacity >= 1:
        return mask
    return ImageChops.multiply(mask, Image.new("L", mask.size, max(0, round(255 * opacity))))


@lru_cache(maxsize=16)
def qr_picture(content: str, side: int, dark: Rgb, light: Rgb) -> Image.Image:
    """At most `side` pixels wide, in whole pixels a module where there is room: sharp edges read best."""
    try:
        matrix = segno.make(content, error="m").matrix
    except segno.DataOverflowError:
        matrix = ()
    modules = len(matrix)
    if not 0 < modules <= MOST_MODULES:
        raise CodeTooLong("The code's address is too long to be scanned from a screen.", found=len(content))
    rows = [bytes(255 if dark_module else 0 for dark_module in row) for row in matrix]
    mask = Image.frombytes("L", (modules, modules), b"".join(rows))
    wanted = side // modules * modules or side
    picture = Image.new("RGB", (wanted, wanted), light)
    picture.paste(dark, (0, 0), mask.resize((wanted, wanted), Image.Resampling.NEAREST))
    return picture


def pen(picture: Image.Image) -> ImageDraw.ImageDraw:
    return ImageDraw.Draw(picture)
