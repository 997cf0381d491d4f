"""Lines of long lists, built without a template: a month of the calendar has hundreds of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from publisher.console.agenda import Entry
from publisher.console.looks import Look

NAMED = 4  # channels by name; the rest is counted
Icon = Callable[[str], SafeString]


def badge(look: Look, icon: Icon) -> SafeString:
    return format_html('<span class="badge bg-{}-lt state">{} {}</span>', look.colour, icon(look.icon), look.word)


class Lines:
    """The lines of one calendar: what they share (names, words, badges) is escaped and translated once for all.

    Whatever stands in a line has gone through escape() or format_html() here; nothing else may be put in.
    """

    def __init__(self, channels: Mapping[str, str], districts: Mapping[str, str], zone: ZoneInfo, icon: Icon) -> None:
        self.zone, self.icon = zone, icon
        self.channels = {key: escape(name) for key, name in channels.items()}
        self.districts = {key: escape(name) for key, name in districts.items()}
        self.more = escape(gettext("and %(count)s more"))
        self.kinds: dict[str, str] = {}
        self.badges: dict[Look, str] = {}
        words = gettext("Move to…")
        self.move = format_html("{} {}", icon("calendar-time"), words)
        self.urgent = format_html(' · <span class="text-red">{} {}</span>', icon("urgent"), gettext("Urgent"))

    def line(self, entry: Entry) -> SafeString:
        title = escape(entry.title)
        about = " · ".join(filter(None, (self._kind(entry), self.districts.get(entry.district, ""))))
        marks = "".join(self._mark(words) for words in entry.marks)
        move = self._move(entry, title) if entry.movable else ""
        return mark_safe(
            f'<div class="entry-clock">{entry.at.astimezone(self.zone):%H:%M}</div>'
            f'<div class="entry-main">{self._title(entry, title)}'
            f'<div class="text-secondary small">{about}{self.urgent if entry.urgent else ""}</div>'
            f'<div class="text-secondary small">{self._names(entry)}</div>{marks}</div>'
            f'<div class="entry-state">{self._badge(entry.look)}{move}</div>'
        )

    def _kind(self, entry: Entry) -> str:
        if entry.kind not in self.kinds:
            self.kinds[entry.kind] = escape(str(entry.kind_words))
        return self.kinds[entry.kind]

    def _badge(self, look: Look) -> str:
        if look not in self.badges:
            self.badges[look] = badge(look, self.icon)
        return self.badges[look]

    @staticmethod
    def _title(entry: Entry, title: str) -> str:
        """A plan's slot has no page but the one that moves it: a link only for whoever may."""
        if entry.address == entry.move and not entry.movable:
            return f'<span class="row-title">{title}</span>'
        return f'<a class="row-title" href="{escape(entry.address)}">{title}</a>'

    def _names(self, entry: Entry) -> str:
        names = ", ".join(self.channels.get(key) or escape(key) for key in entry.channels[:NAMED])
        more = len(entry.channels) - NAMED
        return f"{names} {self.more % {'count': more}}" if more > 0 else names

    def _mark(self, words: str) -> str:
        return f'<div class="entry-mark">{self.icon("alert-triangle")} {escape(words)}</div>'

    def _move(self, entry: Entry, title: str) -> str:
        return (
            f'<a class="btn btn-sm" href="{escape(entry.move)}" data-move>{self.move}'
            f'<span class="visually-hidden">: {title}</span></a>'
        )
