"""Who came by which invitation, and how many comments a message has: counted as the platform tells them, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from asgiref.sync import async_to_sync
from django.db import IntegrityError, transaction
from django.db.models import F

from publisher.compose.refusal import Refusal
from publisher.connectors import base
from publisher.connectors.base import Invites, Metric
from publisher.deliver.channels import connector_for
from publisher.deliver.models import Channel
from publisher.measure.models import InviteLink, Reading, Thread
from publisher.measure.whose import delivery_of
from publisher.people.audit import Actor, note

SOURCE = "invite-link"
COMMENTS = "discussion"
LONGEST_LABEL = 32  # Telegram's limit for an invite link's name


def record_joined(account_key: str, event: base.Joined) -> bool:
    """One member more. Those who came another way are counted under no label."""
    channel = Channel.objects.filter(account_id=account_key, target=event.target).first()
    if channel is None:
        return False
    link = InviteLink.objects.filter(channel=channel, url=event.invite).first() if event.invite else None
    if link is not None:
        InviteLink.objects.filter(pk=link.pk).update(joined=F("joined") + 1)
        link.refresh_from_db()
    label, value = (link.label, link.joined) if link else ("", _others(channel) + 1)
    mine = {"channel": channel, "metric": Metric.JOINS, "label": label, "at": event.at, "source": SOURCE}
    Reading.objects.update_or_create(**mine, defaults={"value": value})
    return True


def _others(channel: Channel) -> int:
    rows = Reading.objects.filter(channel=channel, metric=Metric.JOINS, label="").order_by("-at", "-id")
    return rows.values_list("value", flat=True).first() or 0


def record_thread(account_key: str, event: base.Threaded) -> bool:
    """Of an album the first picture's place holds."""
    delivery = delivery_of(account_key, event.target, event.message_id)
    if delivery is None:
        return False
    Thread.objects.get_or_create(delivery=delivery, defaults={"group": event.group, "root": event.root})
    return True


def record_comment(event: base.Commented) -> bool:
    return bool(Thread.objects.filter(group=event.group, root=event.root).update(comments=F("comments") + 1))


def comments_of(deliveries: Sequence[int], at: datetime) -> Mapping[int, list[base.Reading]]:
    """What was told so far, as a snapshot. A message whose place was never told of has none, which is not 0."""
    rows = Thread.objects.filter(delivery__in=deliveries).values_list("delivery", "comments")
    found: dict[int, list[base.Reading]] = defaultdict(list)
    for delivery, count in rows:
        found[delivery].append(base.Reading(Metric.REPLIES, count, at, COMMENTS))
    return found


def joined_between(channels: Sequence[int], start: datetime, end: datetime) -> dict[tuple[int, str], int]:
    """By channel and invitation: how many came in that time. For reports."""
    rows = Reading.objects.filter(channel__in=channels, metric=Metric.JOINS, at__lt=end).order_by("at", "id")
    before: dict[tuple[int, str], int] = {}
    last: dict[tuple[int, str], int] = {}
    for channel, label, at, value in rows.values_list("channel", "label", "at", "value"):
        (before if at < start else last)[channel, label] = value
    return {key: value - before.get(key, 0) for key, value in last.items()}


def make(channel: Channel, label: str, actor: Actor) -> InviteLink:
    """An invitation for one poster or place. Its name is the platform's too, so an administrator finds it there."""
    label = " ".join(label.split())[:LONGEST_LABEL]
    if not label or InviteLink.objects.filter(channel=channel, label=label).exists():
        raise Refusal("invite_label_taken")
    url = async_to_sync(_invited)(channel.account_id, channel.target, label)
    try:
        with transaction.atomic():
            link = InviteLink.objects.create(channel=channel, url=url, label=label, made_by=actor.name)
            note(actor, "invite_made", f"channel:{channel.key}", district=channel.district, label=label)
    except IntegrityError:
        raise Refusal("invite_label_taken") from None
    return link


async def _invited(account_key: str, target: str, label: str) -> str:
    async with connector_for(account_key) as connector:
        if not isinstance(connector, Invites):
            raise Refusal("no_invites")
        return await connector.invite(target, label)


def end(link: InviteLink, actor: Actor) -> None:
    """Nobody gets in by it any more; the count stays."""
    channel = link.channel
    async_to_sync(_uninvited)(channel.account_id, channel.target, link.url)
    with transaction.atomic():
        InviteLink.objects.filter(pk=link.pk).update(off=True)
        note(actor, "invite_ended", f"channel:{channel.key}", district=channel.district, label=link.label)


async def _uninvited(account_key: str, target: str, url: str) -> None:
    async with connector_for(account_key) as connector:
        if isinstance(connector, Invites):
            await connector.uninvite(target, url)
