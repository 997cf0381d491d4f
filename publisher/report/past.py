"""Weeks and months that are over, added up once by channel: a country's report reads thousands of rows, not millions.

Made by report.past_making from settled rows, as those are made from readings. A past week is used only while nothing
moved in it: as many messages lie in it as then, no reading came in that settling has not seen, and no settled row of it
was made anew (settling forgets the week then). Otherwise reports add up the settled rows themselves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import CharField, Count, F, Func, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery
from publisher.measure.models import Horizon
from publisher.report.models import Mark, Past, PastSum

Span = tuple[datetime, datetime]
METRICS = (Metric.VIEWS, Metric.REACTIONS, Metric.FORWARDS, Metric.REPLIES, Metric.READ)
NUMBERS = ("messages", "floors", *(f"known_{m}" for m in METRICS), *(m.value for m in METRICS))
LOCK = "past"
ADDED = {
    "messages": Count("id"),
    "floors": Count("id", filter=Q(reactions_floor=True)),
    **{f"known_{m}": Count(m.value) for m in METRICS},
    **{f"sum_{m}": Sum(m.value) for m in METRICS},
}
AS_TEXT = Cast("sent_at", CharField())  # Django's own way to a moment costs a second for 100,000 rows


def lock() -> None:
    """Within a transaction: nobody adds up while somebody settles. SQLite has one writer anyway."""
    Mark.objects.select_for_update().get_or_create(name=LOCK)


def forget(moments: Iterable[datetime]) -> None:
    """In the transaction that changed settled rows of messages sent then."""
    ordered = sorted(moments)
    if not ordered:
        return
    lock()
    spans = Past.objects.values_list("pk", "first", "last")
    Past.objects.filter(pk__in=[pk for pk, *span in spans if _any_within(ordered, *span)]).delete()


def _any_within(ordered: Sequence[datetime], first: datetime, last: datetime) -> bool:
    return bisect_left(ordered, first) < bisect_left(ordered, last)


def usable(spans: Sequence[Span], touched: Sequence[datetime]) -> dict[Span, int]:
    """Keys of those in which nothing moved. `touched`, in order: when messages with unseen readings went out."""
    rows = unmoved(Past.objects.filter(first__in={first for first, _last in spans})).values_list("pk", "first", "last")
    there = {(first, last): pk for pk, first, last in rows if not _any_within(touched, first, last)}
    return {span: there[span] for span in spans if span in there}


def unmoved(rows: QuerySet[Past]) -> QuerySet[Past]:
    """What an index over the moments of sending tells: how many messages, and the sum of their ids."""
    return _beside_now(rows).filter(deliveries=F("now"), ids=F("ids_now"))


def moved() -> QuerySet[Past]:
    return _beside_now(Past.objects.all()).exclude(deliveries=F("now"), ids=F("ids_now"))


def _beside_now(rows: QuerySet[Past]) -> QuerySet[Past]:
    inside = Delivery.objects.filter(sent_at__gte=OuterRef("first"), sent_at__lt=OuterRef("last")).order_by()
    return rows.annotate(now=_of(inside, "COUNT"), ids_now=_of(inside, "SUM"))


def _of(rows: QuerySet[Delivery], function: str) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(n=Func(F("pk"), function=function)).values("n")), 0)


def sums(pasts: Iterable[int], horizon: Horizon, channels: Sequence[int] | None) -> Iterator[tuple[int, ...]]:
    """Past, channel and NUMBERS."""
    return _rows(pasts, horizon, channels).values_list("past", "channel", *NUMBERS).iterator()


def seen(pasts: Iterable[int], horizon: Horizon, channels: Sequence[int] | None) -> Iterator[tuple[int, str, str]]:
    """Channel, minute in UTC and views of every message; views are empty where they are not known."""
    for channel, text in _rows(pasts, horizon, channels).values_list("channel", "seen").iterator():
        for entry in text.split("\n"):
            yield channel, entry[:16], entry[17:]


def _rows(pasts: Iterable[int], horizon: Horizon, channels: Sequence[int] | None) -> QuerySet[PastSum]:
    rows = PastSum.objects.filter(past__in=list(pasts), horizon=horizon).order_by()
    return rows if channels is None else rows.filter(channel__in=channels)


def ordered_moments(deliveries: Sequence[int], at_once: int) -> list[datetime]:
    """When these went out."""
    pieces = (deliveries[n : n + at_once] for n in range(0, len(deliveries), at_once))
    rows = (Delivery.objects.filter(pk__in=piece, sent_at__isnull=False) for piece in pieces)
    return sorted(at for some in rows for at in some.order_by().values_list("sent_at", flat=True))


def as_seen(entries: Iterable[tuple[str, int | None]]) -> str:
    """What `seen` takes apart again: a minute and its views in each line."""
    return "\n".join(f"{minute}={'' if views is None else views}" for minute, views in entries)
