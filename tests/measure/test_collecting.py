from __future__ import annotations

import asyncio
import queue
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import ClassVar

import pytest
from django.utils import timezone

from publisher.connectors.base import Connector, Description, Limits, Measures, Metric
from publisher.connectors.base import Reading as Read
from publisher.connectors.errors import AccessLost, OutcomeUnknown, RateLimited, Refused, TargetGone, Unavailable
from publisher.deliver.models import Account, Channel
from publisher.measure import collect as module
from publisher.measure.appointments import make_for
from publisher.measure.collect import collect
from publisher.measure.models import Appointment, PersonStatus, Reading

ERRORS = [AccessLost("x"), RateLimited("x", 9), Unavailable("x"), TargetGone("x"), Refused("x"), OutcomeUnknown("x")]


class Fake(Connector, Measures):
    """Answers with what it was given; an exception is raised."""

    description: ClassVar = Description("fake", "Fake", "marks", Limits(1, 1, "utf16"), frozenset(Metric))

    def __init__(self, answers=None, now=None):
        self.answers, self.now, self.asked = answers or {}, now, []

    async def check(self, target=""):
        raise NotImplementedError

    async def measure(self, target, receipt):
        what = receipt.ids[0] if receipt else target
        self.asked.append(what)
        answer = self.answers.get(what, {})
        if isinstance(answer, Exception):
            raise answer
        return [Read(metric, value, self.now, "fake") for metric, value in answer.items()]


class Silent(Connector):
    """Publishes only."""

    description: ClassVar = Description("silent", "Silent", "marks", Limits(1, 1, "utf16"))

    def __init__(self):
        pass

    async def check(self, target=""):
        raise NotImplementedError


class Runner:
    """Collects in a loop of its own thread; database work comes back to the test's thread and its transaction."""

    def __init__(self):
        self.jobs: queue.Queue = queue.Queue()
        self.opened: list[str] = []

    def __call__(self, now, **connectors):
        self.opened.clear()
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(lambda: asyncio.run(self.collect(now, **connectors)))
            done.add_done_callback(lambda _: self.jobs.put(None))
            while job := self.jobs.get():
                job()
            return done.result()

    async def collect(self, now, **connectors):
        @asynccontextmanager
        async def open_connector(account_key):
            self.opened.append(account_key)
            connector = connectors.get(account_key.partition("-")[0], Silent())
            if isinstance(connector, Exception):
                raise connector
            connector.now = now
            yield connector

        return await collect(now, open_connector)

    async def db(self, fn, *arguments):
        answer: Future = Future()

        def job():
            try:
                answer.set_result(fn(*arguments))
            except BaseException as error:
                answer.set_exception(error)

        self.jobs.put(job)
        return await asyncio.wrap_future(answer)


@pytest.fixture
def run(monkeypatch) -> Runner:
    runner = Runner()
    monkeypatch.setattr(module, "db", runner.db)
    return runner


@pytest.fixture
def sent(send):
    def sent(channel, *ids, **more):
        delivery = send(channel, *ids, **more)
        make_for(delivery)
        return delivery

    return sent


def state(horizon: str = "1h") -> list[tuple[str, str, int]]:
    return list(Appointment.objects.filter(horizon=horizon).values_list("state", "reason", "tries"))


def test_a_due_message_and_its_channel_are_read(run, telegram, sent, after):
    sent(telegram, "11")
    fake = Fake({"11": {Metric.VIEWS: 40, Metric.FORWARDS: 2}, "-1001": {Metric.FOLLOWERS: 812}})
    found = run(after(hours=1), telegram=fake)
    assert (found.taken, found.followers, found.failed) == (1, 1, 0)
    rows = [(r.delivery is None, r.metric, r.value, r.at, r.source) for r in Reading.objects.all()]
    assert set(rows) == {
        (False, "views", 40, after(hours=1), "fake"),
        (False, "forwards", 2, after(hours=1), "fake"),
        (True, "followers", 812, after(hours=1), "fake"),
    }
    assert state() == [("taken", "", 0)]


def test_a_number_that_the_platform_left_out_is_stored_nowhere(run, telegram, sent, after):
    sent(telegram, "11")
    run(after(hours=1), telegram=Fake())
    assert not Reading.objects.exists()
    assert state() == [("taken", "", 0)]


def test_confirmations_are_counted_at_the_appointment(run, whatsapp, sent, after):
    delivery = sent(whatsapp, "w1")
    for person, rank in (("a", 1), ("b", 2)):
        PersonStatus.objects.create(delivery=delivery, person=person, rank=rank)
    found = run(after(hours=1))
    assert found.taken == 1
    assert set(Reading.objects.values_list("metric", "value")) == {("delivered", 2), ("read", 1)}


def test_followers_are_read_once_an_hour(run, telegram, after):
    fake = Fake({"-1001": {Metric.FOLLOWERS: 812}})
    for minutes in (0, 1, 30, 58, 60, 61, 119, 120):
        run(after(minutes=minutes), telegram=fake)
    assert len(fake.asked) == 3


def test_a_channel_that_is_off_or_paused_is_not_asked(run, telegram, whatsapp, after):
    Channel.objects.filter(key="tg").update(off_reason="target_gone")
    Account.objects.filter(key="whatsapp-main").update(paused_at=after())
    run(after(), telegram=Fake(), whatsapp=Fake())
    assert run.opened == []


def test_no_connection_is_opened_when_nothing_is_due(run, telegram, sent, after):
    sent(telegram, "11")
    run(after(), telegram=Fake({"-1001": {Metric.FOLLOWERS: 1}}))
    run(after(minutes=20), telegram=Fake())
    assert run.opened == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_leaves_the_appointment_open_until_its_window_closes(run, telegram, sent, after, error):
    sent(telegram, "11")
    found = run(after(hours=1), telegram=Fake({"11": error}))
    assert (found.taken, found.failed) == (0, 1)
    assert found.failures[0].reason == error.reason
    assert state() == [("waiting", "", 1)]
    run(after(hours=1, minutes=5), telegram=Fake({"11": error}))
    found = run(after(hours=1, minutes=16), telegram=Fake())
    assert found.missed == 1
    assert state() == [("missed", "reader_failed", 2)]


def test_a_second_try_in_time_takes_the_reading(run, telegram, sent, after):
    sent(telegram, "11")
    run(after(hours=1), telegram=Fake({"11": Unavailable("x")}))
    found = run(after(hours=1, minutes=1), telegram=Fake({"11": {Metric.VIEWS: 5}}))
    assert found.taken == 1
    assert list(Reading.objects.values_list("metric", "value")) == [("views", 5)]


@pytest.mark.parametrize(
    "error", [AccessLost("x"), RateLimited("x", 9), Unavailable("x")], ids=lambda e: type(e).__name__
)
def test_an_account_that_cannot_answer_is_asked_one_thing_only(run, telegram, sent, after, error):
    for message in ("11", "12", "13"):
        sent(telegram, message)
    fake = Fake({"-1001": error})
    run(after(hours=1), telegram=fake)
    assert fake.asked == ["-1001"]
    assert state() == [("waiting", "", 1)] * 3


def test_an_error_of_one_message_does_not_keep_the_others_from_being_read(run, telegram, sent, after):
    for message in ("11", "12"):
        sent(telegram, message)
    found = run(after(hours=1), telegram=Fake({"11": Refused("gone")}))
    assert (found.taken, found.failed) == (1, 1)


@pytest.mark.parametrize("error", [AccessLost("x"), RuntimeError("a bug of ours")], ids=["lost", "bug"])
def test_one_accounts_failure_does_not_touch_another(run, telegram, whatsapp, sent, after, error, caplog):
    sent(telegram, "11")
    sent(whatsapp, "w1")
    found = run(after(hours=1), telegram=error, whatsapp=Fake())
    assert (found.taken, found.failed) == (1, 1)
    assert sorted(state()) == [("taken", "", 0), ("waiting", "", 1)]


def test_a_bug_in_a_connector_does_not_end_the_collector(run, telegram, sent, after, caplog):
    sent(telegram, "11")
    found = run(after(hours=1), telegram=Fake({"11": ZeroDivisionError()}))
    assert found.failures[-1].reason == "reader_failed"
    assert state() == [("waiting", "", 1)]
    assert "Reading the numbers of telegram-main failed" in caplog.text


def test_a_connector_that_gives_no_numbers_is_not_asked_and_blocks_nothing(run, telegram, sent, after):
    sent(telegram, "11")
    found = run(after(hours=1), telegram=Silent())
    assert (found.taken, found.failed) == (1, 0)


def test_two_collectors_take_an_appointment_once(run, telegram, sent, after):
    sent(telegram, "11")

    class Doubled(Fake):
        async def measure(self, target, receipt):
            if receipt and not self.asked:
                self.asked.append("other")
                await run.collect(after(hours=1), telegram=Fake({"11": {Metric.VIEWS: 5}}))
            return await super().measure(target, receipt)

    doubled = Doubled({"11": {Metric.VIEWS: 6}})
    doubled.asked = []
    Reading.objects.create(channel=telegram, metric="followers", value=1, at=after(hours=1), source="x")
    found = run(after(hours=1), telegram=doubled)
    assert found.taken == 0
    assert list(Reading.objects.filter(metric="views").values_list("value", flat=True)) == [5]


def test_after_a_stop_the_late_ones_are_missed_and_the_open_ones_read(run, telegram, sent, after):
    sent(telegram, "11")
    found = run(after(hours=25), telegram=Fake({"11": {Metric.VIEWS: 5}}))
    assert (found.taken, found.missed) == (1, 1)
    assert state("1h") == [("missed", "not_read_in_time", 0)]
    assert state("24h") == [("taken", "", 0)]


def test_a_message_that_a_person_found_standing_there_is_read_too(run, telegram, send):
    now = timezone.now()
    send(telegram, "11", at=now - timedelta(hours=1))
    found = run(now, telegram=Fake())
    assert found.taken == 1
