"""Moments of a plan: from the week in the district's own time to UTC. Pure arithmetic, no database."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from apscheduler.triggers.cron import CronTrigger

from publisher.plan.files import WEEKDAYS, Plan, Rule

WIDEST = timedelta(days=1)  # no wall clock is further from UTC


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` in UTC; `day` is the date on the district's wall calendar, which the week and holidays follow."""

    at: datetime
    day: date
    rule: Rule


def moments(plan: Plan, zone: ZoneInfo, start: datetime, end: datetime) -> list[Moment]:
    """All moments in [start, end), in order, within the campaign's dates."""
    found = [m for rule in plan.file.slots for m in _of_rule(rule, zone, start, end) if _in_campaign(plan, m.day)]
    return sorted(found, key=lambda m: m.at)


def _of_rule(rule: Rule, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Moment]:
    """One moment per wall-calendar day.

    Cron counts on the wall calendar alone, as if it were UTC, and only its result is put into the zone: counting in
    a zone, APScheduler 3.11 fires twice in the hour that autumn repeats and skips midnight after a spring change.
    Of a repeated hour the first pass is meant; a time that spring leaves out comes an hour later by the wall.
    """
    week = rule.weekly
    days = ",".join(WEEKDAYS[n] for n in week.days)
    trigger = CronTrigger(day_of_week=days, hour=week.time.hour, minute=week.time.minute, second=0, timezone=UTC)
    wall = trigger.get_next_fire_time(None, start.astimezone(UTC) - WIDEST)
    while wall is not None and wall < end + WIDEST:
        at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if start <= at < end:
            yield Moment(at, wall.date(), rule)
        wall = trigger.get_next_fire_time(None, wall + timedelta(microseconds=1))


def _in_campaign(plan: Plan, day: date) -> bool:
    starts, ends = plan.file.starts, plan.file.ends
    return (starts is None or starts <= day) and (ends is None or day <= ends)


def is_quiet(moment: time, quiet_from: time, quiet_to: time) -> bool:
    """True in [quiet_from, quiet_to), over midnight too; equal ends mean that there are no quiet hours."""
    if quiet_from <= quiet_to:
        return quiet_from <= moment < quiet_to
    return moment >= quiet_from or moment < quiet_to


@functools.cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KZ", years=year))


def is_holiday(day: date) -> bool:
    """A public holiday of Kazakhstan, or the working day it was moved to. Kurban Ait is an estimate until announced."""
    return day in _holidays(day.year)
