"""Tokens: made, shown once, looked up by their hash, revoked. A token sees its own districts and nothing else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from publisher.api.models import Asked, CalendarKey, Scope, Token, Webhook
from publisher.people.audit import Actor, note
from publisher.people.models import District, Region, User
from publisher.people.throttle import Limit

PREFIX = "pub_"
PACE = Limit("api", 240, timedelta(minutes=1))  # requests of one token
USED_EVERY = timedelta(minutes=1)  # how exactly "last used" is kept


@transaction.atomic
def make(
    name: str, scopes: Collection[str], actor: Actor, district: District | None = None, region: Region | None = None
) -> tuple[Token, str]:
    """The row and the token itself, which cannot be read again."""
    given = PREFIX + secrets.token_urlsafe(32)
    row = Token.objects.create(
        name=name[:80],
        token_hash=hashed(given),
        beginning=given[:10],
        scopes=[scope for scope in Scope.values if scope in scopes],
        district=district,
        region=region,
        made_by=actor.name,
    )
    note(actor, "token_made", f"token:{row.pk}", district=district, name=row.name, scopes=row.scopes)
    return row, given


@transaction.atomic
def revoke(row: Token, actor: Actor) -> None:
    if Token.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now()):
        note(actor, "token_revoked", f"token:{row.pk}", district=row.district, name=row.name)


def look(given: str) -> Token | None:
    row = Token.objects.filter(token_hash=hashed(given), revoked_at=None).select_related("district", "region").first()
    if row and (row.used_at is None or row.used_at < timezone.now() - USED_EVERY):
        Token.objects.filter(pk=row.pk).update(used_at=timezone.now())
    return row


def forget() -> None:
    """Answers to idempotency keys are kept for a day."""
    Asked.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()


def hashed(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


def districts_of(row: Token | Webhook) -> QuerySet[District]:
    """What this token or webhook is about."""
    rows = District.objects.all()
    if row.district_id:
        return rows.filter(pk=row.district_id)
    return rows.filter(region=row.region_id) if row.region_id else rows


def calendar_key(user: User, actor: Actor) -> str:
    """A new address; an earlier one is void."""
    given = secrets.token_urlsafe(24)
    with transaction.atomic():
        CalendarKey.objects.update_or_create(user=user, defaults={"key_hash": hashed(given)})
        note(actor, "calendar_key", f"user:{user.username}", district=user.district)
    return given


def person_of(given: str) -> User | None:
    row = CalendarKey.objects.filter(key_hash=hashed(given), user__is_active=True).select_related("user").first()
    return row.user if row else None
