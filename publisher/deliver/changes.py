"""Corrections, withdrawals, pins: work on messages that stand there. Repeating one does no harm, so it is retried."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from publisher.compose.models import Status
from publisher.compose.refusal import Refusal
from publisher.connectors.base import NEVER, Message, Pins, Receipt
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Refused, TargetGone
from publisher.deliver import corrections, limits, pauses, record
from publisher.deliver.border import db, now
from publisher.deliver.connections import Connections
from publisher.deliver.contents import content_of
from publisher.deliver.dispatch import limits_of
from publisher.deliver.files import bring
from publisher.deliver.limits import Tokens, blocked_keys, rules_for
from publisher.deliver.models import Account, Change, ChangeKind, ChangeState, Channel, Delivery, Pause, State
from publisher.deliver.worker import publishing

log = logging.getLogger(__name__)
LOOKED_AT = 200  # changes that a pass looks at: many may belong to one chat that has to wait
CHATS_THAT_WAIT = 20
LEASE = timedelta(minutes=6)  # an edit may bring 49 MB to the platform again
TRIES = 10
BY_PEOPLE = "relay-"  # so begins the id of a message that a person posted


@dataclass(frozen=True, slots=True)
class Order:
    """One change taken on: everything the network step needs."""

    change_id: int
    kind: str
    account_key: str
    target: str
    receipt: Receipt
    message: Message | None


def take(room: int) -> list[Order]:
    """Claim due changes; they use up the same limits as messages do."""
    if room <= 0:
        return []
    with transaction.atomic():
        moment = now()
        rows = Change.objects.filter(
            Q(state=ChangeState.WAITING) | Q(state=ChangeState.DOING, lease_until__lt=moment),
            due_at__lte=moment,
            delivery__state=State.SENT,  # what is unknown waits until somebody knows
            delivery__channel__account__paused_at=None,
            delivery__channel__account__silence__probe_at=None,
            delivery__channel__account__in=settings.CONFIG.accounts,
        )
        rows = _allowed_by_people(rows)
        rows = rows.select_related("delivery__channel__account", "delivery__post__district").order_by("due_at", "id")
        return list(islice(_orders(rows[:LOOKED_AT], moment), room))


def _orders(rows: Iterable[Change], moment: datetime) -> Iterator[Order]:
    """A chat that has to wait, with much to change in it, keeps no other chat waiting."""
    waits: set[int] = set()
    for change in rows:
        channel = change.delivery.channel
        if channel.pk in waits or _cannot(change, moment):
            continue
        if not allowed(channel, moment.timestamp(), use_of(change.pk)):
            waits.add(channel.pk)
            if len(waits) >= CHATS_THAT_WAIT:  # it is the whole account that has to
                return
        elif order := _order(change):
            yield order


def _allowed_by_people(rows: QuerySet[Change]) -> QuerySet[Change]:
    """During a stop only withdrawals go on: taking something away is what most stops are for. A copy does nothing.
    A text that somebody works on again is shown to nobody before it is approved."""
    rows = rows.filter(~Q(kind=ChangeKind.EDIT) | Q(delivery__post__status=Status.APPROVED))
    stopped = pauses.current()
    if not stopped:
        return rows
    if Pause.objects.filter(scope=pauses.RESTORED).exists():
        return rows.none()
    return rows.filter(
        Q(kind=ChangeKind.WITHDRAW) | Q(delivery__in=stopped.open(Delivery.objects.filter(state=State.SENT)))
    )


def use_of(change_id: int) -> str:
    """Its name among the uses of the account's limits."""
    return f"c{change_id}"


@transaction.atomic
def allowed(channel: Channel, moment: float, use: str = "") -> bool:
    """Whether a message may go there now; if so, it has used up its share of the limits.

    In a transaction also where the caller has none: PostgreSQL locks the limits' rows in one only.
    """
    rules = rules_for(channel, limits_of(channel.account))
    tokens = Tokens([*blocked_keys(channel), *(rule.key for rule in rules)], moment)
    if tokens.free_at(channel, rules, urgent=True) > moment:
        return False
    tokens.take(rules, use=use)
    tokens.save()
    return True


def _cannot(change: Change, moment: datetime) -> bool:
    """What the platform can change, and for how long, is known: nobody is asked in vain."""
    if reason := _by_hand(change):
        mine = Change.objects.filter(pk=change.pk, state__in=[ChangeState.WAITING, ChangeState.DOING])
        mine.update(state=ChangeState.BY_HAND, error_reason=reason, lease_until=None)
        return True
    sent_at, limits_there = change.delivery.sent_at, limits_of(change.delivery.channel.account)
    within, never, late = {
        ChangeKind.EDIT: (limits_there.edit_within, "cannot_edit", "too_old_to_edit"),
        ChangeKind.WITHDRAW: (limits_there.withdraw_within, "cannot_withdraw", "too_old_to_delete"),
    }.get(ChangeKind(change.kind), (None, "", ""))
    if within is None or (within != NEVER and (sent_at is None or moment - sent_at <= within)):
        return False
    corrections.act_otherwise(change, never if within == NEVER else late)
    return True


def _by_hand(change: Change) -> str:
    """Why only a person can do it. Of what a person saw standing there, nobody knows which message it is."""
    if by_people(change.delivery):
        return "cannot_edit" if change.kind == ChangeKind.EDIT else "cannot_withdraw"
    return "" if record.receipt_of(change.delivery).ids else "message_unknown"


def by_people(delivery: Delivery) -> bool:
    """A person posted it for us, so it is theirs to change, also where a program usually posts."""
    return any(str(one).startswith(BY_PEOPLE) for one in (delivery.receipt or {}).get("ids") or ())


def _order(change: Change) -> Order | None:
    """None: there are no such words any more, so a person decides about what stands there."""
    change.state, change.lease_until, change.tries = ChangeState.DOING, now() + LEASE, change.tries + 1
    change.save(update_fields=["state", "lease_until", "tries"])
    delivery = change.delivery
    when = delivery.sent_at or now()  # {date} stays the day of publication
    try:
        message = content_of(delivery, when) if change.kind == ChangeKind.EDIT else None
    except Refusal as refusal:
        reason = "language_gone" if refusal.code == "missing_language" else refusal.code
        corrections.act_otherwise(change, reason)
        return None
    receipt = record.receipt_of(delivery)
    return Order(change.pk, change.kind, delivery.channel.account_id, delivery.channel.target, receipt, message)


async def carry_out(connections: Connections, order: Order) -> None:
    try:
        receipt = await _done(connections, order)
    except ConnectorError as error:
        log.warning("Change %s: %s: %s", order.change_id, type(error).__name__, error.detail)
        await db(_finish_error, order.change_id, error)
    else:
        await db(_finish, order, receipt)


async def _done(connections: Connections, order: Order) -> Receipt | None:
    connector = await connections.get(order.account_key)
    if order.kind == ChangeKind.PIN:
        if not isinstance(connector, Pins):
            raise Refused("this platform cannot pin", reason="cannot_pin")
        await connector.pin(order.target, order.receipt)
        return None
    if order.kind == ChangeKind.WITHDRAW:
        await publishing(connector).withdraw(order.target, order.receipt)
        return None
    if order.message is None:
        raise Refused("nothing to correct")
    await bring(order.message)
    return await publishing(connector).edit(order.target, order.receipt, order.message)


def _finish(order: Order, receipt: Receipt | None) -> None:
    with transaction.atomic():
        change = Change.objects.select_related("delivery").get(pk=order.change_id)
        change.state, change.done_at, change.lease_until = ChangeState.DONE, now(), None
        change.error_reason = change.error_detail = ""
        change.save()
        mine = Delivery.objects.filter(pk=change.delivery_id)
        if change.kind == ChangeKind.WITHDRAW:
            mine.filter(state=State.SENT).update(state=State.WITHDRAWN)
        elif change.kind == ChangeKind.EDIT:
            shown = [media.sha256 for media in order.message.media] if order.message else []
            saved = {"receipt": record.receipt_json(receipt)} if receipt else {}
            mine.update(revision=change.revision, media=shown, **saved)
            record.remember_uploads(order.account_key, receipt or Receipt(()), now())


def _finish_error(change_id: int, error: ConnectorError) -> None:
    with transaction.atomic():
        change = Change.objects.select_related("delivery__channel__account", "delivery__post").get(pk=change_id)
        moment = now()
        if isinstance(error, Refused) and change.kind == ChangeKind.EDIT and error.reason in corrections.FOLLOWED:
            corrections.act_otherwise(change, error.reason, error.detail)
            return
        change.lease_until, change.error_reason, change.error_detail = None, error.reason, error.detail
        change.state, pause = _what_next(change, error)
        change.due_at = moment + timedelta(seconds=pause)
        change.save()
        channel = change.delivery.channel
        if isinstance(error, RateLimited):
            limits.block(channel, change.due_at.timestamp(), error.scope)
        elif isinstance(error, AccessLost):
            account: Account = channel.account
            record.pause(account, record.Cause("access_lost", error.reason, error.detail), moment)


def _what_next(change: Change, error: ConnectorError) -> tuple[ChangeState, float]:
    """The state a failed change goes to, and the pause in seconds before it is tried again."""
    match error:
        case RateLimited():
            return ChangeState.WAITING, error.retry_after
        case Refused() | TargetGone():
            return ChangeState.BY_HAND, 0.0
        case AccessLost():
            return ChangeState.WAITING, 1.0
    return (ChangeState.BY_HAND, 0.0) if change.tries >= TRIES else (ChangeState.WAITING, min(2.0**change.tries, 300.0))


def is_idle() -> bool:
    moment = now()
    due = Change.objects.filter(state=ChangeState.WAITING, due_at__lte=moment) | Change.objects.filter(
        state=ChangeState.DOING
    )
    mine = due.filter(delivery__state=State.SENT, delivery__channel__account__paused_at=None)
    return not _allowed_by_people(mine).exists()
