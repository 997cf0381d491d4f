"""V_h of very many messages at once: the same answer as readings.value_at gives one by one, by two looks into an index.

A year's readings are millions, of which each figure needs one: so the database finds the neighbours of each moment and
chooses between them, and only those come here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from publisher.connectors.base import Metric
from publisher.deliver.rows import at, fetch
from publisher.measure.metrics import HELD, TOLERANCE
from publisher.measure.models import Horizon

ASKED_FOR = frozenset(Metric) - HELD - {Metric.FOLLOWERS, Metric.JOINS}
# SQLite keeps moments as text: the fraction of a second, if there is one, begins at the 20th character.
SHIFTED = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%S', a.due_at, '{seconds} seconds') || substr(a.due_at, 20)",
    "postgresql": "a.due_at + interval '{seconds} seconds'",
}
GAP = {"sqlite": "abs(julianday({one}) - julianday(due))", "postgresql": "abs(extract(epoch from {one} - due))"}
# CROSS JOIN keeps SQLite from beginning with the readings, of which there are a thousand times more.
FOUND = """
WITH beside AS MATERIALIZED (
  SELECT a.delivery_id, a.due_at AS due,
    (SELECT r.at FROM measure_reading r WHERE r.delivery_id = a.delivery_id AND r.metric = %s
       AND r.at <= a.due_at AND r.at >= {low} ORDER BY r.at DESC LIMIT 1) AS before,
    (SELECT r.at FROM measure_reading r WHERE r.delivery_id = a.delivery_id AND r.metric = %s
       AND r.at > a.due_at AND r.at <= {high} ORDER BY r.at LIMIT 1) AS after
  FROM deliver_delivery d JOIN measure_appointment a ON a.delivery_id = d.id
  WHERE d.sent_at >= %s AND d.sent_at < %s AND a.horizon = %s AND a.state <> 'waiting'
), chosen AS MATERIALIZED (
  SELECT delivery_id, CASE WHEN before IS NULL THEN after WHEN after IS NULL THEN before
    WHEN {before_gap} <= {after_gap} THEN before ELSE after END AS at
  FROM beside
)
SELECT c.delivery_id, r.value, r.at, r.source FROM chosen c CROSS JOIN measure_reading r
WHERE r.delivery_id = c.delivery_id AND r.metric = %s AND r.at = c.at ORDER BY c.delivery_id, r.id
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
    return _added_up(fetch(_sql(horizon), [metric, metric, at(sent_from), at(sent_to), horizon, metric]))


def _sql(horizon: Horizon) -> str:
    seconds, vendor = int(TOLERANCE[horizon].total_seconds()), connection.vendor
    return FOUND.format(
        low=SHIFTED[vendor].format(seconds=-seconds),
        high=SHIFTED[vendor].format(seconds=f"+{seconds}"),
        before_gap=GAP[vendor].format(one="before"),
        after_gap=GAP[vendor].format(one="after"),
    )


def _added_up(rows: Iterable[tuple[int, int, object, str]]) -> dict[int, Value]:
    """Rows of one moment and source add up (labels); of two sources at one moment the first counts."""
    found: dict[int, Value] = {}
    for delivery, value, when, source in rows:
        known = found.get(delivery)
        if known is None:
            found[delivery] = Value(value, _moment(when), source)
        elif known.source == source:
            found[delivery] = Value(known.value + value, known.at, source)
    return found


def _moment(told: object) -> datetime:
    when = datetime.fromisoformat(told) if isinstance(told, str) else told
    assert isinstance(when, datetime)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
