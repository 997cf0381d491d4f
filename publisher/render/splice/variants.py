"""One film for many districts: the door of the studio for more than one film at a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

from publisher.render.errors import DiskFull
from publisher.render.jobs import OnProgress, absolute, alone, disk_errors, existing, result_of
from publisher.render.kit import MEDIA
from publisher.render.naming import file_hash, name_of
from publisher.render.specs import FilmSpec, Job, Rendition, VariantsSpec

TIME_LIMIT, EACH = 1800.0, 120.0  # seconds at least for the shared parts, and more for every variant
A_WHOLE = 0.25  # of a film's own limit for every variant: should none of them be spliced after all
ROOM = 2 << 30  # bytes for the pictures that differ, which lie about raw for a while


def render_variants(
    source: Path,
    specs: Sequence[FilmSpec],
    *,
    media: Path = MEDIA,
    out_dir: Path,
    on_progress: OnProgress | None = None,
    cancel: Event | None = None,
    time_limit: float = 0.0,
) -> list[Rendition]:
    """The renditions of one film, in the order of `specs`, named as `render` names them: what exists is not made
    again, here or there. What specs share is encoded once, in a child process.

    `time_limit`: that of one film in one pass; a long film has more here too.
    Blocks; `cancel` and errors as with `render`. Films finished before an error or a cancel stay, and the next call
    goes on from there. A film that had to be made in one pass has the note `variant_in_one_pass`.
    """
    source_hash = file_hash(source)
    jobs = [absolute(Job(replace(spec, source=source), media)) for spec in specs]
    names = [name_of(job, source_hash=source_hash) for job in jobs]
    wanted = {name: job.spec for name, job in zip(names, jobs, strict=True) if isinstance(job.spec, FilmSpec)}
    with disk_errors():
        out_dir.mkdir(parents=True, exist_ok=True)
        with _all_alone(out_dir, sorted(wanted), cancel):
            missing = {name: spec for name, spec in wanted.items() if not existing(out_dir, name)}
            if missing:
                limit = max(TIME_LIMIT, time_limit) + max(EACH, A_WHOLE * time_limit) * len(missing)
                _make(missing, media.resolve(), out_dir.resolve(), limit, on_progress, cancel)
    return [found for name in names if (found := existing(out_dir, name))]


@contextmanager
def _all_alone(out_dir: Path, names: Sequence[str], cancel: Event | None) -> Iterator[None]:
    """Locks are taken in the order of their names, so two callers can never wait for each other."""
    with ExitStack() as stack:
        for name in names:
            if not existing(out_dir, name):
                stack.enter_context(alone(out_dir / f".{name}.lock", cancel))
        yield


def _make(
    missing: dict[str, FilmSpec],
    media: Path,
    out_dir: Path,
    limit: float,
    on_progress: OnProgress | None,
    cancel: Event | None,
) -> None:
    free = shutil.disk_usage(out_dir).free
    if free < ROOM:
        raise DiskFull(f"The disk has {free >> 20} MB left, and {ROOM >> 20} MB are needed.", free_mb=free >> 20)
    order = VariantsSpec(films=tuple(missing.values()), names=tuple(missing), out_dir=out_dir)
    folder = out_dir / f".making-{min(missing)}-and-{len(missing) - 1}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        result_of(Job(order, media, limit), folder, on_progress, cancel)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
