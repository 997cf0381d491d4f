"""The sending loop: claim → hand to the engine, wake when a place, a token or a due moment comes. Drains when told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from publisher.connectors.errors import Refused
from publisher.deliver import changes, dispatch, record
from publisher.deliver.border import db
from publisher.deliver.connections import Connections
from publisher.deliver.engine import Engine, LocalEngine
from publisher.deliver.jobs import Job, Wordings, load_all
from publisher.deliver.limits import UsesSeen
from publisher.deliver.rows import fetch
from publisher.deliver.status import beat, stopped
from publisher.deliver.worker import Worker
from publisher.deliver.workers import WorkerName, dead_workers, forget

log = logging.getLogger(__name__)
POLL = 0.2  # seconds between looks at the database when nothing wakes us
GATHER = 0.015  # seconds in which places are gathered for one pass
TOKENS = 0.06  # the same for tokens; less than limits.LEAD, so none is lost by it
LOOK = 0.1  # seconds between looks for changes
CHANGES = "SELECT 1 FROM deliver_change WHERE state IN ('waiting', 'doing') LIMIT 1"
BEAT = 2.0
AGAIN = 5.0  # seconds after a step that failed
DRAIN = 3.5  # seconds for requests on the wire when the program is to end


class Sender:
    """One process's worker. `stopping` ends it; `until_idle` ends it when nothing is due."""

    def __init__(self, connections: Connections, run_folder: Path, places: int) -> None:
        self.connections = connections
        self.folder = run_folder
        self.engine: Engine = LocalEngine(places + dispatch.URGENT_SLOTS)
        self.worker = Worker(connections)
        self._next_look = 0.0  # for changes
        self._next_beat = 0.0
        self._heed_places = True
        self._wordings = Wordings()

    async def run(self, stopping: asyncio.Event, *, until_idle: bool = False) -> None:
        await db(self._bury)
        with WorkerName(self.folder) as me:
            name = f"worker:{me.name}"
            try:
                while not stopping.is_set():
                    busy, pause = await self._turn(me.name, patient=not until_idle)
                    if until_idle and not busy and await db(_is_idle) and not self.engine.busy:
                        break
                    await self._wait(stopping, pause)
            finally:
                await self.engine.drain(DRAIN)
                await db(stopped, name)

    async def _turn(self, me: str, *, patient: bool) -> tuple[bool, float]:
        """A sign of life now and then, and a step. What fails comes again: a database that stayed locked for minutes
        must not end the console too, and in an office nobody starts the program anew."""
        try:
            if time.monotonic() >= self._next_beat:
                await db(beat, f"worker:{me}")
                await self.worker.pulse()
                self._next_beat = time.monotonic() + BEAT
            return await self._step(me)
        except Exception:
            if not patient:
                raise
            log.exception("The sending loop's step failed; it comes again.")
            return True, AGAIN

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
        look = time.monotonic() >= self._next_look
        found = await db(_find, me, self._room(), seen, self._wordings, look)
        uses.told(seen, found.passed.told)
        self.worker.silent = found.passed.silent
        for key in found.passed.to_ask:
            self.engine.enqueue(_guarded(self.worker.ask, key), f"a{key}", 0)
        for ticket in found.passed.tickets:
            if job := found.jobs.get(ticket.delivery_id):
                self.engine.enqueue(_guarded(self.worker.carry_out, ticket, job), ticket.use, ticket.priority)
        for order in found.orders:
            self.engine.enqueue(_guarded(self._change, order), f"c{order.change_id}", 0)
        if look and not found.orders:
            self._next_look = time.monotonic() + LOOK
        return bool(found.passed.tickets or found.orders), self._pause(found.passed)

    def _room(self) -> int:
        return self.engine.room + self.worker.waiting

    async def _change(self, order: changes.Order) -> None:
        uses, use = self.worker.uses, changes.use_of(order.change_id)
        uses.begin(order.account_key, use)
        try:
            await changes.carry_out(self.connections, order)
        finally:
            uses.end(order.account_key, use)

    def _pause(self, passed: dispatch.Pass) -> float:
        """Seconds until the next pass. Several tokens are gathered for one; a free place is waited for if none is."""
        full = self._room() <= dispatch.URGENT_SLOTS
        self._heed_places = full or passed.wake_in is None
        longest = POLL if passed.due_in is None else min(passed.due_in, POLL)
        if passed.wake_in is not None:
            return min(passed.wake_in + TOKENS, longest)
        return 0.0 if passed.tickets and not full else longest

    async def _wait(self, stopping: asyncio.Event, pause: float) -> None:
        """Until told to stop, a place is free, or the pause is over. Places come free in bunches: one pass for all."""
        events = [stopping, self.engine.freed] if self._heed_places else [stopping]
        waiting = [asyncio.ensure_future(event.wait()) for event in events]
        await asyncio.wait(waiting, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._heed_places and self.engine.freed.is_set() and not stopping.is_set():
            await asyncio.sleep(GATHER)


@dataclass(frozen=True, slots=True)
class _Found:
    passed: dispatch.Pass
    jobs: dict[int, Job | Refused]
    orders: list[changes.Order]


def _find(me: str, room: int, uses: UsesSeen, known: Wordings, look: bool) -> _Found:
    """All that a pass asks of the database, in one go. `look`: for changes too."""
    passed = dispatch.claim(me, room, uses)
    jobs = load_all([ticket.delivery_id for ticket in passed.tickets], known)
    orders = changes.take(room - len(passed.tickets)) if look and fetch(CHANGES) else []
    return _Found(passed, jobs, orders)


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
