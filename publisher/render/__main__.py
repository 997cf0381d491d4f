"""`python -m publisher.render`: does one job of publisher.render.child in a process of its own."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from publisher.render.errors import DiskFull, RenderError, RenderFailed
from publisher.render.specs import JOB, CardSpec, ClipSpec, FilmSpec, Job, PictureSpec, ThumbnailSpec, VariantsSpec

NICE = 10
MEMORY = 6 << 30  # bytes of address space for this process, and as much for its ffmpeg
LARGEST_FILE = 4 << 30


def main() -> int:
    answers = _private_output()
    _bound()
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        job, folder = JOB.validate_python(told["job"]), Path(told["folder"])
        answer = {"result": make(job, folder, _Reporter(answers))}
    except Exception as error:
        answer = {"error": _told(error)}
    _say(answers, answer)
    return 0


def _private_output() -> TextIO:
    """What libraries print must not mix with our answers."""
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return private


def _bound() -> None:
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, LARGEST_FILE), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def _die_with_parent() -> None:
    sys.stdin.read()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


class _Reporter:
    """Tells the fraction done, at most once for every half per cent."""

    def __init__(self, answers: TextIO) -> None:
        self.answers, self.last = answers, -1.0

    def __call__(self, fraction: float) -> None:
        if abs(fraction - self.last) >= 0.005:
            self.last = fraction
            _say(self.answers, {"progress": round(fraction, 4)})


def _say(answers: TextIO, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what, ensure_ascii=False) + "\n")
    answers.flush()


def _told(error: Exception) -> dict[str, Any]:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        error = DiskFull("The disk is full.")
    elif isinstance(error, MemoryError):
        error = RenderFailed("There was not enough memory.")
    elif not isinstance(error, RenderError):
        detail = "".join(traceback.format_exception(error))[-2000:]
        error = RenderFailed(f"Something unforeseen went wrong ({type(error).__name__}).", detail=detail)
    return {"reason": error.reason, "message": str(error), "values": error.values}


def make(job: Job, folder: Path, report: _Reporter) -> dict[str, Any]:
    """Files in `folder` and what they are. Imports wait until they are needed: a card needs no MoviePy."""
    match job.spec:
        case CardSpec() as spec:
            return _card(job, spec, folder)
        case ThumbnailSpec() as spec:
            return _thumbnail(spec, folder)
        case PictureSpec() as spec:
            return _picture(spec, folder)
        case VariantsSpec() as spec:
            return _variants(job, spec, folder, report)
        case _:
            return _moving(job, job.spec, folder, report)


def _card(job: Job, spec: CardSpec, folder: Path) -> dict[str, Any]:
    from publisher.render.cards import draw_card
    from publisher.render.kit import load_kit

    ending = "png" if spec.encoding == "png" else "jpg"
    made = draw_card(spec, load_kit(job.media), folder / f"made.{ending}")
    return {"file": made.name, "mime": f"image/{spec.encoding}", **_size(made)}


def _variants(job: Job, spec: VariantsSpec, folder: Path, report: _Reporter) -> dict[str, Any]:
    from publisher.render.kit import load_kit
    from publisher.render.splice.make import make_variants

    return make_variants(spec, load_kit(job.media).of_layout(spec.films[0].layout), folder, report)


def _thumbnail(spec: ThumbnailSpec, folder: Path) -> dict[str, Any]:
    from publisher.render.pictures import thumbnail

    made = thumbnail(spec.source, folder / "made.jpg", at=spec.at)
    return {"file": made.name, "mime": "image/jpeg", **_size(made)}


def _picture(spec: PictureSpec, folder: Path) -> dict[str, Any]:
    from publisher.render.pictures import fitting_picture

    made = fitting_picture(spec.source, folder / "made.jpg", spec.most_bytes)
    return {"file": made.name, "mime": "image/jpeg", **_size(made)}


def _size(picture: Path) -> dict[str, Any]:
    from PIL import Image

    with Image.open(picture) as image:
        return {"width": image.width, "height": image.height, "duration": 0.0}


def _moving(job: Job, spec: ClipSpec | FilmSpec, folder: Path, report: _Reporter) -> dict[str, Any]:
    from publisher.render.kit import load_kit
    from publisher.render.probe import probe

    made, kit = folder / "made.mp4", load_kit(job.media)
    notes: tuple[str, ...] = ()
    if isinstance(spec, ClipSpec):
        from publisher.render.clips import make_clip

        make_clip(spec, kit, made, report)
        film = probe(made)
    else:
        from publisher.render.films import brand_film

        branded = brand_film(spec, kit.of_layout(spec.layout), made, report)
        film, notes = branded.film, branded.notes
    return {
        "file": made.name,
        "mime": "video/mp4",
        "width": film.width,
        "height": film.height,
        "duration": film.duration_s,
        "cover": made.with_suffix(".cover.jpg").name,
        "thumbnail": made.with_suffix(".thumb.jpg").name,
        "notes": list(notes),
    }


if __name__ == "__main__":
    sys.exit(main())
