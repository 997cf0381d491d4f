"""The sending loop: claim → hand to the engine, wake when a place, a token or a due moment comes. Drains when told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from publisher.deliver import changes, dispatch, record
from publisher.deliver.border import db
from publisher.deliver.connections import Connections
from publisher.deliver.engine import Engine, LocalEngine
from publisher.deliver.status import beat, stopped
from publisher.deliver.worker import Worker
from publisher.deliver.workers import WorkerName, dead_workers, forget

log = logging.getLogger(__name__)
POLL = 0.2  # seconds between looks at the database when nothing wakes us
GATHER = 0.015  # seconds in which places and tokens are gathered for one pass
BEAT = 2.0
DRAIN = 3.5  # seconds for requests on the wire when the program is to end


class Sender:
    """One process's worker. `stopping` ends it; `until_idle` ends it when nothing is due."""

    def __init__(self, connections: Connections, run_folder: Path, places: int) -> None:
        self.connections = connections
        self.folder = run_folder
        self.engine: Engine = LocalEngine(places + dispatch.URGENT_SLOTS)
        self.worker = Worker(connections)

    async def run(self, stopping: asyncio.Event, *, until_idle: bool = False) -> None:
        await db(self._bury)
        with WorkerName(self.folder) as me:
            name = f"worker:{me.name}"
            next_beat = 0.0
            try:
                while not stopping.is_set():
                    if time.monotonic() >= next_beat:
                        await db(beat, name)
                        next_beat = time.monotonic() + BEAT
                    busy, pause = await self._step(me.name)
                    if until_idle and not busy and await db(_is_idle) and not self.engine.busy:
                        break
                    await self._wait(stopping, pause)
            finally:
                await self.engine.drain(DRAIN)
                await db(stopped, name)

    def _bury(self) -> None:
        """At the start: what this machine's dead workers left in `sending` becomes unknown at once."""
        dead = dead_workers(self.folder)
        swept = record.sweep(dead)
        forget(self.folder, dead)
        if swept.taken_back or swept.unknown:
            log.warning("After an interruption: %s taken back, %s unknown.", swept.taken_back, swept.unknown)

    async def _step(self, me: str) -> tuple[bool, float]:
        """Hand out what may go; returns whether there was something, and how long to wait."""
        self.engine.freed.clear()
        uses = self.worker.uses
        seen = uses.copy()
        found = await db(dispatch.claim, me, self.engine.room, seen)
        uses.told(seen, found.told)
        for ticket in found.tickets:
            self.engine.enqueue(_guarded(self.worker.carry_out, ticket), f"d{ticket.delivery_id}", ticket.priority)
        orders = await db(changes.take, self.engine.room)
        for order in orders:
            self.engine.enqueue(_guarded(changes.carry_out, self.connections, order), f"c{order.change_id}", 0)
        busy = bool(found.tickets or orders)
        until_token = POLL if found.wake_in is None else found.wake_in + GATHER
        return busy, 0.0 if busy and self.engine.room > 0 and found.wake_in is None else min(until_token, POLL)

    async def _wait(self, stopping: asyncio.Event, pause: float) -> None:
        """Until told to stop, a place is free, or the pause is over. Places come free in bunches: one pass for all."""
        waiting = [asyncio.ensure_future(stopping.wait()), asyncio.ensure_future(self.engine.freed.wait())]
        await asyncio.wait(waiting, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self.engine.freed.is_set() and not stopping.is_set():
            await asyncio.sleep(GATHER)


def _is_idle() -> bool:
    return dispatch.is_idle() and changes.is_idle()


def _guarded(carry_out: Callable[..., Awaitable[None]], *args: object) -> Callable[[], Awaitable[None]]:
    """A task that fails leaves its row to the sweep; the loop goes on."""

    async def task() -> None:
        try:
            await carry_out(*args)
        except Exception:
            log.exception("A task of the sending loop failed: %s", args)

    return task
