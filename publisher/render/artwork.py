"""The drawn parts of a film, saved where ffmpeg reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from publisher.render.band import draw_band
from publisher.render.canvas import Canvas
from publisher.render.cards import bar, corner_logo, end_card, intro_card
from publisher.render.kit import Kit
from publisher.render.specs import FilmSpec


@dataclass(frozen=True, slots=True)
class Overlay:
    """A transparent picture and where its upper left corner lies."""

    path: Path
    left: int
    top: int
    width: int


@dataclass(frozen=True, slots=True)
class Artwork:
    """The drawn parts of one film at one size, saved where ffmpeg reads them."""

    size: tuple[int, int]
    logo: Overlay
    bar: Overlay
    end: Path
    night: str  # 0xRRGGBB
    intro: Path | None = None
    subtitles: Path | None = None  # an ASS script
    fonts: Path | None = None
    seam: int = 0  # where a bar that stays has its own slice; 0: the bar slides in

    @property
    def files(self) -> list[Path]:
        paths = (self.logo.path, self.bar.path, self.end, self.intro, self.subtitles)
        return [path for path in paths if path]


def draw_artwork(spec: FilmSpec, kit: Kit, folder: Path) -> Artwork:
    said = {"hotline": spec.hotline, "district": spec.district, "message": spec.message, "qr": spec.qr}
    last = end_card(kit, spec.format, spec.language, **said, short_side=spec.short_side).image
    end = folder / "end.png"
    last.save(end, compress_level=1)
    night = f"0x{kit.brand.colours.night[1:]}"
    logo = _cut(corner_logo(spec, kit), folder / "logo.png")
    intro = folder / "intro.png" if spec.intro else None
    if intro:
        intro_card(spec, kit).image.save(intro, compress_level=1)
    shown, seam = _bar(spec, kit, folder / "bar.png")
    return Artwork(last.size, logo, shown, end, night, intro, None, kit.media / "fonts", seam)


def _bar(spec: FilmSpec, kit: Kit, path: Path) -> tuple[Overlay, int]:
    if spec.bar == "slides":
        return _cut(bar(spec, kit), path), 0
    picture, floor = draw_band(spec, kit)
    picture.save(path, compress_level=1)
    return Overlay(path, 0, floor.top, picture.width), floor.seam


def _cut(canvas: Canvas, path: Path) -> Overlay:
    """Only what is drawn: every pixel laid over a film costs time in every picture. Even, as yuv420p has it."""
    left, top, right, bottom = canvas.image.getbbox() or (0, 0, 2, 2)
    left, top = left // 2 * 2, top // 2 * 2
    box = (left, top, left + (right - left + 1) // 2 * 2, top + (bottom - top + 1) // 2 * 2)
    patch: Image.Image = canvas.image.crop(box)
    patch.save(path, compress_level=1)
    return Overlay(path, left, top, patch.width)
