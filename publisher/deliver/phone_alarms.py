"""Says in the control chat, once each time, that a phone was restricted, banned or logged out, and what happens now."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from publisher.connectors.base import Message
from publisher.connectors.errors import ConnectorError, OutcomeUnknown
from publisher.deliver import pauses, phones
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.consent import needing_consent
from publisher.deliver.models import Channel, Pause, PhoneLink
from publisher.deliver.questions import control_chat, leave_alone
from publisher.deliver.worker import publishing
from publisher.sentences import say

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alarm:
    account_key: str
    sender: str
    chat: str
    message: Message


def due() -> list[Alarm]:
    """Each is marked as told, so that no other clock tells it too."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original says it
        return []
    PhoneLink.objects.filter(account__paused_at=None).exclude(told="").update(told="")
    lost = PhoneLink.objects.filter(account__pause_reason__in=phones.LOST, account__in=needing_consent())
    rows = lost.exclude(account__paused_at=None).exclude(accepted_at=None).select_related("account")
    return [alarm for link in rows if (alarm := _taken(link))]


def _taken(link: PhoneLink) -> Alarm | None:
    mark = link.account.pause_reason.removeprefix("phone_")[:12]
    place = control_chat(link.account_id) if link.told != mark else None
    if place is None:
        return None
    account, chat = place
    mine = PhoneLink.objects.filter(pk=link.pk).exclude(told=mark)
    there = Channel(account=account, target=chat, platform_kind="group")
    if not allowed(there, now().timestamp()) or not mine.update(told=mark):
        return None
    return Alarm(link.account_id, account.key, chat, Message(f"phone-{link.account_id}-{mark}", text=_words(link)))


def _words(link: PhoneLink) -> str:
    """Kazakh, then Russian: both may be read there."""
    url = f"{settings.CONFIG.site.public_url.rstrip('/')}/accounts/{link.account_id}/phone/"
    said = []
    for language in ("kk", "ru"):
        with translation.override(language):
            then = (
                gettext("Posts for its groups go to the people who post.")
                if link.fall_back
                else gettext("Posts for its groups wait.")
            )
            said.append(f"{link.account_id}: {say(link.account.pause_reason)} {then}")
    return "\n\n".join([*said, url])


async def say_them(connections: Connections) -> int:
    """Returns how many were told."""
    told = 0
    for alarm in await db(due):
        try:
            connector = publishing(await connections.get(alarm.sender))
            await connector.publish(alarm.chat, alarm.message)
            told += 1
        except OutcomeUnknown as error:  # it may stand there: told once is enough
            log.info("Alarm about %s: %s", alarm.account_key, error.detail)
        except ConnectorError as error:
            log.warning("The control chat %s cannot be told: %s", alarm.chat, error.detail)
            await db(_take_back, alarm.account_key)
            await db(leave_alone, alarm.sender, alarm.chat, error)
    return told


def _take_back(account_key: str) -> None:
    PhoneLink.objects.filter(account=account_key).update(told="")
