"""Lines of 13 weeks, and when messages are looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from publisher.connectors.base import Metric
from publisher.measure.hours import ENOUGH
from publisher.measure.models import Horizon
from publisher.report import heard
from publisher.report.ground import EACH, Ground
from publisher.report.messages import Minute, add_up, moment_of
from publisher.report.monthly_records import Cell, Hours, Line, Point
from publisher.report.scope import DAY, WEEK
from publisher.report.values import Count, Sum

WEEKS = 13
EACH_CELL = 3  # known messages, before a cell says how they did
HOTLINE = ("calls", "near_misses", "losses")


def last_weeks(ground: Ground, count: int = WEEKS) -> list[date]:
    """Mondays of the last complete weeks that end within the period, or before now while it runs."""
    end = min(ground.last, ground.now).astimezone(ground.scope.zone).date()
    after = end - timedelta(days=end.weekday())
    return [after - WEEK * n for n in range(count, 0, -1)]


def spans_of(ground: Ground, mondays: Sequence[date]) -> list[tuple[datetime, datetime]]:
    return [(ground.scope.moment(day), ground.scope.moment(day + WEEK)) for day in mondays]


def lines(ground: Ground) -> tuple[Line, ...]:
    """Views and forwards at 72 h, so that the newest week has them too."""
    mondays = last_weeks(ground)
    weeks = spans_of(ground, mondays)
    tallies = ground.messages.tallies_in(weeks, Horizon.THREE_DAYS)
    before = [Sum(None, 0, 0, reason="nothing_sent")] * ground.not_begun(weeks, tallies)

    def told(metric: Metric) -> list[Sum]:
        return [*before, *(add_up(one, metric, ground.scope.gives) for one in tallies[len(before) :])]

    found: dict[str, Sequence[Sum | Count]] = {
        "views": told(Metric.VIEWS),
        "followers": [ground.net(*week) for week in weeks],
        "forwards": told(Metric.FORWARDS),
    }
    found |= {what: [ground.hotline.count(what, *week) for week in weeks] for what in HOTLINE}
    days = heard.clicks(ground.scope, mondays[0] - DAY, mondays[-1] + WEEK + DAY)
    found["clicks"] = [days.count(*week) for week in weeks]
    return tuple(Line(name, tuple(map(_point, mondays, values))) for name, values in found.items())


def _point(monday: date, found: Sum | Count) -> Point:
    known, of = (found.known, found.of) if isinstance(found, Sum) else (0, 0)
    return Point(monday, found.value, found.comparable, known, of)


def hours(ground: Ground) -> Hours:
    """Of the 13 weeks: views after a day against the same channel's usual, by weekday and hour of going out."""
    weeks = spans_of(ground, last_weeks(ground))
    sent = ground.messages.moments_in(weeks)
    return map_of(sent, ground.messages.views_in(weeks, Horizon.DAY), ground.scope.zone)


def map_of(sent: Mapping[Minute, int], seen: Sequence[tuple[int, Minute, int]], zone: ZoneInfo) -> Hours:
    """`sent`: how many messages went out at a minute; `seen`: channel, minute and views of those with a number."""
    usual = channels_usual(seen)
    places = {at: _place(at, zone) for at in {*sent, *(at for _channel, at, _views in seen)}}
    count: dict[tuple[int, int], int] = defaultdict(int)
    ratios: dict[tuple[int, int], list[float]] = defaultdict(list)
    for at, n in sent.items():
        count[places[at]] += n
    for channel, at, views in seen:
        if usual.get(channel):
            ratios[places[at]].append(views / usual[channel])
    cells = tuple(_cell(place, count[place], ratios.get(place, [])) for place in sorted(count))
    known = sum(map(len, ratios.values()))
    return Hours(cells, known, known >= ENOUGH)


def _place(at: Minute, zone: ZoneInfo) -> tuple[int, int]:
    local = moment_of(at).astimezone(zone)
    return local.weekday(), local.hour


def _cell(place: tuple[int, int], messages: int, ratios: Sequence[float]) -> Cell:
    ratio = round(median(ratios), 3) if len(ratios) >= EACH_CELL else None
    return Cell(place[0], place[1], messages, len(ratios), ratio)


def channels_usual(seen: Iterable[tuple[int, Minute, int]]) -> dict[int, float]:
    """Each channel's median, where there are five; a large channel's hours do not win by its size."""
    views: dict[int, list[int]] = defaultdict(list)
    for channel, _at, value in seen:
        views[channel].append(value)
    return {channel: median(found) for channel, found in views.items() if len(found) >= EACH}
