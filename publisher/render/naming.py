"""A rendition is named by everything that went into it, so the same inputs never render twice."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pydantic_core import to_jsonable_python

from publisher.render import ffmpeg
from publisher.render.errors import MissingFile
from publisher.render.kit import load_kit
from publisher.render.specs import Job, PictureSpec, ThumbnailSpec

# Modules that do not change a pixel, or a byte of sound.
_APART = {"apps.py", "brands.py", "child.py", "colours.py", "errors.py", "jobs.py", "leaflets.py", "logos.py"}
_APART |= {"models.py", "naming.py", "profiles.py", "queue.py", "scripts.py", "shown.py", "studio.py", "tidy.py"}
_APART |= {"drawings.py", "samples.py", "uploads.py", "__main__.py"}


def name_of(job: Job, *, source_hash: str = "") -> str:
    """Without an ending. Raises MissingFile, MissingFont, or FlawedFile for a wrong layout. `source_hash` spares
    reading the source again for each of many films."""
    spec = job.spec
    parts = to_jsonable_python(dataclasses.asdict(spec))
    source = getattr(spec, "source", None)
    if source is not None:
        parts["source"] = source_hash or file_hash(source)
    if getattr(spec, "music", None) is not None:
        parts["music"] = file_hash(spec.music)
    drawn = not isinstance(spec, (ThumbnailSpec, PictureSpec))
    digest = load_kit(job.media).digest(spec.kind, getattr(spec, "layout", "film")) if drawn else ""
    made_with = [digest, code_version(), ffmpeg.version(), version("pillow"), version("moviepy")]
    told = json.dumps([parts, made_with], ensure_ascii=False, sort_keys=True)
    return f"{spec.kind}-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MissingFile(f"The file {path.name} cannot be read.", file=str(path)) from error


@lru_cache(maxsize=1)
def code_version() -> str:
    """Of the drawing and encoding code itself: nobody can forget to raise it."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        if path.name not in _APART and path.parent.name != "migrations":
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
