"""The audit trail: one line for everything that changes what residents see, or who may change it.

Lines are only added: triggers refuse the rest (triggers.py), and a chain of hashes shows what got past them (chain.py).
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from publisher.people import chain
from publisher.people.models import AuditEntry, District, User

QUEUE = 7_227_646_003  # PostgreSQL's advisory lock; 001 and 002 are for migrating and moving


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person of the console, the administrator at the shell, or the program itself."""

    name: str
    user: User | None = None


SYSTEM = Actor("publisher")


def shell_actor() -> Actor:
    """The administrator at the command line, by the name the system knows."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return Actor(f"{name} (command line)")


def user_actor(user: User) -> Actor:
    return Actor(str(user), user)


def note(
    actor: Actor,
    verb: str,
    subject: str,
    *,
    district: District | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **detail: object,
) -> None:
    """`before` and `after`: the changed fields alone. Never a password, a code, a token or a link that lets in."""
    with transaction.atomic():
        _wait_for_the_pen()
        last = AuditEntry.objects.order_by("-number").values("number", "hash").first()
        line = AuditEntry(
            number=last["number"] + 1 if last else 1,
            at=timezone.now(),
            actor_id=actor.user.pk if actor.user else None,
            actor_name=actor.name,
            verb=verb,
            subject=subject,
            district_id=district.pk if district else None,
            detail=_storable(detail),
            before=_storable(before),
            after=_storable(after),
        )
        line.hash = chain.digest(last["hash"] if last else chain.FIRST, _content(line))
        line.save(force_insert=True)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The two halves of what differs, as `note` takes them."""
    names = [name for name in after if before.get(name) != after[name]]
    return {"before": {name: before.get(name) for name in names}, "after": {name: after[name] for name in names}}


def _wait_for_the_pen() -> None:
    """One writes at a time, until its transaction ends: two lines must not follow the same one.

    SQLite's transactions write one at a time anyway (IMMEDIATE).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [QUEUE])


def _storable(value: Mapping[str, Any] | None) -> Any:
    """As it will come back from the database, so that the hash is of that."""
    return None if value is None else json.loads(json.dumps(dict(value), default=str, ensure_ascii=False))


def _content(line: AuditEntry) -> dict[str, Any]:
    return {name: getattr(line, name) for name in chain.FIELDS}


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line that does not fit, and what is wrong with it."""

    number: int
    what: str  # "changed", "missing" (lines before it are gone), "doubled"


@dataclass(frozen=True, slots=True)
class Verdict:
    lines: int
    head: str
    broken: Broken | None
    expected_found: bool = True

    @property
    def whole(self) -> bool:
        return self.broken is None and self.expected_found


def head() -> str:
    """The newest hash. Whoever notes it elsewhere can tell later that nothing before it was changed or cut off."""
    last = AuditEntry.objects.order_by("-number").values_list("hash", flat=True).first()
    return last or chain.FIRST


def verify(expected: str = "") -> Verdict:
    """Reads the whole trail. `expected`: a hash noted earlier, which must still be there."""
    previous, count, found = chain.FIRST, 0, not expected
    for line in _lines():
        what = _flaw(line, count, previous)
        if what:
            return Verdict(count, previous, Broken(line.number, what), found)
        previous, count = line.hash, count + 1
        found = found or previous == expected
    return Verdict(count, previous, None, found)


def _flaw(line: AuditEntry, count: int, previous: str) -> str:
    if line.number != count + 1:
        return "missing" if line.number > count + 1 else "doubled"
    return "" if line.hash == chain.digest(previous, _content(line)) else "changed"


def _lines() -> Iterator[AuditEntry]:
    return AuditEntry.objects.order_by("number", "pk").iterator(chunk_size=2000)
