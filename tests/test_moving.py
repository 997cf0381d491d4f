from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from publisher.moving import marks, tables
from publisher.moving.marks import Moved, NotMoved
from publisher.moving.tables import Column, Table


@pytest.fixture(scope="module")
def every_table():
    settings = {**connections.databases["default"], "ENGINE": "django.db.backends.postgresql", "OPTIONS": {}}
    return tables.tables(DatabaseWrapper(settings, "target"))


def test_every_column_of_every_model_can_be_moved(every_table):
    kinds = {column.kind for table in every_table for column in table.columns}
    assert kinds <= tables.FROM_SQLITE.keys()
    assert {"deliver_delivery", "deliver_attempt", "people_user", "django_session"} <= {t.name for t in every_table}


def test_a_table_that_no_model_has_is_not_left_behind_silently(every_table):
    with closing(sqlite3.connect(":memory:")) as source:
        source.execute("CREATE TABLE theirs (id INTEGER)")
        with pytest.raises(NotMoved, match="the table theirs is not known"):
            tables.check(source, [])


ROW = Table("t", (Column("a", "timestamp with time zone"), Column("b", "jsonb"), Column("c", "varchar", 10)))
KZ = timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((datetime(2026, 11, 27, 12, tzinfo=KZ), "1", "x"), (datetime(2026, 11, 27, 7, tzinfo=UTC), "1", "x")),
        ((None, '{"b": 1, "a": "\\u04d9"}', "x"), (None, '{"a":"ә","b":1}', "x")),
        ((None, "1e22", "x"), (None, "10000000000000000000000", "x")),
    ],
)
def test_the_same_value_in_another_writing_gives_the_same_sum(one, other):
    assert tables.sum_of(ROW, [one]) == tables.sum_of(ROW, [other])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((None, "1", ""), (None, "1", None)),
        ((None, "null", "x"), (None, None, "x")),
        ((None, '"1"', "x"), (None, "1", "x")),
        ((None, '{"a": [1, 2]}', "x"), (None, '{"a": [2, 1]}', "x")),
    ],
)
def test_different_values_give_different_sums(one, other):
    assert tables.sum_of(ROW, [one]) != tables.sum_of(ROW, [other])


def test_the_order_of_rows_does_not_matter_and_a_doubled_row_does():
    rows = [(None, str(number), "x") for number in range(5)]
    assert tables.sum_of(ROW, rows) == tables.sum_of(ROW, rows[::-1])
    assert tables.sum_of(ROW, [rows[0], rows[0]]) != tables.sum_of(ROW, [])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h:5432/d", "postgresql://u@h:5432/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("postgresql://u:p%40ss@h/d", "postgresql://u@h/d"),
    ],
)
def test_a_password_is_never_shown(url, shown):
    assert marks.no_password(url) == shown


@pytest.fixture
def old(tmp_path):
    file = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(file)) as source:
        source.execute("CREATE TABLE deliver_delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT)")
        source.execute("INSERT INTO deliver_delivery (state) VALUES ('waiting')")
        marks.fence(source, str(uuid4()), "postgresql://u@h/d")
        source.commit()
    return file


@pytest.mark.parametrize("verb", ["INSERT INTO {} (state) VALUES ('x')", "UPDATE {} SET state = 'x'", "DELETE FROM {}"])
def test_a_fenced_file_takes_no_change(old, verb):
    with closing(sqlite3.connect(old)) as source, pytest.raises(sqlite3.IntegrityError, match="was moved"):
        source.execute(verb.format("deliver_delivery"))


def test_it_says_where_it_was_moved_to_and_what_to_write(old):
    with pytest.raises(Moved, match="database: postgresql://u@h/d"):
        marks.refuse_moved_file(old)


def test_the_fence_is_lifted_wholly_for_a_restored_copy(old):
    with closing(sqlite3.connect(old)) as source:
        marks.lift(source)
        source.execute("UPDATE deliver_delivery SET state = 'x'")
    marks.refuse_moved_file(old)
