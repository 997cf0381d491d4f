"""A spreadsheet as tables whose every cell knows where it stands. xlsx with a sheet for each table, or CSV."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import ParseError

COLUMNS: dict[str, tuple[str, ...]] = {
    "regions": ("key", "name_kk", "name_ru", "name_en"),
    "districts": (
        *("key", "name_kk", "name_ru", "name_en", "hotline", "region", "population", "languages", "time_zone"),
        *("quiet_from", "quiet_to", "control_chat", "background", "accent", "logo", "signed_kk", "signed_ru"),
    ),
    "people": ("name", "role", "district", "region"),
    "channels": ("key", "account", "target", "district", "languages", "tags"),
}
NEEDED: dict[str, tuple[str, ...]] = {
    "regions": ("key", "name_kk", "name_ru"),
    "districts": ("key", "name_kk", "name_ru", "hotline"),
    "people": ("name", "role"),
    "channels": ("key", "account", "target", "district"),
}
DATED = "the spreadsheet made a date of it, as of numbers like 2-11-65: format the cell as text, write it again."
MOST_ROWS = 20_000
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong, in its cell: “districts!B7”."""

    cell: str
    what: str

    def __str__(self) -> str:
        return f"{self.cell}: {self.what}"


@dataclass(frozen=True, slots=True)
class Row:
    table: str
    number: int
    values: dict[str, str]
    letters: dict[str, str]
    folder: Path  # of the spreadsheet: pictures that it names lie beside it

    def cell(self, column: str) -> str:
        return f"{self.table}!{self.letters.get(column, 'A')}{self.number}"

    def flaw(self, column: str, what: str) -> Flaw:
        return Flaw(self.cell(column), what)

    def get(self, column: str) -> str:
        return self.values.get(column, "")

    def listed(self, column: str) -> list[str]:
        return [part.strip() for part in re.split(r"[,;]", self.get(column)) if part.strip()]


@dataclass(slots=True)
class Sheet:
    """All tables that were found, and what could not be read as one."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    flaws: list[Flaw] = field(default_factory=list)


def read(path: Path) -> Sheet:
    """Raises OSError when the file is not there, ValueError when it is no spreadsheet."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB")
    sheet = Sheet()
    for name, lines in _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path):
        _take(sheet, name, lines, path.parent)
    return sheet


def _xlsx(path: Path) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook  # only for whoever imports
    from openpyxl.utils.exceptions import InvalidFileException

    damaged = (BadZipFile, InvalidFileException, zlib.error, ParseError, KeyError)
    try:
        book = load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
        for page in book.worksheets:
            yield page.title.strip().lower(), list(page.iter_rows(values_only=True, max_row=MOST_ROWS + 1))
    except (*damaged, OSError) as error:  # OSError: an archive of another kind, as a text document is
        raise ValueError(f"{path.name} is no xlsx file") from error
    book.close()


def _csv(path: Path) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
    """One table a file, known by its header; a comma or a semicolon, as spreadsheets here write it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not UTF-8: save it as xlsx, or as “CSV UTF-8”") from None
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:  # a quotation mark that is never closed swallows the rest
        raise ValueError(f"{path.name} is no table: {error}") from None
    header = [name.strip().lower() for name in lines[0]] if lines else []
    fits = [name for name in COLUMNS if set(NEEDED[name]) <= set(header)]
    best = max(fits, key=lambda name: len(set(COLUMNS[name]) & set(header)), default=path.stem.lower())
    yield best, lines


def _take(sheet: Sheet, name: str, lines: Iterable[Sequence[object]], folder: Path) -> None:
    if name not in COLUMNS:
        known = ", ".join(COLUMNS)
        sheet.flaws.append(Flaw(f"{name}!A1", f"no table is called so; there are {known}."))
        return
    letters: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if number > MOST_ROWS:
            sheet.flaws.append(Flaw(f"{name}!A{number}", f"more than {MOST_ROWS} lines."))
            return
        if not letters:
            letters = _header(sheet, name, line, number)
            if not letters:
                return
        elif any(_text(cell) for cell in line):
            given = {column: line[_index(letter)] for column, letter in letters.items() if _in(letter, line)}
            values = {column: _text(cell) for column, cell in given.items()}
            row = Row(name, number, values, letters, folder)
            sheet.rows[name].append(row)
            sheet.flaws += [row.flaw(column, DATED) for column, cell in given.items() if isinstance(cell, date)]


def _header(sheet: Sheet, name: str, line: Sequence[object], number: int) -> dict[str, str]:
    named = {_text(cell).lower(): _letter(place) for place, cell in enumerate(line) if _text(cell)}
    for column, letter in named.items():
        if column not in COLUMNS[name]:
            known = ", ".join(COLUMNS[name])
            sheet.flaws.append(Flaw(f"{name}!{letter}{number}", f"unknown column “{column}”; known are {known}."))
    lacking = [column for column in NEEDED[name] if column not in named]
    for column in lacking:
        sheet.flaws.append(Flaw(f"{name}!A{number}", f"the column “{column}” is missing."))
    return {} if lacking else {column: letter for column, letter in named.items() if column in COLUMNS[name]}


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():  # a spreadsheet's 102 comes as 102.0
        cell = int(cell)
    return str(cell).strip()


def _letter(place: int) -> str:
    text, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def _index(letter: str) -> int:
    place = 0
    for sign in letter:
        place = place * 26 + ord(sign) - 64
    return place - 1


def _in(letter: str, line: Sequence[object]) -> bool:
    return _index(letter) < len(line)
