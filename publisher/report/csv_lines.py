"""The figures of a report as a table for other programs: one figure a line, an unknown one with an empty value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from publisher.report.page import Figure, MonthPage, Row, Table, WeekPage

COLUMNS = ("part", "row", "figure", "key", "value", "at_least", "unit", "note")
UNITS = {"count": "count", "signed": "difference", "percent": "share", "rate": "rate", "moment": "moment"}
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet must not take a title for a formula


def as_csv(page: WeekPage | MonthPage) -> bytes:
    """UTF-8 with the mark that spreadsheets want. Shares are fractions: 0.043 is 4.3 %."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    head = page.head
    writer.writerow(COLUMNS)
    writer.writerow(["period", head.district, f"{head.start.isoformat()}/{head.end.isoformat()}", "period", "", "", "",
                     f"{head.made_at.isoformat()}"])  # fmt: skip
    for part, row, figure in lines(page):
        writer.writerow([_safe(text) for text in (part, row)] + _figure(figure))
    return out.getvalue().encode("utf-8-sig")


def lines(page: WeekPage | MonthPage) -> Iterator[tuple[str, str, Figure]]:
    for figure in page.three:
        yield "", "", figure
    for table in _tables(page):
        for row in _rows(table):
            yield from ((table.title, row.head, figure) for figure in row.figures if figure.text)
    if isinstance(page, WeekPage):
        for post in page.best:
            yield from (("", post.title, figure) for figure in post.figures)
    for part in page.parts:
        yield from ((part.title, "", figure) for figure in part.figures)


def _tables(page: WeekPage | MonthPage) -> Sequence[Table]:
    if isinstance(page, WeekPage):
        return (page.channels,)
    return (*(chart.table for chart in page.charts), *page.tables)


def _rows(table: Table) -> Sequence[Row]:
    return (*table.rows, *([table.total] if table.total else []))


def _figure(figure: Figure) -> list[str]:
    value = "" if figure.value is None else _exactly(figure.value)
    said = figure.note if figure.known else " · ".join(filter(None, (figure.text, figure.note)))
    least = "yes" if figure.at_least else ""
    return [_safe(figure.label), figure.key, value, least, UNITS[figure.kind], _safe(said)]


def _exactly(value: float) -> str:
    """Tenge of a country have more than ten digits."""
    return str(int(value)) if float(value).is_integer() else f"{value:.10g}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
