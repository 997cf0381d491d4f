"""People at the command line: for the day nobody can log in."""

from __future__ import annotations

from argparse import Namespace

from publisher.commands import DONE, WrongInput, tell
from publisher.people import factors, invitations, visits
from publisher.people.audit import shell_actor
from publisher.people.models import User


def listing(arguments: Namespace) -> int:
    rows = User.objects.select_related("district").prefetch_related("second_factors").order_by("username")
    data = [
        {
            "name": row.username,
            "person": str(row),
            "role": row.role,
            "district": row.district_id,
            "region": row.region_id,
            "active": row.is_active,
            "second_factor": bool(row.second_factors.all()),
        }
        for row in rows
    ]
    places = [row["district"] or row["region"] or "all districts" for row in data]
    lines = [f"{row['name']}: {row['person']}, {row['role']}, {place}" for row, place in zip(data, places, strict=True)]
    tell(arguments, data, lines or ["Nobody yet. Make a link: publisher invite --role admin"])
    return DONE


def reset(arguments: Namespace) -> int:
    """The second factor goes; the password stays."""
    person = _person(arguments.name)
    removed = factors.remove_all(person, shell_actor())
    visits.end_others(person, None)
    line = f"{person.username} logs in with the password alone and sets up the second factor anew."
    tell(arguments, {"name": person.username, "removed": removed}, [line])
    return DONE


def password(arguments: Namespace) -> int:
    person = _person(arguments.name)
    url = invitations.link(invitations.for_new_password(person, shell_actor()))
    tell(arguments, {"url": url, "name": person.username}, [f"One-time link for a new password, good for a day: {url}"])
    return DONE


def _person(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise WrongInput(f"Nobody is called “{name}”. See: publisher person list.")
    return found
