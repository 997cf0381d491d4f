"""An older program beside a newer database: what is added later disturbs neither what runs nor what starts."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.e2e.deployment import one_channel, wait_until

pytestmark = pytest.mark.e2e
WRITTEN = (
    "compose_post",
    "compose_version",
    "deliver_delivery",
    "deliver_attempt",
    "deliver_heartbeat",
    "people_auditentry",
    "measure_reading",
)


@pytest.fixture
def here(tmp_path):
    with one_channel(tmp_path) as here:
        yield here


def upgrade(here):
    """What tests/test_migrations.py allows a newer program: columns that fill themselves, tables, a migration more."""
    with closing(sqlite3.connect(here.home / "var/publisher.sqlite3", timeout=20)) as database, database:
        for table in WRITTEN:
            database.execute(f"ALTER TABLE {table} ADD COLUMN later_text text NULL")
            database.execute(f"ALTER TABLE {table} ADD COLUMN later_number integer NOT NULL DEFAULT 7")
        database.execute("CREATE TABLE deliver_later (id integer PRIMARY KEY)")
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('deliver', '9999_later', '2030-01-01')"
        )


def sends(here, title):
    post = here.run("post", str(here.write(title, "Ескерту. {hotline}")), "--to", "a").strip()
    wait_until(lambda: here.json("show", post)["deliveries"][0]["state"] == "sent", 30, title)


def test_an_older_worker_goes_on_beside_a_newer_database_and_starts_on_it_again(here):
    for life in ("first", "second"):
        parts = [here.start("worker"), here.start("clock")]
        try:
            if life == "first":
                sends(here, "before")
                upgrade(here)
            sends(here, f"{life} life")
        finally:
            for process in parts:
                process.terminate()
            assert [process.wait(10) for process in parts] == [0, 0]
    assert here.sql("SELECT DISTINCT later_number FROM deliver_delivery") == [(7,)]
