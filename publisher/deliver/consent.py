"""Accounts that nothing is asked of or sent through before an administrator has read the notice and said yes."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from publisher.compose.refusal import Refusal
from publisher.connectors import CONNECTORS
from publisher.connectors.errors import AccessLost
from publisher.deliver.border import now
from publisher.deliver.models import Account, PhoneLink
from publisher.people.audit import Actor, note

NOT_ACCEPTED = "gateway_off"


def needing_consent() -> list[str]:
    given = settings.CONFIG.accounts
    return [key for key in given if CONNECTORS[given[key].type].description.needs_consent]


def of(account: Account) -> PhoneLink:
    return PhoneLink.objects.get_or_create(account=account)[0]


def hold_back_unaccepted() -> None:
    """At every start: nothing is asked or sent through a phone before an administrator has read the notice."""
    for account in Account.objects.filter(pk__in=needing_consent(), paused_at=None):
        if of(account).accepted_at is None:
            Account.objects.filter(pk=account.pk).update(paused_at=now(), pause_reason=NOT_ACCEPTED)


def is_missing(account_key: str) -> bool:
    if account_key not in needing_consent():
        return False
    return not PhoneLink.objects.filter(account=account_key).exclude(accepted_at=None).exists()


def missing(account_key: str) -> AccessLost | None:
    """The error in whose place the platform would be asked."""
    return AccessLost("nobody has switched it on yet", reason=NOT_ACCEPTED) if is_missing(account_key) else None


def refuse_unaccepted(account_key: str) -> None:
    if is_missing(account_key):
        raise Refusal("gateway_not_accepted")


def accept(account: Account, actor: Actor) -> None:
    """The notice was read: who, and when. The account goes on at once."""
    with transaction.atomic():
        of(account)
        mine = PhoneLink.objects.filter(account=account, accepted_at=None)
        if mine.update(accepted_at=now(), accepted_by=actor.name):
            note(actor, "gateway_accepted", f"account:{account.pk}")
        fresh = {"paused_at": None, "pause_reason": "", "pause_detail": "", "paused_by": ""}
        Account.objects.filter(pk=account.pk, pause_reason=NOT_ACCEPTED).update(**fresh)
