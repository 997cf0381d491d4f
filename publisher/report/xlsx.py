"""The report as a workbook: numbers are numbers, sums and shares are formulas, an unknown number is an empty cell."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, override

from publisher.report.page import Figure, MonthPage, Row, Table, WeekPage

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FORMATS = {"count": "#,##0", "signed": "+#,##0;−#,##0;0", "percent": "0.0%", "rate": "#,##0.0", "moment": "@"}
SUMMED = ("kk", "ru", "net", "views", "forwards")  # the columns of a table that may be added up
NIGHT, ACCENT, GREY = "#0B1D3A", "#FFC02E", "#51606F"


def as_xlsx(page: WeekPage | MonthPage) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with override(page.head.language), xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": f"{page.head.title}: {page.head.district}", "author": page.head.site})
        book.set_calc_mode("auto")
        looks = Looks(book)
        _summary(book, looks, page)
        for table in _tables(page):
            _sheet_of(book, looks, table)
        _explained(book, looks, page)
    return out.getvalue()


class Looks:
    """The formats of one workbook; each is made once."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 18, "font_color": NIGHT})
        self.sub = book.add_format({"font_size": 11, "font_color": GREY})
        self.head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": NIGHT, "text_wrap": True,
                                     "valign": "vcenter"})  # fmt: skip
        self.part = book.add_format({"bold": True, "font_size": 12, "bottom": 2, "bottom_color": ACCENT})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.note = book.add_format({"font_color": GREY, "text_wrap": True, "valign": "top"})
        self.warning = book.add_format({"bold": True, "bg_color": "#FFF4D6", "text_wrap": True})
        self.unknown = book.add_format({"bg_color": "#EEF1F5"})
        self._book, self._made = book, dict[tuple[str, bool], Any]()

    def number(self, kind: str, strong: bool = False) -> Format:
        if (kind, strong) not in self._made:
            about = {"num_format": FORMATS[kind], "bold": strong, "valign": "top", "top": 1 if strong else 0}
            self._made[kind, strong] = self._book.add_format(about)
        return self._made[kind, strong]


def _put(sheet: Worksheet, looks: Looks, at: tuple[int, int], figure: Figure, *, strong: bool = False,
         formula: str = "") -> None:  # fmt: skip
    """A number as a number. What is unknown is an empty cell whose note says why, never 0."""
    row, column = at
    if figure.value is None:
        sheet.write_blank(row, column, None, looks.unknown)
        if figure.text:
            _comment(sheet, at, figure.text, figure.note)
        return
    whole = figure.kind != "count" or float(figure.value).is_integer()  # "#,##0.##" leaves a bare sign: 30 730,
    look = looks.number(figure.kind if whole else "rate", strong)
    if figure.made_of and figure.made_of[1] and abs(figure.made_of[0] / figure.made_of[1] - figure.value) < 1e-9:
        formula = "={}/{}".format(*figure.made_of)
    if formula:
        sheet.write_formula(row, column, formula, look, figure.value)
    else:
        sheet.write_number(row, column, figure.value, look)
    if figure.at_least:
        _comment(sheet, at, figure.text, figure.note)


def _comment(sheet: Worksheet, at: tuple[int, int], *words: str) -> None:
    sheet.write_comment(*at, " · ".join(filter(None, words)), {"x_scale": 1.6, "y_scale": 0.6})


def _summary(book: Workbook, looks: Looks, page: WeekPage | MonthPage) -> None:
    sheet = book.add_worksheet(gettext("Summary")[:31])
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 70)
    sheet.hide_gridlines(2)
    head = page.head
    sheet.write_string(0, 0, head.district, looks.title)
    sheet.write_string(1, 0, f"{head.period} · {head.title}", looks.sub)
    known = gettext("Channels measured")
    sheet.write_string(2, 0, f"{head.made} ({head.zone}) · {known}: {head.channels}", looks.sub)
    row = 4
    for words in head.warnings:
        sheet.merge_range(row, 0, row, 2, words, looks.warning)
        row += 1
    for words in page.sentences:
        sheet.merge_range(row, 0, row, 2, words, looks.text)
        row += 1
    _parts(sheet, looks, page, row + 1)
    _to_print(sheet)


def _parts(sheet: Worksheet, looks: Looks, page: WeekPage | MonthPage, row: int) -> None:
    row = _figures(sheet, looks, page.three, row)
    if isinstance(page, WeekPage):
        for post in page.best:
            row = _heading(sheet, looks, post.title, row)
            row = _figures(sheet, looks, post.figures, row)
    for part in page.parts:
        row = _heading(sheet, looks, part.title, row)
        row = _figures(sheet, looks, part.figures, row)
        for line in part.lines:
            sheet.write_string(row, 0, line.what, looks.text)
            sheet.write_string(row, 2, line.why, looks.note)
            row += 1
        said = part.note or ("" if part.figures or part.lines else part.empty)
        if said:
            sheet.write_string(row, 0, said, looks.note)
            row += 1


def _heading(sheet: Worksheet, looks: Looks, words: str, row: int) -> int:
    for column in range(3):
        sheet.write_string(row + 1, column, words if column == 0 else "", looks.part)
    return row + 2


def _figures(sheet: Worksheet, looks: Looks, figures: Sequence[Figure], row: int) -> int:
    for figure in figures:
        sheet.write_string(row, 0, figure.label, looks.text)
        _put(sheet, looks, (row, 1), figure, strong=True)
        said = figure.note if figure.known else " · ".join(filter(None, (figure.text, figure.note)))
        sheet.write_string(row, 2, said, looks.note)
        row += 1
    return row


def _tables(page: WeekPage | MonthPage) -> Sequence[Table]:
    if isinstance(page, WeekPage):
        return (page.channels,)
    return (*(chart.table for chart in page.charts), *page.tables)


def _sheet_of(book: Workbook, looks: Looks, table: Table) -> None:
    from xlsxwriter.utility import xl_range

    sheet = book.add_worksheet(_name(book, table.title))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(table.columns), 13)
    sheet.set_column(len(table.columns) + 1, len(table.columns) + 1, 60)
    for column, words in enumerate((table.first, *table.columns, gettext("Source"))):
        sheet.write_string(0, column, words, looks.head)
    for place, row in enumerate(table.rows, start=1):
        _row(sheet, looks, row, place)
    if table.total:
        last = len(table.rows)
        sums = {n: f"=SUM({xl_range(1, n, last, n)})" for n in range(1, len(table.columns) + 1)}
        _row(sheet, looks, table.total, last + 1, strong=True, sums=sums)
    sheet.freeze_panes(1, 1)
    _to_print(sheet, across=True)


def _row(sheet: Worksheet, looks: Looks, row: Row, place: int, *, strong: bool = False,
         sums: dict[int, str] | None = None) -> None:  # fmt: skip
    sheet.write_string(place, 0, row.head, looks.part if strong else looks.text)
    for column, figure in enumerate(row.figures, start=1):
        adds_up = sums is not None and figure.key.rpartition(":")[2] in SUMMED
        _put(sheet, looks, (place, column), figure, strong=strong, formula=sums[column] if adds_up and sums else "")
    sheet.write_string(place, len(row.figures) + 1, row.note, looks.note)


def _name(book: Workbook, title: str) -> str:
    """Excel takes 31 characters, none of []:*?/\\, and no name twice."""
    name = "".join(letter for letter in title if letter not in "[]:*?/\\'")[:28].strip() or "–"
    taken = {sheet.get_name() for sheet in book.worksheets()}
    return next(one for n in range(1, 99) if (one := name if n == 1 else f"{name} {n}") not in taken)


def _explained(book: Workbook, looks: Looks, page: WeekPage | MonthPage) -> None:
    sheet = book.add_worksheet(gettext("How it is counted")[:31])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    for row, line in enumerate(page.formulas):
        sheet.write_string(row, 0, line.what, looks.text)
        sheet.write_string(row, 1, line.why, looks.note)
    sheet.write_string(len(page.formulas) + 1, 0, gettext("Empty grey cells are unknown numbers; a note says why."))


def _to_print(sheet: Worksheet, *, across: bool = False) -> None:
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if across:
        sheet.set_landscape()
