"""A platform that does not answer is left alone, asked now and then, and used again by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.connectors.base import Receipt
from publisher.connectors.errors import AccessLost, OutcomeUnknown, RateLimited, Refused, Unavailable
from publisher.deliver import bulk, dispatch, record, silence
from publisher.deliver.models import Account, Silence
from publisher.deliver.worker import Worker

pytestmark = pytest.mark.django_db
KEY = "telegram-main"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The database's clock; `clock(seconds)` puts it forward."""
    ahead = timedelta()

    def forward(seconds: float) -> None:
        nonlocal ahead
        ahead += timedelta(seconds=seconds)

    for module in (bulk, dispatch, record, silence):
        monkeypatch.setattr(module, "now", lambda: timezone.now() + ahead)
    return forward


@pytest.fixture
def waiting(make_delivery, make_channel):
    return [make_delivery(on=make_channel(f"c{n}"), late_ok=True) for n in range(12)]


def claimed():
    return list(dispatch.claim("w", 50).tickets)


def silent(times=silence.FAILURES):
    for _ in range(times):
        silence.note(KEY, Unavailable("no route"))


def ask(answer=None, monkeypatch=None):
    """Let a worker ask; `answer` is raised by the platform's door, or nothing is."""

    class Door:
        async def check(self, target=""):
            if answer:
                raise answer

    class Doors:
        async def get(self, key):
            return Door()

    steps = []

    async def later(fn, *args):
        steps.append((fn, args))

    monkeypatch.setattr("publisher.deliver.worker.db", later)
    asyncio.run(Worker(Doors()).ask(KEY))
    for fn, args in steps:  # the test's own database connection is in this thread
        fn(*args)


def test_a_few_failures_stop_nothing(waiting):
    silent(silence.FAILURES - 1)
    assert len(claimed()) > 1


def test_after_failures_in_a_row_everything_waits(waiting):
    silent()
    assert claimed() == []
    assert [row.account_id for row in silence.known()] == [KEY]


def test_an_answer_in_between_begins_the_count_anew(waiting):
    silent(silence.FAILURES - 1)
    silence.note(KEY, RateLimited("slow down", 1))
    silent(silence.FAILURES - 1)
    assert len(claimed()) > 1


def test_our_own_refusals_say_nothing_about_the_platform(waiting):
    silent(silence.FAILURES - 1)
    silence.note(KEY, Refused("too long"))
    silence.note(KEY, OutcomeUnknown("cut"))
    assert claimed() == []


def test_when_the_pause_is_over_one_worker_asks(waiting, clock):
    silent()
    clock(silence.FIRST.total_seconds() + 1)
    first, second = dispatch.claim("a", 50), dispatch.claim("b", 50)
    assert (first.to_ask, second.to_ask) == ((KEY,), ())
    assert not first.tickets + second.tickets


def test_if_it_answers_one_message_goes_alone_and_then_all(waiting, clock, monkeypatch):
    silent()
    clock(10)
    dispatch.claim("w", 50)
    ask(monkeypatch=monkeypatch)
    (ticket,) = claimed()
    assert claimed() == []
    assert record.begin(ticket)
    assert record.finish_sent(ticket, Receipt(("1",)))
    silence.answered(KEY)
    clock(2)
    assert len(claimed()) > 1


def test_if_that_one_fails_the_pause_doubles(waiting, clock, monkeypatch):
    silent()
    clock(10)
    dispatch.claim("w", 50)
    ask(monkeypatch=monkeypatch)
    (ticket,) = claimed()
    record.begin(ticket)
    record.finish_error(ticket, Unavailable("no route"))
    silence.note(KEY, Unavailable("no route"))
    assert claimed() == []
    assert Silence.objects.get().pause == 2 * silence.FIRST.total_seconds()


def test_if_it_does_not_answer_the_pause_doubles_up_to_five_minutes(waiting, clock, monkeypatch):
    silent()
    for _ in range(10):
        clock(301)
        assert dispatch.claim("w", 50).to_ask == (KEY,)
        ask(Unavailable("no route"), monkeypatch)
    assert Silence.objects.get().pause == silence.LONGEST.total_seconds()
    assert claimed() == []


def test_a_worker_that_dies_while_asking_leaves_the_question_to_others(waiting, clock):
    silent()
    clock(10)
    assert dispatch.claim("dies", 50).to_ask == (KEY,)
    clock(silence.PROBING.total_seconds() + 1)
    assert dispatch.claim("lives", 50).to_ask == (KEY,)


def test_an_account_that_is_not_let_in_any_more_is_paused_instead(waiting, clock, monkeypatch):
    silent()
    clock(10)
    dispatch.claim("w", 50)
    ask(AccessLost("revoked"), monkeypatch)
    assert Account.objects.get(pk=KEY).paused_at
    assert not Silence.objects.exists()


def test_failures_that_happen_at_once_count_as_one_step(waiting):
    silent(20)
    assert Silence.objects.get().pause == silence.FIRST.total_seconds()
