"""Brings relays their links: by the Telegram bot when they wrote to it, else by e-mail. Each link is sent once.

What cannot be brought stays in the console, where an officer copies the link and passes it on.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from publisher.compose.models import Status
from publisher.connectors.base import Button, Event, Message, Started
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Unavailable
from publisher.connectors.telegram import TelegramSettings
from publisher.deliver import pauses
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.models import Account, Channel, Pause
from publisher.deliver.questions import leave_alone
from publisher.deliver.worker import publishing
from publisher.relay import links
from publisher.relay.models import Relay, Task, TaskKind, TaskState

log = logging.getLogger(__name__)
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one relay: about a task, or (task 0) that their chat is known now."""

    relay_id: int
    task_id: int
    chat: str
    email: str
    account_key: str
    subject: str
    text: str
    address: str


def record_event(account_key: str, event: Event) -> None:
    """A relay opened the bot by their own link: now we know where to write."""
    if isinstance(event, Started):
        Relay.objects.filter(start_code=event.code).update(telegram_chat=event.chat, greeted_at=None)


def due() -> list[Notice]:
    """Marked before they are sent, so that no clock sends one twice and a closed chat is not hammered."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original asks
        return []
    account = _bot()
    waiting = _to_tell(Task.objects.filter(state=TaskState.OPEN, noticed_at=None, relay__active=True), account)
    waiting = waiting.select_related("relay", "delivery__channel", "delivery__post")
    hellos = Relay.objects.filter(greeted_at=None, active=True).exclude(telegram_chat="") if account else ()
    found = [notice for relay in hellos if (notice := _hello(relay, account))]
    return [*found, *(notice for task in waiting[:AT_ONCE] if (notice := _about(task, account)))]


def _to_tell(tasks: QuerySet[Task], account: Account | None) -> QuerySet[Task]:
    """Of people whom we can write to, so that the others do not stand before them. What is being corrected or was
    stopped waits; that something is taken away does not."""
    reached = Q() if settings.CONFIG.mail else Q(pk__in=())
    reached &= ~Q(relay__email="")
    if account:
        reached |= ~Q(relay__telegram_chat="")
    stopped = pauses.current()
    open_now = Q(pk__in=()) if stopped.everything else Q(delivery__post__status=Status.APPROVED)
    open_now &= ~Q(delivery__post__district__in=stopped.districts)
    open_now &= ~Q(delivery__channel__district__in=stopped.districts)
    return tasks.filter(reached, open_now | Q(kind=TaskKind.WITHDRAW))


def _bot() -> Account | None:
    keys = [key for key, given in settings.CONFIG.accounts.items() if isinstance(given, TelegramSettings)]
    return Account.objects.filter(key__in=keys, paused_at=None).order_by("key").first()


def _hello(relay: Relay, account: Account | None) -> Notice | None:
    if account is None or not Relay.objects.filter(pk=relay.pk, greeted_at=None).update(greeted_at=now()):
        return None
    with translation.override(relay.language):
        text = gettext("%(name)s, from now on links to posts for your group come here.") % {"name": relay.name}
    return Notice(relay.pk, 0, relay.telegram_chat, "", account.pk, "", text, "")


def _about(task: Task, account: Account | None) -> Notice | None:
    relay = task.relay
    chat = relay.telegram_chat if account and _free(account, relay.telegram_chat) else ""
    email = relay.email if settings.CONFIG.mail else ""
    if not chat and not email:
        return None
    if not Task.objects.filter(pk=task.pk, state=TaskState.OPEN, noticed_at=None).update(noticed_at=now()):
        return None
    with translation.override(relay.language):
        subject, text = _words(task)
    return Notice(relay.pk, task.pk, chat, email, account.pk if account else "", subject, text, links.address(task))


def _free(account: Account, chat: str) -> bool:
    return bool(chat) and allowed(Channel(account=account, target=chat, platform_kind="group"), now().timestamp())


def _words(task: Task) -> tuple[str, str]:
    values = {"group": str(task.delivery.channel), "title": task.delivery.post.title}
    subject, text = {
        TaskKind.POST: (
            gettext("To post: %(title)s"),
            gettext("Please post “%(title)s” into “%(group)s” and tick it there."),
        ),
        TaskKind.CORRECT: (
            gettext("To correct: %(title)s"),
            gettext("The wording of “%(title)s” has changed. Please correct it in “%(group)s”."),
        ),
        TaskKind.WITHDRAW: (
            gettext("To delete: %(title)s"),
            gettext("Please delete “%(title)s” in “%(group)s” for everybody."),
        ),
    }[TaskKind(task.kind)]
    if task.reminded_at:
        reminder = gettext("A reminder:")
        text = f"{reminder} {text}"
    return subject % values, text % values


async def send(connections: Connections) -> int:
    """Returns how many went out."""
    sent = 0
    for notice in await db(due):
        try:
            await (_by_telegram(connections, notice) if notice.chat else _by_mail(notice))
            sent += 1
            await db(_brought, notice)
        except OutcomeUnknown as error:  # it may have come; the reminder follows anyway
            log.info("Notice to relay %s: %s", notice.relay_id, error.detail)
        except (RateLimited, Unavailable) as error:
            log.info("Notice to relay %s put off: %s", notice.relay_id, error.detail)
            await db(_put_off, notice, error)
        except (ConnectorError, OSError) as error:
            log.warning("Relay %s cannot be reached: %s", notice.relay_id, type(error).__name__)
            await db(_not_brought, notice)
    return sent


def _brought(notice: Notice) -> None:
    Task.objects.filter(pk=notice.task_id).exclude(not_brought_at=None).update(not_brought_at=None)


def _put_off(notice: Notice, error: RateLimited | Unavailable) -> None:
    """Certainly not sent, and no word against this chat: it is tried again, not only with the reminder."""
    leave_alone(notice.account_key, notice.chat, error)
    Task.objects.filter(pk=notice.task_id, state=TaskState.OPEN).update(noticed_at=None)
    if not notice.task_id:
        Relay.objects.filter(pk=notice.relay_id, telegram_chat=notice.chat).update(greeted_at=None)


def _not_brought(notice: Notice) -> None:
    """The console shows it until the next try, so that somebody passes the link on."""
    Task.objects.filter(pk=notice.task_id).update(not_brought_at=now())


async def _by_telegram(connections: Connections, notice: Notice) -> None:
    connector = publishing(await connections.get(notice.account_key))
    buttons = (Button(notice.subject[:60], notice.address),) if notice.address.startswith("https://") else ()
    text = notice.text if buttons or not notice.address else f"{notice.text}\n\n{notice.address}"
    await connector.publish(notice.chat, Message(f"relay-{notice.relay_id}-{notice.task_id}", text, buttons=buttons))


async def _by_mail(notice: Notice) -> None:
    text = f"{notice.text}\n\n{notice.address}"
    await asyncio.to_thread(send_mail, notice.subject, text, None, [notice.email])
