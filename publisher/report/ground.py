"""What the weekly and the monthly report stand on: the period's messages, and the weeks before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median

from publisher.connectors.base import Metric
from publisher.deliver.models import Channel
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Horizon
from publisher.report.followers import Followers, when_sent
from publisher.report.heard import Hotline, clicks_by_message
from publisher.report.messages import Messages, Row, Tallies, add_rows, add_up, tallied
from publisher.report.scope import DAY, Scope, lengths
from publisher.report.settle import sent
from publisher.report.stats.intervals import ratio
from publisher.report.stats.usual import WEEKS, compare
from publisher.report.values import Compared, Count, Ratio, Sum
from publisher.report.weekly_records import Headline, Measured, Period, Ratios

ENGAGED = (Metric.REACTIONS, Metric.REPLIES, Metric.FORWARDS)
EACH = 5  # messages of a channel with known views, before it has a usual


class Ground:
    """One place and period. `start` and `end` are days of the place's zone, both included."""

    def __init__(self, scope: Scope, start: date, end: date, horizon: Horizon, now: datetime) -> None:
        """`before`: the earlier periods that this one is compared with; months, where it is a month."""
        self.scope, self.horizon, self.now = scope, horizon, now
        self.start, self.end = start, end
        self.first, self.last = scope.moment(start), scope.moment(end + DAY)
        self.messages = Messages(scope, now)
        self.followers = Followers(scope, now)
        self.hotline = Hotline(scope)
        self.before = self.weeks

    @cached_property
    def rows(self) -> list[Row]:
        return [row for row in self.messages.rows(self.first, self.last, self.horizon) if row.channel in self.channels]

    @cached_property
    def day_views(self) -> Mapping[int, int]:
        """Of the same messages after a day, by message."""
        return self.messages.views_of(self.first, self.last, Horizon.DAY)

    @property
    def channels(self) -> Mapping[int, Channel]:
        return self.scope.channels

    @cached_property
    def tallies(self) -> Tallies:
        return tallied(self.rows)

    @cached_property
    def by_channel(self) -> Mapping[int, list[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.channel].append(row)
        return found

    @cached_property
    def by_post(self) -> Mapping[int, list[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.post].append(row)
        return found

    @cached_property
    def over(self) -> bool:
        return self.now >= self.last

    @cached_property
    def weeks(self) -> list[tuple[datetime, datetime]]:
        """The eight complete weeks before the period, the latest last."""
        return self.scope.weeks_before(self.start - timedelta(days=self.start.weekday()), WEEKS)

    @cached_property
    def tallies_before(self) -> list[Tallies]:
        """Of those earlier periods in which something may have gone out: not before the first message ever."""
        found = self.messages.tallies_in(self.before, self.horizon)
        return found[self.not_begun(self.before, found) :]

    def not_begun(self, periods: Sequence[tuple[datetime, datetime]], tallies: Sequence[Tallies]) -> int:
        """How many of these periods lie before the first message ever. A silent one after it is 0 and no gap."""
        first = next((n for n, found in enumerate(tallies) if found), len(tallies))
        silent = first and self.scope.filter_by_channel(sent().filter(sent_at__lt=periods[0][0])).exists()
        return 0 if silent else first

    @cached_property
    def usual_views(self) -> Mapping[int, float]:
        """Of each channel's messages in the eight weeks before: their median, where there are five."""
        views: dict[int, list[int]] = defaultdict(list)
        for channel, _at, value in self.messages.views_in(self.weeks, self.horizon):
            views[channel].append(value)
        return {channel: median(known) for channel, known in views.items() if len(known) >= EACH}

    def sum(self, metric: Metric, rows: Iterable[Row] | None = None, **point: str) -> Sum:
        behind = self.scope.point("messages", self.first, self.last, metric=metric, horizon=self.horizon, **point)
        return add_rows(self.rows if rows is None else rows, metric, self.scope.gives, behind)

    def period(self) -> Period:
        """What of it may still grow, and how fresh it is."""
        newest = max((row.sent_at for row in self.rows), default=None)
        grown = newest + AFTER[self.horizon] + TOLERANCE[self.horizon] if newest else None
        return Period(
            start=self.start,
            end=self.end,
            first=self.first,
            last=self.last,
            zone=self.scope.zone.key,
            made_at=self.now,
            over=self.over,
            horizon=self.horizon,
            growing_until=grown if grown and grown > self.now else None,
            seen_at=max((row.seen_at for row in self.rows if row.seen_at), default=None),
        )

    def measured(self) -> Measured:
        """Channels that are on; known are those of which one number at least was read in the period."""
        on = {pk: channel for pk, channel in self.channels.items() if not channel.off_reason}
        counted = self.followers.at(self.last)
        read = {row.channel for row in self.rows if any(value is not None for value in row.numbers.values())}
        missing = [str(channel) for pk, channel in on.items() if pk not in read and pk not in counted]
        return Measured(len(on) - len(missing), len(on), tuple(missing))

    def headline(self) -> Headline:
        """Each beside the eight periods before."""
        return Headline(
            views=self._compared(Metric.VIEWS),
            followers=self.compared(self.net(self.first, self.last), self._nets()),
            forwards=self._compared(Metric.FORWARDS),
        )

    def _compared(self, metric: Metric) -> Compared:
        return self.compared(
            self.sum(metric), [add_up(tallies, metric, self.scope.gives) for tallies in self.tallies_before]
        )

    def compared(self, now: Sum | Count, before: Sequence[Sum | Count]) -> Compared:
        """Beside the last of the earlier periods, as if each had been as long as this one."""
        spans = self.before[len(self.before) - len(before) :]
        return compare(now, before, over=self.over, lengths=lengths((self.first, self.last), spans))

    def net(self, first: datetime, last: datetime) -> Sum:
        return self.followers.change(first, last)

    def _nets(self) -> list[Sum]:
        return [self.net(*period) for period in self.before]

    def ratios(self) -> Ratios:
        return Ratios(er=self.er(self.rows), err=self.err(self.rows), forwarded=self.forwarded(), ctr=self.ctr())

    def er(self, rows: Sequence[Row], **point: str) -> Ratio:
        """Σ(reactions + replies + forwards) / Σ views over messages where all four are known. One reader may do
        several of them, so it is no share and has no Wilson interval."""
        return self._ratio(rows, self._engaged, "er", share=False, **point)

    def forwarded(self) -> Ratio:
        return self._ratio(self.rows, self._parts((Metric.FORWARDS,)), "forwarded", share=True)

    @cached_property
    def _engaged(self) -> Mapping[int, tuple[int, int]]:
        return self._parts(ENGAGED)

    def _parts(self, parts: Sequence[Metric]) -> Mapping[int, tuple[int, int]]:
        """By message: what is above and below the line, where every number of both is known."""
        found = {}
        for row in self.rows:
            views, above = row.numbers[Metric.VIEWS], [row.numbers[metric] for metric in parts]
            if views is not None and None not in above and not row.growing:
                found[row.delivery] = (sum(value or 0 for value in above), views)
        return found

    def _ratio(
        self, rows: Sequence[Row], parts: Mapping[int, tuple[int, int]], formula: str, *, share: bool, **point: str
    ) -> Ratio:
        known = [parts[row.delivery] for row in rows if row.delivery in parts]
        above, below = sum(pair[0] for pair in known), sum(pair[1] for pair in known)
        behind = self.scope.point("messages", self.first, self.last, metric="views", horizon=self.horizon, **point)
        return replace(ratio(above, below, len(known), len(rows), formula, share=share), behind=behind)

    @cached_property
    def _view_rates(self) -> Mapping[int, float]:
        """By message: views after a day / followers when it went out, where both are known."""
        followed = self.followers.series(self.first, self.last)
        found: dict[int, float] = {}
        for row in self.rows:
            views = self.day_views.get(row.delivery)
            followers = when_sent(followed.get(row.channel), row.sent_at) if views is not None else None
            if views is not None and followers:
                found[row.delivery] = views / followers
        return found

    def err(self, rows: Sequence[Row], **point: str) -> Ratio:
        """The median of them over messages; `part` and `whole` are 0."""
        rates = [self._view_rates[row.delivery] for row in rows if row.delivery in self._view_rates]
        behind = self.scope.point("messages", self.first, self.last, metric="views", horizon=Horizon.DAY, **point)
        value, reason = (median(rates), "") if rates else (None, "nothing_known")
        return Ratio(value, 0, 0, len(rates), len(rows), "err", reason=reason, behind=behind)

    @cached_property
    def _clicked(self) -> Mapping[tuple[int, int, str], int]:
        return clicks_by_message(self.scope, self.first, self.last)

    def ctr(self) -> Ratio:
        """Only over messages that carried a link of ours and whose views are known."""
        carried = [row for row in self.rows if (row.post, row.channel, row.language) in self._clicked]
        known = [row for row in carried if row.known(Metric.VIEWS) is not None]
        part = sum(self._clicked[row.post, row.channel, row.language] for row in known)
        views = sum(row.numbers[Metric.VIEWS] or 0 for row in known)
        behind = self.scope.point("clicks", self.first, self.last)
        return replace(ratio(part, views, len(known), len(carried), "ctr"), behind=behind)
