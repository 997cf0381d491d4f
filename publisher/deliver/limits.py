"""The platforms' limits, shared by all workers: one row per limit, GCRA, taken all or none inside the claim.

A row's `full_at` is the theoretical arrival time. A token is free when `full_at - (burst - 1) · interval <= now`.
Tokens are spaced evenly with a burst of two, a sixth below the documented rate: what counts is the moment the
platform sees a request, and threads and the network bunch requests that left evenly (35-37 in a second were seen
under a limit of 30 when the full rate was used).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Greatest

from publisher.connectors.base import Limits
from publisher.deliver.models import Bucket, Channel

MARGIN = 1.2
KEPT_FOR_URGENT = 2  # tokens of the account that only urgent posts may use


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit as it applies to one channel: seconds between tokens, tokens that may go at once."""

    key: str
    interval: float
    burst: int


@functools.cache
def _spacing(count: int, seconds: float) -> tuple[float, int]:
    interval = seconds / count * (MARGIN if count > 1 else 1.05)
    burst = 1 if count <= 1 else max(2, min(4, count // 5))
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
        Bucket.objects.bulk_create([Bucket(key=k) for k in keys], ignore_conflicts=True)
        rows = Bucket.objects.select_for_update().filter(key__in=keys).order_by("key")
        self.rows = {row.key: row for row in rows}
        self.taken: set[str] = set()

    def free_at(self, channel: Channel, rules: Sequence[Rule], *, urgent: bool) -> float:
        """The earliest moment a message may go there; `now` or earlier means at once."""
        moments = [self.rows[key].blocked_until for key in blocked_keys(channel)]
        for rule in rules:
            kept = KEPT_FOR_URGENT if rule.key.startswith("account:") and not urgent else 0
            burst = max(rule.burst - kept, 1)
            moments.append(self.rows[rule.key].full_at - (burst - 1) * rule.interval)
        return max(moments, default=0.0)

    def take(self, rules: Sequence[Rule]) -> None:
        for rule in rules:
            row = self.rows[rule.key]
            row.full_at = max(row.full_at, self.now) + rule.interval
            self.taken.add(rule.key)

    def save(self) -> None:
        Bucket.objects.bulk_update([self.rows[key] for key in self.taken], ["full_at"])


def block(channel: Channel, until: float, scope: str) -> None:
    """The platform told us to wait: that chat alone, or the whole account. Never shortens an earlier wait."""
    key = blocked_keys(channel)[0 if scope == "account" else 1]
    Bucket.objects.get_or_create(key=key)
    Bucket.objects.filter(key=key).update(blocked_until=Greatest(F("blocked_until"), until))
