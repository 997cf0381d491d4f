"""Lines of long lists, built without a template: a month of the calendar has hundreds of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from publisher.console.agenda import Entry

NAMED = 4  # channels by name; the rest is counted
Icon = Callable[[str, str], SafeString]


def agenda_row(
    entry: Entry, channels: Mapping[str, str], districts: Mapping[str, str], zone: ZoneInfo, icon: Icon
) -> SafeString:
    """Everything of the entry's is escaped by format_html."""
    about = [str(entry.kind_words), districts.get(entry.district, "")]
    return format_html(
        '<div class="entry-clock">{}</div>'
        '<div class="entry-main"><a class="row-title" href="{}">{}</a>'
        '<div class="text-secondary small">{}{}</div>'
        '<div class="text-secondary small">{}</div>{}</div>'
        '<div class="entry-state"><span class="badge state bg-{}-lt">{} {}</span>{}</div>',
        f"{entry.at.astimezone(zone):%H:%M}",
        entry.address,
        entry.title,
        " · ".join(part for part in about if part),
        _urgent(icon) if entry.urgent else "",
        _names(entry, channels),
        _marks(entry, icon) if entry.marks else "",
        entry.look.colour,
        icon(entry.look.icon, ""),
        entry.look.word,
        _move(entry, icon) if entry.movable else "",
    )


def _names(entry: Entry, channels: Mapping[str, str]) -> str:
    names = [channels.get(key, key) for key in entry.channels[:NAMED]]
    more = len(entry.channels) - NAMED
    return ", ".join(names) + (" " + gettext("and %(count)s more") % {"count": more} if more > 0 else "")


def _urgent(icon: Icon) -> SafeString:
    return format_html(' · <span class="text-red">{} {}</span>', icon("urgent", ""), gettext("Urgent"))


def _marks(entry: Entry, icon: Icon) -> SafeString:
    mark = icon("alert-triangle", "")
    return format_html_join("", '<div class="entry-mark">{} {}</div>', ((mark, words) for words in entry.marks))


def _move(entry: Entry, icon: Icon) -> SafeString:
    words = gettext("Move to…")
    return format_html(
        '<a class="btn btn-sm" href="{}" data-move>{} {}<span class="visually-hidden">: {}</span></a>',
        entry.move,
        icon("calendar-time", ""),
        words,
        entry.title,
    )
