"""The personal link of a task: signed, with its end, and good for that one task."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing

from publisher.relay.models import Relay, Task

SALT = "relay.task"
LIVES = timedelta(days=7)  # also afterwards one may look what became of it, and say how many have seen it


def token_of(task: Task) -> str:
    return signing.dumps([task.pk, task.nonce], salt=SALT, compress=False)


def address(task: Task) -> str:
    return f"{settings.CONFIG.site.public_url.rstrip('/')}/r/{token_of(task)}/"


def task_of(token: str) -> Task | None:
    """None: made up, changed, too old, of a task that is no more, or of a person who was switched off."""
    try:
        pk, nonce = signing.loads(token, salt=SALT, max_age=LIVES)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Task.objects.select_related("relay", "delivery__channel__account", "delivery__post__district", "change")
    return rows.filter(pk=pk, nonce=nonce, relay__active=True).first()


def start_address(relay: Relay, bot: str) -> str:
    """Opens the bot on the relay's phone; with “Start” it learns which chat is theirs."""
    return f"https://t.me/{bot}?start={relay.start_code}"
