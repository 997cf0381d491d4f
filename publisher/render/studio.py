"""The worker of the studio: one order per core at a time, at low priority, each in a child process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Q

from publisher.render import queue
from publisher.render.errors import RenderError, RenderFailed
from publisher.render.jobs import existing, render
from publisher.render.models import RenderJob, RenderOrder, Road
from publisher.render.naming import name_of
from publisher.render.roads import check_words, road_of
from publisher.render.specs import FilmSpec, Job, Progress, Rendition
from publisher.render.splice.variants import render_variants

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0  # seconds
BEAT_EVERY = 5.0  # seconds at least, also while many films are looked at before they begin
Make = Callable[..., Sequence[Rendition]]


def make_films(jobs: Sequence[Job], *, on_progress: Callable[[Progress], None], cancel: Event) -> Sequence[Rendition]:
    """One film in one pass; several that differ in little share what they can, those of one look with each other."""
    looks = dict.fromkeys(job.media for job in jobs)
    asked: dict[str, Any] = {"on_progress": on_progress, "cancel": cancel}
    return [made for media in looks for made in _alike([job for job in jobs if job.media == media], asked)]


def _alike(jobs: Sequence[Job], asked: dict[str, Any]) -> Sequence[Rendition]:
    first, *others = jobs
    out_dir = settings.RENDITIONS
    if not others or not isinstance(first.spec, FilmSpec):
        return [render(first, out_dir=out_dir, **asked)]
    specs = [job.spec for job in jobs if isinstance(job.spec, FilmSpec)]
    limit = max(job.time_limit for job in jobs)
    return render_variants(first.spec.source, specs, media=first.media, out_dir=out_dir, time_limit=limit, **asked)


@dataclass
class Running:
    """Films made together. `names`: the rendition's, by the row's key; `unfit`: what the thread found not to fit."""

    rows: list[RenderJob]
    jobs: dict[int, Job]
    names: dict[int, str]
    stop: Event = field(default_factory=Event)
    progress: Progress | None = None
    unfit: list[tuple[int, RenderError]] = field(default_factory=list)
    done: Future[None] = field(default_factory=Future)

    @property
    def together(self) -> bool:
        return len(self.jobs) > 1


def make_now(order: RenderOrder) -> None:
    """What takes a second is made while the person waits; what a worker has taken already is left to it."""
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    while rows := queue.claim(worker, Q(order=order)):
        for row in rows:
            try:
                queue.finish(row, render(queue.job_of(row), out_dir=settings.RENDITIONS), Road.WHOLE)
            except RenderError as error:
                queue.fail([row], error)


class Studio:
    """`step` does all that touches the database, in its caller's thread; the films are made in threads that do not."""

    def __init__(self, among: Q | None = None, *, slots: int = 0, make: Make = make_films) -> None:
        self.host = socket.gethostname()
        self.worker = f"{self.host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.among, self.make, self.slots = among, make, slots or os.cpu_count() or 1
        self.threads = ThreadPoolExecutor(self.slots, "publisher-studio")
        self.running: list[Running] = []
        self.buried = False

    def step(self) -> None:
        """Beat for what runs, take in what is finished, begin what waits."""
        if not self.buried:
            self.buried = True
            queue.bury(self.host)
        queue.sweep()
        for item in list(self.running):
            ended = item.done.done()  # asked first: what it made is then taken in below
            self._take_in(item)
            if ended:
                self.running.remove(item)
                self._conclude(item)
            else:
                self._beat(item)
        while len(self.running) < self.slots and (rows := queue.claim(self.worker, self.among)):
            self._begin(rows)

    def _beat(self, item: Running) -> None:
        wanted = queue.beat(item.rows, item.progress)
        item.rows = [row for row in item.rows if row.pk in wanted]
        if not item.rows:
            item.stop.set()

    def _begin(self, rows: Sequence[RenderJob]) -> None:
        item, told = Running([], {}, {}), time.monotonic()
        for row in rows:
            try:
                self._add(item, row)
            except Exception as error:
                self._failed([row], error)
            if time.monotonic() - told > BEAT_EVERY:  # sixty films: longer than a worker may be silent
                queue.beat(rows, None)
                for other in self.running:
                    self._beat(other)
                told = time.monotonic()
        if item.rows:
            item.done = self.threads.submit(self._work, item)
            self.running.append(item)

    def _add(self, item: Running, row: RenderJob) -> None:
        """What exists already is taken as it is."""
        job = queue.job_of(row)
        name = name_of(job, source_hash=queue.source_hash(row))
        if found := existing(settings.RENDITIONS, name) or queue.same_film(row, job):
            queue.finish(row, found, Road.KEPT)
            return
        item.rows.append(row)
        item.jobs[row.pk], item.names[row.pk] = job, name

    def _work(self, item: Running) -> None:
        """In a thread. A district whose words do not fit is told before it can spoil the others' films."""

        def told(progress: Progress) -> None:
            item.progress = progress

        jobs = []
        for pk, job in item.jobs.items():
            try:
                check_words(job)
                jobs.append(job)
            except RenderError as error:
                item.unfit.append((pk, error))
        if jobs:
            self.make(jobs, on_progress=told, cancel=item.stop)

    def _take_in(self, item: Running) -> None:
        """Films appear one by one."""
        for row in list(item.rows):
            if made := existing(settings.RENDITIONS, item.names[row.pk]):
                queue.finish(row, made, road_of(made, item.jobs[row.pk].spec, together=item.together))
                item.rows.remove(row)
        while item.unfit:
            pk, error = item.unfit.pop()
            rows = [row for row in item.rows if row.pk == pk]
            self._failed(rows, error)
            item.rows = [row for row in item.rows if row.pk != pk]

    def _conclude(self, item: Running) -> None:
        try:
            item.done.result()
        except Exception as error:
            self._failed(item.rows, error)
        else:
            self._failed(item.rows, RenderFailed("The work ended without a result."))

    def _failed(self, rows: Sequence[RenderJob], error: Exception) -> None:
        for row in rows:
            log.warning("The film %s could not be made: %s", row, error)
        if rows:
            queue.fail(rows, error)

    def stop(self) -> None:
        """End at once; what was begun waits for the next worker."""
        for item in self.running:
            queue.put_back(item.rows)
            item.stop.set()
        self.threads.shutdown(wait=True, cancel_futures=True)
        self.running.clear()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`. A step that fails is logged and comes again."""
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "publisher-studio-db")
        try:
            while not stopping.is_set():
                try:
                    await loop.run_in_executor(thread, self.step)
                except Exception:
                    log.exception("The studio's step failed; it comes again.")
                await _pause(stopping)
        finally:
            await loop.run_in_executor(thread, self.stop)
            await loop.run_in_executor(thread, connections.close_all)
            thread.shutdown()


async def _pause(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), LOOK_EVERY)
    except TimeoutError:
        return
