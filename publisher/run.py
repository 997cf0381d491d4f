"""Runs the parts of the program in one asyncio loop, and ends them cleanly on SIGINT and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from django.conf import settings

from publisher.clock import Clock
from publisher.deliver import lookup
from publisher.deliver.border import db, now
from publisher.deliver.connections import Connections
from publisher.deliver.loop import Sender
from publisher.deliver.status import stopped
from publisher.measure import collect

if TYPE_CHECKING:
    from publisher.practice import Practice

log = logging.getLogger(__name__)
LOOKUPS = 20.0  # seconds that `work --until-idle` gives to looking for messages with an unknown outcome


@dataclass(frozen=True, slots=True)
class Parts:
    web: bool = False
    worker: bool = False
    clock: bool = False
    practice: bool = False  # the practice platforms, where the other parts run apart


class Server(uvicorn.Server):
    """uvicorn re-raises the signals it catches, so that nobody else's clean-up would run: the signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(parts: Parts, *, port: int | None = None, started: list[str] | None = None) -> None:
    """Run until SIGINT or SIGTERM; nothing is left in `sending` by a clean end."""
    asyncio.run(_serve(parts, port or settings.CONFIG.server.port, started or []))


async def _serve(parts: Parts, port: int, lines: list[str]) -> None:
    stopping = asyncio.Event()
    with _signals(stopping):
        async with _practice(parts) as practice, Connections() as connections, asyncio.TaskGroup() as group:
            if practice:
                group.create_task(_rehearsal(practice, port, stopping))
            if parts.web:
                group.create_task(_web(stopping, port, lines))
            if parts.worker:
                group.create_task(_sender(connections).run(stopping))
                group.create_task(_studio(stopping))
            if parts.clock:
                group.create_task(Clock(connections).run(stopping))


@contextlib.asynccontextmanager
async def _practice(parts: Parts) -> AsyncIterator[Practice | None]:
    """In practice mode the process that has everything also is the platforms; apart, they are a part of their own."""
    if not (parts.practice or (settings.CONFIG.practice and parts.web and parts.clock)):
        yield None
        return
    from publisher.rehearsal import platforms  # aiohttp and the render stage are only needed here

    async with platforms() as practice:
        yield practice


async def _rehearsal(practice: Practice, port: int, stopping: asyncio.Event) -> None:
    from publisher.rehearsal import rehearse

    rehearsing = asyncio.ensure_future(rehearse(practice, port))
    ended = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([rehearsing, ended], return_when=asyncio.FIRST_COMPLETED)
    for task in (rehearsing, ended):
        task.cancel()
    try:
        await rehearsing
    except asyncio.CancelledError:
        pass
    except Exception:
        log.exception("The practice film could not be prepared; everything else goes on.")


def _sender(connections: Connections) -> Sender:
    return Sender(connections, settings.HOME.folder("run"), settings.CONFIG.delivery.concurrency)


async def _studio(stopping: asyncio.Event) -> None:
    from publisher.render.studio import Studio  # Pillow and the render stage are only needed here

    await Studio().run(stopping)


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def settle_memory() -> None:
    """What is loaded now stays for good: else the collector walks through all of it again, in somebody's request."""
    gc.collect()
    gc.freeze()


async def _web(stopping: asyncio.Event, port: int, lines: list[str]) -> None:
    server = Server(
        uvicorn.Config(
            "publisher.asgi:application",
            host=settings.CONFIG.server.host,
            port=port,
            lifespan="off",
            log_level="warning",
            timeout_graceful_shutdown=2,
            proxy_headers=settings.CONFIG.server.trusted_proxies,
            server_header=False,
        )
    )
    serving = asyncio.ensure_future(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.05)
    if server.started:
        settle_memory()
        print("\n".join([*lines, "Press Ctrl-C to end."]), flush=True)
    ended = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    server.should_exit = True
    stopping.set()
    await serving


async def collect_now() -> collect.Collected:
    """What the platforms have to tell, then the readings that are due."""
    async with Connections() as connections:
        clock = Clock(connections)
        for key in settings.CONFIG.accounts:
            await clock.listen_once(key, 0.0)
        return await collect.collect(await db(now), connections.lend)


def work_until_idle() -> None:
    """Clock and worker, until nothing is due."""
    asyncio.run(_until_idle())


async def _until_idle() -> None:
    stopping = asyncio.Event()
    with _signals(stopping):
        async with Connections() as connections:
            clock = Clock(connections)
            await clock.tick()
            async with _ticking(clock), _studying():
                await _sender(connections).run(stopping, until_idle=True)
                while not stopping.is_set() and await db(_films_wait):
                    await asyncio.sleep(0.5)
                    await _sender(connections).run(stopping, until_idle=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKUPS):
                    while not stopping.is_set() and await db(lookup.first_ones_wait):
                        await asyncio.sleep(0.3)
                        await clock.look_up()
            for key in settings.CONFIG.accounts:
                await clock.listen_once(key, 0.0)
            await clock.measure()
            await db(stopped, "clock")


def _films_wait() -> bool:
    from publisher.render import queue  # only needed here

    return not queue.is_idle()


@contextlib.asynccontextmanager
async def _studying() -> AsyncIterator[None]:
    """The studio beside the worker: a post that waits for its film goes out too."""
    ended = asyncio.Event()
    task = asyncio.ensure_future(_studio(ended))
    try:
        yield
    finally:
        ended.set()
        await task


@contextlib.asynccontextmanager
async def _ticking(clock: Clock) -> AsyncIterator[None]:
    """The clock's short steps beside the worker, without a scheduler."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(2)
            await clock.tick()

    task = asyncio.ensure_future(tick())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
