"""Followers of channels: at the edges of weeks, and when a message went out."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import CharField
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
        """The earlier one of two equally near; rows come in order of time."""
        best: dict[int, tuple[timedelta, datetime, str, int]] = {}
        for channel, at, source, value in self._read(moment - NEAR_BOUNDARY, moment + NEAR_BOUNDARY):
            off = abs(at - moment)
            if channel not in best or off < best[channel][0]:
                best[channel] = (off, at, source, value)
        return {channel: Known(value, at, source) for channel, (_off, at, source, value) in best.items()}

    def _read(self, first: datetime, last: datetime) -> list[tuple[int, datetime, str, int]]:
        """By the channels, also for all districts: the index begins with them."""
        rows = Reading.objects.filter(
            channel__in=self.scope.channel_ids, metric=Metric.FOLLOWERS, at__gte=first, at__lte=min(last, self.now)
        )
        found = rows.order_by("at", "id").values_list("channel", Cast("at", CharField()), "source", "value")
        return [(channel, moment_of(at), source, value) for channel, at, source, value in found]

    def of(self, channel: Channel, moment: datetime) -> Number:
        given = Metric.FOLLOWERS in self.scope.gives[channel.pk]
        return self.at(moment).get(channel.pk) or Unknown("not_read_in_time" if given else "not_given")

    def net(self, channel: Channel, first: datetime, last: datetime) -> tuple[int | None, str]:
        return change_between(self.of(channel, first), self.of(channel, last))

    def change(self, first: datetime, last: datetime) -> Sum:
        """Over all channels that give their followers; one made since the beginning has no change yet."""
        start, end = self.at(first), self.at(last)
        there = [c for c in self.scope.channels.values() if self._counts(c, first, start, end)]
        changes = [self.net(channel, first, last)[0] for channel in there]
        known = [change for change in changes if change is not None]
        behind = self.scope.point("followers", first, last, metric=Metric.FOLLOWERS)
        outside = len(self.scope.channels) - len(there)
        reason = "" if known else "nothing_known" if there else "not_given"
        return Sum(sum(known) if known else None, len(known), len(there), 0, outside, reason=reason, behind=behind)

    def _counts(self, channel: Channel, first: datetime, start: Counts, end: Counts) -> bool:
        if channel.pk in start or channel.pk in end:
            return True
        old = channel.created_at < first and not channel.off_reason
        return old and Metric.FOLLOWERS in self.scope.gives[channel.pk]

    def series(self, first: datetime, last: datetime) -> Mapping[int, tuple[Sequence[datetime], Sequence[int]]]:
        """Every reading of a period by channel, in order, for when_sent."""
        found: dict[int, tuple[list[datetime], list[int]]] = defaultdict(lambda: ([], []))
        for channel, at, _source, value in self._read(first - NEAR_BOUNDARY, last + NEAR_BOUNDARY):
            found[channel][0].append(at)
            found[channel][1].append(value)
        return found


def when_sent(
    series: tuple[Sequence[datetime], Sequence[int]] | None, moment: datetime, within: timedelta = NEAR_BOUNDARY
) -> int | None:
    """The count nearest to a moment; the earlier of two equally near ones."""
    if series is None:
        return None
    times, counts = series
    place = bisect_left(times, moment)
    near = [n for n in (place - 1, place) if 0 <= n < len(times) and abs(times[n] - moment) <= within]
    return counts[min(near, key=lambda n: (abs(times[n] - moment), n))] if near else None
