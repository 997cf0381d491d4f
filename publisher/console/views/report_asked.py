"""Which report is asked for: whose, of which week or month. Never wider than the person's own reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone

from publisher.console.access import districts_of
from publisher.people.models import District, Region
from publisher.report.page_words import days, month_of

WEEK = timedelta(days=7)
WEEKS_SHOWN, MONTHS_SHOWN = 26, 13
EARLIEST = 2000  # year
Place = District | Region | None


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """`day` is the period's first: a Monday, or the first of a month."""

    place: Place
    day: date
    now: datetime
    districts: Sequence[Choice]
    periods: Sequence[Choice]
    earlier: str
    later: str
    district_key: str
    name: str  # of the period in addresses: week or month

    @property
    def query(self) -> str:
        return self.query_of(self.day.isoformat())

    @property
    def earlier_query(self) -> str:
        return self.query_of(self.earlier) if self.earlier else ""

    @property
    def later_query(self) -> str:
        return self.query_of(self.later) if self.later else ""

    def query_of(self, day: str) -> str:
        given = {self.name: day, "district": self.district_key}
        return urlencode({key: value for key, value in given.items() if value})


def week_of(request: HttpRequest) -> Asked:
    """Without a question: the last week that is over."""
    place, now = place_of(request), timezone.now()
    today = now.astimezone(_zone(place)).date()
    running = _monday(today)
    day = _monday(_day(request.GET.get("week", ""), running - WEEK))
    if day > running:
        raise Http404
    shown = [running - WEEK * n for n in range(WEEKS_SHOWN)]
    periods = [Choice(m.isoformat(), days(m, m + timedelta(days=6)), m == day) for m in _with(shown, day)]
    later = (day + WEEK).isoformat() if day + WEEK <= running else ""
    return Asked(place, day, now, _districts(request, place), periods, (day - WEEK).isoformat(), later,
                 _key(place), "week")  # fmt: skip


def month_of_request(request: HttpRequest) -> Asked:
    place, now = place_of(request), timezone.now()
    running = now.astimezone(_zone(place)).date().replace(day=1)
    day = _day(request.GET.get("month", ""), _before(running)).replace(day=1)
    if day > running:
        raise Http404
    shown = [running]
    for _ in range(MONTHS_SHOWN):
        shown.append(_before(shown[-1]))
    periods = [Choice(m.isoformat(), month_of(m), m == day) for m in _with(shown, day)]
    later = (day + timedelta(days=31)).replace(day=1)
    return Asked(place, day, now, _districts(request, place), periods, _before(day).isoformat(),
                 later.isoformat() if later <= running else "", _key(place), "month")  # fmt: skip


def place_of(request: HttpRequest) -> Place:
    """The district asked for, else all that the person sees: their own, their region, or everything."""
    user, key = request.user, request.GET.get("district", "")
    if key:
        found = districts_of(user).filter(pk=key).first()
        if found is None:
            raise Http404
        return found
    return user.district or user.region


def _districts(request: HttpRequest, place: Place) -> list[Choice]:
    """Nothing to choose from for whoever sees one district only."""
    rows = list(districts_of(request.user))
    return [Choice(row.pk, str(row), row == place) for row in rows] if len(rows) > 1 else []


def _key(place: Place) -> str:
    return place.pk if isinstance(place, District) else ""


def _zone(place: Place) -> ZoneInfo:
    return place.zone if place else ZoneInfo(settings.TIME_ZONE)


def _day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise Http404 from None
    if day.year < EARLIEST:
        raise Http404
    return day


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _with(shown: list[date], day: date) -> list[date]:
    return shown if day in shown else [*shown, day]
