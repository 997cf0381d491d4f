"""Campaigns before and after: what coincided in time, with everything that forbids to say more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings

from publisher.connectors.base import Metric
from publisher.measure.models import Horizon
from publisher.plan.check import districts_of
from publisher.plan.files import Plan, load_all
from publisher.plan.models import Slot
from publisher.report.heard import Hotline
from publisher.report.messages import Messages, add_up, tallied
from publisher.report.monthly_records import Campaign
from publisher.report.scope import DAY, WEEK, Scope
from publisher.report.stats.intervals import rate_ratio
from publisher.report.values import PERCENT_FROM, Count
from publisher.yamlfile import FlawedFile

BEFORE = 8  # weeks
SHORT = timedelta(weeks=2)
ALWAYS = ("coincided", "other_changes", "no_control")


def campaigns(scope: Scope, now: datetime, first: date | None = None, last: date | None = None) -> tuple[Campaign, ...]:
    """Plans with a beginning and an end that touch the days from `first` to before `last`; the newest first."""
    found = [_campaign(plan, scope, now) for plan in _plans() if _is_ours(plan, scope) and _touches(plan, first, last)]
    return tuple(sorted(found, key=lambda one: (one.starts, one.plan), reverse=True))


def _plans() -> Sequence[Plan]:
    """A flawed folder is `publisher check`'s business; the report goes without its campaigns."""
    try:
        plans = load_all(settings.HOME.schedules)
    except FlawedFile:
        return []
    return [plan for plan in plans.values() if plan.file.starts and plan.file.ends]


def _is_ours(plan: Plan, scope: Scope) -> bool:
    here = {district.pk for district in scope.districts}
    if plan.file.districts:  # the centre's plan for some of them
        return not here.isdisjoint(districts_of(plan, settings.CONFIG.districts))
    return scope.place is None or plan.file.district in {None, *here}


def _touches(plan: Plan, first: date | None, last: date | None) -> bool:
    starts, ends = plan.file.starts, plan.file.ends
    assert starts is not None
    assert ends is not None
    return (first is None or ends >= first) and (last is None or starts < last)


def _campaign(plan: Plan, scope: Scope, now: datetime) -> Campaign:
    starts, ends = plan.file.starts, plan.file.ends
    assert starts is not None
    assert ends is not None
    first, last = scope.moment(starts), scope.moment(ends + DAY)
    rows = _rows(plan.key, scope, now, first, last)
    found = Campaign(
        plan=plan.key,
        names=names_of(plan.file.name),
        starts=starts,
        ends=ends,
        state="planned" if now < first else "running" if now < last else "over",
        posts=len({row.post for row in rows}),
        messages=len(rows),
        views=add_up(
            tallied(rows),
            Metric.VIEWS,
            scope.gives,
            scope.point("messages", first, last, metric="views", horizon=Horizon.THREE_DAYS),
        ),
        calls_before=Count(None, "not_kept"),
        calls_during=Count(None, "not_kept"),
        ratio=None,
        interval=None,
        verdict="not_compared",
        reason="not_over",
        caveats=ALWAYS,
    )
    return found if now < first + WEEK else _before_and_during(found, Hotline(scope), scope, first, min(last, now))


def _rows(plan: str, scope: Scope, now: datetime, first: datetime, last: datetime) -> list:
    posts = set(Slot.objects.filter(plan=plan).exclude(post=None).values_list("post", flat=True))
    return (
        [row for row in Messages(scope, now).rows(first, last, Horizon.THREE_DAYS) if row.post in posts]
        if posts
        else []
    )


def _before_and_during(found: Campaign, hotline: Hotline, scope: Scope, first: datetime, last: datetime) -> Campaign:
    """Calls a week during the campaign against the eight weeks before it; chance alone explains what lies around 1."""
    begin = first - BEFORE * WEEK
    before, during = hotline.count("calls", begin, first), hotline.count("calls", first, last)
    kept = hotline.kept_from("calls")
    if kept is None or kept > begin + DAY:
        return replace(found, calls_before=before, calls_during=during, reason="too_few_weeks")
    weeks = (last - first) / WEEK
    interval = rate_ratio(during.value or 0, weeks, before.value or 0, BEFORE)
    if interval is None:
        return replace(found, calls_before=before, calls_during=during, reason="nothing_before")
    return replace(
        found,
        calls_before=before,
        calls_during=during,
        ratio=(during.value or 0) / weeks / ((before.value or 0) / BEFORE),
        interval=interval,
        verdict="above" if interval.low > 1 else "below" if interval.high < 1 else "usual",
        reason="",
        caveats=_caveats(before, during, last - first),
    )


def _caveats(before: Count, during: Count, length: timedelta) -> tuple[str, ...]:
    few = min(before.value or 0, during.value or 0) < PERCENT_FROM
    return (*ALWAYS, "season", *(("small_counts",) if few else ()), *(("too_short",) if length < SHORT else ()))


def names_of(name: str) -> Mapping[str, str]:
    """A plan's name says both languages with a dot between, Kazakh first; else it is the same in each."""
    parts = [part.strip() for part in name.split(" · ")]
    kk, ru = parts if len(parts) == 2 else (name, name)
    return {"kk": kk, "ru": ru, "en": ru if len(parts) == 2 else name}
