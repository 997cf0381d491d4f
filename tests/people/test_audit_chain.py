"""The audit trail is only added to, and shows when somebody got past that."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from publisher.deliver.models import Account, Channel
from publisher.people import audit, chain, triggers
from publisher.people.audit import SYSTEM, changes, note, verify
from publisher.people.models import AuditEntry, User


@pytest.fixture
def trail(district):
    """Five lines."""
    for number in range(5):
        note(SYSTEM, "edited", f"post:{number}", district=district, before={"title": "бұрын"}, after={"title": "кейін"})
    return AuditEntry.objects.order_by("number")


def _behind_the_back(statement: str) -> None:
    """As somebody with the database file in hand would."""
    triggers.take_away()
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditentry SET verb = 'x'",
        "UPDATE people_auditentry SET hash = 'x' WHERE number = 1",
        "DELETE FROM people_auditentry",
        "DELETE FROM people_auditentry WHERE number = 5",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_line(trail, statement):
    assert triggers.standing()
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert trail.count() == 5
    assert verify().whole


def test_the_database_refuses_to_replace_a_line(trail):
    replace = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    statement = f"{replace} INTO people_auditentry SELECT * FROM people_auditentry WHERE number = 1"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert trail.count() == 5


def test_the_program_cannot_change_a_line_either(trail):
    line = trail.first()
    line.verb = "approved"
    with pytest.raises(DatabaseError), transaction.atomic():
        line.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        line.delete()


def test_a_whole_trail_says_its_length_and_its_head(trail):
    verdict = verify()
    assert (verdict.whole, verdict.lines, verdict.head) == (True, 5, audit.head())
    assert [line.number for line in trail] == [1, 2, 3, 4, 5]


def test_an_empty_trail_is_whole(db):
    assert verify().whole
    assert audit.head() == chain.FIRST


@pytest.mark.parametrize(
    ("statement", "number", "what"),
    [
        ("UPDATE people_auditentry SET actor_name = 'somebody else' WHERE number = 3", 3, "changed"),
        ("UPDATE people_auditentry SET verb = 'approved' WHERE number = 1", 1, "changed"),
        ("""UPDATE people_auditentry SET "after" = NULL WHERE number = 2""", 2, "changed"),
        ("UPDATE people_auditentry SET at = '2020-01-01 00:00:00+00:00' WHERE number = 5", 5, "changed"),
        ("DELETE FROM people_auditentry WHERE number = 2", 3, "missing"),
        ("DELETE FROM people_auditentry WHERE number < 3", 3, "missing"),
    ],
)
def test_the_first_line_that_does_not_fit_is_named(trail, statement, number, what):
    _behind_the_back(statement)
    verdict = verify()
    assert not verdict.whole
    assert (verdict.broken.number, verdict.broken.what) == (number, what)


def test_a_cut_end_is_found_by_a_hash_noted_outside(trail):
    noted = audit.head()
    assert verify(noted).whole
    note(SYSTEM, "edited", "post:9")
    assert verify(noted).whole
    _behind_the_back("DELETE FROM people_auditentry WHERE number > 4")
    assert verify().whole
    assert not verify(noted).whole


def test_triggers_come_back_after_a_migration_built_the_table_anew(trail):
    triggers.take_away()
    assert not triggers.standing()
    triggers.put_in_place()
    assert triggers.standing()


def test_lines_can_be_copied_as_they_are_into_an_empty_trail(trail):
    """What moving to another database does: every column as it stands, ids as well."""
    rows = list(trail.values())
    _behind_the_back("DELETE FROM people_auditentry")
    triggers.put_in_place()
    AuditEntry.objects.bulk_create(AuditEntry(**row) for row in rows)
    assert verify().whole
    note(SYSTEM, "edited", "post:10")
    assert verify().lines == 6


def test_a_hash_is_the_same_whatever_the_database_makes_of_numbers_and_order():
    line = dict.fromkeys(chain.FIELDS) | {"at": timezone.now(), "number": 1}
    one = {**line, "detail": {"b": 1.0, "a": [1, 2.5], "в": "ә"}}
    other = {**line, "detail": json.loads('{"a": [1, 2.5], "b": 1, "в": "ә"}')}
    assert chain.digest(chain.FIRST, one) == chain.digest(chain.FIRST, other)
    assert chain.digest(chain.FIRST, one) != chain.digest("1" * 64, one)


def test_what_cannot_be_written_as_json_is_written_as_words(db):
    now = timezone.now()
    note(SYSTEM, "edited", "post:1", after={"publish_at": now}, languages=("kk", "ru"))
    line = AuditEntry.objects.get()
    assert line.after == {"publish_at": str(now)}
    assert line.detail == {"languages": ["kk", "ru"]}
    assert verify().whole


def test_only_what_differs_is_noted():
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"before": {"b": 2}, "after": {"b": 3}}


def test_a_step_that_is_undone_leaves_no_gap(trail):
    with transaction.atomic():
        note(SYSTEM, "edited", "post:1")
        transaction.set_rollback(True)
    note(SYSTEM, "edited", "post:2")
    assert (verify().whole, verify().lines) == (True, 6)


def test_every_subject_has_room():
    """PostgreSQL refuses a word that is too long, where SQLite takes it: nobody could join by the longest name."""
    room = AuditEntry._meta.get_field("subject").max_length
    named = {"user": (User, "username"), "channel": (Channel, "key"), "account": (Account, "key")}
    longest = {kind: model._meta.get_field(name).max_length for kind, (model, name) in named.items()}
    assert max(len(f"{kind}:") + length for kind, length in longest.items()) <= room
