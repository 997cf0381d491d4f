"""The practice server: inside a running event loop, or a process of its own (`python -m publisher.practice`)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web

from publisher.practice import control
from publisher.practice.bot import api as bot_api
from publisher.practice.cloud import api as cloud_api
from publisher.practice.cloud.hooks import Receiver
from publisher.practice.faults import PUBLISHING, Fault
from publisher.practice.gateway import api as gateway_api
from publisher.practice.gateway import control as gateway_control
from publisher.practice.instagram import api as instagram_api
from publisher.practice.pages import routes as pages
from publisher.practice.residents import Residents
from publisher.practice.world import WORLD, World

TIDY_EVERY = 60.0  # seconds
REQUEST_BODY = 32 << 20  # JSON and forms, with the gateway's films in base64; other files are streamed


class Practice:
    """Telegram and WhatsApp on this computer. Everything stands in `home` and outlives kill and restart.

    `relaxed_rates` switches the platforms' speed limits off; `time_scale` is how many seconds pass for the residents in
    one of ours; `drop` loses that share of the answers to publishing requests after accepting them; the same `seed`
    makes the same residents and the same losses.
    """

    def __init__(
        self,
        home: Path,
        *,
        relaxed_rates: bool = False,
        residents: bool = True,
        seed: int = 0,
        time_scale: float = 60.0,
        drop: float = 0.0,
        webhook: Receiver | None = None,
        time_zone: str = "Asia/Almaty",
    ) -> None:
        self.home = home
        self._relaxed, self._residents, self._seed, self._scale = relaxed_rates, residents, seed, time_scale
        self._drop, self._webhook, self._time_zone = drop, webhook, time_zone
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._world: World | None = None
        self._address: tuple[str, int] | None = None

    @property
    def base_url(self) -> str:
        if self._address is None:
            raise RuntimeError("the practice platforms are not running")
        return f"http://{self._address[0]}:{self._address[1]}"

    @property
    def world(self) -> World:
        """The state, for code in the same process (tests, training set-up)."""
        if self._world is None:
            raise RuntimeError("the practice platforms are not running")
        return self._world

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Begin to listen; returns the port. An OSError means that the port is taken."""
        world = self._world = World.opened(
            self.home, seed=self._seed, scale=self._scale, relaxed=self._relaxed, time_zone=self._time_zone
        )
        try:
            self._prepare(world)
            await self._listen(world, host, port)
        except BaseException:
            await self.stop()
            raise
        self._run(world.hooks.run())
        self._run(world.phone_hooks.run())
        self._run(_tidied(world))
        if self._residents:
            self._run(Residents(world).run())
        return self._address[1] if self._address else port

    async def stop(self) -> None:
        """Answer waiting bots, stop listening, close the store. Stopping twice is harmless."""
        if self._world:
            self._world.updates.close()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        if self._world:
            await self._world.hooks.close()
            await self._world.phone_hooks.close()
            self._world.database.close()
        self._world, self._address = None, None

    def _prepare(self, world: World) -> None:
        if self._webhook:
            world.hooks.register(self._webhook)
        # The faults of an earlier run stay, but how many answers are dropped is said at each start.
        if earlier := world.database.recall("drop"):
            world.faults.clear(earlier)
        lost = Fault("lost_answer", methods=PUBLISHING, probability=self._drop)
        world.database.remember("drop", world.faults.add(lost) if self._drop else 0)

    async def _listen(self, world: World, host: str, port: int) -> None:
        # No access log: the Bot API's addresses hold the token.
        self._runner = web.AppRunner(build(world), access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self._address = (host, self._runner.addresses[0][1])

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))


async def _tidied(world: World) -> None:
    while True:
        world.updates.expire()
        await asyncio.sleep(TIDY_EVERY)


def build(world: World) -> web.Application:
    app = web.Application(client_max_size=REQUEST_BODY, middlewares=[pages.protected])
    app[WORLD] = world
    instagram_api.prepare(app)
    app.add_routes(
        [
            *pages.routes(),
            *control.routes(),
            *instagram_api.routes(),
            *gateway_control.routes(),
            *gateway_api.routes(),
            *cloud_api.routes(),
            *bot_api.routes(),
        ]
    )
    return app
