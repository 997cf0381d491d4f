"""The border between the asyncio loop and the database: one thread, short transactions, patience with a locked file."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Generic, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")
log = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(1, "publisher-db")
MOST = 50  # calls that one step may take on
PATIENCE = 60.0  # seconds to wait for a locked or absent database before giving up a step


async def db(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in the database thread. It may run twice if the database fails, so it must be safe to repeat."""
    return await asyncio.get_running_loop().run_in_executor(_thread, lambda: patiently(fn, *args, **kwargs))


class Together(Generic[A, T]):
    """One database step for everything of its kind that came up while the database was busy: one commit for many.

    Nobody waits longer than for the step before: a single call is a step of its own. If a step fails that held several,
    each is tried alone, so that one bad row harms no other.
    """

    def __init__(self, step: Callable[[Sequence[A]], Sequence[T]]) -> None:
        self._step = step
        self._waiting: list[tuple[A, asyncio.Future[T]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: A) -> T:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                await self._take(batch)
            except Exception as error:
                await self._each_alone(batch, error)

    async def _each_alone(self, batch: list[tuple[A, asyncio.Future[T]]], error: Exception) -> None:
        for one in batch:
            try:
                if len(batch) == 1:
                    raise error
                await self._take([one])
            except Exception as failure:
                if not one[1].done():
                    one[1].set_exception(failure)

    async def _take(self, batch: list[tuple[A, asyncio.Future[T]]]) -> None:
        for (_, answer), found in zip(batch, await db(self._step, [item for item, _ in batch]), strict=True):
            if not answer.done():  # whoever asked may have been cancelled meanwhile
                answer.set_result(found)


def patiently(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Try again while the database is locked, full or away; a step that still fails raises."""
    until, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        try:
            return fn(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > until:
                raise
            log.warning("The database does not answer (%s); trying again in %.1f s.", error, pause)
            _forget_broken_connection()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def _forget_broken_connection() -> None:
    if connection.in_atomic_block:  # only inside a test's own transaction
        return
    close_old_connections()
    if not connection.is_usable():
        connection.close()


def now() -> datetime:
    """The database's clock, so that leases mean the same on every machine."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
