"""“Did it appear?” is also asked in the press office's control chat, once for each unknown delivery.

Only after the look-ups gave nothing. The message goes through the same limits as every other one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from publisher.connectors.base import Message
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Unavailable
from publisher.connectors.telegram import TelegramSettings
from publisher.deliver import limits, pauses
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.lookup import PAUSES
from publisher.deliver.models import Account, Channel, Delivery, Pause, State
from publisher.deliver.worker import publishing

log = logging.getLogger(__name__)
REST = 60.0  # seconds
AT_ONCE = 5  # questions in one round; the rest follows in the next


@dataclass(frozen=True, slots=True)
class Question:
    delivery_id: int
    account_key: str
    control_chat: str
    message: Message


def due() -> list[Question]:
    """Questions to put now; each is marked as asked, so that nobody else asks it."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original asks
        return []
    rows = Delivery.objects.filter(state=State.UNKNOWN, asked_at=None, settled_by="", lookups__gt=len(PAUSES))
    rows = rows.exclude(post__district__in=without_chat())
    rows = rows.select_related("post__district", "channel").order_by("-priority", "due_at")
    return [question for row in rows[:AT_ONCE] if (question := _taken(row))]


def _taken(row: Delivery) -> Question | None:
    place = control_chat(row.channel.account_id, row.post.district_id)
    if place is None:
        return None
    account, chat = place
    with transaction.atomic():
        there = Channel(account=account, target=chat, platform_kind="group")
        mine = Delivery.objects.filter(pk=row.pk, state=State.UNKNOWN, asked_at=None)
        if not allowed(there, now().timestamp()) or not mine.update(asked_at=now()):
            return None
    return Question(row.pk, account.key, chat, Message(f"ask-{row.key}", text=_words(row)))


def control_chat(account_key: str, district_key: str = "") -> tuple[Account, str] | None:
    """The district's own; else the delivery's own account's, else the first that has one: WhatsApp has no such chat."""
    given = settings.CONFIG.accounts
    keys = [account_key, *given]
    district = settings.CONFIG.districts.get(district_key)
    own = district.control_chat if district else ""
    chats = {key: own or found.control_chat for key in keys if isinstance(found := given.get(key), TelegramSettings)}
    open_ones = Account.objects.filter(key__in=chats, paused_at=None).in_bulk()
    return next(((open_ones[key], chat) for key, chat in chats.items() if chat and key in open_ones), None)


def without_chat() -> list[str]:
    """Districts in which nobody can be told: what waits for them must not stand before what the others are told."""
    if control_chat(""):
        return []
    return [key for key, district in settings.CONFIG.districts.items() if not district.control_chat]


def _words(row: Delivery) -> str:
    """Kazakh, then Russian: both may be read there."""
    url = f"{settings.CONFIG.site.public_url.rstrip('/')}/posts/{row.post_id}/"
    said = []
    for language in ("kk", "ru"):
        with translation.override(language):
            words = gettext(
                "Did “%(title)s” appear in “%(channel)s”? The platform's answer was lost. "
                "Look into the channel and answer in the console: it is not sent again unasked."
            )
            said.append(words % {"title": row.post.title, "channel": str(row.channel)})
    return "\n\n".join([*said, url])


async def ask(connections: Connections) -> int:
    """Returns how many questions were put."""
    put = 0
    for question in await db(due):
        try:
            connector = publishing(await connections.get(question.account_key))
            await connector.publish(question.control_chat, question.message)
        except OutcomeUnknown as error:  # it may stand there: asked once is enough
            log.info("Question about delivery %s: %s", question.delivery_id, error.detail)
        except ConnectorError as error:
            log.warning("The control chat %s cannot be asked: %s", question.control_chat, error.detail)
            await db(_take_back, question.delivery_id)
            await db(leave_alone, question.account_key, question.control_chat, error)
        else:
            put += 1
    return put


def leave_alone(account_key: str, chat: str, error: ConnectorError) -> None:
    """A control chat that refused us is not asked again every three seconds: as long as it says, else a minute."""
    if isinstance(error, Unavailable):
        return
    pause, scope = (error.retry_after, error.scope) if isinstance(error, RateLimited) else (REST, "chat")
    limits.block(Channel(account_id=account_key, target=chat), now().timestamp() + pause, scope)


def _take_back(delivery_id: int) -> None:
    Delivery.objects.filter(pk=delivery_id).update(asked_at=None)
