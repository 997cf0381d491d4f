"""One-time links: how the first administrator and every colleague after that gets in, and back in. No password is ever
given out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.people import visits
from publisher.people.audit import Actor, note, user_actor
from publisher.people.models import District, Invitation, Region, User

VALID = timedelta(days=3)
PASSWORD_VALID = timedelta(hours=24)  # a link into an existing account is worth more


class NotValid(Exception):
    """The link was used, is too old, or was never given out; which of these is not told."""


def invite(
    role: str,
    district: District | None = None,
    *,
    region: Region | None = None,
    valid: timedelta = VALID,
    actor: Actor | None = None,
) -> str:
    """A new token, for one district, one region, or (neither) all. It is shown once: only its hash is kept."""
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        token_hash=_hash(token), role=role, district=district, region=region, expires_at=timezone.now() + valid
    )
    if actor:
        note(actor, "invited", f"role:{role}", district=district, **({"region": region.pk} if region else {}))
    return token


def for_new_password(person: User, actor: Actor) -> str:
    """For whoever forgot it. An earlier link for them is void; the old password works until the new one is chosen."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        person.links.filter(used_at=None).update(used_at=timezone.now())
        Invitation.objects.create(
            person=person,
            token_hash=_hash(token),
            role=person.role,
            district=person.district,
            region=person.region,
            expires_at=timezone.now() + PASSWORD_VALID,
        )
        note(actor, "password_link", f"user:{person.username}", district=person.district)
    return token


def link(token: str) -> str:
    """The page a person opens to choose a name and a password."""
    return f"{settings.CONFIG.site.public_url.rstrip('/')}/invitation/{token}/"


def look(token: str) -> Invitation:
    rows = Invitation.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now())
    found = rows.select_related("person", "district", "region").first()
    if not found or (found.person and not found.person.is_active):
        raise NotValid
    return found


def redeem(token: str, username: str, name: str, password: str, language: str = "kk") -> User:
    """Make the person; the link is spent with it, also when two browsers press at the same moment."""
    with transaction.atomic():
        invitation = _spend(token)
        if invitation.person:
            raise NotValid
        first, _, last = name.strip().partition(" ")
        user = User.objects.create_user(
            username,
            password=password,
            first_name=first,
            last_name=last,
            role=invitation.role,
            district=invitation.district,
            region=invitation.region,
            language=language,
        )
        note(user_actor(user), "joined", f"user:{user.username}", district=user.district, role=user.role)
    return user


def redeem_password(token: str, password: str) -> User:
    """Everywhere else the person is signed out. A second factor stays: this link does not replace it."""
    with transaction.atomic():
        user = _spend(token).person
        if user is None:
            raise NotValid
        user.set_password(password)
        user.save(update_fields=["password"])
        visits.end_others(user, None)
        note(user_actor(user), "new_password", f"user:{user.username}", district=user.district)
    return user


def _spend(token: str) -> Invitation:
    invitation = look(token)
    if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()):
        raise NotValid
    return invitation


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
