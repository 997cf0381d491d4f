"""When each sent message is to be read: 1 h, 24 h, 72 h and 7 days after it went out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from publisher.deliver.models import Delivery, Part, State
from publisher.deliver.rows import at, fetch, marks, run_many
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Appointment, AppointmentState, Horizon

MAKE = """
INSERT INTO measure_appointment (delivery_id, horizon, due_at, state, reason, tries)
VALUES (%s, %s, %s, 'waiting', '', 0) ON CONFLICT (delivery_id, horizon) DO NOTHING
"""
TAKE = """
UPDATE measure_appointment SET state = 'taken', taken_at = %s, reason = ''
WHERE id IN ({ids}) AND state = 'waiting' RETURNING id
"""
AT_ONCE = 500  # of one statement


def make_for(*deliveries: Delivery) -> None:
    """Four for each sent main part; a poll is read together with the text it belongs to. Safe to repeat."""
    made = [
        (delivery.pk, horizon.value, at(delivery.sent_at + after))
        for delivery in deliveries
        if delivery.part == Part.MAIN and delivery.sent_at is not None
        for horizon, after in AFTER.items()
    ]
    run_many(MAKE, made)


def make_missing(now: datetime) -> int:
    """For messages found standing there afterwards (looked up, or a person said so): nobody told us they were sent."""
    latest = AFTER[Horizon.WEEK] + TOLERANCE[Horizon.WEEK]
    recent = Delivery.objects.filter(part=Part.MAIN, state=State.SENT, sent_at__gte=now - latest, appointments=None)
    rows = list(recent)
    make_for(*rows)
    return len(rows)


def closes_at(appointment: Appointment) -> datetime:
    """The last moment at which a reading still counts for its horizon."""
    return appointment.due_at + TOLERANCE[Horizon(appointment.horizon)]


def due(now: datetime, channels: Collection[int] | None = None) -> list[Appointment]:
    """Open appointments whose moment has come and whose window is still open, the oldest first."""
    waiting = Appointment.objects.filter(state=AppointmentState.WAITING, due_at__lte=now)
    if channels is not None:
        waiting = waiting.filter(delivery__channel__in=list(channels))
    rows = waiting.select_related("delivery__channel__account").order_by("due_at", "id")
    return [a for a in rows if now <= closes_at(a) and _may_try(a, now)]


def _may_try(appointment: Appointment, now: datetime) -> bool:
    """At the moment itself, then 1, 3, 7, 15, 31 … minutes after it: a platform that is down is not hammered."""
    return now >= appointment.due_at + timedelta(minutes=2**appointment.tries - 1)


def close_missed(now: datetime) -> int:
    """Give up what can no longer be read in time, each with its reason; returns how many."""
    waiting = Appointment.objects.filter(state=AppointmentState.WAITING)
    missed = _miss(waiting.filter(due_at__lte=now).exclude(delivery__state=State.SENT), "withdrawn_before")
    for horizon, tolerance in TOLERANCE.items():
        late = waiting.filter(horizon=horizon, due_at__lt=now - tolerance)
        missed += _miss(late.filter(tries__gt=0), "reader_failed")
        missed += _miss(late.exclude(delivery__channel__account__paused_at=None), "paused_then")
        missed += _miss(late, "not_read_in_time")
    return missed


def _miss(rows: QuerySet[Appointment], reason: str) -> int:
    return rows.update(state=AppointmentState.MISSED, reason=reason)


def take(appointment_ids: Sequence[int], now: datetime) -> set[int]:
    """Mark as read; those that another clock was quicker with are not among the answer."""
    taken: set[int] = set()
    for some in _some(appointment_ids):
        taken |= {row[0] for row in fetch(TAKE.format(ids=marks(len(some))), [at(now), *some])}
    return taken


def try_again(appointment_ids: Sequence[int]) -> None:
    for some in _some(appointment_ids):
        Appointment.objects.filter(pk__in=some, state=AppointmentState.WAITING).update(tries=F("tries") + 1)


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
