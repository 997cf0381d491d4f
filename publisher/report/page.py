"""A report as people read it, in one language, before it becomes a page, a PDF, a spreadsheet or a picture.

Every form is made of these values, so a number cannot differ between them. `value` is what a spreadsheet gets, `text`
what is printed; both stand together here and nowhere else are numbers turned into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Kind = Literal["count", "signed", "percent", "rate", "moment"]
Tone = Literal["", "above", "below", "usual"]


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual: the median of earlier weeks and the fences; `now` is None while the week's number is unknown."""

    low: float
    middle: float
    high: float
    now: float | None

    def places(self) -> tuple[float, float, float, float | None]:
        """Low, middle, high and now as parts of a strip from 0 to 1, with some air at both ends."""
        seen = [self.low, self.high, self.middle, *([] if self.now is None else [self.now])]
        least, most = min(seen), max(seen)
        air = (most - least or 1.0) * 0.12
        span = most - least + 2 * air

        def place(value: float) -> float:
            return round((value - least + air) / span, 4)

        return place(self.low), place(self.middle), place(self.high), None if self.now is None else place(self.now)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `value` None: unknown, and `text` says so. `opens` asks for the readings behind it."""

    key: str
    label: str
    value: float | None
    text: str
    note: str = ""
    kind: Kind = "count"
    at_least: bool = False
    opens: str = ""
    tone: Tone = ""
    usual: Band | None = None
    made_of: tuple[int, int] | None = None  # a share's part and whole

    @property
    def known(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    head: str
    note: str
    figures: tuple[Figure, ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` name the figures of every row, in their order; `first` names the heads. `empty` stands for no rows."""

    key: str
    title: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    empty: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A post singled out. `picture`: its thumbnail, a path below var/."""

    key: str
    weakest: bool
    title: str
    note: str
    figures: tuple[Figure, ...]
    post: int
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    why: str = ""
    tone: Literal["", "good", "bad"] = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with figures and lines under it. `empty` says what it means that there are none."""

    key: str
    title: str
    figures: tuple[Figure, ...] = ()
    lines: tuple[Line, ...] = ()
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Whose report, of which days, as known when. `warnings` come before everything else in every form."""

    language: str
    site: str
    district: str
    district_key: str
    title: str
    period: str
    start: date
    end: date
    zone: str
    made: str
    made_at: datetime
    channels: str
    practice: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeekPage:
    head: Head
    sentences: tuple[str, ...]
    three: tuple[Figure, ...]
    channels: Table
    best: tuple[Shown, ...]
    best_empty: str
    parts: tuple[Part, ...]  # schemes, response, parity, unknown, decisions: in the order of the page
    formulas: tuple[Line, ...]

    def part(self, key: str) -> Part:
        return next(part for part in self.parts if part.key == key)

    def figures(self) -> Iterator[Figure]:
        """Every number of the page, in reading order."""
        yield from self.three
        yield from of_table(self.channels)
        for shown in self.best:
            yield from shown.figures
        for part in self.parts:
            yield from part.figures


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: a point for every label; None is a gap, never 0."""

    key: str
    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Drawn in the browser and on paper; the table under it holds the same numbers."""

    key: str
    title: str
    kind: Literal["lines", "funnel", "before_after"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    table: Table
    note: str = ""
    marks: tuple[tuple[str, str], ...] = ()  # (label, words): what happened when


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Days × hours as a table of shaded cells; `levels` are 0 to 4, None where there is too little to say."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]
    levels: tuple[tuple[int | None, ...], ...]
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class MonthPage:
    head: Head
    sentences: tuple[str, ...]
    three: tuple[Figure, ...]
    charts: tuple[Chart, ...]
    heat: HeatMap | None
    tables: tuple[Table, ...]
    parts: tuple[Part, ...]
    formulas: tuple[Line, ...] = field(default=())

    def figures(self) -> Iterator[Figure]:
        yield from self.three
        for table in (*(chart.table for chart in self.charts), *self.tables):
            yield from of_table(table)
        for part in self.parts:
            yield from part.figures


def of_table(table: Table) -> Iterator[Figure]:
    rows: Sequence[Row] = (*table.rows, *([table.total] if table.total else []))
    for row in rows:
        yield from row.figures


def pieces(values: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """Runs of known values as points on 400 × 100."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    least, most = min(0.0, *known), max(known)
    step, high = 400 / max(len(values) - 1, 1), (most - least) or 1.0
    found: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((place * step, 102 - (value - least) / high * 94))
    return [piece for piece in found if piece]
