"""The clock adds up weeks and months that are over: a few at each step, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Sum

from publisher.deliver.models import Delivery
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Horizon
from publisher.report import past
from publisher.report.models import Past, PastSum, Settled
from publisher.report.past import METRICS, Span
from publisher.report.scope import Scope
from publisher.report.settle import sent, settled_back_to

QUIET = AFTER[Horizon.WEEK] + TOLERANCE[Horizon.WEEK]  # after its end, until nothing more is to be read
WEEKS, MONTHS = 105, 26  # looked back: two years
OF_WEEKS, OF_MONTHS = (Horizon.DAY, Horizon.THREE_DAYS, Horizon.WEEK), (Horizon.WEEK,)
ANEW = timedelta(days=7)  # nothing wrong outlives this, whatever made it wrong


def add_up(now: datetime, *, most: int = 4) -> int:
    """One step: forgets what moved and the oldest one, then adds up so many at the most. Returns how many."""
    past.moved().delete()
    oldest = Past.objects.filter(made_at__lt=now - ANEW).order_by("made_at").first()
    if oldest:
        oldest.delete()
    there, made = set(Past.objects.values_list("first", "last")), 0
    for span, horizons in _spans(now):
        made += span not in there and _make(span, horizons, now)
        if made == most:
            break
    return made


def _spans(now: datetime) -> Iterator[tuple[Span, tuple[Horizon, ...]]]:
    """Weeks and months of the site's zone, back to the first message, as far as they are settled."""
    begun = sent().aggregate(at=Min("sent_at"))["at"]
    back_to = settled_back_to(now)
    if begun is None:
        return
    scope, today = Scope(), now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    spans = [(span, OF_WEEKS) for span in scope.weeks_before(monday, WEEKS)]
    for _ in range(MONTHS):
        last, first = first, (first - timedelta(days=1)).replace(day=1)
        spans.append(((scope.moment(first), scope.moment(last)), OF_MONTHS))
    for span, horizons in sorted(spans, reverse=True, key=lambda one: one[0]):
        if span[1] + QUIET <= now and span[1] > begun and (back_to <= begun or span[0] >= back_to):
            yield span, horizons


def _make(span: Span, horizons: tuple[Horizon, ...], now: datetime) -> bool:
    """Not while a message in it has no settled row yet, or has one although it is no longer sent."""
    with transaction.atomic():
        past.lock()
        if not all(_is_settled(span, horizon) for horizon in horizons):
            return False
        inside = Delivery.objects.filter(sent_at__gte=span[0], sent_at__lt=span[1])
        told = inside.aggregate(n=Count("pk"), ids=Sum("pk"))
        row = Past.objects.create(first=span[0], last=span[1], deliveries=told["n"], ids=told["ids"] or 0, made_at=now)
        for horizon in horizons:
            PastSum.objects.bulk_create(_sums(row, _settled(span, horizon), horizon, horizons is OF_WEEKS))
    return True


def _is_settled(span: Span, horizon: Horizon) -> bool:
    messages, rows = sent().filter(sent_at__gte=span[0], sent_at__lt=span[1]), _settled(span, horizon)
    row = Settled.objects.filter(delivery=OuterRef("pk"), horizon=horizon)
    return rows.count() == messages.count() and not messages.filter(~Exists(row)).exists()


def _settled(span: Span, horizon: Horizon) -> QuerySet[Settled]:
    return Settled.objects.filter(horizon=horizon, sent_at__gte=span[0], sent_at__lt=span[1]).order_by()


def _sums(row: Past, rows: QuerySet[Settled], horizon: Horizon, with_seen: bool) -> Iterator[PastSum]:
    seen: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    if with_seen:
        for channel, at, views in rows.values_list("channel", past.AS_TEXT, "views"):
            seen[channel].append((at[:16], views))
    for added in rows.values("channel").annotate(**past.ADDED):
        numbers = {name: added[name] for name in past.NUMBERS if name in added}
        numbers |= {metric.value: added[f"sum_{metric}"] or 0 for metric in METRICS}
        yield PastSum(
            past=row, horizon=horizon, channel_id=added["channel"], seen=past.as_seen(seen[added["channel"]]), **numbers
        )
