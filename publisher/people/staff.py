"""Changing what a colleague may do, and for which district; switching somebody off."""

from __future__ import annotations

from django.db import transaction

from publisher.people import visits
from publisher.people.audit import Actor, changes, note
from publisher.people.models import District, Region, Role, User


class LastAdministrator(Exception):
    """Nobody would be left who can look after people."""


def change(person: User, role: str, district: District | None, actor: Actor, region: Region | None = None) -> bool:
    """They are signed out everywhere, so that no open page goes on with the old rights. False: nothing differs."""
    before = {"role": person.role, "district": person.district_id, "region": person.region_id}
    after = {"role": role, "district": district.pk if district else None, "region": region.pk if region else None}
    if before == after:
        return False
    with transaction.atomic():
        if role != Role.ADMIN or district or region:
            _another_is_left(person)
        User.objects.filter(pk=person.pk).update(role=role, district=district, region=region)
        visits.end_others(person, None)
        subject = f"user:{person.username}"
        note(actor, "person_changed", subject, district=person.district, **changes(before, after))
    person.refresh_from_db()
    return True


def switch(person: User, on: bool, actor: Actor) -> None:
    """Nobody is deleted: what they wrote and approved keeps their name."""
    with transaction.atomic():
        if not on:
            _another_is_left(person)
            visits.end_others(person, None)
        before, after = {"active": person.is_active}, {"active": on}
        User.objects.filter(pk=person.pk).update(is_active=on)
        verb = "person_on" if on else "person_off"
        note(actor, verb, f"user:{person.username}", district=person.district, before=before, after=after)
    person.refresh_from_db()


def sign_out_everywhere(person: User, actor: Actor) -> int:
    with transaction.atomic():
        ended = visits.end_others(person, None)
        note(actor, "signed_out_everywhere", f"user:{person.username}", district=person.district, devices=ended)
    return ended


def _another_is_left(person: User) -> None:
    """Of all districts, since only such a one can put everything right."""
    everywhere = User.objects.select_for_update().filter(role=Role.ADMIN, district=None, region=None, is_active=True)
    if person in everywhere and not everywhere.exclude(pk=person.pk).exists():
        raise LastAdministrator
