"""The one door of the studio: a Job in, a Rendition out, made at most once."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from publisher.render import child
from publisher.render.errors import DiskFull, RenderCancelled, RenderFailed
from publisher.render.naming import file_hash, name_of
from publisher.render.specs import RENDITION, FilmSpec, Job, PictureSpec, Progress, Rendition, ThumbnailSpec

ROOM = 64 << 20  # bytes that must be free before anything is begun
GROWN = 10  # times its own size is the most that a film becomes: ours is often larger than a small one
OnProgress = Callable[[Progress], None]


def render(job: Job, *, out_dir: Path, on_progress: OnProgress | None = None, cancel: Event | None = None) -> Rendition:
    """The rendition of these inputs: at once when it exists, else made in a child process.

    Blocks; a second caller with the same inputs waits for the first. Setting `cancel`, an exception out of
    `on_progress`, or the job's time limit ends every process. Raises RenderError, or FlawedFile for a wrong
    layout. Nothing half-made is ever seen under a rendition's name.
    """
    job = absolute(job)
    name = name_of(job)
    if found := existing(out_dir, name):
        return found
    with disk_errors():
        out_dir.mkdir(parents=True, exist_ok=True)
        with alone(out_dir / f".{name}.lock", cancel):
            return existing(out_dir, name) or _make(job, out_dir, name, on_progress, cancel)


def absolute(job: Job) -> Job:
    """The child works in another folder."""
    spec = job.spec
    if isinstance(spec, (FilmSpec, PictureSpec, ThumbnailSpec)):
        spec = replace(spec, source=spec.source.resolve())
    if isinstance(spec, FilmSpec) and spec.music:
        spec = replace(spec, music=spec.music.resolve())
    return replace(job, spec=spec, media=job.media.resolve())


def existing(out_dir: Path, name: str) -> Rendition | None:
    """A finished rendition; None when any of its files is gone or not of its size."""
    try:
        found = RENDITION.validate_json((out_dir / f"{name}.json").read_bytes(), context=None)
        found = _in_folder(found, out_dir)
        whole = found.path.stat().st_size == found.size_bytes
        whole = whole and all(path.is_file() for path in (found.thumbnail_path, found.cover_path) if path)
    except (OSError, ValueError):
        return None
    return found if whole else None


def _in_folder(found: Rendition, out_dir: Path) -> Rendition:
    """The record holds bare names, so that a deployment can be moved."""
    values = {field: getattr(found, field) for field in Rendition.__dataclass_fields__}
    for field in ("path", "thumbnail_path", "cover_path"):
        if values[field]:
            values[field] = out_dir / Path(values[field]).name
    return Rendition(**values)


def sweep(out_dir: Path, *, older_than_s: float = 24 * 3600) -> int:
    """Remove what a killed computer left half-made; gives how many. Safe while others render."""
    removed = 0
    for folder in out_dir.glob(".making-*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > older_than_s:
                shutil.rmtree(folder)
                removed += 1
    return removed


def _make(job: Job, out_dir: Path, name: str, on_progress: OnProgress | None, cancel: Event | None) -> Rendition:
    _require_room(job, out_dir)
    folder = out_dir / f".making-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        return adopt(result_of(job, folder, on_progress, cancel), folder, out_dir, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def result_of(job: Job, folder: Path, on_progress: OnProgress | None, cancel: Event | None) -> dict[str, Any]:
    began = time.monotonic()
    with closing(child.work(job, folder.resolve(), cancel)) as work:
        for told in work:
            if isinstance(told, dict):
                return told
            if on_progress:
                spent = time.monotonic() - began
                on_progress(Progress(told, spent / told - spent if told > 0.02 else None))
    raise RenderFailed("The work ended without a result.")


def adopt(result: dict[str, Any], folder: Path, out_dir: Path, name: str) -> Rendition:
    """Pictures first, the film next, the record last: what the record names is whole."""
    made = folder / result["file"]
    finished = Rendition(
        path=out_dir / f"{name}{made.suffix}",
        sha256=file_hash(made),
        mime=result["mime"],
        size_bytes=made.stat().st_size,
        width=result["width"],
        height=result["height"],
        duration_s=result["duration"],
        thumbnail_path=_moved(folder, result.get("thumbnail"), out_dir / f"{name}.thumb.jpg"),
        cover_path=_moved(folder, result.get("cover"), out_dir / f"{name}.cover.jpg"),
        notes=tuple(result.get("notes", ())),
    )
    os.replace(made, finished.path)
    record = folder / "record.json"
    record.write_bytes(RENDITION.dump_json(_in_folder(finished, Path()), indent=1))
    os.replace(record, out_dir / f"{name}.json")
    return finished


def _moved(folder: Path, name: str | None, target: Path) -> Path | None:
    if not name:
        return None
    os.replace(folder / name, target)
    return target


def _require_room(job: Job, out_dir: Path) -> None:
    wanted = ROOM + (2 * _largest(job.spec) if isinstance(job.spec, FilmSpec) else 0)
    free = shutil.disk_usage(out_dir).free
    if free < wanted:
        raise DiskFull(f"The disk has {free >> 20} MB left, and {wanted >> 20} MB are needed.", free_mb=free >> 20)


def _largest(spec: FilmSpec) -> int:
    """In bytes. A server of one's own takes 2 GB a film, which no short film comes to."""
    return min(spec.most_bytes, GROWN * spec.source.stat().st_size)


@contextmanager
def disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("The disk is full.") from error
        raise


@contextmanager
def alone(path: Path, cancel: Event | None) -> Iterator[None]:
    """Hold the lock file. Whoever holds it removes it, so a waiter makes sure that what it got is still the file."""
    while True:
        with path.open("ab") as file:
            _wait_for(file.fileno(), cancel)
            try:
                current = path.stat().st_ino == os.fstat(file.fileno()).st_ino
            except FileNotFoundError:
                current = False
            if current:
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def _wait_for(descriptor: int, cancel: Event | None) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if cancel is not None and cancel.is_set():
                raise RenderCancelled("The work was cancelled.") from None
            time.sleep(0.1)
        else:
            return
