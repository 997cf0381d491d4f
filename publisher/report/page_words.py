"""Figures in words: how a sum, a ratio or a comparison is printed, and the sentence for each of its codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_noop as _

from publisher.measure.readings import Known, Number
from publisher.report import words
from publisher.report.page import Band, Figure, Kind, Tone
from publisher.report.values import Behind, Compared, Count, Interval, Rate, Ratio, Sum

THIN = words.THIN
DASH = "\u2013"

# Why there is no number, as it stands in a cell. What is not here is "not measured".
NONE = {
    "not_given": _("not given"),
    "not_yet": _("not yet"),
    "growing": _("still growing"),
    "nothing_known": _("unknown"),
    "nothing_sent": _("nothing went out"),
    "no_channels": _("no channels"),
    "none_seen": _("no views"),
    "not_kept": _("not written down"),
    "none_lost": _("none"),
    "population_unknown": _("population unknown"),
    "single_reading": _("one reading"),
    "too_few": _("too few"),
}
NOT_COMPARED = {
    "too_little_known": _("not compared: less than 80 % is known"),
    "growing": _("not compared yet: many messages are younger than 72 h"),
    "too_few_weeks": _("not compared yet: too few earlier weeks"),
    "not_over": _("not compared: the week is not over"),
    "nothing_known": _("not compared: nothing is known"),
    "not_kept": _("not compared: it was not written down"),
}
NOT_COMPARED_MONTHS = {
    "growing": _("not compared yet: many messages are younger than 7 days"),
    "too_few_weeks": _("not compared yet: too few earlier months"),
    "not_over": _("not compared: the month is not over"),
}
VERDICTS = {
    "above": _("above the usual"),
    "below": _("below the usual"),
    "usual": _("within the usual range"),
}
TONES: Mapping[str, Tone] = {"above": "above", "below": "below", "usual": "usual"}


def missing(reason: str) -> str:
    return gettext(NONE[reason]) if reason in NONE else words.missing(reason)


def number(value: float, kind: Kind = "count") -> str:
    """As printed: digits grouped, the language's decimal sign, a sign where it is a difference."""
    if kind == "percent":
        return decimal(value * 100, 1) + f"{THIN}%"
    if kind == "signed":
        return words.signed(round(value))
    if kind == "rate":
        return decimal(value, 1)
    return words.whole(round(value)) if float(value).is_integer() else decimal(value, 1)


def decimal(value: float, places: int) -> str:
    text = f"{value:,.{places}f}".replace(",", THIN).replace("-", words.MINUS)
    return text if get_language() == "en" else text.replace(".", ",")


def at_least(text: str) -> str:
    return pgettext("a number known to be at least so big", "≥ %(number)s") % {"number": text}


def opens(behind: Behind | None) -> str:
    return urlencode(behind.as_query()) if behind else ""


def unknown(key: str, label: str, reason: str, *, kind: Kind = "count", note: str = "", behind: str = "") -> Figure:
    return Figure(key, label, None, missing(reason), note, kind, opens=behind)


def of_sum(key: str, label: str, found: Sum | Count, *, kind: Kind = "count") -> Figure:
    """A sum with how many of how many are known, where that is not all of them."""
    behind = opens(found.behind)
    share = known_of(found) if isinstance(found, Sum) else ""
    if found.value is None:
        return unknown(key, label, found.reason, kind=kind, note=share, behind=behind)
    text = number(found.value, kind)
    return Figure(
        key,
        label,
        found.value,
        at_least(text) if found.at_least else text,
        share,
        kind,
        at_least=found.at_least,
        opens=behind,
    )


def known_of(found: Sum) -> str:
    if not found.of or found.known == found.of:
        return ""
    return gettext("known for %(known)s of %(of)s") % {"known": found.known, "of": found.of}


def worded(found: Sum | Count, *, signed: bool = False) -> str:
    """Within a sentence: “at least 30 730”, or “+12, known for 2 of 6” where the rest may be less than nothing."""
    assert found.value is not None
    text = words.signed(found.value) if signed else words.whole(found.value)
    if found.at_least:
        return gettext("at least %(number)s") % {"number": text}
    share = known_of(found) if isinstance(found, Sum) else ""
    return f"{text}, {share}" if share else text


def compared(key: str, label: str, found: Compared, *, kind: Kind = "count", monthly: bool = False) -> Figure:
    """With its usual level: said in words, and as a band to draw."""
    figure = of_sum(key, label, found.now, kind=kind)
    notes = [figure.note, beside_usual(found, kind, monthly=monthly)] if figure.known else [figure.note]
    return replace(figure, note=" · ".join(filter(None, notes)), tone=TONES.get(found.verdict, ""), usual=_band(found))


def _band(found: Compared) -> Band | None:
    if found.usual is None:
        return None
    now = None if found.now.value is None or found.verdict == "not_compared" else float(found.now.value)
    return Band(found.usual.low, found.usual.median, found.usual.high, now)


def beside_usual(found: Compared, kind: Kind = "count", *, monthly: bool = False) -> str:
    if found.verdict == "not_compared" or found.usual is None:
        said = NOT_COMPARED | NOT_COMPARED_MONTHS if monthly else NOT_COMPARED
        return gettext(said.get(found.reason, NOT_COMPARED["nothing_known"]))
    middle = number(round(found.usual.median), kind)
    usual = gettext("usually %(number)s") % {"number": middle}
    change = f" ({words.percent(found.percent)})" if found.percent is not None and found.verdict != "usual" else ""
    return f"{gettext(VERDICTS[found.verdict])}, {usual}{change}"


def ratio(key: str, label: str, found: Ratio) -> Figure:
    """A share with its interval. Under 80 % known it says of how many it is made."""
    behind = opens(found.behind)
    share = ""
    if found.of and found.known < found.of:
        share = gettext("known for %(known)s of %(of)s") % {"known": found.known, "of": found.of}
    if found.value is None:
        return unknown(key, label, found.reason, kind="percent", note=share, behind=behind)
    notes = [between(found.interval, "percent") if found.interval else "", share]
    return Figure(key, label, found.value, number(found.value, "percent"), " · ".join(filter(None, notes)), "percent",
                  opens=behind, made_of=(found.part, found.whole))  # fmt: skip


def rate(key: str, label: str, found: Rate) -> Figure:
    behind = opens(found.behind)
    if found.value is None:
        return unknown(key, label, found.reason, kind="rate", behind=behind)
    note = between(found.interval, "rate") if found.interval else ""
    text = number(found.value, "rate")
    text = at_least(text) if found.at_least else text
    return Figure(key, label, found.value, text, note, "rate", at_least=found.at_least, opens=behind)


def between(interval: Interval, kind: Kind) -> str:
    """“95 %: 2.5 to 3.6 %”: the interval of chance, at the level it is made for."""
    low, high = number(interval.low, kind), number(interval.high, kind)
    if kind == "percent":
        low = low.removesuffix(f"{THIN}%")
    return f"95{THIN}%: {low}{DASH}{high}"


def of_number(key: str, label: str, found: Number, zone: ZoneInfo, *, behind: str = "") -> Figure:
    """One reading, with its source and moment as the note."""
    if not isinstance(found, Known):
        return unknown(key, label, found.reason, behind=behind)
    note = f"{words.minute(found.at, zone)} · {words.source(found.source)}"
    text = words.whole(found.value)
    return Figure(
        key,
        label,
        found.value,
        at_least(text) if found.at_least else text,
        note,
        at_least=found.at_least,
        opens=behind,
    )


def plain(key: str, label: str, value: float | None, reason: str = "", *, kind: Kind = "count",
          behind: str = "", note: str = "") -> Figure:  # fmt: skip
    if value is None:
        return unknown(key, label, reason, kind=kind, note=note, behind=behind)
    return Figure(key, label, value, number(value, kind), note, kind, opens=behind)


def money(key: str, label: str, lost: int | None, known: int, losses: Count) -> Figure:
    """Of the losses that named an amount; where some did not, it was at least so much."""
    if lost is None:
        return unknown(key, label, "not_kept" if losses.value != 0 else "none_lost")
    return of_sum(key, label, Sum(lost, known, max(losses.value or 0, known)))


def days(start: date, end: date) -> str:
    """“16–22 November 2026”, in the order of the language; the year stands once."""
    if start.year != end.year:
        return f"{_full(start)} {DASH} {_full(end)}"
    if start.month != end.month:
        span = f"{_day(start)} {DASH} {_day(end)}"
    elif start == end:
        span = _day(start)
    else:
        span = f"{start.day}{DASH}{_day(end)}"
    return pgettext("days and year", "%(days)s %(year)s") % {"days": span, "year": start.year}


def _day(day: date) -> str:
    return f"{day.day} {date_format(day, 'E')}"


def _full(day: date) -> str:
    return pgettext("days and year", "%(days)s %(year)s") % {"days": _day(day), "year": day.year}


def month_of(day: date) -> str:
    """“November 2026”; in Kazakh the year leads, and the month keeps its small letter."""
    month = date_format(day, "F")
    month = month.lower() if get_language() == "kk" else month
    return pgettext("month and year", "%(month)s %(year)s") % {"month": month, "year": day.year}


def offset(moment: datetime, zone: ZoneInfo) -> str:
    minutes = int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes >= 0 else words.MINUS}{hours}" + (f":{rest:02}" if rest else "")


def titled(titles: Mapping[str, str], language: str, otherwise: str = "") -> str:
    return titles.get(language) or titles.get("kk") or titles.get("ru") or next(iter(titles.values()), otherwise)


def minutes(value: float) -> str:
    """A span for people: minutes, then hours, then days."""
    span = round(abs(value))
    if span < 120:
        return ngettext("%(count)s minute", "%(count)s minutes", span) % {"count": span}
    hours = round(span / 60)
    if hours < 48:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    whole = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", whole) % {"count": whole}
