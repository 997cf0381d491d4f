"""One-time links: how the first administrator and every colleague after that gets in. No password is ever given out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.people.audit import Actor, note, user_actor
from publisher.people.models import District, Invitation, User

VALID = timedelta(days=3)


class NotValid(Exception):
    """The link was used, is too old, or was never given out; which of these is not told."""


def invite(role: str, district: District | None = None, *, valid: timedelta = VALID, actor: Actor | None = None) -> str:
    """A new token. It is shown once: only its hash is kept."""
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(token_hash=_hash(token), role=role, district=district, expires_at=timezone.now() + valid)
    if actor:
        note(actor, "invited", f"role:{role}", district=district)
    return token


def link(token: str) -> str:
    """The page a person opens to choose a name and a password."""
    return f"{settings.CONFIG.site.public_url.rstrip('/')}/invitation/{token}/"


def look(token: str) -> Invitation:
    found = Invitation.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now()).first()
    if not found:
        raise NotValid
    return found


def redeem(token: str, username: str, name: str, password: str, language: str = "kk") -> User:
    """Make the person; the link is spent with it, also when two browsers press at the same moment."""
    with transaction.atomic():
        invitation = look(token)
        spent = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now())
        if not spent:
            raise NotValid
        first, _, last = name.strip().partition(" ")
        user = User.objects.create_user(
            username,
            password=password,
            first_name=first,
            last_name=last,
            role=invitation.role,
            district=invitation.district,
            language=language,
        )
        note(user_actor(user), "joined", f"user:{user.username}", district=user.district, role=user.role)
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
