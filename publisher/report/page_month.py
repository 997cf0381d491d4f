"""The monthly report, in one language: the week's parts of a whole month, and what only a longer time can show."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext, override

from publisher.report import page_month_parts as more
from publisher.report import page_parts, page_week, words
from publisher.report import page_words as say
from publisher.report.monthly_records import Hours, Line, Month, Outcome, Point, Quality, Slice
from publisher.report.page import Chart, Figure, HeatMap, MonthPage, Row, Series, Table
from publisher.report.values import ENOUGH_KNOWN

LEVELS = (0.75, 0.95, 1.15, 1.5)  # from which a cell is a shade darker: against the channel's usual
DAYS = 7
HOURS_SHOWN = range(7, 23)


def month_page(month: Month, language: str, *, least_known: float = ENOUGH_KNOWN) -> MonthPage:
    with override(language):
        zone = ZoneInfo(month.period.zone)
        warned = page_week.warnings(month.headline, least_known)
        head = page_week.head(month.district, month.period, month.measured, month.practice, language, zone,
                              gettext("Monthly report"), say.month_of(month.period.start), warned)  # fmt: skip
        return MonthPage(
            head=head,
            sentences=more.sentences(month),
            three=more.three(month.headline),
            charts=charts(month, language),
            heat=heat(month.hours),
            tables=(
                page_week.channel_table(month.channels, month.headline, month.ratios, zone),
                slices("topics", gettext("By topic"), gettext("Topic"), month.topics, language),
                slices("languages", gettext("By language"), gettext("Language"), month.languages, language),
                outcome(month.outcome),
                quality(month.quality),
            ),
            parts=(
                page_parts.schemes(month.schemes, language),
                page_parts.response(month.response, month.ratios, language, monthly=True),
                page_parts.ratios(month.ratios, month.people, month.per_100k),
                page_parts.parity(month.parity, language),
                more.campaigns(month.campaigns, language),
                more.questions(month.studies),
                page_parts.happened(month.corrections, month.troubles, zone),
                page_parts.unknown(month.measured, month.period, month.headline, month.gaps, zone),
            ),
            formulas=page_parts.formulas(month.formulas),
        )


def charts(month: Month, language: str) -> tuple[Chart, ...]:
    """One scale each: lines of different size in one chart would only show the largest."""
    names = {
        "views": gettext("Views within 72 hours"),
        "followers": gettext("Followers, net change"),
        "forwards": gettext("Forwards within 72 hours"),
        "calls": gettext("Consultations"),
        "near_misses": gettext("Recognised attempts"),
        "losses": gettext("Attempts with a loss"),
        "clicks": gettext("Link openings"),
    }
    marks = more.marks(month.campaigns, language)
    return tuple(
        _chart(line, names.get(line.name, line.name), marks)
        for line in month.lines
        if any(p.value is not None for p in line.points)
    )


def _chart(line: Line, name: str, marks: Sequence[tuple[str, str]]) -> Chart:
    labels = tuple(f"{point.monday:%d.%m}" for point in line.points)
    kind = "signed" if line.name == "followers" else "count"
    figures = [_point(line.name, name, point, kind) for point in line.points]
    series = Series(
        line.name,
        name,
        tuple(f.value for f in figures),
        tuple(" · ".join(filter(None, (f.text, f.note))) for f in figures),
    )
    rows = tuple(
        Row(f"{line.name}:{p.monday}", f"{p.monday:%d.%m.%Y}", "", (figure,))
        for p, figure in zip(line.points, figures, strict=True)
    )
    table = Table(line.name, name, gettext("Week from"), (name,), rows)
    shown = tuple(mark for mark in marks if mark[0] in labels)
    return Chart(line.name, name, "lines", labels, (series,), table, marks=shown)


def _point(key: str, label: str, point: Point, kind: str) -> Figure:
    key = f"{key}:{point.monday}"
    if point.value is None:
        return say.unknown(key, label, "nothing_known")
    text = say.number(point.value, kind)  # type: ignore[arg-type]
    least = not point.comparable
    share = gettext("known for %(known)s of %(of)s") % {"known": point.known, "of": point.of} if least else ""
    return Figure(key, label, point.value, say.at_least(text) if least else text, share, kind,  # type: ignore[arg-type]
                  at_least=least)  # fmt: skip


def heat(hours: Hours) -> HeatMap:
    """Days × hours; a cell with fewer than three known messages says nothing."""
    cells = {(cell.weekday, cell.hour): cell for cell in hours.cells}
    rows, levels = [], []
    for day in range(DAYS) if cells else ():
        name = _weekday(day)
        figures, shades = [], []
        for hour in HOURS_SHOWN:
            cell = cells.get((day, hour))
            key = f"hours:{day}:{hour}"
            ratio = cell.ratio if cell else None
            label = f"{name}, {hour:02}:00"
            note = gettext("messages: %(number)s") % {"number": cell.messages} if cell else ""
            figures.append(say.plain(key, label, ratio, "too_few", kind="rate", note=note))
            shades.append(None if ratio is None else sum(ratio >= step for step in LEVELS))
        rows.append((name, tuple(figures)))
        levels.append(tuple(shades))
    return HeatMap(
        gettext("When posts are seen: views after 24 h against the channel's usual"),
        tuple(f"{hour:02}" for hour in HOURS_SHOWN),
        tuple(rows),
        tuple(levels),
        note=gettext("1.0 is usual; the last 13 weeks. Empty: fewer than three messages."),
        empty="" if hours.enough else gettext("Too little to say: 30 messages with known views are needed, there are "
                                              "%(known)s.") % {"known": hours.known},
    )  # fmt: skip


def _weekday(day: int) -> str:
    from datetime import date

    return date_format(date(2024, 1, 1 + day), "D")  # 1 January 2024 is a Monday


def slices(key: str, title: str, first: str, rows: Sequence[Slice], language: str) -> Table:
    names = (gettext("Posts"), gettext("Messages"), gettext("All views"), "ER", gettext("Consultations"))
    made = []
    for row in rows:
        at = f"{key}:{row.key}"
        calls = (
            say.of_sum(f"{at}:calls", names[4], row.calls) if row.calls else Figure(f"{at}:calls", names[4], None, "")
        )
        figures = (
            say.plain(f"{at}:posts", names[0], row.posts),
            say.plain(f"{at}:messages", names[1], row.messages),
            say.of_sum(f"{at}:views", names[2], row.views),
            say.ratio(f"{at}:er", names[3], row.er),
            calls,
        )
        title_of = say.titled(row.titles, language, more.kind_or_language(row.key))
        made.append(Row(at, title_of, "", figures))
    return Table(key, title, first, names, tuple(made), empty=gettext("Nothing was published in this month."))


def outcome(found: Outcome) -> Table:
    """Beside the reach, never under it."""
    number, rate = gettext("Number"), gettext("Per 100,000")
    nothing = Figure("", "", None, "")
    attempts, losses = say.of_sum("attempts", number, found.attempts), say.of_sum("losses", number, found.losses)
    cases = (say.of_sum("cases", number, found.cases), say.rate("cases_rate", rate, found.cases_rate))
    lost = say.money("lost", number, found.lost, found.lost_known, found.losses)
    rows = [
        Row("cases", gettext("Registered cases"), "", cases),
        Row("attempts", gettext("Recognised attempts (A)"), "", (attempts, nothing)),
        Row("losses", gettext("Attempts with a loss (C)"), "", (losses, nothing)),
        Row("recognised", gettext("Share recognised, A ÷ (A + C)"), "",
            (say.ratio("recognised", number, found.recognised), nothing)),
        Row("calls_rate", gettext("Consultations"), "", (nothing, say.rate("calls_rate", rate, found.calls_rate))),
        Row("lost", gettext("Money lost, tenge"), " · ".join(filter(None, (lost.note, _median(found)))),
            (lost, nothing)),
    ]  # fmt: skip
    return Table(
        "outcome",
        gettext("Crime and what residents told, in the same month"),
        "",
        (number, rate),
        tuple(rows),
        note=gettext("It stands beside the reach, not because of it: more reports can mean more trust, and registered "
                     "cases lag behind. Banks, operators and the anti-fraud centre changed things at the same time."),
    )  # fmt: skip


def _median(found: Outcome) -> str:
    if found.lost_median is None:
        return ""
    return gettext("median: %(number)s") % {"number": words.whole(round(found.lost_median))}


def quality(rows: Sequence[Quality]) -> Table:
    names = (
        gettext("Numbers wanted"),
        gettext("Unknown"),
        gettext("Share unknown"),
        gettext("Typed in by hand, messages"),
    )
    made = []
    for row in rows:
        at = f"quality:{row.channel}"
        share = row.unknown / row.wanted if row.wanted else None
        figures = (
            say.plain(f"{at}:wanted", names[0], row.wanted),
            say.plain(f"{at}:unknown", names[1], row.unknown),
            say.plain(f"{at}:share", names[2], share, "nothing_sent", kind="percent"),
            say.plain(f"{at}:hand", names[3], row.by_hand),
        )
        why = ", ".join(f"{say.missing(reason)} – {count}" for reason, count in row.reasons)
        made.append(Row(at, row.title, why, figures))
    return Table("quality", gettext("How good the data is"), gettext("Channel"), names, tuple(made),
                 empty=gettext("There are no channels yet."))  # fmt: skip
