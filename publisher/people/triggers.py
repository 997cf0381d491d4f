"""The database itself refuses to change or delete a line of the audit trail, whoever asks.

Put in place after every migration: SQLite builds a table anew when its columns change, and forgets its triggers.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

TABLE = "people_auditentry"
WORDS = "the audit trail is only added to"

SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
    f"CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
    # INSERT OR REPLACE would delete without the trigger above.
    f"CREATE TRIGGER IF NOT EXISTS audit_no_replace BEFORE INSERT ON {TABLE} "
    f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id OR number = NEW.number) "
    f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
)
POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'restrict_violation'; END $$",
    f"CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    f"CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)
# For publisher/moving alone, around its TRUNCATE of a copy on PostgreSQL that nobody has worked with.
EMPTYING = f"ALTER TABLE {TABLE} DISABLE TRIGGER audit_no_truncate"
EMPTIED = f"ALTER TABLE {TABLE} ENABLE TRIGGER audit_no_truncate"
NAMES = {
    "sqlite": ("audit_no_update", "audit_no_delete", "audit_no_replace"),
    "postgresql": ("audit_no_change", "audit_no_truncate"),
}


def put_in_place(using: str = "default", **_: Any) -> None:
    """Also a listener to `post_migrate`."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in SQLITE if connection.vendor == "sqlite" else POSTGRESQL:
            cursor.execute(statement)


def take_away(using: str = "default") -> None:
    """For tests that empty the tables between them; nothing of the product calls this."""
    connection = connections[using]
    of = "" if connection.vendor == "sqlite" else f" ON {TABLE}"
    with connection.cursor() as cursor:
        for name in NAMES[connection.vendor]:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of}")


def standing(using: str = "default") -> bool:
    """Whether all of them are there."""
    connection = connections[using]
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        found = f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{TABLE}'::regclass AND tgenabled = 'O'"
    with connection.cursor() as cursor:
        cursor.execute(found)
        return {row[0] for row in cursor.fetchall()} >= set(NAMES[connection.vendor])
