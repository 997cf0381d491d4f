"""Our answers on their way: a row before the network is touched, sent once, in order for each person."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from publisher.connectors.base import Answer, Button, Choice, Converses
from publisher.connectors.errors import AccessLost, ConnectorError, OutcomeUnknown, RateLimited, Refused, Unavailable
from publisher.deliver import pauses
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.models import Account, Channel, Pause
from publisher.residents import talks
from publisher.residents.models import Question, Reply, ReplyState, Talk
from publisher.residents.sealing import seal, unseal

log = logging.getLogger(__name__)
AT_ONCE = 10  # of one account, a third of what Telegram allows a bot in a second: publishing goes on beside it
TRIES = 5
LEASE = timedelta(minutes=2)  # what is `sending` longer than this was interrupted: never sent again unasked
STALE = timedelta(hours=6)  # an answer that could not go out for so long would only confuse


def put(talk: Talk, answer: Answer, at: datetime, press: str = "", question: Question | None = None) -> Reply:
    content = seal(json.dumps(asdict(answer), ensure_ascii=False))
    return Reply.objects.create(talk=talk, content=content, press=press, due_at=at, question=question)


def answer_in(content: str) -> Answer | None:
    """None: it cannot be read any more, as after a restore with another key."""
    text = unseal(content)
    if not text:
        return None
    data = json.loads(text)
    choices = tuple(Choice(**one) for one in data.pop("choices"))
    return Answer(**data | {"choices": choices, "buttons": tuple(Button(**one) for one in data.pop("buttons"))})


@dataclass(frozen=True, slots=True)
class Order:
    reply_id: int
    talk_id: int
    account_key: str
    chat: str
    answer: Answer
    press: str
    last: bool  # the talk is to be forgotten after it


def due() -> list[Order]:
    """The oldest of each person, marked as being sent before anybody sends it. No account waits for another one's."""
    if not Reply.objects.filter(state__in=[ReplyState.WAITING, ReplyState.SENDING]).exists():  # asked every second
        return []
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original answers
        return []
    moment = now()
    Reply.objects.filter(state=ReplyState.SENDING, due_at__lt=moment - LEASE).update(
        state=ReplyState.UNKNOWN, content=""
    )
    old = Reply.objects.filter(state=ReplyState.WAITING, due_at__lt=moment - STALE)
    old.update(state=ReplyState.FAILED, reason="too_late", content="")
    earlier = Reply.objects.filter(talk=OuterRef("talk"), pk__lt=OuterRef("pk"))
    earlier = earlier.filter(state__in=[ReplyState.WAITING, ReplyState.SENDING])
    rows = Reply.objects.filter(state=ReplyState.WAITING, due_at__lte=moment).filter(~Exists(earlier))
    working = Account.objects.filter(paused_at=None, pk__in=settings.CONFIG.accounts).values_list("pk", flat=True)
    found = [row for key in working for row in rows.filter(talk__account=key).select_related("talk")[:AT_ONCE]]
    return [order for row in found if (order := _taken(row, moment))]


@transaction.atomic
def _taken(row: Reply, moment: datetime) -> Order | None:
    account = Account.objects.filter(pk=row.talk.account, paused_at=None).first()
    if account is None or row.talk.account not in settings.CONFIG.accounts:
        return None
    chat, answer = unseal(row.talk.address), answer_in(row.content)
    if not chat or answer is None:
        Reply.objects.filter(pk=row.pk).update(state=ReplyState.FAILED, reason="talk_gone", content="")
        return None
    if not allowed(Channel(account=account, target=chat, platform_kind="group"), moment.timestamp()):
        return None
    mine = Reply.objects.filter(pk=row.pk, state=ReplyState.WAITING)
    if not mine.update(state=ReplyState.SENDING, due_at=moment, tries=row.tries + 1):
        return None
    more = Reply.objects.filter(talk=row.talk, state=ReplyState.WAITING).exists()
    last = row.talk.step == talks.GONE and not more
    return Order(row.pk, row.talk_id, account.key, chat, answer, row.press, last)


async def send(connections: Connections) -> int:
    """Returns how many went out; different people's side by side."""
    found = await db(due)
    return sum(await asyncio.gather(*(_send(connections, order) for order in found)))


async def _send(connections: Connections, order: Order) -> bool:
    failure = await deliver(connections, order)
    await db(finish, order, failure)
    return failure is None


async def deliver(connections: Connections, order: Order) -> ConnectorError | None:
    """The network's part alone: no database is touched. Returns what went wrong."""
    try:
        connector = await connections.get(order.account_key)
        if not isinstance(connector, Converses):
            return Refused("this account has no private talks", reason="talk_gone")
        await connector.answer(order.chat, order.answer, order.press)
    except ConnectorError as error:
        return error
    return None


def finish(order: Order, failure: ConnectorError | None) -> None:
    """What certainly did not arrive is tried again for a while; the rest never is."""
    if failure is None:
        return _settle(order, ReplyState.SENT, "")
    if isinstance(failure, (Unavailable, RateLimited, AccessLost)) and _put_off(order, failure):
        return None
    log.info("An answer to a resident did not get there: %s", failure.reason or type(failure).__name__)
    state = ReplyState.UNKNOWN if isinstance(failure, OutcomeUnknown) else ReplyState.FAILED
    return _settle(order, state, failure.reason)


def _put_off(order: Order, failure: ConnectorError) -> bool:
    row = Reply.objects.get(pk=order.reply_id)
    if row.tries >= TRIES:
        return False
    wait = failure.retry_after if isinstance(failure, RateLimited) else 5.0 * 2**row.tries
    row.state, row.due_at = ReplyState.WAITING, now() + timedelta(seconds=wait)
    row.save(update_fields=["state", "due_at"])
    return True


def _settle(order: Order, state: ReplyState, reason: str) -> None:
    Reply.objects.filter(pk=order.reply_id).update(state=state, reason=reason[:60], content="", sent_at=now())
    if order.last:
        talks.forget(order.talk_id)


def put_all(talk: Talk, answers: Iterable[Answer], at: datetime, press: str = "") -> None:
    """The press is given back with the first of them."""
    for number, answer in enumerate(answers):
        put(talk, answer, at, press if number == 0 else "")
