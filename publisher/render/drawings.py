"""Cards and clips with a press officer's own words: what can be said, what is drawn of it, and how it will look."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from publisher.people.models import District
from publisher.render import brands
from publisher.render.cards import card_picture
from publisher.render.kit import Kit, load_kit
from publisher.render.layouts import Format
from publisher.render.scenes import LEAVE, scenes, timing
from publisher.render.scripts import CardWords, Words, card_of, clip_of
from publisher.render.specs import CardSpec, ClipSpec, Job

DRAWN = ("card", "clip")
TONGUES: tuple[Literal["kk", "ru"], ...] = ("kk", "ru")
SIDE = 720  # pixels of a look's longer side
GAP = 8
Said = Mapping[str, Any]


def job_of(kind: str, said: Said, language: str, district: District, format: str) -> Job:
    """`said`: the fields of CardWords or Words. Raises ValidationError for words that are none."""
    tongue: Literal["kk", "ru"] = "kk" if language == "kk" else "ru"
    shape: Format = format  # type: ignore[assignment]
    about = (tongue, district.hotline, brands.name_of(district, tongue), shape)
    media = brands.media_of(district)
    if kind == "card":
        return Job(card_of(CardWords.model_validate(said), *about), media=media)
    return Job(clip_of(Words.model_validate(said), *about), media=media)


def look(job: Job) -> bytes:
    """How it will look, as a small JPEG: drawn in full by the code that will draw it, then made smaller; of a clip a
    picture of each scene. Raises RenderError for what does not fit, as the finished one would."""
    kit = load_kit(job.media)
    if not isinstance(job.spec, (CardSpec, ClipSpec)):
        raise TypeError(f"A {job.spec.kind} has no look of its own.")
    return _look(job.spec, job.media, kit.digest(job.spec.kind))


@lru_cache(maxsize=64)
def _look(spec: CardSpec | ClipSpec, media: Path, _digest: str) -> bytes:
    kit = load_kit(media)
    drawn = card_picture(spec, kit) if isinstance(spec, CardSpec) else stills(spec, kit)
    drawn.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=84, subsampling=0)
    return out.getvalue()


def stills(spec: ClipSpec, kit: Kit) -> Image.Image:
    """The four scenes as they stand when all of each is there: side by side where they are tall, else two by two."""
    planned = timing(spec, kit.clip, kit.end.seconds)
    moments = (planned.headline, planned.call, planned.todo, planned.end)
    shown = [
        scene.frame(seconds - LEAVE - 0.05) for scene, seconds in zip(scenes(spec, kit, planned), moments, strict=True)
    ]
    width, height = shown[0].size
    columns = 4 if height > width else 2
    rows = len(shown) // columns
    size = (columns * width + (columns - 1) * GAP, rows * height + (rows - 1) * GAP)
    both = Image.new("RGB", size, kit.colour("paper"))
    for number, picture in enumerate(shown):
        both.paste(picture, (number % columns * (width + GAP), number // columns * (height + GAP)))
    return both
