"""Whose figures: one district's, one region's, or all. A message counts where its channel belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from publisher.connectors.base import Metric
from publisher.deliver.models import Channel
from publisher.measure import reader
from publisher.measure.readings import gives
from publisher.people.models import District, Region
from publisher.report.values import Behind, Thing

DAY, WEEK = timedelta(days=1), timedelta(days=7)
Span = tuple[datetime, datetime]


def lengths(period: Span, before: Sequence[Span]) -> list[float]:
    """How many times as long as each earlier one it is, by days: a February is not weak for being short."""

    def days(span: Span) -> int:
        return round((span[1] - span[0]) / DAY)

    return [days(period) / days(one) for one in before]


@dataclass
class Scope:
    """The channels and residents that a report is about."""

    place: District | Region | None = None
    behind: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        kind = "district" if isinstance(self.place, District) else "region"
        self.behind = {kind: self.place.pk} if self.place is not None else {}

    @property
    def zone(self) -> ZoneInfo:
        return self.place.zone if self.place is not None else ZoneInfo(settings.TIME_ZONE)

    def only(self, rows: QuerySet, path: str = "district") -> QuerySet:
        """Rows of the place; `path` leads from the row to its district."""
        if self.place is None:
            return rows
        at = path if isinstance(self.place, District) else f"{path}__region"
        return rows.filter(**{at: self.place})

    @cached_property
    def districts(self) -> list[District]:
        if isinstance(self.place, District):
            return [self.place]
        every = District.objects.all()
        return list(every if self.place is None else every.filter(region=self.place))

    @cached_property
    def population(self) -> int | None:
        """Of all districts together; None as soon as one is not known."""
        counts = [one.population for one in self.districts]
        return sum(counts) if counts and all(counts) else None

    @cached_property
    def channels(self) -> Mapping[int, Channel]:
        rows = self.only(Channel.objects.select_related("account", "district")).order_by("key")
        return {channel.pk: channel for channel in rows}

    @cached_property
    def gives(self) -> Mapping[int, frozenset[Metric]]:
        read = reader.channels_seen()
        return {pk: gives(channel, read) for pk, channel in self.channels.items()}

    @property
    def channel_ids(self) -> Any:
        """For `in`: one place's few by name; all of a country as a question inside the question."""
        return Channel.objects.order_by().values("pk") if self.place is None else list(self.channels)

    @property
    def district_keys(self) -> Any:
        return District.objects.order_by().values("pk") if self.place is None else [one.pk for one in self.districts]

    def filter_by_channel(self, rows: QuerySet, path: str = "channel") -> QuerySet:
        """By the ids themselves, so that the index over channel and time is used; nothing for all districts."""
        return rows if self.place is None else rows.filter(**{f"{path}__in": list(self.channels)})

    def point(self, thing: Thing, first: datetime, last: datetime, **more: str) -> Behind:
        return Behind(thing, first, last, **self.behind, **more)

    def moment(self, day: date) -> datetime:
        """Its midnight. Days have 23 or 25 hours where a zone is set."""
        return datetime.combine(day, time(), self.zone)

    def weeks_before(self, monday: date, count: int) -> list[tuple[datetime, datetime]]:
        """The latest last."""
        days = [monday - WEEK * n for n in range(count, 0, -1)]
        return [(self.moment(day), self.moment(day + WEEK)) for day in days]
