"""The border between the asyncio loop and the database: one thread, short transactions, patience with a locked file."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(1, "publisher-db")
PATIENCE = 60.0  # seconds to wait for a locked or absent database before giving up a step


async def db(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in the database thread. It may run twice if the database fails, so it must be safe to repeat."""
    return await asyncio.get_running_loop().run_in_executor(_thread, lambda: patiently(fn, *args, **kwargs))


def patiently(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Try again while the database is locked, full or away; a step that still fails raises."""
    until, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        try:
            return fn(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > until:
                raise
            log.warning("The database does not answer (%s); trying again in %.1f s.", error, pause)
            _forget_broken_connection()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def _forget_broken_connection() -> None:
    if connection.in_atomic_block:  # only inside a test's own transaction
        return
    close_old_connections()
    if not connection.is_usable():
        connection.close()


def now() -> datetime:
    """The database's clock, so that leases mean the same on every machine."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
