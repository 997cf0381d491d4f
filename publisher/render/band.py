"""The hotline as a band that stays below the film: drawn so that it can be a slice of the picture of its own."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from publisher.render.canvas import Canvas, even
from publisher.render.kit import Kit
from publisher.render.layouts import FilmSheet
from publisher.render.specs import FilmSpec

ROW = 16  # pixels of a row of macroblocks
REACH = 32  # pixels: no farther does x264 let a picture's motion point beyond its edge (24, and what its filter needs)
LINE, PAD = 6, 8  # pixels of the layout


@dataclass(frozen=True, slots=True)
class Floor:
    """Pixels from above. The film ends at `top`; what lies below `seam` is the band's own slice. A row of macroblocks
    above the seam, and `REACH` below it, is of one colour, so that motion which points across finds what it expects."""

    top: int
    seam: int


def floor_of(sheet: FilmSheet, size: tuple[int, int]) -> Floor:
    scale = min(size) / min(sheet.size)
    band = sheet.band
    highest = min(band.label.box[1], band.message.box[1], band.number.box[1] - PAD)
    seam = (int(highest * scale) - REACH) // ROW * ROW
    return Floor(seam - ROW - even(LINE * scale), seam)


def draw_band(spec: FilmSpec, kit: Kit) -> tuple[Image.Image, Floor]:
    """From the floor's top to the foot of the picture, whole: nothing of the film shows through."""
    sheet, words = kit.film.formats[spec.format], kit.film.labels.of(spec.language)
    canvas = Canvas.of(kit, sheet, spec.short_side)
    place, band = canvas.setter.set, sheet.band
    label = place(f"{words.hotline} · {spec.district}", band.label, what="bar's first row")
    message = place(spec.message, band.message, what="bar's message")
    number = place(spec.hotline, band.number, what="hotline's number")
    left, top, width, height = band.number.box
    canvas.rectangle((left - PAD, top - PAD, width + 2 * PAD, height + 2 * PAD), "accent", radius=10)
    for block, colour in ((label, "mist"), (message, "paper"), (number, "night")):
        canvas.text(block, colour)
    floor = floor_of(sheet, canvas.image.size)
    canvas.image.paste(kit.colour("accent"), (0, floor.top, canvas.image.width, floor.seam - ROW))
    return canvas.image.crop((0, floor.top, *canvas.image.size)), floor
