"""The weekly page's figures, gathered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings

from publisher.connectors.base import Metric
from publisher.measure.models import Horizon
from publisher.people.models import District, Region
from publisher.report import faults
from publisher.report.asks import asks
from publisher.report.figures import troubles_of
from publisher.report.ground import Ground
from publisher.report.lines import best_and_weakest, channel_lines
from publisher.report.parity import parity
from publisher.report.response import response, schemes
from publisher.report.scope import Scope
from publisher.report.stats.intervals import rate
from publisher.report.stats.people import people
from publisher.report.topics import Topics
from publisher.report.values import People, Rate
from publisher.report.weekly_records import Week

FORMULAS = (
    *("views", "usual", "growth", "er", "err", "forwarded", "ctr", "against_usual"),
    *("people", "poisson", "recognised", "wilson"),
)


def week(place: District | Region | None, monday: date, now: datetime) -> Week:
    """The seven days from `monday` in the place's zone; raises ValueError when it is no Monday."""
    if monday.weekday():
        raise ValueError(f"{monday} is no Monday")
    ground = Ground(Scope(place), monday, monday + timedelta(days=6), Horizon.THREE_DAYS, now)
    topics = Topics(ground.by_post)
    best, weakest = best_and_weakest(ground, topics)
    channels, told, alike = channel_lines(ground), schemes(ground, topics), parity(ground)
    headline, measured = ground.headline(), ground.measured()
    troubles = troubles_of(place, ground.first, ground.last, now)
    return Week(
        district=place,
        period=ground.period(),
        practice=settings.CONFIG.practice,
        measured=measured,
        posts=len(ground.by_post),
        messages=len(ground.rows),
        headline=headline,
        ratios=ground.ratios(),
        people=followers(ground),
        per_100k=views_rate(ground),
        channels=channels,
        best=best,
        weakest=weakest,
        schemes=told,
        response=response(ground),
        parity=alike,
        corrections=faults.corrections(ground),
        troubles=troubles,
        gaps=faults.gaps(ground),
        asks=asks(told, headline, measured, channels, alike, troubles, over=ground.over),
        formulas=FORMULAS,
    )


def followers(ground: Ground) -> People:
    """Of the channels that are on, at the end of the period."""
    counted = ground.followers.at(ground.last)
    on = [pk for pk, channel in ground.channels.items() if not channel.off_reason]
    counts = [counted[pk].value if pk in counted else None for pk in on]
    behind = ground.scope.point("followers", ground.first, ground.last, metric=Metric.FOLLOWERS)
    return people(counts, ground.scope.population, behind)


def views_rate(ground: Ground) -> Rate:
    """Views per 100,000 residents. Views do not come one by one, so there is no interval."""
    views = ground.sum(Metric.VIEWS)
    found = rate(views.value, ground.scope.population, interval=False)
    return replace(found, behind=views.behind, at_least=views.at_least)
