"""When are reports more than usual? Counts against their own past, with a stated rate of false alarms. No database.

EARS-like: the reports of the last 7 and of the last 28 days against the weeks before them, which the new ones must not
colour. The level of the past is itself only known roughly, and reports come in bunches: both widen what chance may do
(a negative binomial with the variance of the past weeks, never less than Poisson's). Simulated in benchmarks/alarm.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WEEK = 7
WINDOWS = (7, 28)  # days that are counted together; whole weeks, so that days of the week do not matter
PAST = 26 * WEEK  # days that the usual level is taken from, at most
ENOUGH_PAST = 6 * WEEK  # with less nobody can tell what is usual
AT_LEAST = 3  # reports; fewer are never an alarm
CHANCE = 0.001  # of one day's look at one window: see docs/hotline.md for what comes of it in a year
REST = 14  # days of quiet after an alarm of the same series


@dataclass(frozen=True, slots=True)
class Rise:
    """`count` reports in `days` days; `expected` were usual, and `limit` is the most that chance explains."""

    days: int
    count: int
    expected: float
    limit: int


def look(counts: Sequence[int], chance: float = CHANCE, windows: Sequence[int] = WINDOWS) -> Rise | None:
    """`counts` by day, the last one today's. The clearest rise, or None: usual, or too early to tell."""
    found = [rise for days in windows if (rise := _window(counts, days, chance))]
    return max(found, key=lambda rise: (rise.count + 0.5) / (rise.limit + 0.5), default=None)


def _window(counts: Sequence[int], days: int, chance: float) -> Rise | None:
    past = counts[-(days + PAST) : -days]
    count = sum(counts[-days:])
    if len(past) < ENOUGH_PAST or count < AT_LEAST:
        return None
    expected, spread = _usual(past, days)
    limit = max(most(expected, spread, chance), AT_LEAST - 1)
    return Rise(days, count, expected, limit) if count > limit else None


def _usual(past: Sequence[int], days: int) -> tuple[float, float]:
    """What to expect of so many days, and its variance. Half a report more: none at all is not known to be zero."""
    mean = (sum(past) + 0.5) / len(past)
    weeks = [sum(past[at : at + WEEK]) for at in range(len(past) % WEEK, len(past), WEEK)]
    expected = mean * days
    bunching = max(1.0, _variance(weeks) / (mean * WEEK)) if len(weeks) > 1 else 1.0
    return expected, expected * bunching * (1 + days / len(past))


def _variance(values: Sequence[int]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def most(expected: float, variance: float, chance: float) -> int:
    """The smallest number that is exceeded with no more than this chance."""
    shape = expected**2 / (variance - expected) if variance > expected * (1 + 1e-9) else math.inf
    below = 0.0
    for number in range(1_000_000):
        below += math.exp(_log_share(number, expected, shape))
        if 1 - below <= chance:
            return number
    raise ValueError(f"{expected} reports are more than this can reckon with")


def _log_share(number: int, expected: float, shape: float) -> float:
    """The logarithm of the probability of exactly this number: negative binomial, or Poisson at its limit."""
    if math.isinf(shape):
        return number * math.log(expected) - expected - math.lgamma(number + 1)
    return (
        math.lgamma(number + shape)
        - math.lgamma(shape)
        - math.lgamma(number + 1)
        + shape * math.log(shape / (shape + expected))
        + number * math.log(expected / (shape + expected))
    )
