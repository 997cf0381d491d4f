"""Questions that are asked every month, in words: a sentence first, then what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from publisher.deliver.models import Delivery
from publisher.hotline.models import Okrug
from publisher.measure.hours import Best
from publisher.people.models import District
from publisher.report import page_words as say
from publisher.report import words
from publisher.report.page import Figure, Line, Part, Row, Table
from publisher.report.questions import LOOKED_BACK, Growth, Left, NotGot, channels_of
from publisher.report.scope import Scope
from publisher.report.settle import sent

MOST = 20


@dataclass(frozen=True, slots=True)
class Answer:
    sentence: str
    table: Table | None = None
    parts: tuple[Part, ...] = ()


def grown(rows: Sequence[Growth], zone: ZoneInfo, language: str) -> Answer:
    """Which ruse grew this month, and did we warn?"""
    names = (
        gettext("Reports"),
        gettext("Month before"),
        gettext("Usually"),
        gettext("× month before"),
        gettext("Warnings"),
    )
    told = [row for row in rows if row.now.value or row.before.value]
    table = Table(
        "grown",
        gettext("Ruses residents told of"),
        gettext("Ruse"),
        names,
        tuple(_ruse(row, names, zone, language) for row in told),
        empty=gettext("Nobody told the hotline of a ruse in this month."),
    )
    return Answer(_grown(told, language), table)


def _ruse(row: Growth, names: Sequence[str], zone: ZoneInfo, language: str) -> Row:
    key = f"grown:{row.key}"
    usual = row.usual.usual
    ratio = say.plain(f"{key}:ratio", names[3], row.ratio, "too_few", kind="rate",
                      note=say.between(row.interval, "rate") if row.interval and row.ratio else "")  # fmt: skip
    figures = (
        say.of_sum(f"{key}:now", names[0], row.now),
        say.of_sum(f"{key}:before", names[1], row.before),
        say.plain(f"{key}:usual", names[2], usual.median if usual else None, "too_few"),
        ratio,
        say.plain(f"{key}:posts", names[4], row.posts),
    )
    return Row(key, say.titled(row.titles, language, row.key), _warned(row, zone), figures)


def _warned(row: Growth, zone: ZoneInfo) -> str:
    grew = gettext("more than usual") if row.grew else ""
    if row.warned_at is None:
        told = gettext("no warning in four weeks")
    elif row.late is not None and row.late >= 0:  # 0: within a day after it
        told = gettext("warned %(day)s, days after the first report: %(days)s") % {
            "day": words.day(row.warned_at, zone), "days": row.late}  # fmt: skip
    else:
        told = gettext("warned %(day)s, before the first report") % {"day": words.day(row.warned_at, zone)}
    return " · ".join(filter(None, (grew, told)))


def _grown(told: Sequence[Growth], language: str) -> str:
    grew = [row for row in told if row.grew]
    if not told:
        return gettext("Nobody told the hotline of a ruse in this month.")
    if not grew:
        return gettext("No ruse was told of more than usual.")
    names = ", ".join(say.titled(row.titles, language, row.key) for row in grew)
    missed = [say.titled(row.titles, language, row.key) for row in grew if row.warned_at is None]
    said = gettext("More than usual: %(ruses)s.") % {"ruses": names}
    if missed:
        return said + " " + gettext("Not warned of: %(ruses)s.") % {"ruses": ", ".join(missed)}
    return said + " " + gettext("We warned of all of them.")


def okrugs(districts: Sequence[District]) -> list[Okrug]:
    return list(Okrug.objects.filter(district__in=districts).select_related("district"))


def not_reached(found: NotGot, now: datetime, language: str) -> Answer:
    """What do residents of this okrug not get?"""
    missed = _posts_elsewhere(found.okrug, now)
    ruses = tuple(_left(row, found.okrug.district.zone, language) for row in found.left)
    parts = (
        Part("ruses", gettext("Ruses told of from there, and the last warning in its channels"), lines=ruses,
             empty=gettext("None was told of from there.")),
        Part("missed", gettext("Posts of 13 weeks that no channel there got"), lines=missed[:MOST],
             empty=gettext("Its channels got everything.")),
        Part("channels", gettext("Channels that its residents can follow"), figures=_counts(found),
             lines=_channels(found), empty=gettext("None. Give a channel this okrug's name as its tag.")),
    )  # fmt: skip
    return Answer(_not_reached(found, len(missed), language), None, parts)


def _left(row: Left, zone: ZoneInfo, language: str) -> Line:
    told = gettext("reports: %(number)s") % {"number": words.whole(row.calls)}
    last = gettext("no warning")
    if row.warned_at:
        last = gettext("last warning: %(day)s") % {"day": words.day(row.warned_at, zone)}
    return Line(say.titled(row.titles, language, row.key), f"{told} · {last}", "good" if row.warned_at else "bad")


def _posts_elsewhere(okrug: Okrug, now: datetime) -> tuple[Line, ...]:
    """Told once, with where it went out instead."""
    _own, here = channels_of(okrug, Scope(okrug.district))
    rows = sent().filter(channel__district=okrug.district_id, sent_at__gte=now - LOOKED_BACK, sent_at__lt=now)
    got = set(rows.filter(channel__in=here).values_list("post", flat=True).order_by())
    seen: dict[int, list[Delivery]] = {}
    for row in rows.select_related("post", "channel").order_by("-sent_at"):
        if row.post_id not in got:
            seen.setdefault(row.post_id, []).append(row)
    return tuple(
        Line(found[0].post.title, ", ".join(sorted({str(row.channel) for row in found}))) for found in seen.values()
    )


def _counts(found: NotGot) -> tuple[Figure, ...]:
    return (
        say.plain("households", gettext("Households"), found.households, "not_kept"),
        say.plain("visited", gettext("Households visited"), found.visited, "not_kept"),
        say.plain("printed", gettext("Leaflets printed"), found.printed),
        say.plain("handed", gettext("Leaflets handed over"), found.handed_over),
        say.plain("called", gettext("Prevention calls talked through"), found.called),
        say.plain("calls", gettext("Consultations"), found.calls),
    )


def _channels(found: NotGot) -> tuple[Line, ...]:
    silent = gettext("nothing went out in the last week")
    lines = [Line(name, silent if name in found.silent else "", "bad" if name in found.silent else "")
             for name in found.channels]  # fmt: skip
    for code in found.languages:
        lines.append(Line(gettext("No channel in this language: %(language)s") % {"language": words.WRITTEN_IN[code]},
                          tone="bad"))  # fmt: skip
    return tuple(lines)


def _not_reached(found: NotGot, missed: int, language: str) -> str:
    name = found.okrug.name_kk if language == "kk" else found.okrug.name_ru
    open_ones = sum(row.warned_at is None for row in found.left)
    values = {"okrug": name, "posts": words.whole(missed), "ruses": words.whole(open_ones)}
    said = gettext("%(okrug)s: posts of the district that did not come there: %(posts)s; ruses not warned of there: "
                   "%(ruses)s.") % values  # fmt: skip
    if found.own:
        return said
    return said + " " + gettext("It has no channel of its own: its residents read the district's channels.")


def best_hours(found: Best) -> Answer:
    """Which hour is best for posts in this language?"""
    names = (gettext("Views against usual"), gettext("Messages"))
    rows = tuple(
        Row(f"span:{span.start}", f"{span.start:02}:00–{span.end:02}:00", "", (
            say.plain(f"span:{span.start}:ratio", names[0], span.ratio, kind="rate"),
            say.plain(f"span:{span.start}:count", names[1], span.count),
        ))
        for span in found.spans
    )  # fmt: skip
    table = Table("hours", gettext("Hours, the best first"), gettext("Hours"), names, rows,
                  empty=gettext("Not known yet."),
                  note=gettext("Views a day after, each against its own channel's usual; 1.0 is usual."))  # fmt: skip
    if not found.spans:
        values = {"needed": found.needed, "known": found.known}
        return Answer(gettext("Too little to say: %(needed)s messages with known views are needed, there are "
                              "%(known)s.") % values, table)  # fmt: skip
    first = found.spans[0]
    values = {"start": f"{first.start:02}:00", "end": f"{first.end:02}:00", "times": say.number(first.ratio, "rate")}
    return Answer(gettext("From %(start)s to %(end)s: %(times)s times the usual views.") % values, table)
