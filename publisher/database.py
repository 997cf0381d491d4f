"""Brings the database and the rows that mirror config.yaml up to date, before anything uses them."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from publisher.deliver import channels, pauses
from publisher.measure import pages, reader
from publisher.moving import marks
from publisher.people import districts

MIGRATING = 7_227_646_001  # PostgreSQL's advisory lock: any number that nobody else uses in our database


def bring_up_to_date() -> None:
    """Migrate if need be (one process at a time), then let districts and accounts follow config.yaml."""
    refuse_what_was_moved()
    with _alone():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
        districts.follow(settings.CONFIG)
        channels.follow(settings.CONFIG)
        pages.follow(settings.CONFIG)
        reader.follow(settings.CONFIG)
        pauses.fence_a_copy()


def refuse_what_was_moved() -> None:
    """Raises Moved for a SQLite file that was moved away, and for a copy on PostgreSQL that is not finished."""
    if connection.vendor == "sqlite":
        marks.refuse_moved_file(Path(str(settings.DATABASES["default"]["NAME"])))
    else:
        marks.refuse_half_moved(_run)


def _run(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


class Busy(Exception):
    """Something of this deployment runs."""


@contextlib.contextmanager
def in_use(*, alone: bool = False) -> Iterator[None]:
    """Held by every command while it works; `alone` waits for nobody and raises Busy when another one has it."""
    with (settings.HOME.folder("run") / "in-use").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError:
            raise Busy("Something of this deployment runs") from None
        yield


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process of this machine, and on PostgreSQL one of all machines that start at the same moment."""
    with (settings.HOME.folder("run") / "migrate").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def is_new() -> bool:
    """Nothing was ever run here: there are no tables yet."""
    return "deliver_channel" not in connection.introspection.table_names()
