"""What to make: plain frozen values that cross the border to a child process as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from publisher.render.kit import MEDIA
from publisher.render.layouts import Format, Language, Moment

TELEGRAM_BYTES = 50_000_000  # what a bot may upload to api.telegram.org


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSpec:
    """A warning as a picture. Text in «…» of the headline takes the accent. `short_side` 0: the layout's size."""

    language: Language
    headline: str
    lines: tuple[str, ...]
    hotline: str
    district: str
    format: Format = "1:1"
    tag: str = ""  # empty: the layout's
    qr: str = ""
    encoding: Literal["jpeg", "png"] = "jpeg"
    short_side: int = 0
    kind: Literal["card"] = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSpec:
    """An animated warning of 10 to 20 seconds. Pixels of the shorter side: `short_side`."""

    language: Language
    headline: str
    caller: str  # who the caller's display says it is
    phrases: tuple[str, ...]  # what the caller says
    verdict: str
    steps: tuple[str, ...]  # what to do
    message: str  # above the number on the end card
    hotline: str
    district: str
    format: Format = "16:9"
    qr: str = ""
    short_side: int = 0
    kind: Literal["clip"] = "clip"


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: seconds of the film, and plain text whose rows the studio breaks anew."""

    begin: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSpec:
    """An uploaded film with logo, hotline bar, end card and even loudness, never larger than `most_bytes`."""

    source: Path
    language: Language
    message: str
    hotline: str
    district: str
    layout: str = "film"
    format: Format = "16:9"
    qr: str = ""
    fill: Literal["blur", "plain", "crop"] = "blur"  # what stands beside a film of another shape; crop: nothing does
    bar_moments: tuple[Moment, ...] | None = None  # None: the layout's
    bar: Literal["slides", "stays"] = "slides"  # over the film at its moments, or below it from its first picture on
    most_bytes: int = TELEGRAM_BYTES
    short_side: int = 0
    subtitles: tuple[Cue, ...] = ()
    intro: str = ""  # the title before the film; empty: none
    music: Path | None = None  # lies under the speech and makes way for it
    most_seconds: float = 0.0  # of the film; what comes after is cut off. 0: all of it
    cover_at: float | None = None  # seconds of the film; None: a telling picture is looked for
    kind: Literal["film"] = "film"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThumbnailSpec:
    """A small JPEG of an uploaded film or picture. `at` None: a telling moment is looked for."""

    source: Path
    at: float | None = None  # seconds
    kind: Literal["thumbnail"] = "thumbnail"


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """An uploaded picture as a JPEG of at most `most_bytes`."""

    source: Path
    most_bytes: int
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantsSpec:
    """Films that share what they can; each is put into `out_dir` under its own of `names` when it is finished."""

    films: tuple[FilmSpec, ...]
    names: tuple[str, ...]
    out_dir: Path
    kind: Literal["variants"] = "variants"


Spec = Annotated[
    CardSpec | ClipSpec | FilmSpec | ThumbnailSpec | PictureSpec | VariantsSpec, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class Job:
    """`time_limit` in seconds of wall time."""

    spec: Spec
    media: Path = MEDIA
    time_limit: float = 900.0


@dataclass(frozen=True, slots=True)
class Rendition:
    """A finished file. `thumbnail_path` (at most 320 px and 200 kB) and `cover_path` only where there is a film."""

    path: Path
    sha256: str
    mime: str
    size_bytes: int
    width: int
    height: int
    duration_s: float
    thumbnail_path: Path | None = None
    cover_path: Path | None = None
    notes: tuple[str, ...] = ()  # codes of sentences for people: what was done to make it fit


@dataclass(frozen=True, slots=True)
class Progress:
    """`left_s` is a guess, None while there is nothing to guess from."""

    fraction: float
    left_s: float | None = None


JOB = TypeAdapter(Job)
RENDITION = TypeAdapter(Rendition)
