"""Accounts that work through a linked phone: taken on by an administrator, looked at every minute, paused when lost.

Webhooks have been known to stop while the phone still worked, so its state is asked for as well. A phone that WhatsApp
restricted, banned or logged out pauses its account; people are told; where an administrator chose so, the people who
post take over what certainly was not sent (`publisher.relay`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from publisher.connectors.base import Event, PhoneTold
from publisher.connectors.errors import ConnectorError
from publisher.connectors.linking import Links, Phone
from publisher.deliver import record
from publisher.deliver.border import db, now
from publisher.deliver.connections import Connections
from publisher.deliver.consent import needing_consent, of
from publisher.deliver.models import Account, Delivery, PhoneLink, PhoneState, State
from publisher.people.audit import Actor, note

log = logging.getLogger(__name__)
REASONS = {
    PhoneState.RESTRICTED: "phone_restricted",
    PhoneState.BANNED: "phone_banned",
    PhoneState.LOGGED_OUT: "phone_unlinked",
    PhoneState.QR: "phone_unlinked",
    PhoneState.FAILED: "phone_unlinked",
    PhoneState.MISSING: "phone_unlinked",
    PhoneState.PASSKEY: "phone_passkey",
    PhoneState.CONFIRM: "phone_passkey",
    PhoneState.STOPPED: "gateway_stopped",
}
LOST = ("phone_restricted", "phone_banned", "phone_unlinked", "phone_passkey")
SHOWS_AS = {"phone_restricted": PhoneState.RESTRICTED, "phone_banned": PhoneState.BANNED}
DEAF_AFTER = timedelta(minutes=30)
HEARD_EVERY = timedelta(minutes=1)


def choose(account: Account, actor: Actor, *, fall_back: bool, in_use_long: bool) -> None:
    """What an administrator decides about the phone."""
    with transaction.atomic():
        of(account)
        PhoneLink.objects.filter(account=account).update(fall_back=fall_back, in_use_long=in_use_long)
        about = {"fall_back": fall_back, "in_use_long": in_use_long}
        note(actor, "gateway_choice", f"account:{account.pk}", after=about)


def take_note(account_key: str, phone: Phone, moment: datetime) -> None:
    """Save how the phone is. In trouble the account is paused; that it is well again resumes nothing by itself."""
    account = Account.objects.filter(pk=account_key).first()
    if account is None:
        return
    link = of(account)
    told = {"state": phone.state, "until": phone.until, "detail": phone.detail, "seen_at": moment}
    if phone.number:
        told["number"] = phone.number
        if link.linked_at is None or phone.number != link.number:
            told["linked_at"] = moment
    PhoneLink.objects.filter(pk=link.pk).update(**told)
    reason = REASONS.get(PhoneState(phone.state))
    if reason and link.accepted_at and phone.state != "stopped":
        record.pause(account, record.Cause("access_lost", reason, phone.detail), moment)
        if reason in SHOWS_AS or account.pause_reason in ("phone_unlinked", "phone_passkey"):  # worse news, or newer
            Account.objects.filter(pk=account_key, pause_reason__in=LOST).update(pause_reason=reason)


def shown_state(account: Account, link: PhoneLink) -> PhoneState:
    """For people: a ban or restriction that only a refused message told of outweighs what the gateway says."""
    told = SHOWS_AS.get(account.pause_reason) if account.paused_at else None
    if told == PhoneState.BANNED or (told and link.state in (PhoneState.READY, PhoneState.UNKNOWN)):
        return told
    if link.state == PhoneState.QR and link.linked_at is not None:
        return PhoneState.LOGGED_OUT
    return PhoneState(link.state)


async def look(connections: Connections) -> None:
    """Ask each phone how it is; one that cannot be asked stays as it was known."""
    for key in await db(_accepted):
        try:
            connector = await connections.get(key)
            if isinstance(connector, Links):
                await db(take_note, key, await connector.phone(), await db(now))
        except ConnectorError as error:
            log.info("The phone of %s cannot be asked: %s", key, error.detail)


def _accepted() -> Sequence[str]:
    rows = PhoneLink.objects.filter(account__in=needing_consent()).exclude(accepted_at=None)
    return list(rows.values_list("account", flat=True))


def record_event(account_key: str, event: Event) -> None:
    """What the gateway tells of the phone of its own accord."""
    if isinstance(event, PhoneTold):
        link = PhoneLink.objects.filter(account=account_key).first()
        number = link.number if link else ""
        take_note(account_key, Phone(event.state, number, until=event.until, detail=event.detail), now())  # type: ignore[arg-type]


def heard(account_key: str) -> None:
    """A webhook was believed; written down once a minute at most."""
    moment = now()
    mine = PhoneLink.objects.filter(account=account_key)
    mine.filter(Q(heard_at=None) | Q(heard_at__lt=moment - HEARD_EVERY)).update(heard_at=moment)


def is_deaf(account: Account, link: PhoneLink) -> bool:
    """Messages went out, and the gateway has told nothing since: its webhooks are dead, or never reached us."""
    sent = Delivery.objects.filter(channel__account=account, state=State.SENT, settled_by="")
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    if last is None or now() - last < DEAF_AFTER:
        return False
    return link.heard_at is None or link.heard_at < last


def fallen_back() -> QuerySet[Account]:
    """Paused by WhatsApp, and people are to post meanwhile."""
    rows = Account.objects.filter(phone__fall_back=True, pause_reason__in=LOST, key__in=needing_consent())
    return rows.exclude(paused_at=None).exclude(phone__accepted_at=None)
