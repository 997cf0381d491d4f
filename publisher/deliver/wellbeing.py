"""How an account and its channels are, for people: limits used, what went out, the last error in words. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from publisher.deliver.border import now
from publisher.deliver.models import Account, Attempt, Bucket, Channel, Delivery, State

NO_ERROR = ("", "sent", "taken_back")
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Used:
    """How much of the platform's pace is used up at this moment, in seconds. Chats are counted, never named."""

    booked_s: float = 0.0
    blocked_s: float = 0.0
    blocked_chats: int = 0


@dataclass(frozen=True, slots=True)
class Wellbeing:
    used: Used
    sent_today: int
    refused_today: int
    waiting: int
    last_error: Attempt | None
    last_sent: datetime | None


def of_account(account: Account) -> Wellbeing:
    return _of(Attempt.objects.filter(delivery__channel__account=account), _waiting(account=account), used(account.key))


def of_channel(channel: Channel) -> Wellbeing:
    waiting = _waiting(pk=channel.pk)
    return _of(Attempt.objects.filter(delivery__channel=channel), waiting, _used_in(channel, now().timestamp()))


def _waiting(**channel: object) -> int:
    rows = Delivery.objects.filter(state__in=[State.WAITING, State.CLAIMED])
    return rows.filter(**{f"channel__{name}": value for name, value in channel.items()}).count()


def _of(attempts: QuerySet[Attempt], waiting: int, pace: Used) -> Wellbeing:
    moment = now()
    week = _since(attempts, moment - LOOK_BACK).select_related("delivery__post", "delivery__channel")
    day = week.filter(ended_at__gte=moment - timedelta(days=1)).aggregate(
        sent=Count("pk", filter=Q(outcome="sent")), refused=Count("pk", filter=~Q(outcome__in=NO_ERROR))
    )
    last_sent = week.filter(outcome="sent").order_by("-pk").values_list("ended_at", flat=True).first()
    last_error = week.exclude(outcome__in=NO_ERROR).order_by("-pk").first()
    return Wellbeing(pace, day["sent"], day["refused"], waiting, last_error, last_sent)


def _since(attempts: QuerySet[Attempt], moment: datetime) -> QuerySet[Attempt]:
    """By number, since attempts are made in the order of time and their moments have no index."""
    older = Attempt.objects.filter(claimed_at__lt=moment).order_by("-pk").values_list("pk", flat=True).first()
    return attempts.filter(pk__gt=older or 0)


def used(account_key: str) -> Used:
    at = now().timestamp()
    rows = Bucket.objects.filter(Q(blocked_until__gt=at) | Q(full_at__gt=at))
    found = {row.key: row for row in rows}
    mine = [row for key, row in found.items() if key.startswith(f"account:{account_key}:")]
    chats = [row for key, row in found.items() if key.startswith(f"chat:{account_key}:")]
    blocked = found.get(f"account:{account_key}")
    return Used(
        max((row.full_at - at for row in mine), default=0.0),
        max(blocked.blocked_until - at, 0.0) if blocked else 0.0,
        sum(row.blocked_until > at for row in chats),
    )


def _used_in(channel: Channel, at: float) -> Used:
    chat = f"chat:{channel.account_id}:{channel.target}"
    rows = {row.key: row for row in Bucket.objects.filter(Q(key=chat) | Q(key__startswith=f"{chat}:"))}
    booked = max((row.full_at - at for key, row in rows.items() if key != chat), default=0.0)
    blocked = max(rows[chat].blocked_until - at, 0.0) if chat in rows else 0.0
    return Used(max(booked, 0.0), blocked, int(blocked > 0))
