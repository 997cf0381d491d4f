"""The report as a page: one body for the console and for the standalone file, which needs no other host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, override, pgettext

from publisher.compose.models import Kind
from publisher.connectors.base import Metric
from publisher.deliver.models import State
from publisher.measure.metrics import LABELS
from publisher.measure.readings import Known, Number
from publisher.plan.models import SlotState
from publisher.report import words
from publisher.report.records import ChannelFigures, Gap, Message, PublishedPost, Report, Total, Trouble
from publisher.sentences import say

STATES = {state.value: state.label for state in (*State, *SlotState)}
NOTHING = timedelta()
STYLE = Path(__file__).parent / "static/report/report.css"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, the small print under it, and the label that goes along on a phone."""

    text: str
    note: str = ""
    label: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    head: str
    note: str
    cells: Sequence[Cell]
    url: str = ""


@dataclass(frozen=True, slots=True)
class PostTable:
    id: int
    title: str
    note: str
    rows: Sequence[Row]
    sums: Sequence[Cell]
    several: bool


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Page:
    site: str
    district: str
    period: str
    made_at: str
    zone: str
    practice: bool
    cards: Sequence[Cell]
    columns: Sequence[str]
    posts: Sequence[PostTable]
    channels: Sequence[Row]
    gaps: Sequence[Line]
    troubles: Sequence[Line]
    has_lower_bounds: bool


def as_html(report: Report, language: str) -> str:
    """A file that stands alone: to be mailed, printed on A4 or kept."""
    with override(language):
        css = mark_safe(STYLE.read_text(encoding="utf-8"))  # our own file
        return render_to_string("report/page.html", {**context(report, language), "css": css})


def context(report: Report, language: str) -> dict[str, Any]:
    """For report/_body.html, wherever it is included."""
    with override(language):
        return {"page": _page(report, language), "language": language}


def _page(report: Report, language: str) -> Page:
    zone = ZoneInfo(report.zone)
    metrics = [metric for metric in report.metrics if metric in report.totals]
    return Page(
        site=settings.CONFIG.site.name,
        district=report.district.name(language) if report.district else gettext("All districts"),
        period=f"{report.start:%d.%m.%Y}\u2009–\u2009{report.end:%d.%m.%Y}",
        made_at=words.minute(report.made_at, zone),
        zone=_offset(report, zone),
        practice=report.practice,
        cards=_cards(report, metrics),
        columns=[str(LABELS[metric]) for metric in metrics],
        posts=[_post(post, metrics, zone) for post in report.posts],
        channels=[_channel(channel, zone) for channel in report.channels],
        gaps=gap_lines(report.gaps),
        troubles=[trouble_line(trouble, zone) for trouble in report.troubles],
        has_lower_bounds=any(metric in report.totals for metric in (Metric.DELIVERED, Metric.READ, Metric.PLAYED)),
    )


def _offset(report: Report, zone: ZoneInfo) -> str:
    minutes = int((report.made_at.astimezone(zone).utcoffset() or NOTHING).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes >= 0 else words.MINUS}{hours}" + (f":{rest:02}" if rest else "")


def _cards(report: Report, metrics: Sequence[Metric]) -> list[Cell]:
    channels = len({message.channel for message in report.messages})
    where = gettext("on %(channels)s of %(all)s channels") % {"channels": channels, "all": len(report.channels)}
    cards = [
        Cell(words.whole(len(report.posts)), "", gettext("Posts published")),
        Cell(words.whole(len(report.messages)), where, gettext("Messages sent")),
        _sum(report.followers, gettext("Followers, change"), signed=True),
    ]
    return cards + [_sum(report.totals[metric], str(LABELS[metric])) for metric in metrics]


def _sum(total: Total, label: str, *, signed: bool = False) -> Cell:
    share = gettext("known for %(known)s of %(of)s") % {"known": total.known, "of": total.of}
    if 0 < total.at_horizon < total.known:
        share += " · " + gettext("%(count)s of them after 72 h") % {"count": total.at_horizon}
    if total.value is None:
        return Cell(words.missing("nothing_known"), share if total.of else "", label, known=False)
    text = words.signed(total.value) if signed else words.whole(total.value)
    return Cell(_at_least(text) if total.at_least else text, share, label)


def _at_least(text: str) -> str:
    return pgettext("a number known to be at least so big", "≥ %(number)s") % {"number": text}


def _post(post: PublishedPost, metrics: Sequence[Metric], zone: ZoneInfo) -> PostTable:
    spoken = ", ".join(words.WRITTEN_IN[language] for language in post.languages)
    note = f"{Kind(post.kind).label} · {words.minute(post.published_at, zone)} · {spoken}"
    rows = [_message(message, metrics, zone) for message in post.messages]
    sums = [_sum(post.totals[m], str(LABELS[m])) if m in post.totals else _nothing(m) for m in metrics]
    return PostTable(post.id, post.title, note, rows, sums, several=len(rows) > 1)


def _message(message: Message, metrics: Sequence[Metric], zone: ZoneInfo) -> Row:
    state = State(message.state)
    parts = [words.WRITTEN_IN[message.language], words.minute(message.sent_at, zone)]
    if state != State.SENT:
        parts.append(str(state.label))
    cells = [_number(message.numbers[m], m, zone) if m in message.numbers else _nothing(m) for m in metrics]
    return Row(message.channel_title, " · ".join(parts), cells, message.url)


def _nothing(metric: Metric) -> Cell:
    """The message has no poll, so there are no answers to know."""
    return Cell("–", "", str(LABELS[metric]), known=False)


def _number(number: Number, metric: Metric, zone: ZoneInfo) -> Cell:
    label = str(LABELS[metric])
    if not isinstance(number, Known):
        return Cell(words.missing(number.reason), "", label, known=False)
    parts = [f"{name}\u00a0{words.whole(value)}" for name, value in number.parts if name]
    when = gettext("after 72 h") if number.horizon else words.minute(number.at, zone)
    note = " · ".join([*(["  ".join(parts)] if parts else []), when, words.source(number.source)])
    text = words.whole(number.value)
    return Cell(_at_least(text) if number.at_least else text, note, label)


def _channel(channel: ChannelFigures, zone: ZoneInfo) -> Row:
    spoken = ", ".join(words.WRITTEN_IN[language] for language in channel.languages)
    note = f"{channel.platform} · {spoken}" + ("" if channel.on else f" · {gettext('switched off')}")
    return Row(
        channel.title,
        note,
        [
            Cell(words.whole(channel.messages), "", gettext("Messages")),
            _followers(channel.start, gettext("At the start"), zone),
            _followers(channel.end, gettext("At the end"), zone),
            _change(channel),
        ],
    )


def _followers(number: Number, label: str, zone: ZoneInfo) -> Cell:
    if not isinstance(number, Known):
        return Cell(words.missing(number.reason), "", label, known=False)
    return Cell(words.whole(number.value), words.minute(number.at, zone), label)


def _change(channel: ChannelFigures) -> Cell:
    label = pgettext("difference", "Change")
    if channel.change is None:
        return Cell(words.missing(channel.change_reason), "", label, known=False)
    note = words.percent(channel.percent) if channel.percent is not None else ""
    return Cell(words.signed(channel.change), note, label)


def gap_lines(gaps: Sequence[Gap]) -> list[Line]:
    """One line for all metrics of a place that lack for the same reason."""
    rows = groupby(gaps, key=lambda gap: (gap.where, gap.road, gap.reason, gap.count))
    return [_gap(where, road, reason, count, list(group)) for (where, road, reason, count), group in rows]


def _gap(where: str, road: str, reason: str, count: int, gaps: Sequence[Gap]) -> Line:
    metrics = ", ".join(str(LABELS[gap.metric]) for gap in gaps)
    what = f"{where}: {metrics}" + (f" ({count})" if count else "")
    if road in words.ROADS:
        return Line(what, gettext("Not given by the %(road)s.") % {"road": words.ROADS[road]})
    if count and reason == "not_given":  # it could have been given
        return Line(what, gettext("The platform told no number until then. That may be none, or one that got lost."))
    return Line(what, say(reason).what)


def trouble_line(trouble: Trouble, zone: ZoneInfo) -> Line:
    state = STATES[trouble.state]
    where = f", {trouble.where}" if trouble.where else ""
    what = f"{words.minute(trouble.at, zone)} · {trouble.title}{where}: {state}"
    return Line(what, str(say(trouble.reason, trouble.values)) if trouble.reason else "")
