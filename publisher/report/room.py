"""Room for a country's report: more of the database in memory, no looking for garbage meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

KILOBYTES = 32_000  # SQLite's own 2,000 make it read the same pages again and again


@contextmanager
def room() -> Iterator[None]:
    with _pages(), _no_collecting():
        yield


@contextmanager
def _pages() -> Iterator[None]:
    """PostgreSQL has its own for all."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        [usual] = cursor.execute("PRAGMA cache_size").fetchone()
        cursor.execute(f"PRAGMA cache_size = -{KILOBYTES}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {usual}")
            cursor.execute("PRAGMA shrink_memory")


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A hundred thousand rows are made and none of them points back: looking through them again and again takes a sixth
    of the time. Two reports at once may begin to collect a little early, which harms nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
