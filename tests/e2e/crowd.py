"""Many chats and many texts at once: straight into the database, since a command per chat would take minutes."""

from __future__ import annotations

from tests.e2e.deployment import Deployment, Platform

LOAD = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from publisher.compose.approval import digest_of
from publisher.compose.models import Post, Status, Version
from publisher.deliver.models import Channel, Delivery
from publisher.people.models import District

chats, texts, due_in, prefix, urgent = {chats!r}, {texts!r}, {due_in!r}, {prefix!r}, {urgent!r}
district = District.objects.get(pk="akkaiyn")
due = timezone.now() + timedelta(seconds=due_in)
with transaction.atomic():
    rows = [
        Channel.objects.get_or_create(
            key=key,
            defaults=dict(
                account_id="telegram-main", target=target, platform_kind="channel", languages=["kk"], district=district
            ),
        )[0]
        for key, target in chats.items()
    ]
    for number in range(texts):
        name = f"{{prefix}}{{number:05}}"
        post = Post.objects.create(kind="scam_warning", district=district, status=Status.APPROVED, title=name)
        Version.objects.create(post=post, language="kk", body=f"Ескерту {{name}}. Сенім телефоны {{{{hotline}}}}.")
        post.urgent = urgent
        post.approved_digest = digest_of(post)
        post.save()
        priority = Delivery.URGENT if urgent else 0
        Delivery.objects.bulk_create(
            Delivery(post=post, channel=row, language="kk", due_at=due, priority=priority) for row in rows
        )
"""
STATES = """
SELECT c.target, p.title, d.state FROM deliver_delivery d
JOIN deliver_channel c ON c.id = d.channel_id JOIN compose_post p ON p.id = d.post_id
"""


def chats(platform: Platform, count: int, kind: str = "channel") -> dict[str, str]:
    """Channel key → the chat's id on the platform."""
    return {f"chat{n:02}": platform.channel(f"Арна {n}", kind=kind) for n in range(count)}


def load(
    here: Deployment, targets: dict[str, str], texts: int, *, due_in: float = 0, prefix: str = "№", urgent: bool = False
) -> None:
    """Every text to every chat, approved and due."""
    here.run("queue")  # brings the database up to date
    here.python(LOAD.format(chats=targets, texts=texts, due_in=due_in, prefix=prefix, urgent=urgent))


def text_of(title: str) -> str:
    return f"Ескерту {title}. Сенім телефоны 2-15-65."


def states(here: Deployment) -> list[tuple[str, str, str]]:
    """(chat, title, state) of every delivery."""
    return here.sql(STATES)
