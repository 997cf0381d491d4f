"""Crime beside reach, never under it: registered cases, losses and recognised attempts of a period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from publisher.report.ground import Ground
from publisher.report.heard import cases
from publisher.report.monthly_records import Outcome, Point
from publisher.report.response import share_recognised
from publisher.report.stats.intervals import rate
from publisher.report.values import Count, Rate

MONTHS = 13


def outcome(ground: Ground) -> Outcome:
    period = (ground.first, ground.last)
    registered = cases(ground.scope, ground.start, ground.end)
    calls = ground.hotline.count("calls", *period)
    lost, lost_median, lost_known = ground.hotline.lost(*period)
    return Outcome(
        attempts=ground.hotline.count("near_misses", *period),
        losses=ground.hotline.count("losses", *period),
        recognised=share_recognised(ground),
        cases=registered,
        cases_rate=rate_of(ground, registered),
        calls_rate=rate_of(ground, calls),
        lost=lost,
        lost_median=lost_median,
        lost_known=lost_known,
        before=tuple(_month(ground, day) for day in months_to(ground.start, MONTHS)),
    )


def rate_of(ground: Ground, count: Count) -> Rate:
    return replace(rate(count.value, ground.scope.population), behind=count.behind)


def _month(ground: Ground, first: date) -> Point:
    found = cases(ground.scope, first, next_month(first) - timedelta(days=1))
    return Point(first, found.value, found.comparable)


def months_to(first: date, count: int) -> list[date]:
    """First days of so many months, that one's the last."""
    days = [first]
    while len(days) < count:
        days.append((days[-1] - timedelta(days=1)).replace(day=1))
    return days[::-1]


def next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
