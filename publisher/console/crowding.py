"""Entries of the calendar that are too many for a channel: told at those that come on top, not at the first ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

if TYPE_CHECKING:
    from publisher.console.agenda import Entry

Overload = tuple["Entry", str, Literal["day", "week"], int, int]
WEEK = timedelta(days=7)


def tell(entries: Iterable[Entry], now: datetime, zone: ZoneInfo, name_of: Callable[[str], str]) -> None:
    """A mark at each entry that is too much."""
    bears = settings.CONFIG.residents
    for entry, key, span, number, limit in overloads(entries, now, zone, bears.most_a_day, bears.most_a_week):
        words = {
            "day": gettext("post no. %(number)s of this day on %(channel)s; it bears %(limit)s"),
            "week": gettext("post no. %(number)s within a week on %(channel)s; it bears %(limit)s"),
        }[span]
        entry.marks.append(words % {"number": number, "channel": name_of(key), "limit": limit})


def overloads(
    entries: Iterable[Entry], now: datetime, zone: ZoneInfo, most_a_day: int | None, most_a_week: int | None
) -> Iterator[Overload]:
    """Entry, channel, span, how many it makes, how many the channel bears. Urgent ones count but are not told."""
    on: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for key in entry.channels if entry.alive else ():
            on[key].append(entry)
    for key in sorted(on):
        mine = sorted(on[key], key=lambda entry: entry.at)
        for place, entry in enumerate(mine):
            if entry.at <= now or entry.urgent:
                continue
            earlier = mine[: place + 1]
            day = sum(one.at.astimezone(zone).date() == entry.at.astimezone(zone).date() for one in earlier)
            week = sum(entry.at - one.at < WEEK for one in earlier)
            if most_a_day and day > most_a_day:
                yield entry, key, "day", day, most_a_day
            elif most_a_week and week > most_a_week:
                yield entry, key, "week", week, most_a_week
