"""When residents look: hours of the day compared by our own readings. With too few of them nothing is claimed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery, Part
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Horizon, Reading

NEWEST = 500  # messages looked at
ENOUGH = 30  # messages with a number, before anything is said
EACH = 5  # of them in a span of hours, before that span is compared
SPANS = 3  # spans compared at the least
HOURS = 3  # in one span


@dataclass(frozen=True, slots=True)
class Seen:
    """One message's views a day after it went out, and where."""

    channel: int
    at: datetime
    views: int


@dataclass(frozen=True, slots=True)
class Span:
    """`ratio`: views there, compared with the same channels' usual (1.0)."""

    start: int
    end: int
    ratio: float
    count: int


@dataclass(frozen=True, slots=True)
class Best:
    """`spans`, the best first; empty: not known yet, with how many messages have a number and how many it takes."""

    spans: tuple[Span, ...]
    known: int
    needed: int = ENOUGH


def best(districts: Collection[str] | None, zone: ZoneInfo) -> Best:
    """Two queries, whatever the number of posts."""
    rows = Delivery.objects.filter(part=Part.MAIN, sent_at__isnull=False)
    rows = rows if districts is None else rows.filter(post__district__in=districts)
    sent = {
        pk: (channel, at) for pk, channel, at in rows.order_by("-id").values_list("pk", "channel", "sent_at")[:NEWEST]
    }
    readings = Reading.objects.filter(delivery__in=list(sent), metric=Metric.VIEWS)
    seen = _after_a_day(sent, readings.values_list("delivery", "at", "value"))
    return compare(seen, zone)


def _after_a_day(sent: dict[int, tuple[int, datetime]], readings: Iterable[tuple[int, datetime, int]]) -> list[Seen]:
    """Of each message the reading nearest to a day after; one outside the tolerance does not count."""
    nearest: dict[int, tuple[float, int]] = {}
    for delivery, at, value in readings:
        off = abs((at - sent[delivery][1] - AFTER[Horizon.DAY]).total_seconds())
        if off <= TOLERANCE[Horizon.DAY].total_seconds():
            nearest[delivery] = min(nearest.get(delivery, (off, value)), (off, value))
    return [Seen(*sent[delivery], value) for delivery, (_off, value) in nearest.items()]


def compare(seen: Sequence[Seen], zone: ZoneInfo) -> Best:
    """Each message against its own channel's median, so that a large channel's hours do not win by its size."""
    by_channel: dict[int, list[int]] = defaultdict(list)
    for one in seen:
        by_channel[one.channel].append(one.views)
    usual = {channel: median(views) for channel, views in by_channel.items() if len(views) >= EACH}
    spans: dict[int, list[float]] = defaultdict(list)
    for one in seen:
        if usual.get(one.channel):
            spans[one.at.astimezone(zone).hour // HOURS].append(one.views / usual[one.channel])
    counted = sum(map(len, spans.values()))
    found = [
        Span(n * HOURS, (n + 1) * HOURS, round(median(ratios), 2), len(ratios))
        for n, ratios in spans.items()
        if len(ratios) >= EACH
    ]
    if counted < ENOUGH or len(found) < SPANS:
        return Best((), counted)
    return Best(tuple(sorted(found, key=lambda span: -span.ratio)), counted)
