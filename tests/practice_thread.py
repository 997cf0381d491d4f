"""The practice platforms in a thread of their own, for tests that are not asynchronous themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from publisher.practice import Practice


@contextmanager
def practice(home: Path) -> Iterator[httpx.Client]:
    """The trainer's client; nobody looks or reacts by themselves, and nothing is too fast."""
    ready, told = threading.Event(), {}

    async def serve() -> None:
        stop = asyncio.Event()
        server = Practice(home, residents=False, relaxed_rates=True)
        await server.start()
        told.update(base=server.base_url, loop=asyncio.get_running_loop(), stop=stop)
        ready.set()
        await stop.wait()
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        with httpx.Client(base_url=told["base"], timeout=10) as trainer:
            yield trainer
    finally:
        told["loop"].call_soon_threadsafe(told["stop"].set)
        thread.join(20)
