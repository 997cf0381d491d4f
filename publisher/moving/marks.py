"""What both databases say about a move, so that never two of them send.

The target says how far the move came; nothing starts on it before it is `ready`. The source, once moved, refuses every
write by its own triggers, whatever program opens it. Neither table is a model: they must be there before the schema is,
and after it can no longer be changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MARK = "publisher_move"
COPYING, COPIED, READY, TRIAL, IN_USE = "copying", "copied", "ready", "trial", "in_use"
MOVED = "publisher_moved"


class NotMoved(Exception):
    """Nothing was moved; the message says why and what to do."""


class Moved(Exception):
    """This database must not be used: what was moved, where to, and what to do."""


def no_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    scheme, _, who = head.partition("://")
    return f"{scheme}://{who.partition(':')[0]}@{tail}" if at else url


# The source


def moved_to(source: sqlite3.Connection) -> tuple[str, str, str] | None:
    """The move, the target and the day, when this file was moved away."""
    known = source.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [MOVED]).fetchone()
    return source.execute(f"SELECT move, target, at FROM {MOVED}").fetchone() if known else None


def fence(source: sqlite3.Connection, move: str, target: str) -> None:
    """From now on the file refuses every write. In the caller's transaction."""
    source.execute(f"CREATE TABLE {MOVED} (move TEXT, target TEXT, at TEXT)")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    source.execute(f"INSERT INTO {MOVED} VALUES (?, ?, ?)", [move, target, at])
    names = [row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        if name.startswith("sqlite_"):
            continue
        for verb in ("INSERT", "UPDATE", "DELETE"):
            source.execute(
                f'CREATE TRIGGER "moved_{verb}_{name}" BEFORE {verb} ON "{name}" '
                "BEGIN SELECT RAISE(ABORT, 'this database was moved to PostgreSQL'); END"
            )


def lift(source: sqlite3.Connection) -> None:
    """Only for a restored copy: its own epoch holds it back until a person confirms."""
    triggers = source.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'moved_%'")
    for (name,) in triggers.fetchall():
        source.execute(f'DROP TRIGGER "{name}"')
    source.execute(f"DROP TABLE IF EXISTS {MOVED}")


def read_only(path: Path) -> str:
    """The file as SQLite's address; a # or % in a folder's name would lead to another file."""
    return f"{path.resolve().as_uri()}?mode=ro"


def refuse_moved_file(path: Path) -> None:
    if not path.exists():
        return
    with closing(sqlite3.connect(read_only(path), uri=True)) as source:
        found = moved_to(source)
    if found:
        raise Moved(
            f"This deployment's database was moved to {found[1]} on {found[2]}; the old file sends nothing any more. "
            f"Write into config.yaml:  database: {found[1]}"
        )


# The target: `run` executes one statement with its values and gives the rows


Run = Callable[[str, list[Any]], list[Any]]


def begin(run: Run, move: str, deployment: str, source: str) -> None:
    run(f"CREATE TABLE IF NOT EXISTS {MARK} (move text, deployment text, source text, state text, at timestamptz)", [])
    run(f"DELETE FROM {MARK}", [])
    run(f"INSERT INTO {MARK} VALUES (%s, %s, %s, %s, now())", [move, deployment, source, COPYING])


def found(run: Run) -> tuple[str, str, str] | None:
    """The move, the deployment and the state of the copy that the target holds."""
    if run("SELECT to_regclass(%s)", [MARK])[0][0] is None:
        return None
    rows = run(f"SELECT move, deployment, state FROM {MARK}", [])
    return tuple(rows[0]) if rows else None


def advance(run: Run, state: str) -> None:
    run(f"UPDATE {MARK} SET state = %s, at = now()", [state])


def refuse_half_moved(run: Run) -> None:
    """At every start on PostgreSQL. From the first one on, the copy is the deployment and is never written over."""
    mark = found(run)
    if mark is None:
        return
    if mark[2] in (COPYING, COPIED):
        raise Moved(
            "A move or a restore into this database was not finished. Repeat it with the same address: "
            "publisher migrate-to … in the old folder, or publisher restore … Nothing was sent from here."
        )
    if mark[2] == READY or trial_was_confirmed(run, mark[2]):
        advance(run, IN_USE)


def trial_was_confirmed(run: Run, state: str) -> bool:
    """A trial copy stands still until somebody says that it is the original from now on."""
    return state == TRIAL and not run("SELECT 1 FROM deliver_pause WHERE scope = 'restored'", [])
