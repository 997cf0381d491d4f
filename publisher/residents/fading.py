"""Warnings fade: when each ruse was last warned of, and whether people still call because of it.

A field test found that a warning of the same ruse lost its strength between two and four weeks (docs/residents.md).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max

from publisher.deliver.models import Delivery, Part, State
from publisher.hotline.models import Consultation
from publisher.hotline.patterns import Pattern, catalogue
from publisher.people.models import District

CALLS = timedelta(days=30)  # how far back reports of a ruse count as “people still meet it”
LONG_AGO = timedelta(days=120)  # warned of before that, it is no repetition


@dataclass(frozen=True, slots=True)
class Ruse:
    """`weeks`: whole weeks since the last warning (0: this week, or queued), None when there was none lately.

    `calls`: of the last 30 days.
    """

    pattern: Pattern
    district: District
    last: datetime | None
    weeks: int | None
    calls: int
    due: bool

    @property
    def template(self) -> str:
        return self.pattern.templates[0]


def ruses(districts: Collection[District], now: datetime) -> list[Ruse]:
    """Those to warn of again first: the most told of, then the longest silent."""
    return _ruses(districts, list(catalogue().patterns.values()), _calls(districts, now), now)


def told_of(districts: Collection[District], now: datetime) -> list[Ruse]:
    """Only those that people still call because of, and that are due."""
    calls = _calls(districts, now)
    told = {key for _district, key in calls}
    patterns = [pattern for pattern in catalogue().patterns.values() if pattern.key in told] if told else []
    return [ruse for ruse in _ruses(districts, patterns, calls, now) if ruse.due and ruse.calls]


def _ruses(
    districts: Collection[District], patterns: Collection[Pattern], calls: dict[tuple[str, str], int], now: datetime
) -> list[Ruse]:
    slugs = {slug for pattern in patterns for slug in pattern.templates}
    last = _last_warned(districts, slugs, now) if slugs else {}
    found = [_ruse(p, d, last, calls.get((d.pk, p.key), 0), now) for d in districts for p in patterns]
    return sorted(found, key=lambda ruse: (not ruse.due, -ruse.calls, -(ruse.weeks or 0), ruse.pattern.order))


def _ruse(
    pattern: Pattern, district: District, last: dict[tuple[str, str], datetime], calls: int, now: datetime
) -> Ruse:
    moments = [moment for slug in pattern.templates if (moment := last.get((district.pk, slug)))]
    newest = max(moments, default=None)
    faded = newest is None or now - newest >= timedelta(days=settings.CONFIG.residents.warn_again_days)
    weeks = max((now - newest).days, 0) // 7 if newest else None
    return Ruse(pattern, district, newest, weeks, calls, faded and (calls > 0 or newest is not None))


def _last_warned(
    districts: Collection[District], slugs: Collection[str], now: datetime
) -> dict[tuple[str, str], datetime]:
    """By district and template; what still waits to go out counts as said."""
    rows = Delivery.objects.filter(post__district__in=districts, part=Part.MAIN, due_at__gt=now - LONG_AGO)
    rows = rows.filter(state__in=[State.SENT, State.WAITING, State.SENDING, State.CLAIMED, State.PEOPLE])
    named = rows.filter(post__template_slug__in=slugs).values_list("post__district", "post__template_slug")
    return {(district, slug): at for district, slug, at in named.annotate(at=Max("due_at")).order_by()}


def _calls(districts: Collection[District], now: datetime) -> dict[tuple[str, str], int]:
    rows = Consultation.objects.filter(district__in=districts, at__gt=now - CALLS).exclude(pattern="")
    counted = rows.values_list("district", "pattern").annotate(number=Count("pk")).order_by()
    return {(district, pattern): number for district, pattern, number in counted}
