"""The tables of a deployment, copied row by row, and a checksum of each that both databases must give alike."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from publisher.moving.marks import NotMoved

OURS = frozenset({"django_migrations", "sqlite_sequence", "publisher_moved"})
"""Tables of the source that are not copied: both databases have their own."""
SHOWN = 5  # faults named in one sentence


@dataclass(frozen=True, slots=True)
class Column:
    """`kind`: PostgreSQL's type without its length."""

    name: str
    kind: str
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    counter: str = ""  # the column that the database numbers by itself


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and a sum over the hash of each, so that their order does not matter."""

    rows: int
    checksum: str


def tables(target: BaseDatabaseWrapper) -> list[Table]:
    """Every table of every model; what the source has beyond them is not moved silently, see `check`."""
    models = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return [_table(name, model, target) for name, model in sorted(models.items())]


def _table(name: str, model: Any, target: BaseDatabaseWrapper) -> Table:
    columns = tuple(
        Column(field.column, field.db_type(target).partition("(")[0], getattr(field, "max_length", None))
        for field in model._meta.local_concrete_fields
    )
    auto = model._meta.auto_field
    return Table(name, columns, auto.column if auto else "")


# What comes out of SQLite


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


FROM_SQLITE: dict[str, Callable[[Any], Any]] = {
    "timestamp with time zone": _moment,
    "boolean": bool,
    "jsonb": str,
    "uuid": uuid.UUID,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "numeric": lambda value: Decimal(str(value)),
    "double precision": float,
    "interval": lambda microseconds: timedelta(microseconds=microseconds),
    "bytea": bytes,
    **dict.fromkeys(("bigint", "integer", "smallint"), int),
    **dict.fromkeys(("varchar", "text", "inet"), str),
}


def rows_of(source: sqlite3.Connection, table: Table) -> Iterator[list[Any]]:
    read = [FROM_SQLITE[column.kind] for column in table.columns]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    for row in source.execute(f'SELECT {names} FROM "{table.name}"'):
        yield [None if value is None else take(value) for take, value in zip(read, row, strict=True)]


def rows_there(target: psycopg.Connection[Any], table: Table) -> Iterator[tuple[Any, ...]]:
    """The same rows as PostgreSQL gives them. JSON as text, since null in it is not the same as no value."""
    names = sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(column.name))
        if column.kind in ("jsonb", "inet")
        else sql.Identifier(column.name)
        for column in table.columns
    )
    with target.cursor(name="compare") as cursor:
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table.name)))
        yield from cursor


def copy(source: sqlite3.Connection, target: psycopg.Connection[Any], table: Table) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    with target.cursor() as cursor, cursor.copy(command) as out:
        for row in rows_of(source, table):
            out.write_row(row)


def go_on_counting(source: sqlite3.Connection, target: psycopg.Connection[Any], table: Table) -> None:
    """The next number follows the last one ever given, also when its row is gone."""
    if not table.counter:
        return
    found = source.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name]).fetchone()
    (highest,) = source.execute(f'SELECT max("{table.counter}") FROM "{table.name}"').fetchone()
    last = max((found or [0])[0] or 0, highest or 0)
    if last:
        wanted = f'"{table.name}"', table.counter, last
        target.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", wanted)


# The checksum


def sum_of(table: Table, rows: Iterable[Iterable[Any]]) -> Sum:
    kinds = [column.kind for column in table.columns]
    count = total = 0
    for row in rows:
        cells = [_cell(kind, value) for kind, value in zip(kinds, row, strict=True)]
        digest = hashlib.sha256(b"".join(len(cell).to_bytes(8) + cell for cell in cells)).digest()
        count, total = count + 1, total + int.from_bytes(digest)
    return Sum(count, f"{total % 2**256:064x}")


def _cell(kind: str, value: Any) -> bytes:
    """A value in one writing, whichever database it came from; no value is not the same as an empty one."""
    if value is None:
        return b"-"
    if kind == "timestamp with time zone":
        value = value.astimezone(UTC).isoformat(timespec="microseconds")
    elif kind == "jsonb":
        value = json.dumps(_plain(json.loads(value)), sort_keys=True, ensure_ascii=False)
    elif kind == "bytea":
        value = bytes(value).hex()
    elif kind == "numeric":
        value = value.normalize()
    elif kind == "inet":
        value = str(value).removesuffix("/32").removesuffix("/128")
    return b"+" + str(value).encode()


def _plain(value: Any) -> Any:
    """JSON's numbers as PostgreSQL keeps them: 1e22 comes back as a whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value


# What PostgreSQL would not take


def check(source: sqlite3.Connection, known: list[Table]) -> None:
    """Everything wrong is found before the target is touched. SQLite minds neither lengths nor zero bytes."""
    names = {row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    faults = [f"the table {name} is not known" for name in sorted(names - OURS - {table.name for table in known})]
    faults += [f"{row[0]} row {row[1]} points to a row of {row[2]} that is not there" for row in _loose(source)]
    for table in known:
        unread = {column.kind for column in table.columns} - FROM_SQLITE.keys()
        faults += [f"{table.name} has a column of a kind that is not known ({kind})" for kind in sorted(unread)]
        faults += [fault for column in table.columns if (fault := _unfit(source, table, column))]
    if faults:
        raise NotMoved("; ".join(faults[:SHOWN]) + (f"; and {len(faults) - SHOWN} more" if faults[SHOWN:] else ""))


def _loose(source: sqlite3.Connection) -> list[Any]:
    return source.execute("PRAGMA foreign_key_check").fetchall()


def _unfit(source: sqlite3.Connection, table: Table, column: Column) -> str:
    if column.kind not in ("varchar", "text", "jsonb"):
        return ""
    zero = "'\\u0000'" if column.kind == "jsonb" else "char(0)"
    wrong, what = f'instr("{column.name}", {zero}) > 0', "holds a zero byte"
    if column.kind == "varchar" and column.length:
        wrong, what = f'{wrong} OR length("{column.name}") > {column.length}', f"is longer than {column.length} letters"
    found = source.execute(f'SELECT count(*) FROM "{table.name}" WHERE {wrong}').fetchone()[0]
    return f"{table.name}.{column.name} {what} in {found} rows" if found else ""
