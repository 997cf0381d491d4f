"""Thins old snapshots by a rule that changes no figure: what a report may ask for stays.

After KEPT_WHOLE, of a channel's or page's numbers only the first and the last of each day remain (reports compare
days), and of a message's or piece's numbers those besides that lie in the window of a horizon, or held when it was
read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate

from publisher.deliver.models import Delivery
from publisher.measure.metrics import AFTER, PEOPLE_KEPT, TOLERANCE
from publisher.measure.models import Appointment, Horizon, PersonStatus, Piece, Reading

KEPT_WHOLE = timedelta(days=14)  # every horizon is over by then
FEW = 40  # readings of one message that are not worth thinning
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """A reading as far as thinning looks at it."""

    pk: int
    metric: str
    source: str
    at: datetime


def thin(now: datetime) -> int:
    """Returns how many readings were dropped. Safe to repeat and to break off."""
    before = now - KEPT_WHOLE
    return _thin_series(before) + _thin_messages(before)


def forget_people(now: datetime) -> int:
    """A week and half a day after a message who got how far with it is not kept any more, not even as a hash.

    The last reading at seven days is taken before; what is told later is not taken down (record.py).
    """
    return PersonStatus.objects.filter(delivery__sent_at__lt=now - PEOPLE_KEPT).delete()[0]


def _thin_series(before: datetime) -> int:
    """Channels' and pages' own numbers: the first and the last of each day."""
    zone = ZoneInfo(settings.TIME_ZONE)
    of_one = ("channel", "page", "metric", "label", "source", "day")
    mine = Reading.objects.filter(Q(channel__isnull=False) | Q(page__isnull=False), at__lt=before)
    dated = mine.annotate(day=TruncDate("at", tzinfo=zone))
    first = Window(RowNumber(), partition_by=[F(name) for name in of_one], order_by=["at", "id"])
    last = Window(RowNumber(), partition_by=[F(name) for name in of_one], order_by=["-at", "-id"])
    between = dated.annotate(first=first, last=last).filter(first__gt=1, last__gt=1)
    dropped = 0
    while pks := list(between.values_list("pk", flat=True)[:AT_ONCE]):
        dropped += Reading.objects.filter(pk__in=pks).delete()[0]
    return dropped


def _thin_messages(before: datetime) -> int:
    dropped = 0
    for delivery in _many(Delivery.objects.filter(sent_at__lt=before)):
        taken = Appointment.objects.filter(delivery=delivery).values_list("due_at", "taken_at")
        moments = [moment for pair in taken for moment in pair if moment]
        dropped += _thin_one(Reading.objects.filter(delivery=delivery), delivery.sent_at, moments, before)
    for piece in _many(Piece.objects.filter(published_at__lt=before)):
        dropped += _thin_one(Reading.objects.filter(piece=piece), piece.published_at, (), before)
    return dropped


def _many(things: QuerySet) -> QuerySet:
    return things.annotate(count=Count("readings")).filter(count__gt=FEW)


def _thin_one(
    readings: QuerySet[Reading], published: datetime | None, asked: Sequence[datetime], before: datetime
) -> int:
    if published is None:
        return 0
    rows = [Row(*row) for row in readings.values_list("pk", "metric", "source", "at").order_by("at", "id")]
    kept = set(to_keep(rows, published, asked, ZoneInfo(settings.TIME_ZONE)))
    gone = [row.pk for row in rows if row.pk not in kept and row.at < before]
    return Reading.objects.filter(pk__in=gone).delete()[0] if gone else 0


def to_keep(rows: Sequence[Row], published: datetime, asked: Iterable[datetime], zone: ZoneInfo) -> Iterator[int]:
    """Whole snapshots (all labels of one metric, moment and source) that some figure may be made of.

    `asked`: when the message was due to be read and when it was: the last snapshot before each of them held then.
    """
    moments = list(asked)
    for _, same in groupby(sorted(rows, key=lambda row: (row.metric, row.at)), key=lambda row: row.metric):
        mine = list(same)
        times = sorted({row.at for row in mine})
        wanted = {max((at for at in times if at <= moment), default=None) for moment in moments}
        wanted |= {at for at in times if _in_a_window(at, published)}
        wanted |= set(_ends_of_days(times, zone))
        yield from (row.pk for row in mine if row.at in wanted)


def _in_a_window(at: datetime, published: datetime) -> bool:
    return any(abs(at - published - AFTER[horizon]) <= TOLERANCE[horizon] for horizon in Horizon)


def _ends_of_days(times: Sequence[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    for _, same in groupby(times, key=day):
        mine = list(same)
        yield mine[0]
        yield mine[-1]
