"""Carries a ticket from the dispatcher to a worker. It may lose or double one: the delivery row decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

Task = Callable[[], Awaitable[None]]


class Engine(Protocol):
    freed: asyncio.Event  # set whenever a place becomes free

    @property
    def busy(self) -> bool: ...

    def enqueue(self, task: Task, key: str, priority: int) -> None: ...

    @property
    def room(self) -> int:
        """How many more tasks may run now."""
        ...

    async def drain(self, seconds: float) -> None:
        """Take nothing new, wait for what runs, then interrupt the rest."""
        ...


class LocalEngine:
    """Asyncio tasks in this process."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.running: dict[str, asyncio.Task[None]] = {}
        self.freed = asyncio.Event()

    @property
    def busy(self) -> bool:
        return bool(self.running)

    @property
    def room(self) -> int:
        return self.places - len(self.running)

    def enqueue(self, task: Task, key: str, priority: int) -> None:
        running = asyncio.ensure_future(task())
        self.running[key] = running
        running.add_done_callback(lambda _: self._done(key))

    def _done(self, key: str) -> None:
        self.running.pop(key, None)
        self.freed.set()

    async def drain(self, seconds: float) -> None:
        tasks = list(self.running.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
