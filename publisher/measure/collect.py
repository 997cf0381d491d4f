"""Asks the platforms for the numbers that are due. One account after its own rhythm; none stops another."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from publisher.connectors import base
from publisher.connectors.base import Connector, Measures, Metric, Receipt
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Unavailable
from publisher.deliver.border import db
from publisher.deliver.models import Channel, State
from publisher.deliver.record import receipt_of
from publisher.measure import appointments, reader, reader_pass
from publisher.measure.metrics import OF_A_POST
from publisher.measure.models import Reading, ReadingTrouble
from publisher.measure.record import Answer, keep, keep_answers

log = logging.getLogger(__name__)
OpenConnector = Callable[[str], AbstractAsyncContextManager[Connector]]
FOLLOWERS_EVERY = timedelta(hours=1)
KEPT_TOGETHER = 200  # messages whose numbers are written down at once
NO_USE_ASKING_ON = (AccessLost, RateLimited, Unavailable)  # the same answer awaits every other question


@dataclass(frozen=True, slots=True)
class Failure:
    """`what` is a channel's key or an account's; `reason` a sentence code."""

    what: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """`taken` and `missed` count appointments, `followers` channels read, `failed` questions without an answer."""

    taken: int = 0
    missed: int = 0
    followers: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def failed(self) -> int:
        return len(self.failures)

    def __add__(self, other: Collected) -> Collected:
        return Collected(
            self.taken + other.taken,
            self.missed + other.missed,
            self.followers + other.followers,
            self.failures + other.failures,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask an account: about a channel (no receipt), or about a message that has an appointment."""

    channel_id: int
    channel_key: str
    target: str
    receipt: Receipt | None = None
    delivery_id: int = 0
    appointment_id: int = 0


async def collect(now: datetime, open_connector: OpenConnector) -> Collected:
    """Take every reading that is due. Platforms' failures leave appointments open until their window closes."""
    await db(appointments.make_missing, now)
    missed = await db(appointments.close_missed, now)
    questions = await db(due_questions, now)
    done = await asyncio.gather(*(_ask_account(key, asked, now, open_connector) for key, asked in questions.items()))
    return sum(done, Collected(missed=missed))


def due_questions(now: datetime) -> dict[str, list[Question]]:
    """By account. Paused accounts are left in peace; the members of a channel that is off are not counted.

    Messages that the press-office account reads are asked here only once it has failed to answer.
    """
    asked: dict[str, list[Question]] = defaultdict(list)
    for channel in _channels_to_count(now):
        asked[channel.account_id].append(Question(channel.pk, channel.key, channel.target))
    elsewhere = reader.channels_read(now)
    for appointment in appointments.due(now):
        delivery = appointment.delivery
        channel = delivery.channel
        if channel.pk in elsewhere and appointment.tries < reader_pass.FIRST_TRIES:
            continue
        if channel.account.paused_at is None and delivery.state == State.SENT:
            receipt = receipt_of(delivery)
            question = Question(channel.pk, channel.key, channel.target, receipt, delivery.pk, appointment.pk)
            asked[channel.account_id].append(question)
    return dict(asked)


def _channels_to_count(now: datetime) -> list[Channel]:
    """Those not read within the last hour, a minute's grace for clocks that tick unevenly."""
    counted = Reading.objects.filter(metric=Metric.FOLLOWERS, channel__isnull=False).values("channel")
    last = dict(counted.annotate(last=Max("at")).values_list("channel", "last"))
    open_ones = Channel.objects.filter(off_reason="", account__paused_at=None).order_by("key")
    before = now - FOLLOWERS_EVERY + timedelta(minutes=1)
    return [channel for channel in open_ones if channel.pk not in last or last[channel.pk] <= before]


async def _ask_account(
    account_key: str, questions: Sequence[Question], now: datetime, open_connector: OpenConnector
) -> Collected:
    """Everything for one account, one question at a time. Whatever happens here stays here."""
    answers = _Answers(now)
    asked = 0
    try:
        async with open_connector(account_key) as connector:
            for question in questions:
                await _ask(connector, question, answers)
                asked += 1
    except ConnectorError as error:
        answers.failures.append(Failure(account_key, error.reason, error.detail))
    except Exception as error:
        log.exception("Reading the numbers of %s failed.", account_key)
        answers.failures.append(Failure(account_key, "reader_failed", type(error).__name__))
    answers.again += [question for question in questions[asked:] if question.appointment_id]
    return await answers.done()


class _Answers:
    """What one account answered. Written down some hundred messages at a time: each alone would cost its own commit."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.failures: list[Failure] = []
        self.again: list[Question] = []
        self.well: set[int] = set()  # channels
        self.troubled: dict[int, str] = {}
        self._waiting: list[Answer] = []
        self._taken = self._followers = 0

    async def message(self, question: Question, readings: Sequence[base.Reading]) -> None:
        self.well.add(question.channel_id)
        self._waiting.append(Answer(question.delivery_id, question.appointment_id, tuple(readings)))
        if len(self._waiting) >= KEPT_TOGETHER:
            await self._keep()

    async def channel(self, question: Question, readings: Sequence[base.Reading]) -> None:
        self._followers += await db(_keep_channel, question, readings)

    def failed(self, question: Question, error: ConnectorError) -> None:
        self.failures.append(Failure(question.channel_key, error.reason, error.detail))
        if question.appointment_id:
            self.again.append(question)
            self.troubled[question.channel_id] = error.reason

    async def done(self) -> Collected:
        await self._keep()
        await db(_put_off, self.again)
        await db(_note_troubles, self.troubled, self.well - self.troubled.keys(), self.now)
        return Collected(self._taken, 0, self._followers, tuple(self.failures))

    async def _keep(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._taken += await db(keep_answers, waiting, self.now)


async def _ask(connector: Connector, question: Question, answers: _Answers) -> None:
    """One question. An error that concerns only this message or channel is noted; others go up and end the round."""
    try:
        readings = await _answer(connector, question)
    except ConnectorError as error:
        if isinstance(error, NO_USE_ASKING_ON) and not error.reason.startswith("public_page"):
            raise
        answers.failed(question, error)
        return
    await (answers.message if question.appointment_id else answers.channel)(question, readings)


async def _answer(connector: Connector, question: Question) -> Sequence[base.Reading]:
    """What can be asked for. A platform that only tells of its own accord is not troubled."""
    if not isinstance(connector, Measures):
        return ()
    useful = set(OF_A_POST) if question.receipt else {Metric.FOLLOWERS}
    if not useful & connector.description.metrics:
        return ()
    return await connector.measure(question.target, question.receipt)


def _keep_channel(question: Question, readings: Sequence[base.Reading]) -> int:
    keep(readings, channel=Channel.objects.get(pk=question.channel_id))
    return int(bool(readings))


def _put_off(questions: Sequence[Question]) -> None:
    appointments.try_again([question.appointment_id for question in questions])


def _note_troubles(troubled: Mapping[int, str], well: Collection[int], now: datetime) -> None:
    """Per channel, for people to see; the first good answer ends it."""
    ReadingTrouble.objects.filter(channel__in=well).delete()
    for channel, reason in troubled.items():
        given = {"reason": reason, "at": now}
        ReadingTrouble.objects.update_or_create(
            channel_id=channel, defaults=given, create_defaults={**given, "since": now}
        )
