"""How an account's limits stand today: a number linked a short while ago goes gently, and nobody is woken at night."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from publisher.connectors import CONNECTORS
from publisher.connectors.base import Limits, WarmUp
from publisher.deliver.border import now
from publisher.deliver.heads import Head
from publisher.deliver.models import Account, Channel, Delivery, PhoneLink, State
from publisher.deliver.rows import moment as aware
from publisher.people.models import District
from publisher.plan.calendar import is_quiet

PATIENCE = timedelta(minutes=50)  # before the hour after which a post is too late: then somebody should look


def slow_accounts() -> list[str]:
    """Where messages wait for their turn by design: waiting there is no standstill."""
    given = settings.CONFIG.accounts
    limits = {key: CONNECTORS[account.type].limits_for(account) for key, account in given.items()}
    return [key for key, found in limits.items() if any(rate.jitter for rate in found.rates)]


def stage_of(limits: Limits, linked_at: datetime | None, moment: datetime) -> WarmUp | None:
    """The shortest stage that the number is still in; one whose link is not known yet is taken for new."""
    age = timedelta(0) if linked_at is None else moment - linked_at
    return next((stage for stage in limits.warm_up if age < timedelta(days=stage.days)), None)


def today(limits: Limits, linked_at: datetime | None, *, in_use_long: bool) -> Limits:
    """The limits with the quotas of the number's age."""
    stage = None if in_use_long or settings.CONFIG.practice else stage_of(limits, aware(linked_at), now())
    return dataclasses.replace(limits, rates=stage.rates) if stage else limits


def of_account(account: Account, limits: Limits) -> Limits:
    if not limits.warm_up:
        return limits
    phone = PhoneLink.objects.filter(account=account).first()
    known = (phone.linked_at, phone.in_use_long) if phone else (None, False)
    return today(limits, known[0], in_use_long=known[1])


def awake(found: list[Head], limits: Mapping[str, Limits], moment: datetime) -> list[Head]:
    """Without what would go to a phone in its district's quiet hours: that is held, and a person decides.

    Urgent posts, corrections, and what a person has let go already are not held. Practice knows no night.
    """
    mine = [head for head in found if limits[head.account_id].by_day_only and _can_wait(head)]
    asleep = _asleep(moment) if mine and not settings.CONFIG.practice else []
    if not asleep:
        return found
    quiet = set(
        Channel.objects.filter(pk__in={head.channel_id for head in mine}, district__in=asleep).values_list(
            "pk", flat=True
        )
    )
    held = {head.id for head in mine if head.channel_id in quiet}
    Delivery.objects.filter(pk__in=held, state=State.WAITING, held="").update(held="quiet_hours")
    return [head for head in found if head.id not in held]


def _can_wait(head: Head) -> bool:
    return head.priority < Delivery.CORRECTING and not head.late_ok


def _asleep(moment: datetime) -> list[str]:
    rows = District.objects.all()
    return [row.pk for row in rows if is_quiet(moment.astimezone(row.zone).time(), row.quiet_from, row.quiet_to)]
