"""The brand and the layouts of one media folder, with fonts and logo, as the drawing code needs them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, cast

from PIL import Image, ImageFont
from pydantic import AfterValidator, Field

from publisher import yamlfile
from publisher.render.errors import MissingFile, MissingFont, UnknownLayout
from publisher.render.layouts import (
    CardLayout,
    ClipLayout,
    EndLayout,
    FilmLayout,
    FilmVariation,
    Frozen,
    Weight,
    film_layouts,
    read_layout,
)
from publisher.yamlfile import Flaw, FlawedFile

_PACKAGE = Path(__file__).resolve().parents[1]
# The set of the wheel or of the repository; a deployment has its own.
MEDIA = next(path for path in (_PACKAGE / "first" / "media", _PACKAGE.parent / "media") if path.is_dir())
KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
Rgb = tuple[int, int, int]
_USES = {"card": ("card",), "clip": ("clip", "end-card"), "film": ("film", "end-card", "clip")}


def _inside_media(name: str) -> str:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError("name a file below the media folder")
    return name


Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Below = Annotated[str, AfterValidator(_inside_media)]


class Colours(Frozen):
    night: Colour
    deep: Colour
    surface: Colour
    paper: Colour
    mist: Colour
    accent: Colour

    def rgb(self, name: str) -> Rgb:
        value = int(getattr(self, name)[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


class Fonts(Frozen):
    regular: Below
    medium: Below
    bold: Below
    extrabold: Below


class Brand(Frozen):
    """Without a logo of its own for the accent, the logo changes its two colours there; one for paper is a PNG too."""

    colours: Colours
    logo: Below
    fonts: Fonts
    logo_on_accent: Below = ""
    logo_on_paper: Below = ""


@dataclass(frozen=True, eq=False)
class Kit:
    """`files` has the hash of every file it was read from, by its name below media/."""

    media: Path
    brand: Brand
    card: CardLayout
    end: EndLayout
    clip: ClipLayout
    film: FilmLayout
    films: Mapping[str, FilmLayout]
    files: tuple[tuple[str, str], ...]

    def of_layout(self, name: str) -> Kit:
        """The same with another film layout. Raises UnknownLayout."""
        return _of_layout(self, name)

    def digest(self, kind: str, layout: str = "film") -> str:
        """Changes with any byte that can change a picture of this kind: brand, fonts, logo and its own layouts."""
        layouts = {f"layouts/{name}.yaml" for name in (*_USES[kind], *([layout] if kind == "film" else []))}
        told = [f"{name} {hashed}" for name, hashed in self.files if not name.startswith("layouts/") or name in layouts]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def colour(self, name: str) -> Rgb:
        return self.brand.colours.rgb(name)

    def font(self, weight: Weight, size: int) -> ImageFont.FreeTypeFont:
        return _font(self.media / getattr(self.brand.fonts, weight), size)

    @cached_property
    def logo(self) -> Image.Image:
        return self._picture(self.brand.logo)

    @cached_property
    def logo_on_accent(self) -> Image.Image | None:
        return self._picture(self.brand.logo_on_accent) if self.brand.logo_on_accent else None

    def _picture(self, name: str) -> Image.Image:
        path = self.media / "brand" / name
        try:
            return Image.open(path).convert("RGBA")
        except OSError as error:
            raise MissingFile(f"The logo {path.name} cannot be read.", file=str(path)) from error

    def drawing(self, *, on_paper: bool = False) -> str:
        """The logo's file below brand/ for print: its drawing where there is one."""
        if on_paper and self.brand.logo_on_paper:
            return self.brand.logo_on_paper
        vector = Path(self.brand.logo).with_suffix(".svg")
        return str(vector) if (self.media / "brand" / vector).is_file() else self.brand.logo


@lru_cache(maxsize=128)
def _of_layout(kit: Kit, name: str) -> Kit:
    if name not in kit.films:
        raise UnknownLayout(f"There is no film layout “{name}”. Known: {', '.join(kit.films)}.", layout=name)
    return replace(kit, film=kit.films[name])


def load_kit(media: Path = MEDIA) -> Kit:
    """Read again only when a file changed. Raises FlawedFile for a wrong line, MissingFont for an absent font."""
    return _load(media, _stamp(media))


def check_media(media: Path = MEDIA) -> list[Flaw]:
    """Everything wrong with brand and layouts, for `publisher check`. Empty: the studio can work."""
    flaws: list[Flaw] = []
    for name in ("card", "end-card", "clip", *film_layouts(media)):
        try:
            read_layout(media, name)
        except FlawedFile as error:
            flaws += error.flaws
    try:
        brand = _brand(media)
    except FlawedFile as error:
        return [*flaws, *error.flaws]
    return [*flaws, *_font_flaws(media, brand), *_logo_flaws(media, brand)]


@lru_cache(maxsize=64)
def _load(media: Path, stamp: tuple[tuple[str, int, int], ...]) -> Kit:
    brand = _brand(media)
    for flaw in _font_flaws(media, brand):
        raise MissingFont(f"{flaw.what} {flaw.hint}".strip(), file=str(flaw.file))
    film = cast(FilmLayout, read_layout(media, "film"))
    others = {name: cast(FilmVariation, read_layout(media, name)) for name in film_layouts(media)[1:]}
    films = {"film": film, **{name: variation.of(film) for name, variation in others.items()}}
    hashes = ((name, hashlib.sha256((media / name).read_bytes()).hexdigest()) for name, _modified, _size in stamp)
    return Kit(
        media,
        brand,
        card=cast(CardLayout, read_layout(media, "card")),
        end=cast(EndLayout, read_layout(media, "end-card")),
        clip=cast(ClipLayout, read_layout(media, "clip")),
        film=film,
        films=films,
        files=tuple(hashes),
    )


def _stamp(media: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for part in ("brand", "layouts", "fonts") for path in (media / part).glob("*.*"))
    return tuple((str(path.relative_to(media)), (s := path.stat()).st_mtime_ns, s.st_size) for path in files)


def _brand(media: Path) -> Brand:
    return yamlfile.read_yaml(media / "brand" / "brand.yaml", Brand)


def _font_flaws(media: Path, brand: Brand) -> list[Flaw]:
    flaws = []
    for weight in Fonts.model_fields:
        path = media / getattr(brand.fonts, weight)
        try:
            font = ImageFont.truetype(str(path), 40)
        except OSError:
            flaws.append(Flaw(path, 0, f"The font {path.name} cannot be read.", "Put the font file back."))
            continue
        lacking = [letter for letter in KAZAKH if not has_letter(font, letter)]
        if lacking:
            flaws.append(Flaw(path, 0, f"The font {path.name} lacks the letters {' '.join(lacking)}."))
    return flaws


def _logo_flaws(media: Path, brand: Brand) -> list[Flaw]:
    named = (brand.logo, brand.logo_on_accent, brand.logo_on_paper)
    absent = [path for name in named if name and not (path := media / "brand" / name).is_file()]
    return [Flaw(path, 0, "there is no such logo.", "Put a square PNG there.") for path in absent]


@lru_cache(maxsize=256)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout engine: Cyrillic and Latin need no shaping, and every machine then sets the same lines.
    try:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise MissingFont(f"The font {path.name} cannot be read.", file=str(path)) from error


@lru_cache(maxsize=4096)
def has_letter(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Pillow draws a font's empty box for what it lacks; a private-use sign shows how that box looks."""
    return letter.isspace() or _picture(font, letter) != _picture(font, "\uf8fe")


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    mask = font.getmask(letter)
    return bytes(mask) + repr(mask.size).encode()
