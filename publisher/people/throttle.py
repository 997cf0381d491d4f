"""Limits on guessing. They count wrong answers only, so that nobody who knows the right one ever meets them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from publisher.people.models import Throttle

FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` wrong answers in `span`."""

    name: str
    times: int
    span: timedelta


# One account, from all addresses together; django-axes counts name and address and closes much earlier.
LOG_IN = Limit("login", 100, timedelta(hours=1))
PROOF = Limit("proof", 10, timedelta(minutes=15))  # second steps and repeated passwords of one person


class TooMany(Exception):
    """Wait until the span is over."""


def check(limit: Limit, whose: object) -> None:
    """Raises TooMany when no further try is allowed now."""
    row = Throttle.objects.filter(pk=_key(limit, whose)).first()
    if row and row.count >= limit.times and timezone.now() < row.since + limit.span:
        raise TooMany


def failed(limit: Limit, whose: object) -> None:
    now = timezone.now()
    with transaction.atomic():
        row, _new = Throttle.objects.select_for_update().get_or_create(pk=_key(limit, whose), defaults={"since": now})
        if now >= row.since + limit.span:
            row.count, row.since = 0, now
        row.count += 1
        row.save()


def succeeded(limit: Limit, whose: object) -> None:
    Throttle.objects.filter(pk=_key(limit, whose)).delete()


def forget_old() -> None:
    Throttle.objects.filter(since__lt=timezone.now() - FORGOTTEN).delete()


def _key(limit: Limit, whose: object) -> str:
    """A hash, since what is typed as a name may be a password."""
    return f"{limit.name}:{hashlib.sha256(str(whose).casefold().encode()).hexdigest()[:40]}"
