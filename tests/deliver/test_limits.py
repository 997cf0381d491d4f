"""The documented limits in simulated minutes: the real dispatcher and its rows, the practice server's own windows as
the judge, and stalls between every two steps that no margin would cover."""

from __future__ import annotations

import heapq
import itertools
import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from publisher.connectors.base import Receipt
from publisher.deliver import bulk, changes, dispatch, limits, record
from publisher.deliver.models import Bucket, Channel, Delivery, State
from publisher.practice.limits import PER_BOT, PER_GROUP, Rates

pytestmark = pytest.mark.django_db
ROOM = 12


class Simulation:
    """Workers that claim, send late, and hear late; a platform that counts what arrives."""

    def __init__(self, monkeypatch, seed: int, workers: int = 2) -> None:
        self.chance = random.Random(seed)
        self.start = timezone.now().timestamp()
        self.at = 0.0
        self.rates = Rates(clock=lambda: self.at)
        self.uses = [limits.Uses() for _ in range(workers)]
        self.flying = [0] * workers
        self.arrived: list[float] = []
        self._events: list[tuple[float, int, object, tuple]] = []
        self._order = itertools.count()
        for module in (bulk, dispatch, record):
            monkeypatch.setattr(module, "now", self.now)
        for module in (dispatch, limits):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.at + 5000))

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.start + self.at, UTC)

    def run(self, seconds: float) -> None:
        for worker in range(len(self.uses)):
            self._plan(worker * 0.03, self._claim, worker)
        while self._events and self._events[0][0] < seconds:
            self.at, _, step, values = heapq.heappop(self._events)
            step(*values)

    def _plan(self, at: float, step, *values) -> None:
        heapq.heappush(self._events, (at, next(self._order), step, values))

    def _late(self) -> float:
        """Mostly milliseconds, now and then a second, rarely many."""
        kind = self.chance.random()
        longest = 0.02 if kind < 0.85 else 1.5 if kind < 0.98 else 9.0
        return self.chance.uniform(0.0, longest)

    def _claim(self, worker: int) -> None:
        seen = self.uses[worker].copy()
        passed = dispatch.claim(f"w{worker}", ROOM - self.flying[worker], seen)
        self.uses[worker].told(seen, passed.told)
        for ticket in passed.tickets:
            assert record.begin(ticket)
            self.uses[worker].begin(ticket.account_key, ticket.use)
            self.flying[worker] += 1
            self._plan(max(self.at, ticket.send_at - 5000) + self._late(), self._arrive, worker, ticket)
        self._plan(self.at + 0.06 + self.chance.choice([0.1, 0.1, 0.1, 0.5]), self._claim, worker)

    def _arrive(self, worker: int, ticket) -> None:
        chat = Delivery.objects.values_list("channel", flat=True).get(pk=ticket.delivery_id)
        full = self.rates.take({"bot": PER_BOT, f"chat {chat}": PER_GROUP})
        assert full is None, f"refused at {self.at:.3f} s: {full}"
        self.arrived.append(self.at)
        self._plan(self.at + self._late(), self._answer, worker, ticket)

    def _answer(self, worker: int, ticket) -> None:
        self.uses[worker].end(ticket.account_key, ticket.use)
        self.flying[worker] -= 1
        record.finish_sent(ticket, Receipt(("1",)))


@pytest.fixture
def queue(make_channel, make_post):
    def make(channels: int, texts: int) -> None:
        due = timezone.now() - timedelta(seconds=1)
        rows = [make_channel(f"c{n}", target=f"-100{n}") for n in range(channels)]
        for _ in range(texts):
            post = make_post()
            Delivery.objects.bulk_create(
                Delivery(post=post, channel=row, language="kk", due_at=due, late_ok=True) for row in rows
            )

    return make


def test_a_chat_never_gets_more_than_twenty_a_minute_over_minutes(monkeypatch, queue):
    queue(channels=2, texts=60)
    simulated = Simulation(monkeypatch, seed=1)
    simulated.run(200)
    assert len(simulated.arrived) > 2 * 40  # and it does not crawl either


def test_a_bot_never_sends_more_than_thirty_a_second(monkeypatch, queue):
    queue(channels=60, texts=5)
    simulated = Simulation(monkeypatch, seed=3)
    simulated.run(8)
    assert len(simulated.arrived) > 60


def test_a_worker_that_says_nothing_any_more_gives_its_uses_back_after_a_while(monkeypatch, queue):
    queue(channels=60, texts=3)
    simulated = Simulation(monkeypatch, seed=4)
    for _ in range(20):  # the worker dies with these
        dispatch.claim("dead", ROOM)
        simulated.at += 0.2
    held = len(Bucket.objects.get(key="account:telegram-main:1").uses)
    assert held == 30
    assert dispatch.claim("lives", ROOM).tickets == ()
    simulated.at += limits.HOLD + 1
    assert dispatch.claim("lives", ROOM).tickets


def test_a_clock_set_back_an_hour_stops_nobody_for_an_hour(monkeypatch, queue):
    queue(channels=3, texts=3)
    simulated = Simulation(monkeypatch, seed=5)
    assert dispatch.claim("w", ROOM).tickets
    Delivery.objects.filter(state=State.CLAIMED).update(state=State.SENT)
    Delivery.objects.update(due_at=timezone.now() - timedelta(hours=2))
    simulated.start -= 3600
    dispatch.claim("w", ROOM)
    simulated.at += 61
    assert dispatch.claim("w", ROOM).tickets


def test_what_was_answered_late_moves_the_chats_next_message(monkeypatch, queue):
    queue(channels=1, texts=2)
    simulated = Simulation(monkeypatch, seed=6)
    (ticket,) = dispatch.claim("w", ROOM).tickets
    record.begin(ticket)
    simulated.at += 8
    record.finish_sent(ticket, Receipt(("1",)))
    assert Channel.objects.get().used_at == simulated.now()
    assert dispatch.claim("w", ROOM).tickets == ()
    simulated.at += 1.01
    assert dispatch.claim("w", ROOM).tickets


@pytest.mark.django_db(transaction=True)
def test_who_only_asks_for_a_place_has_the_limits_rows_locked_too(make_channel, monkeypatch):
    """Links for those who post, tests, reports to chiefs. PostgreSQL locks rows in a transaction only."""
    locked = limits._locked
    seen = []
    monkeypatch.setattr(limits, "_locked", lambda keys: seen.append(connection.in_atomic_block) or locked(keys))
    assert changes.allowed(make_channel(), timezone.now().timestamp())
    assert seen == [True]
