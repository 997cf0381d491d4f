"""Says in the control chat that a ruse is told of more often than usual: once for each rise, with a link."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from publisher.connectors.base import Message
from publisher.connectors.errors import ConnectorError, OutcomeUnknown
from publisher.deliver import pauses
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.models import Channel, Pause
from publisher.deliver.questions import control_chat, leave_alone, without_chat
from publisher.deliver.worker import publishing
from publisher.hotline import alarms
from publisher.hotline.models import Alarm, AlarmState
from publisher.hotline.patterns import catalogue

log = logging.getLogger(__name__)
STALE = timedelta(days=1)  # said later than this, everybody has seen it on the page


@dataclass(frozen=True, slots=True)
class Word:
    alarm_id: int
    account_key: str
    chat: str
    message: Message


def due() -> Word | None:
    """The next one; it is marked as said, so that no other clock says it too."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original says it
        return None
    rows = Alarm.objects.filter(told_at=None, made_at__gte=timezone.now() - STALE).exclude(state=AlarmState.CLOSED)
    rows = rows.exclude(district__in=without_chat())
    alarm = rows.select_related("district", "okrug").order_by("pk").first()
    place = control_chat("", alarm.district_id) if alarm else None
    if alarm is None or place is None:
        return None
    account, chat = place
    with transaction.atomic():
        if not allowed(Channel(account=account, target=chat, platform_kind="group"), now().timestamp()):
            return None
        if not Alarm.objects.filter(pk=alarm.pk, told_at=None).update(told_at=timezone.now()):
            return None
    return Word(alarm.pk, account.key, chat, Message(f"alarm-{alarm.pk}", text=_words(alarm)))


def _words(alarm: Alarm) -> str:
    """Kazakh, then Russian: both may be read there."""
    base = settings.CONFIG.site.public_url.rstrip("/")
    said, known = [], catalogue()
    for language in ("kk", "ru"):
        with translation.override(language):
            words = gettext(
                "More calls than usual about “%(pattern)s” (%(place)s): %(count)s in %(days)s days, usually %(usual)s. "
                "A draft of the warning is begun; nothing goes out by itself."
            )
            said.append(words % alarms.words(alarm, known, language))
    link = f"{base}/posts/{alarm.post_id}/" if alarm.post_id else f"{base}/hotline/"
    return "\n\n".join([*said, link])


async def say(connections: Connections) -> int:
    """Returns how many rises were told of."""
    word = await db(due)
    if word is None:
        return 0
    try:
        connector = publishing(await connections.get(word.account_key))
        await connector.publish(word.chat, word.message)
    except OutcomeUnknown as error:  # it may stand there: said once is enough
        log.info("Alarm %s: %s", word.alarm_id, error.detail)
    except ConnectorError as error:
        log.warning("The control chat %s cannot be told: %s", word.chat, error.detail)
        await db(_take_back, word.alarm_id)
        await db(leave_alone, word.account_key, word.chat, error)
        return 0
    return 1


def _take_back(pk: int) -> None:
    Alarm.objects.filter(pk=pk).update(told_at=None)
