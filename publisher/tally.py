"""What attempts came to since the beginning, added up in the database and never twice over the old ones.

Attempts are only ever added to, and one that is a day old has ended. So the old ones are added up once in a process'
life, and each later look reads the last day's alone.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, F, FloatField, Func, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Greatest

from publisher.deliver.border import now
from publisher.deliver.models import Attempt, Delivery

BUCKETS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)  # seconds; one more holds what is later
OPEN = ("", "outcome_unknown")  # may still turn into “sent”: counting them up would make a counter fall later
SETTLED = timedelta(days=1)


class Seconds(Func):
    """Seconds between two moments, reckoned by the database itself: Django's own way calls Python for each row."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[object]]:
        return self.as_sql(
            compiler,
            connection,
            template="((julianday(%(expressions)s)) * 86400.0)",
            arg_joiner=") - julianday(",
            **context,
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[object]]:
        return self.as_sql(
            compiler, connection, template="EXTRACT(EPOCH FROM (%(expressions)s))", arg_joiner=" - ", **context
        )


class Tally:
    """`outcomes`: (account, outcome) → attempts; `late`: (urgent, place in BUCKETS) → messages; `late_sum`: seconds."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.late: Counter[tuple[bool, int]] = Counter()
        self.late_sum: Counter[bool] = Counter()

    def __add__(self, other: Tally) -> Tally:
        both = Tally()
        both.outcomes = self.outcomes + other.outcomes
        both.late = self.late + other.late
        both.late_sum = self.late_sum + other.late_sum
        return both


class Tallies:
    """One for a process. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled, self._upto = Tally(), 0

    def read(self) -> Tally:
        with self._lock:
            old = Attempt.objects.filter(pk__gt=self._upto, claimed_at__lt=now() - SETTLED).order_by("-pk")
            last = old.values_list("pk", flat=True).first()
            if last is not None:
                rows = Attempt.objects.filter(pk__gt=self._upto, pk__lte=last)
                self._settled, self._upto = self._settled + _added_up(rows), last
            return self._settled + _added_up(Attempt.objects.filter(pk__gt=self._upto))


def _added_up(attempts: QuerySet[Attempt]) -> Tally:
    """Lateness counts from the moment people planned (or asked); what a person sent late on purpose is left out."""
    planned = Greatest("delivery__due_at", "delivery__created_at")
    late = Greatest(Seconds(F("ended_at"), planned), Value(0.0))
    places = [When(late__lte=edge, then=Value(place)) for place, edge in enumerate(BUCKETS)]
    rows = (
        attempts.exclude(outcome__in=OPEN)
        .annotate(late=late, place=Case(*places, default=Value(len(BUCKETS)), output_field=IntegerField()))
        .values("delivery__channel__account", "outcome", "delivery__late_ok", "delivery__priority", "place")
        .annotate(number=Count("pk"), seconds=Sum("late"))
        .order_by()
    )
    tally = Tally()
    for row in rows:
        tally.outcomes[row["delivery__channel__account"], row["outcome"]] += row["number"]
        if row["outcome"] == "sent" and not row["delivery__late_ok"]:
            urgent = row["delivery__priority"] >= Delivery.URGENT
            tally.late[urgent, row["place"]] += row["number"]
            tally.late_sum[urgent] += row["seconds"]
    return tally
