"""The steps of a move, in an order in which a power cut at any point leaves exactly one database that may send.

target `copying` → rows copied and compared in one transaction, `copied` → source fenced → target `ready` → (first
start) `in_use`. Until `ready` the target starts nothing; from the fence on the source writes nothing. Repeating ends
what was begun.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend
from psycopg import sql

from publisher.dumping import hold
from publisher.moving import marks, tables
from publisher.moving.marks import NotMoved, no_password
from publisher.moving.tables import Sum, Table
from publisher.people import triggers

LOCK = 7_227_646_002  # PostgreSQL's advisory lock: one move into a database at a time


@dataclass(frozen=True, slots=True)
class Compared:
    """One table on both sides."""

    table: str
    here: Sum
    there: Sum

    @property
    def same(self) -> bool:
        return self.here == self.there


@dataclass(frozen=True, slots=True)
class Report:
    target: str
    tables: tuple[Compared, ...]
    trial: bool
    again: bool = False  # it had been moved before; only the last step was made or nothing at all

    @property
    def rows(self) -> int:
        return sum(found.here.rows for found in self.tables)

    def as_json(self) -> dict[str, Any]:
        rows = [
            {"table": found.table, "rows": found.here.rows, "checksum": found.here.checksum, "same": found.same}
            for found in self.tables
        ]
        return {"target": self.target, "trial": self.trial, "again": self.again, "rows": self.rows, "tables": rows}


def move(source_file: Path, url: str, settings: dict[str, Any], *, trial: bool) -> Report:
    """`settings`: Django's for the target. A trial copies and compares only; the source stays in charge."""
    given = {**connections.databases[DEFAULT_DB_ALIAS], **settings}
    there = load_backend(given["ENGINE"]).DatabaseWrapper(given, DEFAULT_DB_ALIAS)
    with closing(_opened(source_file)) as source, _target(url) as target:
        moved = marks.moved_to(source)
        if moved:
            return _finished(source, target, url, moved)
        known = tables.tables(there)
        tables.check(source, known)
        _refuse_what_is_not_ours(source, target)
        step = str(uuid.uuid4())
        with target.transaction():
            marks.begin(_run(target), step, _deployment(source)[0], str(source_file))
        _make_tables(there)
        report = Report(no_password(url), _copied(source, target, known, trial=trial), trial)
        if not trial:
            marks.fence(source, step, no_password(url))
            source.execute("COMMIT")
            _note_epoch(source_file, _deployment(source))
            marks.advance(_run(target), marks.READY)
    return report


def _opened(file: Path) -> sqlite3.Connection:
    """With the write lock: nobody changes a row while it is copied."""
    source = sqlite3.connect(file, isolation_level=None, timeout=20)
    source.execute("BEGIN IMMEDIATE")
    return source


@contextmanager
def _target(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        target = psycopg.connect(url, autocommit=True, connect_timeout=15)
    except psycopg.OperationalError as error:
        raise NotMoved(f"{no_password(url)} does not answer: {str(error).splitlines()[0]}") from None
    with closing(target):
        if not target.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()[0]:  # type: ignore[index]
            raise NotMoved("Another move into this database is going on; wait for its end")
        yield target


def _run(target: psycopg.Connection[Any]) -> marks.Run:
    def run(statement: str, values: list[Any]) -> list[Any]:
        cursor = target.execute(statement, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []

    return run


def _deployment(source: sqlite3.Connection) -> tuple[str, int]:
    row = source.execute("SELECT id, epoch FROM deliver_deployment").fetchone()
    return str(uuid.UUID(row[0])), row[1]


def _finished(source: sqlite3.Connection, target: psycopg.Connection[Any], url: str, moved: tuple[str, ...]) -> Report:
    """The source was fenced by an earlier run: at most its last step is missing."""
    mark = marks.found(_run(target))
    if mark is None or mark[0] != moved[0]:
        raise NotMoved(f"This deployment was moved to {moved[1]} on {moved[2]}; it cannot be moved a second time")
    if mark[2] == marks.COPIED:
        marks.advance(_run(target), marks.READY)
    return Report(no_password(url), (), trial=False, again=True)


def _refuse_what_is_not_ours(source: sqlite3.Connection, target: psycopg.Connection[Any]) -> None:
    """Only an empty database, or our own earlier copy that nobody has worked with, is written to."""
    mark = marks.found(_run(target))
    if mark and mark[1] != _deployment(source)[0]:
        raise NotMoved("The target holds another deployment. Give an empty database")
    if mark and (mark[2] == marks.IN_USE or marks.trial_was_confirmed(_run(target), mark[2])):
        raise NotMoved("The target holds this deployment and has been worked with. Give an empty database")
    there = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> %s ORDER BY 1"
    names = [row[0] for row in target.execute(there, [marks.MARK])]
    if names and not mark:
        shown = ", ".join(names[:3])
        raise NotMoved(f"The target is not empty: it has {len(names)} tables ({shown}, …). Give an empty database")


def _make_tables(there: BaseDatabaseWrapper) -> None:
    """With the target as Django's default: a migration's own code may ask for that one whatever it was told."""
    here = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = there
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        there.close()
        connections[DEFAULT_DB_ALIAS] = here


def _copied(
    source: sqlite3.Connection, target: psycopg.Connection[Any], known: list[Table], *, trial: bool
) -> tuple[Compared, ...]:
    """All or nothing, in one transaction. A copy that differs anywhere is not kept."""
    with target.transaction():
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in known)
        target.execute(triggers.EMPTYING)  # an earlier copy that nobody has worked with
        target.execute(sql.SQL("TRUNCATE {}").format(names))
        target.execute(triggers.EMPTIED)
        for table in known:
            tables.copy(source, target, table)
            tables.go_on_counting(source, target, table)
        target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        compared = tuple(_compared(source, target, table) for table in known)
        wrong = [found.table for found in compared if not found.same]
        if wrong:
            raise NotMoved(f"The copy differs from the original in: {', '.join(wrong)}. Nothing was kept of it")
        _own_epoch(target, trial=trial)
        marks.advance(_run(target), marks.TRIAL if trial else marks.COPIED)
    return compared


def _compared(source: sqlite3.Connection, target: psycopg.Connection[Any], table: Table) -> Compared:
    """Each side's rows are read from its own database, and summed apart."""
    here = tables.sum_of(table, tables.rows_of(source, table))
    return Compared(table.name, here, tables.sum_of(table, tables.rows_there(target, table)))


def _own_epoch(target: psycopg.Connection[Any], *, trial: bool) -> None:
    """One more than the source's: a copy of the old file put back by hand is told from this one."""
    target.execute("UPDATE deliver_deployment SET epoch = epoch + 1")
    if trial:
        hold(target, "A trial copy: the original goes on.")


def _note_epoch(source_file: Path, deployment: tuple[str, int]) -> None:
    """The folder expects the new epoch from now on, so that an older copy of the file, put back, is held."""
    folder = source_file.parent / "deployments"
    folder.mkdir(exist_ok=True)
    (folder / f"{source_file.stem}.json").write_text(json.dumps({"id": deployment[0], "epoch": deployment[1] + 1}))
