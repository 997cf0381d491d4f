"""A platform that does not answer is left alone: the circuit breaker of each account.

Closed: everything goes. After FAILURES in a row without one answer it opens: nothing is sent, posts wait. When the
pause is over, one question that shows nothing to anybody (`check`) asks whether the platform is back; then one message
goes alone; if that stands, all goes on. Each failure doubles the pause. A row exists only while there is trouble.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from publisher.connectors.errors import AccessLost, ConnectorError, OutcomeUnknown, RateLimited, TargetGone, Unavailable
from publisher.deliver.border import now
from publisher.deliver.models import Silence

log = logging.getLogger(__name__)
FAILURES = 5  # in a row
FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)  # pauses before the platform is asked again
PROBING = timedelta(seconds=60)  # how long one worker's question keeps the others from asking


def note(account_key: str, error: ConnectorError) -> None:
    """What an attempt's error says about the platform as a whole. Our own refusals say nothing."""
    if isinstance(error, (Unavailable, OutcomeUnknown)):
        failed(account_key, error.detail)
    elif isinstance(error, (RateLimited, TargetGone, AccessLost)):
        answered(account_key)


def failed(account_key: str, detail: str) -> None:
    with transaction.atomic():
        moment = now()
        mine, _ = Silence.objects.get_or_create(account_id=account_key, defaults={"since": moment})
        Silence.objects.filter(pk=mine.pk).update(failures=F("failures") + 1, detail=detail)
        mine.refresh_from_db()
        if mine.probe_at is None and (mine.pause or mine.failures >= FAILURES):
            _open(mine, moment)


def _open(mine: Silence, moment: datetime) -> None:
    pause = min(max(timedelta(seconds=mine.pause * 2), FIRST), LONGEST)
    Silence.objects.filter(pk=mine.pk).update(pause=int(pause.total_seconds()), probe_at=moment + pause)
    log.warning("The account %s does not answer; asked again in %s.", mine.account_id, pause)


def answered(account_key: str) -> None:
    opened = Silence.objects.filter(account=account_key, pause__gt=0).delete()[0]
    if opened:
        log.info("The account %s answers again.", account_key)
    else:
        Silence.objects.filter(account=account_key).delete()


def to_ask(account_key: str, moment: datetime) -> bool:
    """Whether it is this worker's turn to ask. Called inside the dispatcher's transaction."""
    mine = Silence.objects.filter(account=account_key, probe_at__lte=moment)
    return bool(mine.update(probe_at=moment + PROBING))


def still_silent(account_key: str, detail: str) -> None:
    """Asked in vain."""
    for mine in Silence.objects.filter(account=account_key):
        Silence.objects.filter(pk=mine.pk).update(detail=detail)
        _open(mine, now())


def try_one(account_key: str) -> None:
    """It answered the question: now one message may show that it takes messages too."""
    Silence.objects.filter(account=account_key).update(probe_at=None)


def known() -> QuerySet[Silence]:
    """For people: the accounts that are left alone now."""
    rows = Silence.objects.exclude(probe_at=None).filter(account__paused_at=None, account__in=settings.CONFIG.accounts)
    return rows.order_by("account")
