"""Chats that a platform told us of: offered where a channel is added, until somebody adds them."""

from __future__ import annotations

from publisher.connectors.base import Event, Noticed, Target, TargetChanged
from publisher.deliver.border import now
from publisher.deliver.models import Channel, HeardChat

KEPT = 40  # of an account: anybody may forward a message to a bot
ASK = "ask"  # in place of the missing rights: only asking the platform can tell them


def note_event(account_key: str, event: Event) -> None:
    """A chat that let us in is kept, one that put us out is forgotten. Hearing of it again tells the newest."""
    if isinstance(event, TargetChanged) and (event.moved_to or event.detail == "target_gone"):
        HeardChat.objects.filter(account=account_key, target=event.target).delete()
    elif isinstance(event, Noticed):
        _keep(account_key, event)
        _forget_the_oldest(account_key)


def _keep(account_key: str, event: Noticed) -> None:
    """A forwarded message does not overwrite what the platform itself told of our rights."""
    told = {"title": event.title[:200], "kind": event.kind, "heard_at": now()}
    rights = {"missing": [ASK] if event.missing_rights is None else list(event.missing_rights)}
    HeardChat.objects.update_or_create(
        account_id=account_key,
        target=event.target,
        defaults=told if event.missing_rights is None else told | rights,
        create_defaults=told | rights,
    )


def keep(account_key: str, found: Target) -> None:
    """What asking the platform told of our rights."""
    if found.kind != "private":
        _keep(account_key, Noticed(found.id, found.title, found.kind, found.missing_rights))


def missing_rights(channel: Channel) -> list[str] | None:
    """As last told or asked; None: nobody asked yet."""
    row = HeardChat.objects.filter(account=channel.account_id, target=channel.target).first()
    return None if row is None or ASK in row.missing else list(row.missing)


def _forget_the_oldest(account_key: str) -> None:
    """Those that only a forwarded message told of go first; channels of ours stay."""
    rows = to_add(account_key)
    rows.sort(key=lambda row: ASK in row.missing)
    HeardChat.objects.filter(pk__in=[row.pk for row in rows[KEPT:]]).delete()


def to_add(account_key: str) -> list[HeardChat]:
    """Those that are no channel yet, the newest first."""
    taken = Channel.objects.filter(account=account_key).values("target")
    return list(HeardChat.objects.filter(account=account_key).exclude(target__in=taken).order_by("-heard_at", "-pk"))
