"""The press-office account that reads Telegram's numbers: logged in or out, on or off, well or not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from publisher.compose.refusal import Refusal
from publisher.config import Config
from publisher.connectors import telegram_login
from publisher.connectors.telegram_login import Step
from publisher.connectors.telegram_session import TelegramSessionSettings
from publisher.deliver.models import Account
from publisher.measure.models import ReaderChannel, ReaderLogin, Watch
from publisher.measure.sealing import seal, unseal
from publisher.people.audit import Actor, note

TYPE = "telegram_session"
OURS_FOR = timedelta(minutes=5)  # a pass that takes longer may be repeated by another process
PAUSES = (1, 2, 4, 8, 15, 30)  # minutes after failures in a row
GIVEN_UP = 3  # failures in a row, after which the other roads are used meanwhile
WAIT = 8.0  # seconds that a step waits for the phone


@dataclass(frozen=True, slots=True)
class Ready:
    account_key: str
    session: str  # a secret


def follow(config: Config) -> None:
    for key, account in config.accounts.items():
        if account.type == TYPE:
            Watch.objects.get_or_create(account_id=key)
            ReaderLogin.objects.get_or_create(account_id=key)


def settings_of(account_key: str) -> TelegramSessionSettings:
    found = settings.CONFIG.accounts[account_key]
    assert isinstance(found, TelegramSessionSettings)
    return found


def accounts() -> list[str]:
    return [key for key, account in settings.CONFIG.accounts.items() if account.type == TYPE]


def usable(now: datetime) -> list[str]:
    """Accounts that may be asked: on, logged in, not told to wait, and answering of late."""
    named = accounts()
    if not named:
        return []
    rows = Watch.objects.filter(on=True, account__in=named)
    rows = rows.filter(account__paused_at=None, account__login__lost_at=None, refusals__lt=GIVEN_UP)
    rows = rows.exclude(account__login__sealed="").exclude(account__login=None)
    return list(rows.filter(Q(blocked_until=None) | Q(blocked_until__lte=now)).values_list("account", flat=True))


def channels_read(now: datetime) -> frozenset[int]:
    """Channels whose messages are read by such an account now; all others go the other roads."""
    asked = usable(now)
    known = ReaderChannel.objects.filter(account__in=asked, peer__isnull=False, problem="") if asked else None
    return frozenset() if known is None else frozenset(known.values_list("channel", flat=True))


def channels_seen() -> frozenset[int]:
    """Channels that such an account can read, also while it has to wait: that a number was not read then is no reason
    to say that this road never gives it."""
    named = accounts()
    if not named:
        return frozenset()
    rows = ReaderChannel.objects.filter(account__in=named, account__watch__on=True, peer__isnull=False, problem="")
    return frozenset(rows.values_list("channel", flat=True))


def take(account_key: str, now: datetime) -> Ready | None:
    """One process gets to read. None: another does, it is too early, or nobody is logged in any more."""
    free = Q(next_at=None) | Q(next_at__lte=now)
    free &= Q(blocked_until=None) | Q(blocked_until__lte=now)
    row = Watch.objects.filter(free, pk=account_key, on=True, account__login__lost_at=None)
    if not row.update(next_at=now + OURS_FOR):
        return None
    session = unseal(ReaderLogin.objects.get(pk=account_key).sealed)
    if not session:
        lost(account_key, "session_unreadable", now)
        return None
    return Ready(account_key, session)


def waiting(now: datetime) -> list[str]:
    """Also those that failed of late: they are asked again after a pause."""
    named = accounts()
    if not named:
        return []
    rows = Watch.objects.filter(on=True, account__in=named, account__login__lost_at=None, account__paused_at=None)
    return list(rows.exclude(account__login__sealed="").values_list("account", flat=True))


def well(account_key: str, now: datetime) -> None:
    given = {"refusals": 0, "blocked_until": None, "blocked_reason": "", "next_at": now}
    Watch.objects.filter(pk=account_key).update(**given)


def told_to_wait(account_key: str, seconds: float, reason: str, now: datetime) -> None:
    """Telegram names the seconds; not one request goes before."""
    until = now + timedelta(seconds=seconds + 1)
    Watch.objects.filter(pk=account_key).update(blocked_until=until, blocked_reason=reason, next_at=until)


def silent(account_key: str, reason: str, now: datetime) -> None:
    Watch.objects.filter(pk=account_key).update(refusals=F("refusals") + 1, blocked_reason=reason)
    failures = Watch.objects.values_list("refusals", flat=True).get(pk=account_key)
    pause = timedelta(minutes=PAUSES[min(failures, len(PAUSES)) - 1])
    Watch.objects.filter(pk=account_key).update(next_at=now + pause)


def lost(account_key: str, reason: str, now: datetime) -> None:
    """Logged out from elsewhere, or blocked: nothing is asked until somebody logs in again."""
    ReaderLogin.objects.filter(pk=account_key).update(sealed="", lost_at=now, lost_reason=reason)


@transaction.atomic
def switch(account: Account, on: bool, actor: Actor, now: datetime) -> None:
    """An administrator's own decision, with the notice before their eyes: recorded."""
    told = {"on": on, "switched_by": actor.name, "switched_at": now, "next_at": None, "refusals": 0}
    Watch.objects.update_or_create(account=account, defaults=told)
    note(actor, "reader_on" if on else "reader_off", f"account:{account.pk}")


def log_in_step(account_key: str, actor: Actor, now: datetime) -> Step:
    """Show a code, or see what became of it. Raises a ConnectorError; refuses before the notice was read."""
    before = _pending(_login_that_may(account_key))
    if before and before.state == "password":
        return before
    step = async_to_sync(telegram_login.scan)(settings_of(account_key), before, WAIT)
    _keep(account_key, step, actor, now)
    return step


def password_step(account_key: str, password: str, actor: Actor, now: datetime) -> Step:
    before = _pending(_login_that_may(account_key))
    if before is None or before.state != "password":
        raise Refusal("reader_not_begun")
    step = async_to_sync(telegram_login.give_password)(settings_of(account_key), before.session, password)
    _keep(account_key, step, actor, now)
    return step


def log_out(account_key: str, actor: Actor) -> None:
    """Telegram is told, and nothing of it stays here; the row goes first, so that it ends here whatever happens."""
    session = _forget(account_key, actor)
    if session:
        async_to_sync(telegram_login.log_out)(settings_of(account_key), session)


def give_up(account_key: str) -> None:
    """A log-in half made is thrown away."""
    ReaderLogin.objects.filter(pk=account_key).update(pending="")


def _login_that_may(account_key: str) -> ReaderLogin:
    login, _ = ReaderLogin.objects.select_related("account__watch").get_or_create(account_id=account_key)
    watch = Watch.objects.filter(pk=account_key).first()
    if watch is None or not watch.on:
        raise Refusal("reader_off")
    return login


def _pending(login: ReaderLogin) -> Step | None:
    told = unseal(login.pending)
    if not told:
        return None
    data = json.loads(told)
    until = datetime.fromisoformat(data["until"]) if data["until"] else None
    return Step(data["state"], data["session"], data["url"], until)


def _keep(account_key: str, step: Step, actor: Actor, now: datetime) -> None:
    rows = ReaderLogin.objects.filter(pk=account_key)
    if step.state != "done":
        until = step.until.isoformat() if step.until else ""
        told = {"state": step.state, "session": step.session, "url": step.url, "until": until}
        rows.update(pending=seal(json.dumps(told)))
        return
    with transaction.atomic():
        given = {"sealed": seal(step.session), "pending": "", "name": step.name[:200], "lost_at": None}
        rows.update(**given, lost_reason="", logged_in_by=actor.name, logged_in_at=now)
        Watch.objects.filter(pk=account_key).update(next_at=None, refusals=0, blocked_until=None, blocked_reason="")
        ReaderChannel.objects.filter(account=account_key).delete()  # the hashes are good for one session alone
        note(actor, "reader_logged_in", f"account:{account_key}", name=step.name)


@transaction.atomic
def _forget(account_key: str, actor: Actor) -> str:
    login = ReaderLogin.objects.select_for_update().get(pk=account_key)
    session = unseal(login.sealed)
    rows = ReaderLogin.objects.filter(pk=account_key)
    rows.update(sealed="", pending="", name="", lost_at=None, lost_reason="")
    ReaderChannel.objects.filter(account=account_key).delete()
    note(actor, "reader_logged_out", f"account:{account_key}", name=login.name)
    return session


def lost_ones() -> list[ReaderLogin]:
    """Those that somebody has to log in again."""
    named = accounts()
    if not named:
        return []
    rows = ReaderLogin.objects.filter(lost_at__isnull=False, account__in=named, account__watch__on=True)
    return list(rows.select_related("account"))
