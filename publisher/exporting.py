"""`publisher export`: every reading with where it came from, as CSV (line by line, however many) or as Parquet."""

from __future__ import annotations

import csv
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dateparse import parse_date

from publisher.commands import DONE, WrongInput
from publisher.measure.models import Reading

COLUMNS = ("at", "of", "key", "post", "language", "metric", "label", "value", "source", "by", "proof")
TYPES = {"at": "TIMESTAMPTZ", "post": "BIGINT", "value": "BIGINT"}
FIELDS = (
    *("at", "delivery__post_id", "delivery__language", "delivery__channel__key", "channel__key", "page__name"),
    *("piece__code", "metric", "label", "value", "source", "by", "proof"),
)


def export(arguments: Namespace) -> int:
    rows = Reading.objects.order_by("at", "id")
    if arguments.start:
        rows = rows.filter(at__gte=_start_of(arguments.start))
    if arguments.end:
        rows = rows.filter(at__lt=_start_of(arguments.end) + timedelta(days=1))
    found = _lines(rows.values_list(*FIELDS).iterator(chunk_size=2000))
    if getattr(arguments, "format", "csv") == "parquet":
        return _parquet(arguments.out, found)
    if arguments.out is None:
        _write(sys.stdout, found)
        return DONE
    with arguments.out.open("w", encoding="utf-8-sig", newline="") as file:  # Excel wants the mark
        count = _write(file, found)
    print(f"{arguments.out}: {count} readings")
    return DONE


def _parquet(out: Path | None, lines: Iterator[tuple[object, ...]]) -> int:
    """Typed columns, compressed; DuckDB writes it from a CSV of its own beside the file."""
    if out is None:
        raise WrongInput("Parquet needs a file: add -o readings.parquet.")
    try:
        import duckdb
    except ImportError:
        words = "Parquet needs DuckDB: pip install 'awareness-publisher[parquet]'. CSV needs nothing."
        raise WrongInput(words) from None
    with tempfile.TemporaryDirectory(dir=out.resolve().parent) as folder:
        plain = Path(folder) / "readings.csv"
        with plain.open("w", encoding="utf-8", newline="") as file:
            count = _write(file, lines, as_is=True)
        columns = ", ".join(f"'{name}': '{TYPES.get(name, 'VARCHAR')}'" for name in COLUMNS)
        with duckdb.connect() as base:
            read = f"read_csv(?, header = true, nullstr = '', columns = {{{columns}}})"
            base.execute(f"COPY (SELECT * FROM {read}) TO ? (FORMAT parquet, COMPRESSION zstd)", [str(plain), str(out)])
    print(f"{out}: {count} readings")
    return DONE


def _start_of(text: str) -> datetime:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise WrongInput(f"“{text}” is not a day. Write YYYY-MM-DD.")
    return datetime.combine(day, time(0), ZoneInfo(settings.TIME_ZONE))


def _write(file, lines: Iterator[tuple[object, ...]], *, as_is: bool = False) -> int:  # type: ignore[no-untyped-def]
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for line in lines:
        writer.writerow(line if as_is else map(harmless, line))
        count += 1
    return count


def harmless(value: object) -> object:
    """Names and labels come from platforms: a spreadsheet must not take one for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _lines(rows: Iterator[tuple]) -> Iterator[tuple[object, ...]]:  # type: ignore[type-arg]
    for at, post, language, of_delivery, channel, page, piece, metric, label, value, source, by, proof in rows:
        of, key = _of(of_delivery, channel, page, piece)
        yield at.isoformat(), of, key, post or "", language or "", metric, label, value, source, by, proof


def _of(of_delivery: str | None, channel: str | None, page: str | None, piece: str | None) -> tuple[str, str]:
    if of_delivery:
        return "message", of_delivery
    if channel:
        return "channel", channel
    return ("page", page) if page else ("page_post", piece or "")
