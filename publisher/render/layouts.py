"""Layouts as data: media/layouts/*.yaml, read into frozen models. Every text stays inside the safe area."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Generic, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from publisher import yamlfile

Format = Literal["16:9", "9:16", "1:1", "4:5"]
Language = Literal["kk", "ru", "en"]
Weight = Literal["regular", "medium", "bold", "extrabold"]
Pixels = Annotated[int, Field(ge=0, le=8000)]
Box = tuple[Pixels, Pixels, Pixels, Pixels]  # left, top, width, height
Seconds = Annotated[float, Field(gt=0, le=3600)]
Words = TypeVar("Words")
SheetType = TypeVar("SheetType", bound="Sheet")


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextBox(Frozen):
    """`size` is the largest and the smallest font size in pixels; between them the text finds its own."""

    box: Box
    font: Weight
    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    lines: int = Field(ge=1, le=20)
    leading: float = Field(1.1, ge=0.9, le=2)
    align: Literal["left", "center", "right"] = "left"
    anchor: Literal["top", "middle", "bottom"] = "top"

    @model_validator(mode="after")
    def _largest_first(self) -> Self:
        if self.size[0] < self.size[1]:
            raise ValueError("write the largest size first, then the smallest")
        return self


class Sheet(Frozen):
    """One format of a layout."""

    size: tuple[Annotated[int, Field(ge=16, le=4096)], Annotated[int, Field(ge=16, le=4096)]]
    safe: Box  # the margins left, top, right, bottom

    @model_validator(mode="after")
    def _inside(self) -> Self:
        width, height = self.size
        left, top, right, bottom = self.safe
        for name, (x, y, w, h) in self.boxes().items():
            if x < left or y < top or x + w > width - right or y + h > height - bottom:
                raise ValueError(f"“{name}” reaches beyond the safe area ({left}, {top}, {right}, {bottom})")
        return self

    def boxes(self) -> dict[str, Box]:
        """Everything that must be readable on every screen."""
        found: dict[str, Box] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, TextBox):
                found[name] = value.box
            elif name in ("logo", "qr", "avatar"):
                found[name] = value
        return found


class Labels(Frozen, Generic[Words]):
    """The layout's own words, in every language a post can have."""

    kk: Words
    ru: Words
    en: Words

    def of(self, language: Language) -> Words:
        words: Words = getattr(self, language)
        return words


def _all_formats(sheets: dict[Format, SheetType]) -> dict[Format, SheetType]:
    lacking = [shape for shape in get_args(Format) if shape not in sheets]
    if lacking:
        raise ValueError(f"the format {lacking[0]} is missing")
    return sheets


Sheets = Annotated[dict[Format, SheetType], AfterValidator(_all_formats)]


class CardWords(Frozen):
    tag: str
    hotline: str


class CardSheet(Sheet):
    logo: Box
    district: TextBox
    tag: TextBox
    headline: TextBox
    lines: TextBox
    panel: Box
    label: TextBox
    number: TextBox
    qr: Box


class CardLayout(Frozen):
    labels: Labels[CardWords]
    formats: Sheets[CardSheet]


class EndWords(Frozen):
    hotline: str
    scan: str


class EndSheet(Sheet):
    logo: Box
    district: TextBox
    message: TextBox
    label: TextBox
    number: TextBox
    qr: Box
    scan: TextBox


class EndLayout(Frozen):
    seconds: Seconds
    labels: Labels[EndWords]
    formats: Sheets[EndSheet]


class ClipWords(Frozen):
    calling: str
    steps: str


class ClipSheet(Sheet):
    logo: Box
    district: TextBox
    headline: TextBox
    avatar: Box
    caller: TextBox
    calling: TextBox
    phrases: TextBox
    verdict: TextBox
    steps_title: TextBox
    steps: TextBox


class ClipSeconds(Frozen):
    headline: Seconds
    phrase: Seconds
    verdict: Seconds
    step: Seconds
    steps_stay: Seconds
    reading: float = Field(ge=0, le=1)  # for each letter beyond 40 of a phrase
    shortest: Seconds
    longest: Seconds


class ClipLayout(Frozen):
    fps: int = Field(ge=10, le=60)
    seconds: ClipSeconds
    labels: Labels[ClipWords]
    formats: Sheets[ClipSheet]


class Moment(Frozen):
    """When the bar stands over the film, in seconds; `at` below 0 counts from the film's end."""

    at: float
    seconds: Seconds


class Loudness(Frozen):
    """Target in LUFS (EBU R128), peak in dB full scale, gain in dB."""

    target: float = Field(ge=-40, le=-5)
    peak: float = Field(ge=-20, le=0)
    most_gain: float = Field(ge=0, le=60)


class Encoding(Frozen):
    crf: int = Field(ge=10, le=40)
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"]
    audio_kbps: int = Field(ge=32, le=320)
    least_audio_kbps: int = Field(ge=24, le=320)
    rungs: tuple[Annotated[int, Field(ge=16, le=2160)], ...] = Field(min_length=1)
    least_bits_per_pixel: float = Field(gt=0, lt=1)
    floor_bits_per_pixel: float = Field(gt=0, lt=1)


class Intro(Frozen):
    """`fade` in seconds: how long the title melts into the film."""

    seconds: Seconds
    fade: float = Field(gt=0, le=2)


class Music(Frozen):
    """`level` in LUFS under speech; `ratio` is how hard speech pushes it further down."""

    level: float = Field(ge=-60, le=-10)
    ratio: float = Field(ge=1, le=20)


class FilmWords(Frozen):
    """`message` stands in the bar where nothing else was said."""

    hotline: str
    message: str


class Band(Frozen):
    """Below the film, across the whole picture, where the bar stays. How high it is follows from its highest box."""

    label: TextBox
    message: TextBox
    number: TextBox


class FilmSheet(Sheet):
    logo: Box
    bar: Box
    label: TextBox
    message: TextBox
    number: TextBox
    subtitles: TextBox
    band: Band

    def boxes(self) -> dict[str, Box]:
        band = {f"band.{name}": getattr(self.band, name).box for name in Band.model_fields}
        return super().boxes() | band


class FilmLayout(Frozen):
    """film.yaml. `title`: what people choose it by."""

    title: Labels[str] | None = None
    bar: Literal["slides", "stays", "none"] = "slides"  # over the film at its moments, or below it all the time
    fps: int = Field(ge=10, le=60)
    bar_moments: tuple[Moment, ...]
    intro: Intro
    music: Music
    loudness: Loudness
    encoding: Encoding
    longest: Seconds
    labels: Labels[FilmWords]
    formats: Sheets[FilmSheet]


class FilmVariation(Frozen):
    """film-*.yaml: film.yaml with another bar. Boxes, words, sound and encoding stay what they are there."""

    title: Labels[str]
    bar: Literal["slides", "stays", "none"]
    bar_moments: tuple[Moment, ...] | None = None  # None: film.yaml's

    def of(self, film: FilmLayout) -> FilmLayout:
        moments = film.bar_moments if self.bar_moments is None else self.bar_moments
        moments = moments if self.bar == "slides" else ()
        return film.model_copy(update={"title": self.title, "bar": self.bar, "bar_moments": moments})


LAYOUTS: dict[str, type[Frozen]] = {
    "card": CardLayout,
    "end-card": EndLayout,
    "clip": ClipLayout,
    "film": FilmLayout,
}


def film_layouts(folder: Path) -> tuple[str, ...]:
    """The names of the film layouts, the usual one first."""
    others = sorted(path.stem for path in (folder / "layouts").glob("film-*.yaml"))
    return ("film", *others)


def read_layout(folder: Path, name: str) -> Frozen:
    """layouts/<name>.yaml below `folder`; FlawedFile with line and nearest key when it is wrong."""
    return yamlfile.read_yaml(folder / "layouts" / f"{name}.yaml", LAYOUTS.get(name, FilmVariation))


def load_all(folder: Path) -> dict[str, Frozen]:
    """Every layout; FlawedFile with the flaws of all of them."""
    found: dict[str, Frozen] = {}
    flaws: list[yamlfile.Flaw] = []
    for name in (*LAYOUTS, *film_layouts(folder)[1:]):
        try:
            found[name] = read_layout(folder, name)
        except yamlfile.FlawedFile as error:
            flaws += error.flaws
    if flaws:
        raise yamlfile.FlawedFile(flaws)
    return found
