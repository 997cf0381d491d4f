"""The platforms' limits, shared by all workers: one row per limit, taken all or none inside the claim.

A platform counts the moments at which it sees requests, and nobody here knows those: between the moment given out and
the platform lie the database, the loop, the network and every stall of any machine. What is known is that a request
arrives after its claim and before its answer. So two rules, and neither needs a margin nor a fast machine:

- An account's use (30 in a second) is held from the claim until `seconds` after its **answer**. If 31 requests arrived
  within one second, the one claimed last would have found 30 others not answered for a second yet: it was not let go.
- A chat has one request at a time. GCRA: `full_at`, the theoretical arrival time, is moved by the claim and again by
  the answer (`Channel.used_at`), so `burst` at once and one per `interval` make `count` in any `seconds`, no more.
"""

from __future__ import annotations

import functools
import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from publisher.connectors.base import Limits, Rate
from publisher.deliver.models import Bucket

EVENLY = 0.9  # of the documented interval lies between an account's requests: no bursts, and room to catch up
CRUDE = 1.2  # the same for an account's limit that is too wide to remember every use of
REMEMBERED = 250  # uses of one limit at most that its row remembers
LEAD = 0.3  # seconds that a claim may be ahead of its moment
HOLD = 20.0  # seconds after which the use of a worker that says nothing is given up; longer than a claim's lease
SOON = 5.0
KEPT_FOR_URGENT = 2  # tokens of the account that only urgent posts may use
MISSING = -1.0
SAVE = """
INSERT INTO deliver_bucket (key, full_at, blocked_until, uses) VALUES (%s, %s, 0, %s)
ON CONFLICT (key) DO UPDATE SET full_at = excluded.full_at, uses = excluded.uses
"""
UsesSeen = Mapping[str, Mapping[str, float | None]]  # account → use → when it was answered; None: not yet


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit as it applies to one channel: seconds between tokens, tokens that may go at once."""

    key: str
    interval: float
    burst: int
    count: int
    seconds: float
    jitter: float = 0.0

    @property
    def account(self) -> bool:
        return self.key.startswith("account:")

    @property
    def remembers(self) -> bool:
        return self.account and self.count <= REMEMBERED


@functools.cache
def _spacing(scope: str, count: int, seconds: float) -> tuple[float, int]:
    """In any window of that length: at most `burst` at once and then `window / interval`, together `count`."""
    burst = max(1, min(4, count // 5)) if seconds >= 10 else 1
    interval = seconds / (count - burst + 1)
    if scope == "account":
        interval *= EVENLY if count <= REMEMBERED else CRUDE
    return interval, burst


class Destination(Protocol):
    """A channel, or as much of one as the limits need."""

    @property
    def account_id(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def used_at(self) -> datetime | None: ...


def rules_for(there: Destination, limits: Limits) -> list[Rule]:
    """Which limits a message to this channel uses up."""
    chat = f"chat:{there.account_id}:{there.target}"
    found = [_rule(chat, rate, "chat") for rate in limits.rates if rate.scope != "account"]
    return account_rules(there.account_id, limits) + found


def account_rules(account_key: str, limits: Limits) -> list[Rule]:
    return [_rule(f"account:{account_key}", rate, "account") for rate in limits.rates if rate.scope == "account"]


def _rule(key: str, rate: Rate, scope: str) -> Rule:
    interval, burst = _spacing(scope, rate.count, rate.seconds)
    if rate.jitter:  # a gap that nobody may fall short of
        interval = rate.seconds / rate.count
    elif not rate.evenly and scope == "account" and rate.count <= REMEMBERED:
        interval, burst = 0.0, 1  # a quota: every use of it is remembered
    return Rule(f"{key}:{rate.seconds:g}", interval, burst, rate.count, rate.seconds, rate.jitter)


def blocked_keys(there: Destination) -> list[str]:
    """The rows that a 429 may have blocked: the account's and the chat's. There are none until then."""
    return [f"account:{there.account_id}", f"chat:{there.account_id}:{there.target}"]


class Uses:
    """This process's requests by account, until a claim has told the limits' rows of their answers.

    Times are time.monotonic(). Kept by the loop's thread; a claim gets a copy.
    """

    def __init__(self) -> None:
        self._mine: dict[str, dict[str, float | None]] = {}

    def begin(self, account_key: str, use: str) -> None:
        self._mine.setdefault(account_key, {})[use] = None

    def end(self, account_key: str, use: str) -> None:
        """The answer is there, or it is certain that nothing leaves any more."""
        mine = self._mine.get(account_key, {})
        if use in mine and mine[use] is None:
            mine[use] = time.monotonic()

    def copy(self) -> UsesSeen:
        return {key: dict(uses) for key, uses in self._mine.items() if uses}

    def told(self, seen: UsesSeen, accounts: Iterable[str]) -> None:
        """A claim has written down what it saw of these accounts."""
        for key in accounts:
            for use, answered in seen.get(key, {}).items():
                if answered is not None:
                    self._mine[key].pop(use, None)


@dataclass(slots=True)
class Row:
    """One Bucket, read or new."""

    full_at: float = 0.0
    blocked_until: float = 0.0
    uses: list[list[Any]] = field(default_factory=list)


class Tokens:
    """The limits' rows read once for a pass, changed in memory, written back at its end (inside its transaction)."""

    def __init__(self, keys: Iterable[str], now: float) -> None:
        self.now = now
        self.rows: dict[str, Row] = {}
        self.taken: set[str] = set()
        self.load(keys)

    def load(self, keys: Iterable[str]) -> None:
        wanted = sorted(set(keys) - self.rows.keys())
        if wanted:
            self.rows |= {key: Row() for key in wanted} | _locked(wanted)

    def free_at(self, there: Destination, rules: Sequence[Rule], *, urgent: bool) -> float:
        """The earliest moment a message may go there; `now` or earlier means at once."""
        moments = [self.rows[key].blocked_until for key in blocked_keys(there)]
        for rule in rules:
            kept = KEPT_FOR_URGENT if rule.account and not urgent else 0
            burst = max(rule.burst - kept, 1)
            moments.append(self._full_at(there, rule) - (burst - 1) * rule.interval)
            if rule.remembers:
                moments.append(self._room_at(rule))
        return max(moments, default=0.0)

    def _full_at(self, there: Destination, rule: Rule) -> float:
        """Moved by the chat's last answer. A clock set back must not stop an account for as long as it was set back."""
        row = self.rows[rule.key]
        if row.full_at > self.now + LEAD + rule.seconds + rule.jitter:
            row.full_at = self.now + LEAD + rule.seconds + rule.jitter
            self.taken.add(rule.key)
        if there.used_at is not None and not rule.account:
            row.full_at = max(row.full_at, min(there.used_at.timestamp(), self.now) + rule.interval)
        return row.full_at

    def _room_at(self, rule: Rule) -> float:
        """When one of the remembered uses is over, so that another fits."""
        ends = sorted(until for _, until in self.rows[rule.key].uses)
        over = len(ends) - rule.count
        return float(ends[over]) if over >= 0 else 0.0

    def take(self, rules: Sequence[Rule], at: float = 0.0, use: str = "") -> None:
        """Use up a token of each, for a request that leaves `at` that moment (or now). One without a name is not told
        of, so its answer is taken to be there within SOON."""
        moment = max(self.now, at)
        for rule in rules:
            row = self.rows[rule.key]
            row.full_at = max(row.full_at, moment) + rule.interval + random.uniform(0, rule.jitter)
            if rule.remembers:
                row.uses.append([use, moment + (HOLD if use else SOON + rule.seconds)])
            self.taken.add(rule.key)

    def refresh(self, rules: Iterable[Rule], uses: Mapping[str, float | None], local: float) -> None:
        """What became of this process's requests; `local` is `now` on the clock of `uses`, or a little before it."""
        for rule in rules:
            row = self.rows[rule.key]
            fresh = [[use, self._until(rule, until, uses.get(use, MISSING), local)] for use, until in row.uses]
            fresh = [[use, until] for use, until in fresh if until > self.now]
            if fresh != row.uses:
                row.uses = fresh
                self.taken.add(rule.key)

    def _until(self, rule: Rule, until: float, answered: float | None, local: float) -> float:
        if answered == MISSING:  # another worker's
            return min(until, self.now + LEAD + HOLD + rule.seconds)
        return self.now + HOLD if answered is None else self.now - (local - answered) + rule.seconds

    def save(self) -> None:
        if self.taken:
            rows = [(key, self.rows[key].full_at, json.dumps(self.rows[key].uses)) for key in sorted(self.taken)]
            with connection.cursor() as cursor:
                cursor.executemany(SAVE, rows)


def _locked(keys: Sequence[str]) -> dict[str, Row]:
    """In the order of their keys, so that two workers cannot wait for each other."""
    rows = Bucket.objects.select_for_update().filter(key__in=keys).order_by("key")
    return {key: Row(*values) for key, *values in rows.values_list("key", "full_at", "blocked_until", "uses")}


def block(there: Destination, until: float, scope: str) -> None:
    """The platform told us to wait: that chat alone, or the whole account. Never shortens an earlier wait."""
    key = blocked_keys(there)[0 if scope == "account" else 1]
    Bucket.objects.get_or_create(key=key)
    Bucket.objects.filter(key=key).update(blocked_until=Greatest(F("blocked_until"), until))
