"""Who has a post open in the editor now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from publisher.compose.models import Editing, Post
from publisher.people.models import User

GONE = timedelta(seconds=50)  # the editor is heard of every 15 s


@dataclass(frozen=True, slots=True)
class Colleague:
    name: str
    since: datetime


def here(post: Post, user: User) -> list[Colleague]:
    """Says that this person has it open, and who else has."""
    moment = timezone.now()
    row, made = Editing.objects.get_or_create(post=post, user=user, defaults={"since": moment, "at": moment})
    if not made:
        row.since = row.since if moment - row.at < GONE else moment
        row.at = moment
        row.save(update_fields=["since", "at"])
    return others(post, user)


def others(post: Post, user: User | None) -> list[Colleague]:
    rows = Editing.objects.filter(post=post, at__gt=timezone.now() - GONE).exclude(user=user).select_related("user")
    return [Colleague(str(row.user), row.since) for row in rows.order_by("since")]
