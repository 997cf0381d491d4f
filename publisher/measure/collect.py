"""Asks the platforms for the numbers that are due. One account after its own rhythm; none stops another."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from publisher.connectors import base
from publisher.connectors.base import Connector, Measures, Metric, Receipt
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Unavailable
from publisher.deliver.border import db
from publisher.deliver.models import Channel, Delivery, State
from publisher.deliver.record import receipt_of
from publisher.measure import appointments
from publisher.measure.metrics import OF_A_POST
from publisher.measure.models import Reading
from publisher.measure.record import keep, people_counts

log = logging.getLogger(__name__)
OpenConnector = Callable[[str], AbstractAsyncContextManager[Connector]]
FOLLOWERS_EVERY = timedelta(hours=1)
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
    """By account. Paused accounts are left in peace; the members of a channel that is off are not counted."""
    asked: dict[str, list[Question]] = defaultdict(list)
    for channel in _channels_to_count(now):
        asked[channel.account_id].append(Question(channel.pk, channel.key, channel.target))
    for appointment in appointments.due(now):
        delivery = appointment.delivery
        channel = delivery.channel
        if channel.account.paused_at is None and delivery.state == State.SENT:
            question = Question(
                channel.pk, channel.key, channel.target, receipt_of(delivery), delivery.pk, appointment.pk
            )
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
    asked = 0
    done = Collected()
    try:
        async with open_connector(account_key) as connector:
            for question in questions:
                done += await _ask(connector, question, now)
                asked += 1
    except ConnectorError as error:
        failure = Failure(account_key, error.reason, error.detail)
    except Exception as error:
        log.exception("Reading the numbers of %s failed.", account_key)
        failure = Failure(account_key, "reader_failed", type(error).__name__)
    else:
        return done
    await db(_put_off, [question for question in questions[asked:] if question.appointment_id])
    return done + Collected(failures=(failure,))


async def _ask(connector: Connector, question: Question, now: datetime) -> Collected:
    """One question. An error that concerns only this message or channel is noted; others go up and end the round."""
    try:
        readings = await _answer(connector, question)
    except NO_USE_ASKING_ON:
        raise
    except ConnectorError as error:
        if question.appointment_id:
            await db(_put_off, [question])
        return Collected(failures=(Failure(question.channel_key, error.reason, error.detail),))
    if not question.appointment_id:
        return Collected(followers=await db(_keep_channel, question, readings))
    return Collected(taken=int(await db(_keep_message, question, readings, now)))


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


def _keep_message(question: Question, readings: Sequence[base.Reading], now: datetime) -> bool:
    """Readings and the appointment they belong to, together or not at all."""
    with transaction.atomic():
        delivery = Delivery.objects.get(pk=question.delivery_id)
        if not appointments.take(question.appointment_id, now):
            return False
        keep([*readings, *people_counts(delivery, now)], delivery=delivery)
    return True


def _put_off(questions: Sequence[Question]) -> None:
    for question in questions:
        appointments.try_again(question.appointment_id)
