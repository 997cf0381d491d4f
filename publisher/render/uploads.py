"""Takes in what people upload. Nothing is believed: not the name, not the ending, not what the browser says it is."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from publisher.compose.models import Upload
from publisher.compose.refusal import Refusal
from publisher.render.errors import RenderError
from publisher.render.jobs import render
from publisher.render.models import Fitted
from publisher.render.probe import probe
from publisher.render.profiles import read_profiles
from publisher.render.specs import Job, PictureSpec, ThumbnailSpec

log = logging.getLogger(__name__)
# MPO: a JPEG with further pictures behind it, as many telephones write (HDR, depth); every platform shows the first.
PICTURES = {"JPEG": ("image/jpeg", ".jpg"), "MPO": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png")}
MOST_PIXELS = 50_000_000
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file turned out to be."""

    kind: str
    mime: str
    ending: str
    width: int
    height: int
    duration: float = 0.0


def accept(path: Path, name: str) -> Upload:
    """Inspect a file and keep it under the hash of its bytes; the same bytes twice are one Upload.

    Raises Refusal with the reason in words; then nothing was kept.
    """
    if not path.is_file():
        raise Refusal("missing_file", why=f"there is no file {path}")
    sha256 = _hash(path)
    known = Upload.objects.filter(sha256=sha256).first()
    if known and (settings.HOME.var / known.path).exists():
        if known.kind == "photo":
            fit_picture(known)
        return known
    seen = _inspect(path)
    kept = _keep(path, sha256, seen)
    thumbnail = _thumbnail(settings.HOME.var / kept) if seen.kind == "video" else ""
    upload, _ = Upload.objects.update_or_create(
        sha256=sha256,
        defaults={
            "path": kept,
            "name": Path(name).name[:200],
            "kind": seen.kind,
            "mime": seen.mime,
            "size": path.stat().st_size,
            "width": seen.width,
            "height": seen.height,
            "duration": seen.duration,
            "thumbnail": thumbnail,
        },
    )
    if seen.kind == "photo":
        fit_picture(upload)
    return upload


def fit_picture(upload: Upload) -> None:
    """A JPEG for each platform's limit that the picture is over, and one for platforms that take nothing but JPEG.
    What cannot be made to fit is refused by the checks as it stands."""
    limits = {profile.picture_bytes for profile in read_profiles(settings.HOME.media).values()}
    for limit in sorted(limits):
        over = upload.size > limit or (upload.mime != "image/jpeg" and limit == max(limits))
        if over and not Fitted.objects.filter(source=upload, most_bytes=limit).exists():
            _fitted(upload, limit)


def _fitted(upload: Upload, limit: int) -> None:
    job = Job(PictureSpec(settings.HOME.var / upload.path, limit), media=settings.HOME.media)
    try:
        made = render(job, out_dir=settings.HOME.folder("renditions"))
    except RenderError as error:
        log.warning("The picture %s could not be made to fit %s bytes: %s", upload, limit, error)
        return
    about = {"name": f"{Path(upload.name).stem}.jpg", "kind": "photo", "mime": made.mime, "size": made.size_bytes}
    about |= {"path": str(made.path.relative_to(settings.HOME.var)), "width": made.width, "height": made.height}
    result, _ = Upload.objects.get_or_create(sha256=made.sha256, defaults=about)
    Fitted.objects.update_or_create(source=upload, most_bytes=limit, defaults={"result": result})


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _inspect(path: Path) -> Seen:
    return _picture(path) or _film(path)


def _picture(path: Path) -> Seen | None:
    """None: not a picture of a kind we take. A picture that cannot be decoded to the end is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["JPEG", "PNG"]) as image:
                width, height, mime, ending = *image.size, *PICTURES[image.format or ""]
                if width * height > MOST_PIXELS:
                    raise Refusal("media_too_large", why=f"it has {width} × {height} pixels, more than we take")
                image.load()
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("broken_media", why=str(error)) from None
    return Seen("photo", mime, ending, width, height)


def _film(path: Path) -> Seen:
    try:
        film = probe(path)
    except RenderError as error:
        raise Refusal(error.code, **{**error.values, "why": str(error).rstrip(".")}) from None
    if not film.video_codec:
        raise Refusal("media_no_picture", why="there is sound but no picture in it")
    kind = "mp4" if film.demuxer == "mov" else "webm" if _is_webm(path, film.demuxer) else film.demuxer
    return Seen("video", f"video/{kind}", f".{kind}", film.width, film.height, film.duration_s)


def _is_webm(path: Path, demuxer: str) -> bool:
    """The kind of Matroska that browsers play."""
    with path.open("rb") as file:
        return demuxer == "matroska" and b"webm" in file.read(64)


def _keep(path: Path, sha256: str, seen: Seen) -> str:
    """Copied beside its place first and moved there whole; returns the place below var/."""
    folder = settings.HOME.folder(f"uploads/{sha256[:2]}")
    kept = folder / f"{sha256}{seen.ending}"
    draft = kept.with_name(f"{kept.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    try:
        shutil.copyfile(path, draft)
        os.replace(draft, kept)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal("disk_full") from None
        raise
    return str(kept.relative_to(settings.HOME.var))


def _thumbnail(film: Path) -> str:
    """A film without a telling picture still goes out; then the platform makes its own."""
    try:
        made = render(
            Job(ThumbnailSpec(source=film), media=settings.HOME.media), out_dir=settings.HOME.folder("renditions")
        )
    except RenderError:
        return ""
    return str(made.path.relative_to(settings.HOME.var))
