"""The platforms' limits, shared by all workers: one row per limit, GCRA, taken all or none inside the claim.

A row's `full_at` is the theoretical arrival time. A token is free when `full_at - (burst - 1) · interval <= now`.
What a platform counts is the moment it sees a request. Tokens timed at the claim bunched: between claim and request
lie the other tickets' database steps, a few milliseconds or a hundred, and 35-37 requests in a second were seen under a
limit of 30. So a claim gives out a moment, a little ahead (LEAD), and the worker gets everything ready and then waits
for it (worker.py); whoever missed it takes another one. What jitter is left fits into MARGIN.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from publisher.connectors.base import Limits
from publisher.deliver.models import Bucket, Channel

MARGIN = 1.2  # slower than the documented rate by this much: at 1.03-1.05 a busy machine still drew a few 429s
LEAD = 0.2  # seconds that a claim may be ahead of its moment
KEPT_FOR_URGENT = 2  # tokens of the account that only urgent posts may use


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit as it applies to one channel: seconds between tokens, tokens that may go at once."""

    key: str
    interval: float
    burst: int

    @property
    def account(self) -> bool:
        return self.key.startswith("account:")


@functools.cache
def _spacing(count: int, seconds: float) -> tuple[float, int]:
    """In any window of that length: at most `burst` at once and then `window / interval`, together `count`."""
    burst = max(1, min(4, count // 5)) if seconds >= 10 else 1
    interval = seconds / (count - burst + 1) * MARGIN
    return interval, burst


def rules_for(channel: Channel, limits: Limits) -> list[Rule]:
    """Which limits a message to this channel uses up."""
    scopes = {"account": f"account:{channel.account_id}", "chat": f"chat:{channel.account_id}:{channel.target}"}
    found = []
    for rate in limits.rates:
        interval, burst = _spacing(rate.count, rate.seconds)
        key = scopes["account" if rate.scope == "account" else "chat"]
        found.append(Rule(f"{key}:{rate.seconds:g}", interval, burst))
    return found


def blocked_keys(channel: Channel) -> list[str]:
    """The rows that a 429 may have blocked: the account's and the chat's."""
    return [f"account:{channel.account_id}", f"chat:{channel.account_id}:{channel.target}"]


class Tokens:
    """The limits' rows read once for a pass, changed in memory, written back at its end (inside its transaction)."""

    def __init__(self, keys: Sequence[str], now: float) -> None:
        self.now = now
        self.rows = _locked(keys)
        missing = [Bucket(key=key) for key in keys if key not in self.rows]
        if missing:
            Bucket.objects.bulk_create(missing, ignore_conflicts=True)
            self.rows = _locked(keys)
        self.taken: set[str] = set()

    def free_at(self, channel: Channel, rules: Sequence[Rule], *, urgent: bool) -> float:
        """The earliest moment a message may go there; `now` or earlier means at once."""
        moments = [self.rows[key].blocked_until for key in blocked_keys(channel)]
        for rule in rules:
            kept = KEPT_FOR_URGENT if rule.account and not urgent else 0
            burst = max(rule.burst - kept, 1)
            moments.append(self.rows[rule.key].full_at - (burst - 1) * rule.interval)
        return max(moments, default=0.0)

    def take(self, rules: Sequence[Rule], at: float = 0.0) -> None:
        """Use up a token of each, for a message that goes out `at` that moment (or now)."""
        for rule in rules:
            row = self.rows[rule.key]
            row.full_at = max(row.full_at, self.now, at) + rule.interval
            self.taken.add(rule.key)

    def save(self) -> None:
        if self.taken:
            Bucket.objects.bulk_update([self.rows[key] for key in self.taken], ["full_at"])


def _locked(keys: Sequence[str]) -> dict[str, Bucket]:
    """In the order of their keys, so that two workers cannot wait for each other."""
    return {row.key: row for row in Bucket.objects.select_for_update().filter(key__in=keys).order_by("key")}


def gap(rules: Sequence[Rule]) -> float:
    """Seconds that one worker keeps between any two requests of an account, were one of them late; 0: no limit."""
    return max((rule.interval * 0.98 for rule in rules if rule.account and rule.burst == 1), default=0.0)


def another(rules: Sequence[Rule], moment: float) -> float:
    """For a message that missed its moment: seconds until a new one of the account's. The chat is not at stake."""
    mine = [rule for rule in rules if rule.account]
    with transaction.atomic():
        tokens = Tokens([rule.key for rule in mine], moment)
        at = max([moment, *(tokens.rows[rule.key].full_at - (rule.burst - 1) * rule.interval for rule in mine)])
        tokens.take(mine, at)
        tokens.save()
    return at - moment


def block(channel: Channel, until: float, scope: str) -> None:
    """The platform told us to wait: that chat alone, or the whole account. Never shortens an earlier wait."""
    key = blocked_keys(channel)[0 if scope == "account" else 1]
    Bucket.objects.get_or_create(key=key)
    Bucket.objects.filter(key=key).update(blocked_until=Greatest(F("blocked_until"), until))
