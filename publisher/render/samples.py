"""Small pictures of a film layout to choose by: how it stands over a film, and how the film ends."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import get_args

from PIL import Image, ImageFilter, ImageOps

from publisher.render.band import draw_band
from publisher.render.canvas import even
from publisher.render.cards import bar, corner_logo, end_card
from publisher.render.errors import BrokenMedia
from publisher.render.kit import Kit
from publisher.render.layouts import Format, Language
from publisher.render.scripts import dial_code
from publisher.render.specs import FilmSpec

GAP = 8  # pixels between the two


def sample(
    kit: Kit,
    layout: str,
    format: Format,
    *,
    language: Language,
    hotline: str,
    district: str,
    behind: Path | None = None,
    short_side: int = 270,
) -> Image.Image:
    """Both pictures side by side, drawn in full and made smaller: a band that stays is higher in a small film.
    `behind`: a picture of the film itself, in place of a neutral ground."""
    kit = kit.of_layout(layout)
    spec = FilmSpec(
        source=Path(),
        language=language,
        message=kit.film.labels.of(language).message,
        hotline=hotline,
        district=district,
        layout=layout,
        bar="stays" if kit.film.bar == "stays" else "slides",
        format=format,
        qr=dial_code(hotline),
    )
    said = {"hotline": hotline, "district": district, "message": spec.message, "qr": spec.qr}
    first, last = (
        _smaller(picture, short_side)
        for picture in (frame(kit, spec, behind), end_card(kit, format, language, **said, short_side=0).image)
    )
    both = Image.new("RGB", (first.width + GAP + last.width, first.height), kit.colour("paper"))
    both.paste(first, (0, 0))
    both.paste(last, (first.width + GAP, 0))
    return both


def _smaller(picture: Image.Image, short_side: int) -> Image.Image:
    scale = short_side / min(picture.size)
    size = even(picture.width * scale), even(picture.height * scale)
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def sheet(kit: Kit, language: Language, *, hotline: str, district: str, short_side: int = 270) -> Image.Image:
    """Every film layout in every format, a row each."""
    said = {"language": language, "hotline": hotline, "district": district, "short_side": short_side}
    rows = [[sample(kit, name, shape, **said) for shape in get_args(Format)] for name in kit.films]
    height = max(picture.height for row in rows for picture in row)
    width = max(sum(picture.width + 2 * GAP for picture in row) for row in rows)
    drawn = Image.new("RGB", (width, (height + 2 * GAP) * len(rows)), kit.colour("paper"))
    for number, row in enumerate(rows):
        left = 0
        for picture in row:
            drawn.paste(picture, (left, number * (height + 2 * GAP)))
            left += picture.width + 2 * GAP
    return drawn


def frame(kit: Kit, spec: FilmSpec, behind: Path | None = None) -> Image.Image:
    """A picture of the film with what the layout lays over it."""
    width, height = kit.film.formats[spec.format].size
    scale = spec.short_side / min(width, height) if spec.short_side else 1.0
    size = even(width * scale), even(height * scale)
    ground = _ground(kit, size) if behind is None else _covering(behind, size)
    shown = ground.convert("RGBA")
    shown.alpha_composite(corner_logo(spec, kit).image)
    if kit.film.bar == "stays":
        band, floor = draw_band(spec, kit)
        shown.paste(band, (0, floor.top))
    elif kit.film.bar_moments:
        shown.alpha_composite(bar(spec, kit).image)
    return shown.convert("RGB")


def _ground(kit: Kit, size: tuple[int, int]) -> Image.Image:
    """A dusk of no place: light above, dark below, so that contrast shows on both."""
    shade = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(shade, kit.colour("mist"), kit.colour("surface"))


def _covering(path: Path, size: tuple[int, int]) -> Image.Image:
    try:
        with Image.open(path, formats=["JPEG", "PNG"]) as picture:
            fitted = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.BICUBIC)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise BrokenMedia("The picture is damaged.", detail=str(error)) from error
    return fitted.filter(ImageFilter.GaussianBlur(0.4))


def as_jpeg(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=86, optimize=True)
    return buffer.getvalue()
