"""Lists that people bring: CSV or XLSX, with the cell of every problem. Columns are told by their headings."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from publisher.compose.refusal import Refusal

MOST_ROWS = 20_000
MOST_BYTES = 10_000_000
ENCODINGS = ("utf-8-sig", "cp1251")


@dataclass(frozen=True, slots=True)
class Fault:
    """`cell` as the spreadsheet calls it; `code` is a sentence's."""

    cell: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.cell}: {Refusal(self.code, **self.values)}"


@dataclass(frozen=True, slots=True)
class Row:
    """The texts by our name of the column, and where each stands."""

    number: int
    values: Mapping[str, str]
    cells: Mapping[str, str]

    def fault(self, name: str, code: str, **values: object) -> Fault:
        return Fault(self.cells.get(name, f"A{self.number}"), code, values)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which headings mean which column; `needed` must be there; another one is a fault when `strict`."""

    headings: Mapping[str, Sequence[str]]
    needed: Sequence[str]
    strict: bool = False

    def name(self, heading: str) -> str:
        plain = " ".join(heading.replace("*", "").replace(":", "").lower().split())
        return next((name for name, known in self.headings.items() if plain == name or plain in known), "")


def read(name: str, content: bytes, columns: Columns) -> tuple[list[Row], list[Fault]]:
    """The rows below the headings, empty ones left out. Raises Refusal when it is no table at all."""
    if len(content) > MOST_BYTES:
        raise Refusal("list_too_big", most=MOST_ROWS)
    table = list(_xlsx(content) if _is_xlsx(name, content) else _csv(content))
    filled = [number for number, cells in enumerate(table) if any(cells)]
    if not filled:
        raise Refusal("list_empty")
    head = filled[0]
    names = [columns.name(text) for text in table[head]]
    faults = _head_faults(table[head], names, head + 1, columns)
    if faults:
        return [], faults
    if len(filled) > MOST_ROWS:
        raise Refusal("list_too_big", most=MOST_ROWS)
    return [_row(number + 1, table[number], names) for number in filled[1:]], []


def _head_faults(texts: Sequence[str], names: Sequence[str], number: int, columns: Columns) -> list[Fault]:
    faults = [
        Fault(cell(place, number), "column_not_needed", {"name": text})
        for place, (text, name) in enumerate(zip(texts, names, strict=True))
        if text and not name and columns.strict
    ]
    lacking = [name for name in columns.needed if name not in names]
    faults += [
        Fault(f"A{number}", "column_missing", {"name": " / ".join(columns.headings[name][:2])}) for name in lacking
    ]
    return faults


def _row(number: int, texts: Sequence[str], names: Sequence[str]) -> Row:
    pairs = [(name, place) for place, name in enumerate(names) if name]
    values = {name: texts[place] if place < len(texts) else "" for name, place in pairs}
    return Row(number, values, {name: cell(place, number) for name, place in pairs})


def cell(column: int, row: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def whole(row: Row, name: str, faults: list[Fault], *, most: int = 10**11) -> int | None:
    """A number without a fraction; spaces between its digits are usual. Empty is None."""
    text = "".join(row.values.get(name, "").split()).removesuffix(".0")
    if not text:
        return None
    if not text.isdigit() or int(text) > most:
        faults.append(row.fault(name, "not_a_number", found=row.values[name][:30]))
        return None
    return int(text)


def _is_xlsx(name: str, content: bytes) -> bool:
    return name.lower().endswith((".xlsx", ".xlsm")) or content[:4] == b"PK\x03\x04"


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(";\t,", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [value.strip() for value in row]
    except csv.Error:  # a quotation mark that is never closed swallows the rest
        raise Refusal("list_not_readable") from None


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("list_not_readable")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    """The first sheet. Formulas count by the value that was saved with them."""
    from openpyxl import load_workbook  # takes a while to load, and few need it
    from openpyxl.utils.exceptions import InvalidFileException

    damaged = (InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, IndexError)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 100, max_col=50):
            yield [_text(value) for value in row]
    except (*damaged, OSError):  # OSError: an archive of another kind, as a text document is
        raise Refusal("list_not_readable") from None


def _text(value: object) -> str:
    """A telephone number that the spreadsheet keeps as a number has no decimals; a date is written as 2026-11-27."""
    as_date: Callable[[], str] | None = getattr(value, "date", None) and (lambda: f"{value:%Y-%m-%d}")
    if as_date:
        return as_date()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
