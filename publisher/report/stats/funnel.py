"""Districts beside each other, fair to their size: limits that widen where few people live (Spiegelhalter 2005)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.report.stats.gamma import NORMAL, poisson_at_most, poisson_exactly
from publisher.report.stats.usual import quantile_of
from publisher.report.values import Interval

LEVELS = (0.95, 0.998)
ENOUGH_FOR_SPREAD = 10  # districts, before their spread is estimated
WINSOR = 0.1
LARGE = 1_000  # from here on the exact limit and the normal one agree to a hundredth


@dataclass(frozen=True, slots=True)
class Place:
    """Limits are counts at this size; `where`: inside, above, below, far_above, far_below."""

    expected: float
    limits95: Interval
    limits998: Interval
    where: str


def level_of(counts: Sequence[int], sizes: Sequence[int]) -> float | None:
    """All together: not the mean of rates, in which a hamlet would weigh as much as a town."""
    return sum(counts) / sum(sizes) if sum(sizes) else None


def dispersion(counts: Sequence[int], sizes: Sequence[int], level: float) -> float:
    """How much wider than chance they spread: the mean square of winsorised z-scores, at least 1."""
    scores = sorted((x - level * n) / math.sqrt(level * n) for x, n in zip(counts, sizes, strict=True) if level * n > 0)
    if len(scores) < ENOUGH_FOR_SPREAD:
        return 1.0
    low, high = quantile_of(scores, WINSOR), quantile_of(scores, 1 - WINSOR)
    return max(sum(min(max(z, low), high) ** 2 for z in scores) / len(scores), 1.0)


def place(count: int, size: int, level: float, spread: float = 1.0) -> Place:
    expected = level * size
    inner, outer = (limits(expected, chance, spread) for chance in LEVELS)
    return Place(expected, inner, outer, _where(count, inner, outer))


def limits(expected: float, chance: float, spread: float = 1.0) -> Interval:
    """Of a count: exact and interpolated while chance alone spreads them; normal where they spread wider."""
    tail = (1 - chance) / 2
    if spread > 1 or expected > LARGE:
        half = NORMAL.inv_cdf(1 - tail) * math.sqrt(spread * expected)
        return Interval(max(expected - half, 0.0), expected + half)
    return Interval(_interpolated(expected, tail), _interpolated(expected, 1 - tail))


def _interpolated(mean: float, chance: float) -> float:
    """r − (P(X ≤ r) − p) / P(X = r) with the smallest r that reaches p."""
    if mean <= 0:
        return 0.0
    count = max(int(mean + NORMAL.inv_cdf(chance) * math.sqrt(mean)) - 3, 0)
    while count > 0 and poisson_at_most(count - 1, mean) >= chance:
        count -= 1
    while poisson_at_most(count, mean) < chance:
        count += 1
    return max(count - (poisson_at_most(count, mean) - chance) / poisson_exactly(count, mean), 0.0)


def _where(count: int, inner: Interval, outer: Interval) -> str:
    if count > inner.high:
        return "far_above" if count > outer.high else "above"
    if count < inner.low:
        return "far_below" if count < outer.low else "below"
    return "inside"
