"""Unknown outcomes: look whether the message stands there, a few times, and otherwise leave the answer to a person."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from publisher.connectors.base import Message
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Refused, Unavailable
from publisher.deliver import record
from publisher.deliver.border import db, now
from publisher.deliver.connections import Connections
from publisher.deliver.dispatch import Ticket
from publisher.deliver.jobs import load
from publisher.deliver.models import Attempt, Delivery, State
from publisher.deliver.worker import publishing

log = logging.getLogger(__name__)
RETRY = 10.0  # seconds after the platform could not be asked
PAUSES = (10, 60, 300)  # seconds between look-ups; after the last one only a person can tell


@dataclass(frozen=True, slots=True)
class Question:
    ticket: Ticket
    account_key: str
    target: str
    message: Message
    after: str


def due() -> list[Question]:
    """Unknown deliveries whose next look-up is due; each is put off to the following one."""
    moment = now()
    rows = Delivery.objects.filter(
        state=State.UNKNOWN,
        not_before__lte=moment,
        lookups__lte=len(PAUSES),
        settled_by="",
        channel__account__paused_at=None,
        channel__account__silence__probe_at=None,  # a platform that does not answer is left alone
        channel__account__in=settings.CONFIG.accounts,
    )
    return [question for row in rows.order_by("not_before")[:50] if (question := _question(row))]


def _question(row: Delivery) -> Question | None:
    """None: its words are not there (any more), so it cannot be recognised. The others are looked up all the same."""
    pause = PAUSES[min(row.lookups, len(PAUSES) - 1)]
    Delivery.objects.filter(pk=row.pk).update(lookups=row.lookups + 1, not_before=now() + timedelta(seconds=pause))
    attempt = Attempt.objects.filter(delivery=row, number=row.attempts_made).first()
    try:
        job = load(row.pk)
    except Refused as error:
        log.info("Delivery %s cannot be looked up: %s", row.pk, error.detail)
        return None
    ticket = Ticket(row.pk, row.attempts_made, row.priority)
    return Question(ticket, job.account_key, job.target, job.message, attempt.id_before if attempt else "")


def _did_not_happen(ticket: Ticket, pause: float) -> None:
    """The platform could not be asked: that was no look-up, so a person is not asked any sooner."""
    mine = Delivery.objects.filter(pk=ticket.delivery_id, state=State.UNKNOWN, lookups__gt=0)
    mine.update(lookups=F("lookups") - 1, not_before=now() + timedelta(seconds=pause))


def first_ones_wait() -> bool:
    """Some unknown outcome was not looked up even once."""
    unknown = Delivery.objects.filter(state=State.UNKNOWN, lookups=0, settled_by="")
    return unknown.filter(channel__account__paused_at=None, channel__account__in=settings.CONFIG.accounts).exists()


async def look_up(connections: Connections) -> int:
    """Returns how many were found to stand there."""
    found = 0
    for question in await db(due):
        try:
            connector = publishing(await connections.get(question.account_key))
            receipt = await connector.find(question.target, question.message, question.after)
        except (RateLimited, Unavailable, OutcomeUnknown) as error:
            log.info("Look-up of delivery %s put off: %s", question.ticket.delivery_id, error.detail)
            await db(_did_not_happen, question.ticket, getattr(error, "retry_after", RETRY))
            continue
        except ConnectorError as error:
            log.info("Look-up of delivery %s: %s", question.ticket.delivery_id, error.detail)
            continue
        if receipt is not None:
            found += await db(record.finish_sent, question.ticket, receipt)
    return found
