"""A PostgreSQL database in a backup: PostgreSQL's own programs write and read it, we keep a copy from sending."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from publisher.moving import marks
from publisher.moving.marks import no_password

NAME = "var/database.pgdump"
"""Where the dump lies in a backup."""
INSTALL = "Install PostgreSQL's programs (Debian: apt-get install postgresql-client), then repeat"


class NotDumped(Exception):
    """The database could not be saved or brought back; the message says why and what to do."""


def dump(url: str, copy: Path) -> None:
    """Online and consistent: one snapshot, and writers go on meanwhile."""
    _run("pg_dump", url, ["--format=custom", f"--file={copy}", f"--exclude-table={marks.MARK}"])


def identity(url: str) -> tuple[str, int]:
    with _connected(url) as database:
        row = database.execute("SELECT id, epoch FROM deliver_deployment").fetchone()
    return str(row[0]), row[1]


def load(url: str, copy: Path, deployment: str) -> None:
    """Into an empty database. Nothing starts on it before it is whole; nothing goes out before a person says so."""
    with _connected(url) as database:
        _refuse_what_is_in_use(database, deployment)
        with database.transaction():
            marks.begin(_statement(database), "restore", deployment, copy.name)
        _run("pg_restore", url, ["--single-transaction", "--exit-on-error", str(copy)])
        with database.transaction():
            database.execute("UPDATE deliver_deployment SET epoch = epoch + 1")
            hold(database, "The database was restored.")
            marks.advance(_statement(database), marks.TRIAL)


def hold(database: Any, reason: str) -> None:
    """The stop that only `resume --after-restore` ends."""
    database.execute(
        "INSERT INTO deliver_pause (scope, reason, by, at) VALUES ('restored', %s, '', now()) "
        "ON CONFLICT (scope) DO NOTHING",
        [reason],
    )


def _refuse_what_is_in_use(database: Any, deployment: str) -> None:
    mark = marks.found(_statement(database))
    unfinished = mark is not None and mark[1] == deployment and mark[2] == marks.COPYING
    names = database.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> %s", [marks.MARK]
    ).fetchall()
    if names or (mark and not unfinished):
        raise NotDumped("The database is not empty. Give an empty one (createdb NAME)")


def _statement(database: Any) -> marks.Run:
    def run(statement: str, values: list[Any]) -> list[Any]:
        cursor = database.execute(statement, values)
        found: list[Any] = cursor.fetchall() if cursor.description else []
        return found

    return run


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    try:
        import psycopg  # only where PostgreSQL is wanted
    except ImportError:
        raise NotDumped("PostgreSQL's driver is missing: pip install 'awareness-publisher[postgres]'") from None
    try:
        database = psycopg.connect(url, autocommit=True, connect_timeout=15)
    except psycopg.OperationalError as error:
        raise NotDumped(f"{no_password(url)} does not answer: {str(error).splitlines()[0]}") from None
    with closing(database):
        yield database


def _run(name: str, url: str, options: list[str]) -> None:
    """The password goes by the environment: other people of the machine can read a command line."""
    program = _program(name)
    password = unquote(urlsplit(url).password or "")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [program, "--no-owner", "--no-privileges", "--no-password", f"--dbname={no_password(url)}", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotDumped(_why(name, done.stderr))


def _program(name: str) -> str:
    """In the path, else where Debian keeps the newest."""
    found = shutil.which(name)
    if found:
        return found
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not kept:
        raise NotDumped(f"{name} is not on this computer. {INSTALL}")
    return str(kept[-1])


def _why(name: str, said: str) -> str:
    server = re.search(r"server version: (\d+)", said)
    if "version mismatch" in said and server:
        wanted = f"postgresql-client-{server[1]}"
        return f"{name} is older than the server. Install the server's own (Debian: apt-get install {wanted})"
    lines = [line for line in said.splitlines() if line.strip()]
    return f"{name}: {lines[0] if lines else 'it failed without a word'}"
