"""The worker of the studio: one film per core at a time, at low priority, each in a child process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

from django.conf import settings
from django.db import connections
from django.db.models import Q

from publisher.render import queue
from publisher.render.jobs import render
from publisher.render.models import RenderJob
from publisher.render.specs import Job, Progress, Rendition

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0  # seconds
Render = Callable[..., Rendition]


@dataclass
class Running:
    row: RenderJob
    stop: Event = field(default_factory=Event)
    progress: Progress | None = None
    done: Future[Rendition] = field(default_factory=Future)


class Studio:
    """`step` does all that touches the database, in its caller's thread; the films are made in threads that do not."""

    def __init__(self, among: Q | None = None, *, slots: int = 0, make: Render = render) -> None:
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.among, self.make, self.slots = among, make, slots or os.cpu_count() or 1
        self.threads = ThreadPoolExecutor(self.slots, "publisher-studio")
        self.running: list[Running] = []

    def step(self) -> None:
        """Beat for what runs, take in what is finished, begin what waits."""
        queue.sweep()
        for item in list(self.running):
            if item.done.done():
                self.running.remove(item)
                self._conclude(item)
            elif not queue.beat(item.row, item.progress):
                item.stop.set()
        while len(self.running) < self.slots and (row := queue.claim(self.worker, self.among)):
            self._begin(row)

    def _begin(self, row: RenderJob) -> None:
        try:
            job = queue.job_of(row)
        except Exception as error:
            self._failed(row, error)
            return
        item = Running(row)
        item.done = self.threads.submit(self._render, job, item)
        self.running.append(item)

    def _render(self, job: Job, item: Running) -> Rendition:
        def told(progress: Progress) -> None:
            item.progress = progress

        return self.make(job, out_dir=settings.RENDITIONS, on_progress=told, cancel=item.stop)

    def _conclude(self, item: Running) -> None:
        try:
            queue.finish(item.row, item.done.result())
        except Exception as error:
            self._failed(item.row, error)

    def _failed(self, row: RenderJob, error: Exception) -> None:
        log.warning("The film %s could not be made: %s", row, error)
        queue.fail(row, error)

    def stop(self) -> None:
        """End at once; what was begun waits for the next worker."""
        for item in self.running:
            queue.put_back(item.row)
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
