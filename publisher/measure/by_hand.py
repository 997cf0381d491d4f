"""Numbers that a person read somewhere and typed in: marked as such, with who, when and where from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime

from publisher.connectors.base import Metric
from publisher.measure.models import Page, Piece, Reading
from publisher.people.audit import Actor, note

SOURCE = "hand"
OF_A_PIECE = (Metric.VIEWS, Metric.REACTIONS, Metric.REPLIES, Metric.FORWARDS)
OF_A_PAGE = (Metric.FOLLOWERS,)
COLUMNS = ("code", "metric", "value", "at")
MOST_LINES = 5_000
MOST = 10_000_000_000  # no count is larger; the database could not hold any
EARLIEST = 2010  # there was no such page before; the first centuries cannot be told in UTC


@dataclass(frozen=True, slots=True)
class Entry:
    """`piece` None: a number of the page itself."""

    page: Page
    piece: Piece | None
    metric: Metric
    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell that was not understood; `what` is one of page, piece, metric, value, at, columns, lines, encoding."""

    line: int
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class Table:
    entries: tuple[Entry, ...]
    flaws: tuple[Flaw, ...]


def enter(of: Page | Piece, metric: Metric, value: int, at: datetime, actor: Actor, proof: str) -> Reading:
    """One number; the same metric, moment and person again replaces it."""
    mine = {"piece": of} if isinstance(of, Piece) else {"page": of}
    page = of.page if isinstance(of, Piece) else of
    with transaction.atomic():
        Reading.objects.filter(**mine, metric=metric, at=at, source=SOURCE).delete()
        reading = Reading.objects.create(
            **mine, metric=metric, value=value, at=at, source=SOURCE, by=actor.name, proof=proof[:200]
        )
        subject = f"page:{page.pk}"
        note(actor, "number_by_hand", subject, district=page.district, metric=metric, value=value, proof=proof[:200])
    return reading


def read_table(page: Page, content: bytes, zone: ZoneInfo) -> Table:
    """CSV with the columns code, metric, value, at; comma, semicolon or tab; times are the district's own.

    An empty code means the page itself. Every flaw is found in one go.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Table((), (Flaw(1, "encoding", "UTF-8"),))
    rows = csv.DictReader(io.StringIO(text), dialect=_dialect(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        return Table((), (Flaw(1, "columns", ", ".join(missing)),))
    known = {piece.code: piece for piece in page.pieces.all()}
    try:
        found = list(_entries(page, rows, known, zone))
    except csv.Error:  # a quotation mark that is never closed
        return Table((), (Flaw(rows.line_num, "columns", ", ".join(COLUMNS)),))
    entries = tuple(entry for entry in found if isinstance(entry, Entry))
    return Table(entries, tuple(entry for entry in found if isinstance(entry, Flaw)))


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)

    class Found(csv.excel):
        delimiter = mark

    return Found


def _entries(
    page: Page, rows: csv.DictReader[str], known: Mapping[str, Piece], zone: ZoneInfo
) -> Iterator[Entry | Flaw]:
    for row in rows:
        if rows.line_num > MOST_LINES:
            yield Flaw(rows.line_num, "lines", str(MOST_LINES))
            return
        yield _entry(page, row, known, zone, rows.line_num)


def _entry(
    page: Page, row: Mapping[str, str | None], known: Mapping[str, Piece], zone: ZoneInfo, line: int
) -> Entry | Flaw:
    code, metric, value, at = ((row[name] or "").strip() for name in COLUMNS)
    if code and code not in known:
        return Flaw(line, "piece", code)
    allowed = OF_A_PIECE if code else OF_A_PAGE
    if metric not in allowed:
        return Flaw(line, "metric", metric)
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(MOST)) and int(value) <= MOST):
        return Flaw(line, "value", value)
    moment = _moment(at, zone)
    if moment is None or moment.year < EARLIEST or moment > datetime.now(UTC):
        return Flaw(line, "at", at)
    return Entry(page, known.get(code), Metric(metric), int(value), moment)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Of a day alone its noon; of today now, before noon."""
    try:
        day = parse_date(text)
        moment = datetime(day.year, day.month, day.day, 12) if day else parse_datetime(text)
    except ValueError:
        return None
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    now = datetime.now(zone)
    return min(moment, now) if day == now.date() else moment


def enter_table(table: Table, actor: Actor, proof: str) -> int:
    """All of it or nothing."""
    if table.flaws:
        raise ValueError("the table has flaws")
    with transaction.atomic():
        for entry in table.entries:
            enter(entry.piece or entry.page, entry.metric, entry.value, entry.at, actor, proof)
    return len(table.entries)
