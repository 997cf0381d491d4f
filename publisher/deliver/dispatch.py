"""Decides what goes next: claims due deliveries strictly by priority and takes the limits' tokens, in one transaction.

`claim`, `begin` and `finish` (here and in record.py) are the only writers of a delivery's state besides the people's
actions. The worker only sends; an engine only carries (delivery, attempt) from here to there and may lose or double it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from publisher.compose.models import Status
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Limits
from publisher.deliver import pace, pauses, silence
from publisher.deliver.border import now
from publisher.deliver.heads import Head, heads
from publisher.deliver.limits import LEAD, Rule, Tokens, UsesSeen, account_rules, blocked_keys, rules_for
from publisher.deliver.models import Account, Delivery, Part, State
from publisher.deliver.rows import at, fetch, marks, run_many
from publisher.deliver.rows import moment as moment_of

LEASE_CLAIM = timedelta(seconds=15)  # handed out, not begun: afterwards simply taken back
PREPARING = 0.05  # seconds between a claim and the earliest moment of its request, where an account has a limit
LOOKED_AT = 400  # heads of an account that a pass looks at: many chats may have to wait while others need not
AT_ONCE = 40
FORESEEN = timedelta(seconds=0.25)  # what falls due so soon is waited for to the moment
URGENT_SLOTS = 2  # places of the engine that only urgent posts may use

OPEN = """
SELECT a.key, a.type, s.failures, s.pause, s.probe_at, p.linked_at, p.in_use_long
FROM deliver_account a LEFT JOIN deliver_silence s ON s.account_id = a.key
LEFT JOIN deliver_phonelink p ON p.account_id = a.key
WHERE a.key IN ({keys}) AND a.paused_at IS NULL ORDER BY a.key {lock}
"""
CLAIM = """
UPDATE deliver_delivery SET state = 'claimed', worker = %s, lease_until = %s, attempts_made = attempts_made + 1
WHERE id IN ({ids}) AND state = 'waiting' RETURNING id
"""
NEXT_DUE = """
SELECT due_at FROM deliver_delivery WHERE state = 'waiting' AND due_at > %s AND due_at <= %s ORDER BY due_at LIMIT 1
"""
ATTEMPT = """
INSERT INTO deliver_attempt (delivery_id, number, worker, claimed_at, id_before, outcome, reason, detail)
VALUES (%s, %s, %s, %s, %s, '', '', '')
"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One attempt handed to the engine. `send_at`: the moment given to its request, by time.monotonic()."""

    delivery_id: int
    number: int
    priority: int
    account_key: str = ""
    send_at: float = 0.0

    @property
    def use(self) -> str:
        """Its name among the uses of the account's limits."""
        return f"d{self.delivery_id}.{self.number}"


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass of the dispatcher did; `wake_in`: seconds until something that waits may have a token;
    `due_in`: until the next falls due, if that is soon; `told`: the accounts whose limits have taken note of the
    answered requests; `silent`: those with failures since their last answer; `to_ask`: whether their platforms are
    back."""

    tickets: tuple[Ticket, ...]
    wake_in: float | None = None
    told: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    to_ask: tuple[str, ...] = ()
    due_in: float | None = None


def claim(worker: str, room: int, uses: UsesSeen | None = None) -> Pass:
    """Claim what may go now. `room` counts the engine's free places, the urgent ones included; `uses` is what became
    of this process's earlier requests."""
    stopped = pauses.current()
    if not uses and (room <= 0 or stopped.everything):
        return Pass(())
    with transaction.atomic():
        return _Passing(worker, stopped, uses or {}).claim(room)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A head that may go, and its moment in seconds from the pass's own."""

    head: Head
    wait: float

    @property
    def ticket(self) -> Ticket:
        head = self.head
        return Ticket(head.id, head.attempts_made + 1, head.priority, head.account_id)


class _Passing:
    """One pass, inside its transaction."""

    def __init__(self, worker: str, stopped: pauses.Stopped, uses: UsesSeen) -> None:
        self.worker, self.stopped, self.uses = worker, stopped, uses
        accounts = _open_accounts()
        self.before = time.monotonic()
        self.moment = now()
        self.after = time.monotonic()  # the database's clock was read between the two
        self.silent = {account.key: account for account in accounts if account.failures}
        self.to_ask = tuple(key for key in self.silent if silence.to_ask(key, self.moment))
        self.limits = {account.key: account.limits for account in accounts if account.probe_at is None}

    def claim(self, room: int) -> Pass:
        found = heads(self.limits, self.moment, room + LOOKED_AT, self.stopped) if room > 0 else []
        found = pace.awake(found, self.limits, self.moment)
        used = (self.uses.keys() | {head.account_id for head in found}) & self.limits.keys()
        mine = {key: account_rules(key, self.limits[key]) for key in used}
        tokens = Tokens((rule.key for own in mine.values() for rule in own), self.moment.timestamp())
        for key, own in mine.items():
            tokens.refresh(own, self.uses.get(key, {}), self.before)
        chosen, wake_in = self._choose(found, tokens, room)
        tokens.save()
        taken = _claimed([choice.head for choice in chosen], self.worker, self.moment)
        tickets = [replace(choice.ticket, send_at=self.after + choice.wait) for choice in chosen]
        begun = tuple(ticket for ticket in tickets if ticket.delivery_id in taken)
        due_in = self._next_due() if room > 0 else None
        return Pass(begun, wake_in, tuple(mine), frozenset(self.silent), self.to_ask, due_in)

    def _next_due(self) -> float | None:
        """Looking only now and then would make every message late by half of that on average."""
        soon = fetch(NEXT_DUE, [at(self.moment), at(self.moment + FORESEEN)])
        due = moment_of(soon[0][0]) if soon else None
        return (due - self.moment).total_seconds() if due else None

    def _choose(self, found: Sequence[Head], tokens: Tokens, room: int) -> tuple[list[_Choice], float | None]:
        chosen: list[_Choice] = []
        waits: list[float] = []
        alone = {key: 1 - _in_flight(key) for key, account in self.silent.items() if account.pause}
        for head, mine in self._with_rules(_sendable(found, self.moment), tokens):
            if len(chosen) >= room:
                break
            if (not head.urgent and len(chosen) >= room - URGENT_SLOTS) or alone.get(head.account_id, 1) <= 0:
                continue
            put_off = head.not_before.timestamp() if head.not_before else 0.0
            wait = max(put_off, tokens.free_at(head, mine, urgent=head.urgent)) - tokens.now
            if wait > LEAD:
                waits.append(wait - LEAD)
                continue
            choice = _Choice(head, max(wait, PREPARING) if any(rule.account for rule in mine) else 0.0)
            tokens.take(mine, tokens.now + choice.wait, choice.ticket.use)
            chosen.append(choice)
            if head.account_id in alone:
                alone[head.account_id] -= 1
        return chosen, min(waits, default=None)

    def _with_rules(self, found: Iterator[Head], tokens: Tokens) -> Iterator[tuple[Head, list[Rule]]]:
        """A chat's limits are only read when its turn comes: mostly the first few heads fill the room."""
        while some := list(islice(found, AT_ONCE)):
            rules = [rules_for(head, self.limits[head.account_id]) for head in some]
            tokens.load(_keys(some, rules))
            yield from zip(some, rules, strict=True)


class _Open(NamedTuple):
    """An account that may be used, and what is known of its platform's silence."""

    key: str
    limits: Limits
    failures: int
    pause: int
    probe_at: object


def _open_accounts() -> list[_Open]:
    """Locked, so that one dispatcher at a time chooses. An account that nobody lets in any more is not among them."""
    given = settings.CONFIG.accounts
    keys = sorted(key for key in given if not CONNECTORS[given[key].type].description.by_people)
    lock = "FOR UPDATE OF a" if connection.features.has_select_for_update else ""
    found = fetch(OPEN.format(keys=marks(len(keys)), lock=lock), keys) if keys else []
    return [
        _Open(key, _today(key, kind, linked_at, in_use_long), failures or 0, pause or 0, probe_at)
        for key, kind, failures, pause, probe_at, linked_at, in_use_long in found
    ]


def _today(key: str, kind: str, linked_at: datetime | None, in_use_long: object) -> Limits:
    limits = CONNECTORS[kind].limits_for(settings.CONFIG.accounts[key])
    return pace.today(limits, linked_at, in_use_long=bool(in_use_long)) if limits.warm_up else limits


def _in_flight(account_key: str) -> int:
    held = Delivery.objects.filter(channel__account=account_key, state__in=[State.CLAIMED, State.SENDING])
    return held.count()


def limits_of(account: Account) -> Limits:
    """The platform's own limits, at the administrator's pace where the account gives one (a server of one's own)."""
    return pace.of_account(account, CONNECTORS[account.type].limits_for(settings.CONFIG.accounts[account.key]))


def _keys(found: Iterable[Head], rules: Iterable[Sequence[Rule]]) -> set[str]:
    blocks = {key for head in found for key in blocked_keys(head)}
    return blocks | {rule.key for some in rules for rule in some}


def _sendable(found: Iterable[Head], moment: datetime) -> Iterator[Head]:
    """Heads that may still go: expired ones and ones that became too late are put aside, for a person to see."""
    tolerance = timedelta(minutes=settings.CONFIG.delivery.late_tolerance_minutes)
    for head in found:
        if head.expires_at and head.expires_at <= moment:
            _put_aside(head.id, State.EXPIRED, "expired")
        elif not head.late_ok and moment - max(head.due_at, head.created_at) > tolerance:
            minutes = settings.CONFIG.delivery.late_tolerance_minutes
            _put_aside(head.id, State.FAILED, "too_late", minutes=minutes)
        elif head.part == Part.POLL and not _main_part_stands(head):
            continue
        else:
            yield head


def _main_part_stands(poll: Head) -> bool:
    """A poll follows its text; it is dropped with it, and waits while nobody knows about it."""
    main = Delivery.objects.filter(
        post=poll.post_id, channel=poll.channel_id, language=poll.language, part=Part.MAIN
    ).first()
    if main is None or main.state == State.SENT:
        return True
    if main.state in (State.FAILED, State.CANCELLED, State.EXPIRED, State.WITHDRAWN):
        _put_aside(poll.id, State.CANCELLED, "main_part_failed")
    else:
        # Let the rest of the channel go on meanwhile.
        Delivery.objects.filter(pk=poll.id, state=State.WAITING).update(due_at=now() + timedelta(seconds=30))
    return False


def expire() -> int:
    """What is past its date says so, also while it waits behind a stop, a channel that is off or an approval."""
    past = Delivery.objects.filter(state=State.WAITING, expires_at__lte=now())
    return past.update(state=State.EXPIRED, held="", error_reason="expired", error_values={}, error_detail="")


def _put_aside(delivery_id: int, state: State, reason: str, **values: object) -> None:
    Delivery.objects.filter(pk=delivery_id, state=State.WAITING).update(
        state=state, error_reason=reason, error_values=values
    )


def _claimed(chosen: Sequence[Head], worker: str, moment: datetime) -> set[int]:
    """Waiting → claimed, with the attempts saved; without those that somebody cancelled meanwhile."""
    if not chosen:
        return set()
    sql = CLAIM.format(ids=marks(len(chosen)))
    keys = {key for (key,) in fetch(sql, [worker, at(moment + LEASE_CLAIM), *(head.id for head in chosen)])}
    attempts = [
        (head.id, head.attempts_made + 1, worker, at(moment), head.last_message_id)
        for head in chosen
        if head.id in keys
    ]
    run_many(ATTEMPT, attempts)
    return keys


def cancel_if_asked(delivery_id: int) -> None:
    """A cancellation that came while a worker held the delivery."""
    asked = Delivery.objects.filter(pk=delivery_id, state=State.WAITING, cancel_requested=True)
    asked.update(state=State.CANCELLED, cancel_requested=False)


def is_idle() -> bool:
    """Nothing is due or on its way. What waits behind a paused account or a channel that is off does not count."""
    if Delivery.objects.filter(state__in=[State.CLAIMED, State.SENDING]).exists():
        return False
    return not _reachable().filter(due_at__lte=now()).exists()


def _reachable() -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(state=State.WAITING, post__status=Status.APPROVED)
    open_now = waiting.filter(held="", channel__off_reason="", channel__account__paused_at=None)
    return pauses.current().open(open_now).filter(channel__account__in=settings.CONFIG.accounts)
