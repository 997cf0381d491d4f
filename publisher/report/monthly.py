"""The monthly report's figures, gathered: of 7 days after publication, beside the eight months before."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings

from publisher.measure.models import Horizon
from publisher.people.models import District, Region
from publisher.report import faults
from publisher.report.campaigns import campaigns
from publisher.report.curves import hours, last_weeks, lines, spans_of
from publisher.report.districts import funnel
from publisher.report.figures import troubles_of
from publisher.report.ground import Ground
from publisher.report.lines import best_and_weakest, channel_lines
from publisher.report.monthly_records import Month
from publisher.report.outcome import months_to, next_month, outcome
from publisher.report.parity import parity
from publisher.report.response import response, schemes
from publisher.report.room import room
from publisher.report.scope import DAY, Scope
from publisher.report.slices import by_language, by_topic, quality
from publisher.report.stats.usual import WEEKS
from publisher.report.studies import studies
from publisher.report.topics import Topics
from publisher.report.weekly import FORMULAS, followers, views_rate

OF_MONTHS = ("views_7d", "usual_months", *(code for code in FORMULAS if code != "usual"), "funnel", "its")


def month(place: District | Region | None, first_of_month: date, now: datetime) -> Month:
    """The month of the place's zone; raises ValueError when the day is not its first."""
    if first_of_month.day != 1:
        raise ValueError(f"{first_of_month} is not the first of a month")
    if isinstance(place, District):
        return _month(place, first_of_month, now)
    with room():
        return _month(place, first_of_month, now)


def _month(place: District | Region | None, first_of_month: date, now: datetime) -> Month:
    ground = ground_of(Scope(place), first_of_month, now)
    topics = Topics(ground.by_post)
    best, weakest = best_and_weakest(ground, topics)
    return Month(
        district=place,
        period=ground.period(),
        practice=settings.CONFIG.practice,
        measured=ground.measured(),
        posts=len(ground.by_post),
        messages=len(ground.rows),
        headline=ground.headline(),
        ratios=ground.ratios(),
        people=followers(ground),
        per_100k=views_rate(ground),
        channels=channel_lines(ground),
        best=best,
        weakest=weakest,
        schemes=schemes(ground, topics),
        response=response(ground),
        parity=parity(ground),
        lines=lines(ground),
        hours=hours(ground),
        topics=by_topic(ground, topics),
        languages=by_language(ground),
        outcome=outcome(ground),
        studies=studies(ground.scope, now),
        campaigns=campaigns(ground.scope, now, ground.start, ground.end + DAY),
        funnel=None if isinstance(place, District) else funnel(ground),
        corrections=faults.corrections(ground),
        quality=quality(ground),
        troubles=troubles_of(place, ground.first, ground.last, now),
        gaps=faults.gaps(ground),
        formulas=OF_MONTHS,
    )


def ground_of(scope: Scope, first_of_month: date, now: datetime) -> Ground:
    ground = Ground(scope, first_of_month, next_month(first_of_month) - timedelta(days=1), Horizon.WEEK, now)
    months = months_to(first_of_month, WEEKS + 1)
    ground.before = [(scope.moment(day), scope.moment(next_month(day))) for day in months[:-1]]
    ground.hotline.ask([*ground.before, (ground.first, ground.last), *spans_of(ground, last_weeks(ground))])
    return ground
