"""What platforms tell of their own accord: moved chats, statuses of messages, numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from publisher.connectors.base import Event, Receipt, Status, TargetChanged
from publisher.deliver import listeners, phones
from publisher.deliver.border import now
from publisher.deliver.dispatch import Ticket
from publisher.deliver.models import Account, Channel, Delivery, State
from publisher.deliver.muting import LASTING, OPTED_OUT
from publisher.deliver.record import finish_sent

OPTED_IN = "opted_in"


def record(account_key: str, events: Iterable[Event], cursor: str = "") -> None:
    """Events and the place they were read up to, in one transaction: none is lost, none counted twice."""
    with transaction.atomic():
        if not cursor:  # a webhook; whoever is asked keeps a cursor
            phones.heard(account_key)
        for event in events:
            if isinstance(event, TargetChanged):
                _target_changed(account_key, event)
            elif isinstance(event, Status):
                _status(account_key, event)
            for tell in listeners.on_event:
                tell(account_key, event)
        if cursor:
            Account.objects.filter(pk=account_key).update(cursor=cursor)


def _target_changed(account_key: str, event: TargetChanged) -> None:
    channel = Channel.objects.filter(account=account_key, target=event.target)
    if event.moved_to:
        channel.update(target=event.moved_to, last_message_id="")
    elif event.detail == OPTED_IN:
        channel.filter(off_reason=OPTED_OUT).update(off_reason="", off_detail="")
    elif event.detail == OPTED_OUT:
        channel.update(off_reason=OPTED_OUT)
    else:
        channel.exclude(off_reason__in=LASTING).update(off_reason=event.detail or "target_gone")


def _status(account_key: str, event: Status) -> None:
    """A status with our key proves that the message arrived, even when the answer to our request was lost."""
    delivery = _delivery_of(account_key, event)
    if delivery is None:
        return
    ticket = Ticket(delivery.pk, delivery.attempts_made, delivery.priority)
    if event.state != "failed" and event.key:
        _not_seen_yet(delivery)
    if event.state != "failed" and delivery.state in (State.UNKNOWN, State.SENDING):
        finish_sent(ticket, Receipt((event.message_id,)))
    elif event.state == "failed" and delivery.state in (State.UNKNOWN, State.SENT):
        _failed_after_all(delivery, event, now())


def _not_seen_yet(delivery: Delivery) -> None:
    """A person looked and did not see it, and yet it came: offered to be sent “now” it would stand there twice."""
    denied = Delivery.objects.filter(pk=delivery.pk, state=State.FAILED, error_reason="by_person")
    if denied.update(state=State.UNKNOWN):
        delivery.state = State.UNKNOWN


def _delivery_of(account_key: str, event: Status) -> Delivery | None:
    rows = Delivery.objects.filter(channel__account=account_key).exclude(state=State.WAITING)
    if event.key:
        return rows.filter(key=event.key).first() if _is_ours(event.key) else None
    return rows.filter(receipt__ids__0=event.message_id).first() if event.message_id else None


def _is_ours(key: str) -> bool:
    """Another program may send through the same number, with keys of its own."""
    try:
        return bool(UUID(key))
    except ValueError:
        return False


def _failed_after_all(delivery: Delivery, event: Status, moment: datetime) -> None:
    """WhatsApp accepts first and may tell later that it could not deliver to anyone."""
    if event.person:
        return  # that one person only
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.FAILED, error_reason="refused", error_detail=event.detail, not_before=moment
    )
