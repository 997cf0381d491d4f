"""The audit trail: one line for everything that changes what residents see."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass

from publisher.people.models import AuditEntry, District, User


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


def note(actor: Actor, verb: str, subject: str, *, district: District | None = None, **detail: object) -> None:
    AuditEntry.objects.create(
        actor=actor.user, actor_name=actor.name, verb=verb, subject=subject, district=district, detail=detail
    )
