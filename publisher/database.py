"""Brings the database and the rows that mirror config.yaml up to date, before anything uses them."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from publisher.deliver import channels, pauses
from publisher.measure import pages
from publisher.people import districts

MIGRATING = 7_227_646_001  # PostgreSQL's advisory lock: any number that nobody else uses in our database


def bring_up_to_date() -> None:
    """Migrate if need be (one process at a time), then let districts and accounts follow config.yaml."""
    with _alone():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
        districts.follow(settings.CONFIG)
        channels.follow(settings.CONFIG)
        pages.follow(settings.CONFIG)
        pauses.fence_a_copy()


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
