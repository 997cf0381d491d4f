"""Followers of channels: at the edges of weeks, and when a message went out."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Case, CharField, QuerySet, When
from django.db.models.functions import Cast

from publisher.connectors.base import Metric
from publisher.deliver.models import Channel
from publisher.measure.models import Reading
from publisher.measure.readings import Known, Number, Unknown
from publisher.report.figures import NEAR_BOUNDARY, change_between
from publisher.report.messages import moment_of
from publisher.report.scope import Scope
from publisher.report.values import Sum

Counts = Mapping[int, Known]
Told = tuple[str, str, int]  # moment, source, value


class Followers:
    """Each edge is asked for once, however many weeks share it."""

    def __init__(self, scope: Scope, now: datetime) -> None:
        self.scope, self.now = scope, now
        self._edges: dict[datetime, dict[int, Known]] = {}

    def at(self, moment: datetime) -> Counts:
        """By channel: the reading nearest to a moment, at most a day away; never one from the future."""
        edge = min(moment, self.now)
        if edge not in self._edges:
            self._edges[edge] = self._near(edge)
        return self._edges[edge]

    def _near(self, moment: datetime) -> dict[int, Known]:
        """The earlier one of two equally near; rows come in order of time. Only two of a channel's are looked at."""
        before: dict[int, Told] = {}
        after: dict[int, Told] = {}
        later = Case(When(at__gt=moment, then=1), default=0)
        for channel, at, source, value, late in self._read(moment - NEAR_BOUNDARY, moment + NEAR_BOUNDARY, later):
            if late:
                after.setdefault(channel, (at, source, value))
            elif channel not in before or before[channel][0] != at:
                before[channel] = (at, source, value)
        return {pk: _nearer(moment, before.get(pk), after.get(pk)) for pk in before.keys() | after.keys()}

    def _read(self, first: datetime, last: datetime, *more: Case) -> QuerySet:
        """By the channels, also for all districts: the index begins with them. Moments as text."""
        rows = Reading.objects.filter(
            channel__in=self.scope.channel_ids, metric=Metric.FOLLOWERS, at__gte=first, at__lte=min(last, self.now)
        )
        return rows.order_by("channel", "at", "id").values_list(
            "channel", Cast("at", CharField()), "source", "value", *more
        )

    def of(self, channel: Channel, moment: datetime) -> Number:
        given = Metric.FOLLOWERS in self.scope.gives[channel.pk]
        return self.at(moment).get(channel.pk) or Unknown("not_read_in_time" if given else "not_given")

    def net(self, channel: Channel, first: datetime, last: datetime) -> tuple[int | None, str]:
        return change_between(self.of(channel, first), self.of(channel, last))

    def change(self, first: datetime, last: datetime) -> Sum:
        """Over all channels that give their followers; one made since the beginning has no change yet."""
        start, end = self.at(first), self.at(last)
        there = [pk for pk, c in self.scope.channels.items() if pk in start or pk in end or self._gives(c, first)]
        changes = [_change(start.get(pk), end.get(pk)) for pk in there]
        known = [change for change in changes if change is not None]
        behind = self.scope.point("followers", first, last, metric=Metric.FOLLOWERS)
        outside = len(self.scope.channels) - len(there)
        reason = "" if known else "nothing_known" if there else "not_given" if outside else "no_channels"
        value = sum(known) if known else None
        return Sum(value, len(known), len(there), 0, outside, reason=reason, behind=behind, net=True)

    def _gives(self, channel: Channel, first: datetime) -> bool:
        old = channel.created_at < first and not channel.off_reason
        return old and Metric.FOLLOWERS in self.scope.gives[channel.pk]

    def series(self, first: datetime, last: datetime) -> Mapping[int, tuple[Sequence[datetime], Sequence[int]]]:
        """Every reading of a period by channel, in order, for when_sent."""
        found: dict[int, tuple[list[datetime], list[int]]] = defaultdict(lambda: ([], []))
        for channel, at, _source, value in self._read(first - NEAR_BOUNDARY, last + NEAR_BOUNDARY):
            times, counts = found[channel]
            times.append(moment_of(at))
            counts.append(value)
        return found


def _nearer(moment: datetime, before: Told | None, after: Told | None) -> Known:
    first = (moment_of(before[0]), *before[1:]) if before else None
    second = (moment_of(after[0]), *after[1:]) if after else None
    if first is None or (second is not None and second[0] - moment < moment - first[0]):
        assert second is not None
        first = second
    return Known(first[2], first[0], first[1])


def _change(start: Known | None, end: Known | None) -> int | None:
    if start is None or end is None or start.at >= end.at:
        return None
    return end.value - start.value


def when_sent(
    series: tuple[Sequence[datetime], Sequence[int]] | None, moment: datetime, within: timedelta = NEAR_BOUNDARY
) -> int | None:
    """The count nearest to a moment; the earlier of two equally near ones."""
    if series is None:
        return None
    times, counts = series
    place = bisect_left(times, moment)
    if place and (place == len(times) or moment - times[place - 1] <= times[place] - moment):
        place -= 1
    return counts[place] if abs(times[place] - moment) <= within else None
