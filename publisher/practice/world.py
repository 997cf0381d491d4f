"""Everything one practice server holds, handed to the handlers of all platforms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from publisher.practice.chats import Chats
from publisher.practice.clock import ResidentsClock
from publisher.practice.cloud.hooks import Hooks
from publisher.practice.database import Database
from publisher.practice.faults import Faults
from publisher.practice.files import Files
from publisher.practice.gateway.hooks import GatewayHooks
from publisher.practice.gateway.sessions import Sessions
from publisher.practice.limits import Rates
from publisher.practice.messages import Messages
from publisher.practice.updates import Updates


@dataclass(frozen=True)
class World:
    database: Database
    clock: ResidentsClock
    chats: Chats
    messages: Messages
    files: Files
    faults: Faults
    updates: Updates
    hooks: Hooks
    phones: Sessions
    phone_hooks: GatewayHooks
    rates: Rates
    seed: int
    time_zone: str

    @classmethod
    def opened(cls, home: Path, *, seed: int, scale: float, relaxed: bool, time_zone: str) -> World:
        home.mkdir(parents=True, exist_ok=True)
        database = Database(home / "practice.sqlite3")
        clock = ResidentsClock(database, scale)
        chats = Chats(database, clock)
        return cls(
            database=database,
            clock=clock,
            chats=chats,
            messages=Messages(database, chats, clock),
            files=Files(database, home / "files"),
            faults=Faults(database, seed),
            updates=Updates(database),
            hooks=Hooks(database),
            phones=Sessions(database),
            phone_hooks=GatewayHooks(database),
            rates=Rates(relaxed=relaxed),
            seed=seed,
            time_zone=time_zone,
        )


WORLD = web.AppKey("world", World)
