"""The readings behind a number, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

from publisher.connectors.base import Metric
from publisher.hotline.models import CallResult, Heard, Outcome, Source, Verdict
from publisher.measure.metrics import LABELS
from publisher.measure.readings import Known
from publisher.report import page_words as say
from publisher.report import words
from publisher.report.behind import Evidence, Listing, place
from publisher.report.topics import Topics
from publisher.report.values import Behind

CODES: Mapping[str, Mapping[str, object]] = {
    "verdict": dict(Verdict.choices),
    "outcome": dict(Outcome.choices),
    "heard": dict(Heard.choices),
    "source": dict(Source.choices),
    "result": dict(CallResult.choices),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One line: `value` as printed, and whether it is a number at all."""

    what: str
    where: str
    at: str
    value: str
    known: bool
    source: str
    url: str
    post: int | None


@dataclass(frozen=True, slots=True)
class Readings:
    title: str
    period: str
    zone: str
    count: int
    lines: tuple[Reading, ...]
    with_numbers: bool


def readings_page(asked: Behind, listed: Listing, language: str) -> Readings:
    whose = place(asked)
    zone = whose.zone if whose else ZoneInfo(settings.TIME_ZONE)
    first, last = asked.first.astimezone(zone), (asked.last - timedelta(seconds=1)).astimezone(zone)
    lines = tuple(_line(row, zone, language) for row in listed.lines)
    return Readings(
        title=_title(asked),
        period=say.days(first.date(), last.date()),
        zone=say.offset(asked.last, zone),
        count=listed.total,
        lines=lines,
        with_numbers=any(row.number is not None for row in listed.lines),
    )


def _title(asked: Behind) -> str:
    if asked.thing in ("messages", "followers"):
        metric = Metric(asked.metric) if asked.metric in list(Metric) else Metric.VIEWS
        name = str(LABELS[Metric.FOLLOWERS if asked.thing == "followers" else metric])
        after = {"24h": gettext("after 24 hours"), "72h": gettext("after 72 hours"), "7d": gettext("after 7 days")}
        return " ".join(filter(None, (name, after.get(asked.horizon, ""))))
    return {
        "calls": gettext("What the hotline wrote down"),
        "outbound": gettext("Prevention calls"),
        "clicks": gettext("Link openings by day"),
        "cases": gettext("Registered cases"),
    }[asked.thing]


def _line(row: Evidence, zone: ZoneInfo, language: str) -> Reading:
    codes = ", ".join(_code(name, value, language) for name, value in row.codes)
    spoken = words.WRITTEN_IN.get(row.language, "")
    where = " · ".join(filter(None, (row.where, spoken)))
    value, known, source = _value(row, zone)
    what = row.what or codes or words.minute(row.at, zone)
    return Reading(what, where if row.what else spoken, _moment(row.at, zone), value, known, source, row.url, row.post)


def _value(row: Evidence, zone: ZoneInfo) -> tuple[str, bool, str]:
    if row.number is None:
        return "", True, row.by
    if not isinstance(row.number, Known):
        return say.missing(row.number.reason), False, ""
    text = words.whole(row.number.value)
    told = [words.source(row.number.source), words.minute(row.number.at, zone), row.by, row.proof]
    return say.at_least(text) if row.number.at_least else text, True, " · ".join(filter(None, told))


def _code(name: str, value: str, language: str) -> str:
    if name == "pattern":
        return say.titled(Topics(()).titles(value), language, value)
    return str(CODES.get(name, {}).get(value, value))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return words.minute(at, zone)
