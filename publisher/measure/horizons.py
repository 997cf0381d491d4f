"""V_h of very many messages at once: the same answer as readings.value_at gives one by one, by two looks into an index.

A year's readings are millions, of which each figure needs one: so the database finds the neighbours of each moment, and
only those come here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery
from publisher.deliver.rows import at, moment
from publisher.measure.metrics import HELD, TOLERANCE
from publisher.measure.models import Appointment, AppointmentState, Horizon
from publisher.measure.readings import Snapshot, nearest

ASKED_FOR = frozenset(Metric) - HELD - {Metric.FOLLOWERS, Metric.JOINS}
WANTED = "measure_wanted"
TABLE = f"""
CREATE TEMPORARY TABLE {WANTED} (delivery_id bigint PRIMARY KEY, low {{time}}, due {{time}}, high {{time}})
"""
FOUND = f"""
WITH beside AS (
  SELECT w.delivery_id,
    (SELECT r.at FROM measure_reading r WHERE r.delivery_id = w.delivery_id AND r.metric = %s
       AND r.at <= w.due AND r.at >= w.low ORDER BY r.at DESC LIMIT 1) AS before,
    (SELECT r.at FROM measure_reading r WHERE r.delivery_id = w.delivery_id AND r.metric = %s
       AND r.at > w.due AND r.at <= w.high ORDER BY r.at LIMIT 1) AS after
  FROM {WANTED} w
)
SELECT r.delivery_id, r.at, r.source, r.value FROM beside b
JOIN measure_reading r ON r.delivery_id = b.delivery_id AND r.metric = %s AND r.at IN (b.before, b.after)
ORDER BY r.delivery_id, r.at, r.id
"""


@dataclass(frozen=True, slots=True)
class Value:
    value: int
    at: datetime
    source: str


def values(metric: Metric, horizon: Horizon, sent_from: datetime, sent_to: datetime) -> dict[int, Value]:
    """By delivery, for messages sent in that time; those without a reading in the window are not in it.

    Only for what is asked for: what platforms tell on every change holds until the next time (readings.value_at).
    """
    if metric not in ASKED_FOR:
        raise ValueError(f"{metric} is told on every change")
    sent = Delivery.objects.filter(sent_at__gte=sent_from, sent_at__lt=sent_to)
    asked = Appointment.objects.filter(horizon=horizon, delivery__in=sent).exclude(state=AppointmentState.WAITING)
    with transaction.atomic():
        due = dict(asked.order_by().values_list("delivery", "due_at"))
        rows = _beside(metric, horizon, due)
    taken = _snapshots(rows)
    return {delivery: found for delivery, when in due.items() if (found := _best(taken.get(delivery, ()), when))}


def _beside(metric: Metric, horizon: Horizon, due: Mapping[int, datetime]) -> list[tuple[int, datetime, str, int]]:
    within = TOLERANCE[horizon]
    kind = "text" if connection.vendor == "sqlite" else "timestamptz"
    with connection.cursor() as cursor:
        cursor.execute(TABLE.format(time=kind))
        try:
            windows = [(pk, at(when - within), at(when), at(when + within)) for pk, when in due.items()]
            cursor.executemany(f"INSERT INTO {WANTED} VALUES (%s, %s, %s, %s)", windows)
            cursor.execute(FOUND, [metric, metric, metric])
            return list(cursor.fetchall())
        finally:
            cursor.execute(f"DROP TABLE {WANTED}")


def _snapshots(rows: Iterable[tuple[int, object, str, int]]) -> dict[int, list[Snapshot]]:
    """Rows of one moment and source add up (emoji, answers of a poll)."""
    parts: dict[tuple[int, object, str], int] = {}
    for delivery, when, source, value in rows:
        parts[delivery, when, source] = parts.get((delivery, when, source), 0) + value
    taken: dict[int, list[Snapshot]] = defaultdict(list)
    for (delivery, when, source), value in parts.items():
        taken[delivery].append(Snapshot(_moment(when), source, (("", value),)))
    return taken


def _moment(value: object) -> datetime:
    told = datetime.fromisoformat(value) if isinstance(value, str) else value
    found = moment(told)  # type: ignore[arg-type]
    assert found is not None
    return found


def _best(taken: Iterable[Snapshot], due: datetime) -> Value | None:
    """All of them lie in the window already."""
    rows = list(taken)
    found = nearest(rows, due, max((abs(s.at - due) for s in rows), default=TOLERANCE[Horizon.HOUR]))
    return Value(found.total, found.at, found.source) if found else None
