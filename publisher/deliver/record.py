"""Writes down what happened: the step before the request, and the outcome after it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from publisher.connectors.base import Receipt
from publisher.connectors.errors import (
    AccessLost,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from publisher.deliver import limits
from publisher.deliver.border import now
from publisher.deliver.bulk import LEASE_SEND, begin_all, finish_all, receipt_json, remember_uploads
from publisher.deliver.dispatch import Ticket, cancel_if_asked
from publisher.deliver.models import Account, Attempt, Channel, Delivery, State
from publisher.deliver.muting import LASTING

TRIES = 12  # failures that certainly sent nothing, before a person is asked
FIRST_LOOKUP = timedelta(seconds=2)  # the platform needs a moment before the message can be found there
LONGEST_PAUSE = timedelta(minutes=15)

__all__ = ["begin_all", "finish_all", "receipt_json", "remember_uploads"]  # the steps for many at once


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an attempt did not end in `sent`."""

    outcome: str  # refused, target_gone, …: the error's class
    reason: str  # the sentence's code
    detail: str = ""


def begin(ticket: Ticket) -> bool:
    return begin_all([ticket])[0]


def prolong(tickets: Sequence[Ticket]) -> None:
    """The worker still works on them (a film of 49 MB takes minutes)."""
    until = now() + LEASE_SEND
    for ticket in tickets:
        mine = Delivery.objects.filter(pk=ticket.delivery_id, attempts_made=ticket.number)
        mine.filter(state__in=[State.CLAIMED, State.SENDING]).update(lease_until=until)


def finish_sent(ticket: Ticket, receipt: Receipt) -> bool:
    return finish_all([(ticket, receipt)])[0]


def finish_error(ticket: Ticket, error: ConnectorError) -> bool:
    """The six errors, six actions. Nothing else decides what an error leads to.

    A delivery still `claimed` sent nothing (its film was being uploaded): there no outcome can be unknown.
    """
    cause = Cause(_snake(error), error.reason, error.detail)
    with transaction.atomic():
        moment = now()
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("channel__account")
        delivery = rows.filter(pk=ticket.delivery_id).first()
        if delivery is None or delivery.attempts_made != ticket.number:
            return False
        if delivery.state == State.CLAIMED and isinstance(error, OutcomeUnknown):
            error = Unavailable(error.detail)
            cause = Cause("unavailable", error.reason, error.detail)
        elif delivery.state not in (State.CLAIMED, State.SENDING):
            return False
        _end_attempt(ticket, moment, cause)
        if delivery.state == State.SENDING:
            Channel.objects.filter(pk=delivery.channel_id).update(used_at=moment)
        _act(delivery, error, cause, moment)
        cancel_if_asked(delivery.pk)
    return True


def _act(delivery: Delivery, error: ConnectorError, cause: Cause, moment: datetime) -> None:
    match error:
        case RateLimited():
            until = moment + timedelta(seconds=error.retry_after)
            limits.block(delivery.channel, until.timestamp(), error.scope)
            _back_to_queue(delivery, cause, until)
        case Unavailable():
            _try_later(delivery, cause, moment)
        case AccessLost():
            pause(delivery.channel.account, cause, moment)
            _back_to_queue(delivery, cause, moment)
        case TargetGone(moved_to=new) if new:
            Channel.objects.filter(pk=delivery.channel_id).update(target=new, last_message_id="")
            _back_to_queue(delivery, cause, moment)
        case TargetGone():
            here = Channel.objects.filter(pk=delivery.channel_id).exclude(off_reason__in=LASTING)
            here.update(off_reason=cause.reason, off_detail=cause.detail)
            _end(delivery, State.FAILED, cause)
        case Refused():
            _end(delivery, State.FAILED, cause, error.values)
        case OutcomeUnknown() | _:
            _end(delivery, State.UNKNOWN, cause, not_before=moment + FIRST_LOOKUP, lookups=0, asked_at=None)


def _try_later(delivery: Delivery, cause: Cause, moment: datetime) -> None:
    """Back-off with jitter: 1, 2, 4 … seconds, at most a quarter of an hour."""
    if delivery.put_off + 1 >= TRIES:
        _end(delivery, State.FAILED, Cause(cause.outcome, "tried_too_often", cause.detail), {"tries": TRIES})
        return
    pause_s = min(2.0**delivery.put_off, LONGEST_PAUSE.total_seconds()) * random.uniform(0.8, 1.2)
    _back_to_queue(delivery, cause, moment + timedelta(seconds=pause_s), put_off=delivery.put_off + 1)


def _back_to_queue(delivery: Delivery, cause: Cause, not_before: datetime, **fields: int) -> None:
    _end(delivery, State.WAITING, cause, None, not_before=not_before, **fields)


def _end(
    delivery: Delivery, state: State, cause: Cause, values: Mapping[str, object] | None = None, **fields: object
) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        state=state,
        lease_until=None,
        worker="",
        error_reason=cause.reason,
        error_detail=cause.detail,
        error_values=values or {},
        **fields,
    )


def _end_attempt(ticket: Ticket, moment: datetime, cause: Cause) -> None:
    Attempt.objects.filter(delivery=ticket.delivery_id, number=ticket.number).update(
        ended_at=moment, outcome=cause.outcome, reason=cause.reason, detail=cause.detail
    )


def pause(account: Account, cause: Cause, moment: datetime) -> None:
    Account.objects.filter(pk=account.pk, paused_at=None).update(
        paused_at=moment, pause_reason=cause.reason, pause_detail=cause.detail
    )


def _snake(error: ConnectorError) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("_")


@dataclass(frozen=True, slots=True)
class Swept:
    taken_back: int
    unknown: int


def sweep(dead_workers: frozenset[str] = frozenset()) -> Swept:
    """Rows whose worker is gone: a claim goes back to the queue, a send becomes unknown. Never sent again unasked."""
    moment = now()
    held = Delivery.objects.filter(state__in=[State.CLAIMED, State.SENDING])
    gone = held.filter(Q(lease_until__lte=moment) | Q(lease_until=None) | Q(worker__in=dead_workers))
    rows = list(gone)
    taken_back = sum(_sweep_claimed(row) for row in rows if row.state == State.CLAIMED)
    return Swept(taken_back, sum(_sweep_sending(row, moment) for row in rows if row.state == State.SENDING))


def _sweep_claimed(row: Delivery) -> int:
    with transaction.atomic():
        mine = Delivery.objects.filter(pk=row.pk, attempts_made=row.attempts_made, state=State.CLAIMED)
        changed = mine.update(state=State.WAITING, lease_until=None, worker="")
        if changed:
            _end_attempt(Ticket(row.pk, row.attempts_made, 0), now(), Cause("taken_back", ""))
            cancel_if_asked(row.pk)
    return changed


def _sweep_sending(row: Delivery, moment: datetime) -> int:
    cause = Cause("outcome_unknown", "worker_died", "The worker ended without saying what became of the request.")
    with transaction.atomic():
        mine = Delivery.objects.filter(pk=row.pk, attempts_made=row.attempts_made, state=State.SENDING)
        if mine.select_for_update().first() is None:
            return 0
        _end_attempt(Ticket(row.pk, row.attempts_made, 0), moment, cause)
        Channel.objects.filter(pk=row.channel_id).update(used_at=moment)
        _end(row, State.UNKNOWN, cause, not_before=moment + FIRST_LOOKUP, lookups=0, asked_at=None)
    return 1


def receipt_of(delivery: Delivery) -> Receipt:
    saved = delivery.receipt or {}
    return Receipt(tuple(saved.get("ids", ())), saved.get("url", ""), saved.get("poll_id", ""))
