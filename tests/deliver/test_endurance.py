"""A database that is locked for long ends nothing: the sending loop and the ears go on, and pages are shown."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from publisher import clock
from publisher.deliver import loop
from publisher.deliver.connections import Connections
from publisher.people import visits
from publisher.people.models import Visit


class Broken:
    """Fails a few times as a locked database does; then the program is told to stop."""

    def __init__(self, times: int, stopping: asyncio.Event) -> None:
        self.left, self.stopping, self.calls = times, stopping, 0

    def fails(self) -> bool:
        self.calls += 1
        self.left -= 1
        if self.left < 0:
            self.stopping.set()
        return self.left >= 0


@pytest.fixture
def direct(monkeypatch):
    """Without the database's thread."""

    async def db(fn, *args, **kwargs):
        return fn(*args, **kwargs)

    for module in (loop, clock):
        monkeypatch.setattr(module, "db", db)


@pytest.fixture
def sender(direct, monkeypatch, tmp_path):
    for name in ("beat", "stopped"):
        monkeypatch.setattr(loop, name, lambda _: None)
    monkeypatch.setattr(loop, "AGAIN", 0.0)
    monkeypatch.setattr(loop.Sender, "_bury", lambda _: None)
    return loop.Sender(Connections(), tmp_path, 4)


def breaking(sender, monkeypatch, times):
    broken = Broken(times, asyncio.Event())

    async def step(me):
        if broken.fails():
            raise OperationalError("database is locked")
        return False, 0.0

    monkeypatch.setattr(sender, "_step", step)
    return broken


async def test_a_database_that_stays_locked_does_not_end_the_sending_loop(sender, monkeypatch, caplog):
    broken = breaking(sender, monkeypatch, 3)
    await sender.run(broken.stopping)
    assert broken.calls == 4
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3


async def test_work_until_idle_says_that_it_failed(sender, monkeypatch):
    broken = breaking(sender, monkeypatch, 3)
    with pytest.raises(OperationalError):
        await sender.run(broken.stopping, until_idle=True)


async def test_an_account_is_heard_again_after_the_database_failed(direct, monkeypatch, caplog):
    broken = Broken(2, asyncio.Event())
    monkeypatch.setattr(clock, "DEAF", 0.0)

    async def listen_once(self, key, wait):
        if broken.fails():
            raise OperationalError("database is locked")
        return 0.0

    monkeypatch.setattr(clock.Clock, "listen_once", listen_once)
    await clock.Clock(Connections())._listen("telegram-main", broken.stopping)
    assert broken.calls == 3
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


async def test_a_step_that_is_cancelled_at_the_end_says_nothing():
    async def long() -> None:
        await asyncio.sleep(60)

    task = asyncio.ensure_future(clock._ending_quietly(clock._guarded(long))())
    await asyncio.sleep(0)
    task.cancel()
    await task


def test_a_page_that_only_reads_is_shown_while_the_database_cannot_write(monkeypatch, caplog):
    def locked(self, **fields):
        raise OperationalError("database is locked")

    monkeypatch.setattr(QuerySet, "update", locked)
    visits.seen(Visit(pk=7, seen_at=timezone.now() - timedelta(minutes=5)))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
