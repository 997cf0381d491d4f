"""Districts beside each other, fair to their size: a funnel with limits, never a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from publisher.report import page_parts, page_week, words
from publisher.report import page_words as say
from publisher.report.monthly_records import DistrictLine, Funnel, Month
from publisher.report.page import MonthPage, Row, Table
from publisher.report.stats.funnel import limits

PER = 100_000
STEPS = 60
FUNNEL_NOTE = _(
    "The line is the level of all districts together. 95 of 100 districts lie inside the dashed curves by chance "
    "alone, 998 of 1,000 inside the solid ones."
)
PLACES = ("far_above", "above", "below", "far_below")


def districts_page(month: Month, language: str) -> MonthPage:
    """Of a month with a funnel: one district alone has nothing to be compared with."""
    assert month.funnel is not None
    with override(language):
        zone = ZoneInfo(month.period.zone)
        return MonthPage(
            head=page_week.head(month.district, month.period, month.measured, month.practice, language, zone,
                                gettext("Districts side by side"), say.month_of(month.period.start), ()),
            sentences=sentences(month.funnel, language),
            three=(),
            charts=(),
            heat=None,
            tables=(funnel_table(month.funnel, language),),
            parts=(),
            formulas=page_parts.formulas(("poisson", "funnel")),
        )  # fmt: skip


def funnel_table(found: Funnel, language: str) -> Table:
    names = (
        gettext("Residents"),
        gettext("Consultations"),
        gettext("Per 100,000"),
        gettext("Views"),
        gettext("Views per 100,000"),
    )
    return Table(
        "districts",
        gettext("Districts"),
        gettext("District"),
        names,
        tuple(_row(line, names, language) for line in found.lines),
        empty=gettext("There are no districts to compare."),
        note=gettext("In the order of names. A small district's rate jumps by chance alone; only what lies outside the "
                     "curves is more than chance, and says nothing of why."),
    )  # fmt: skip


def _row(line: DistrictLine, names: Sequence[str], language: str) -> Row:
    key = f"district:{line.district.pk}"
    figures = (
        say.plain(f"{key}:residents", names[0], line.population, "population_unknown"),
        say.of_sum(f"{key}:calls", names[1], line.calls),
        say.rate(f"{key}:calls_rate", names[2], line.calls_rate),
        say.of_sum(f"{key}:views", names[3], line.views),
        say.rate(f"{key}:views_rate", names[4], line.views_rate),
    )
    return Row(key, line.district.name(language), place(line.place), figures)


def place(code: str) -> str:
    return {
        "inside": gettext("within what chance explains"),
        "above": gettext("above the 95 % limit"),
        "below": gettext("below the 95 % limit"),
        "far_above": gettext("far above: outside the 99.8 % limit"),
        "far_below": gettext("far below: outside the 99.8 % limit"),
        "unknown": gettext("cannot be placed"),
    }.get(code, code)


def sentences(found: Funnel, language: str) -> tuple[str, ...]:
    out = [line for line in found.lines if line.place in PLACES]
    if found.level is None:
        return (gettext("Too little is known to compare districts: residents or calls are missing."),)
    level = say.number(found.level, "rate")
    said = gettext("All together: %(level)s consultations per 100,000 residents.") % {"level": level}
    if not out:
        return said, gettext("Every district that can be compared lies within what chance explains.")
    names = ", ".join(f"{line.district.name(language)} ({place(line.place)})" for line in out)
    return said, gettext("Outside: %(names)s.") % {"names": names}


def chart(found: Funnel, language: str) -> dict[str, Any] | None:
    """For the browser: points, and the limits as curves over the size. None: nothing to draw."""
    points = [_point(line, language) for line in found.lines if line.population and line.calls_rate.value is not None]
    if not points or not found.level:
        return None
    largest = max(point["x"] for point in points) * 1.1
    smallest = max(min(point["x"] for point in points) * 0.5, largest / STEPS / 4)
    sizes = [smallest + (largest - smallest) * n / STEPS for n in range(STEPS + 1)]
    spread = found.dispersion or 1.0
    curves = {}
    for chance, name in ((0.95, "95"), (0.998, "998")):
        bounds = [(size, limits(found.level / PER * size, chance, spread)) for size in sizes]
        curves[f"low{name}"] = [[round(size), round(b.low / size * PER, 2)] for size, b in bounds]
        curves[f"high{name}"] = [[round(size), round(b.high / size * PER, 2)] for size, b in bounds]
    return {
        "kind": "funnel",
        "title": gettext("Consultations per 100,000 residents, by the size of the district"),
        "x": gettext("Residents"),
        "y": gettext("Per 100,000"),
        "level": round(found.level, 2),
        "points": points,
        "curves": curves,
    }


def _point(line: DistrictLine, language: str) -> dict[str, Any]:
    rate, residents = line.calls_rate, words.whole(line.population or 0)
    said = gettext("%(rate)s per 100,000, residents: %(residents)s") % {
        "rate": say.number(rate.value or 0, "rate"), "residents": residents}  # fmt: skip
    return {
        "name": line.district.name(language),
        "x": line.population,
        "y": round(rate.value or 0, 2),
        "place": line.place,
        "text": f"{said}\n{place(line.place)}",
    }
