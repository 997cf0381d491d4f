"""SQL written by hand, for the few statements that every message passes: what SQLite and PostgreSQL both understand.

Values stand in the text where a partial index must be recognised (`state = 'waiting'`): SQLite cannot know a parameter.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db import connection


def fetch(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def run(sql: str, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def run_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def marks(rows: int, width: int = 1) -> str:
    """Placeholders: %s, %s, %s or (%s, %s), (%s, %s) for so many rows."""
    one = "%s" if width == 1 else f"({', '.join(['%s'] * width)})"
    return ", ".join([one] * rows)


def flat(rows: Iterable[Iterable[object]]) -> list[object]:
    return list(chain.from_iterable(rows))


def at(moment: datetime) -> object:
    """As the database keeps moments."""
    return connection.ops.adapt_datetimefield_value(moment)


def moment(value: datetime | None) -> datetime | None:
    """As it comes back: SQLite keeps UTC without saying so."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def key(value: uuid.UUID | str) -> str:
    return str(uuid.UUID(value)) if isinstance(value, str) else str(value)
