"""Which part of the calendar, and where to move something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import pgettext_lazy

from publisher.compose.models import Kind
from publisher.compose.refusal import Refusal
from publisher.console import moments
from publisher.console.agenda import Asked

VIEWS = {
    "month": pgettext_lazy("calendar view", "Month"),
    "week": pgettext_lazy("calendar view", "Week"),
    "day": pgettext_lazy("calendar view", "Day"),
    "list": pgettext_lazy("calendar view", "List"),
}
LIST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Look:
    """A view and its first and last day. A month is shown in whole weeks; `first` is then within the month."""

    view: str
    day: date
    first: date
    last: date
    zone: ZoneInfo

    @property
    def title(self) -> str:
        return moments.month_words(self.day) if self.view == "month" else moments.span_of_days(self.first, self.last)

    def neighbour(self, step: int) -> date:
        """The day that the button “earlier” or “later” leads to."""
        if self.view == "month":
            middle = self.day.replace(day=15) + timedelta(days=31 * step)
            return middle.replace(day=1)
        return self.day + timedelta(days=step * ((self.last - self.first).days + 1))

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)


def look_of(query: QueryDict, zone: ZoneInfo, today: date) -> Look:
    """What makes no sense in the address is taken for the usual: this month."""
    view = query.get("view", "")
    view = view if view in VIEWS else "month"
    try:
        day = date.fromisoformat(query.get("date", ""))
    except ValueError:
        day = today
    day = day if abs((day - today).days) < 3660 else today
    first, last = _span(view, day)
    return Look(view, day, first, last, zone)


def _span(view: str, day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    if view == "month":
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    if view == "week":
        return monday, monday + timedelta(days=6)
    return (day, day) if view == "day" else (day, day + timedelta(days=LIST_DAYS - 1))


def asked_of(query: QueryDict, look: Look) -> Asked:
    kind = query.get("kind", "")
    return Asked(
        look.start,
        look.end,
        channel=query.get("channel", "")[:60],
        district=query.get("district", "")[:60],
        kind=kind if kind in Kind.values else "",
    )


def moment_of(text: str, zone: ZoneInfo) -> datetime:
    """As the browser's field gives it: without a zone, by the district's clock."""
    try:
        found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("time_missing") from None
    return found.replace(second=0, microsecond=0)


def stamp_of(text: str) -> datetime | None:
    """Seconds since 1970, as our own addresses carry them."""
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
