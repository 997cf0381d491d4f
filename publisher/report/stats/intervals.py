"""Intervals of shares and counts, and what is made of them: rates per 100,000, ratios, recognised attempts."""

from __future__ import annotations

import math

from publisher.report.stats.gamma import NORMAL, binomial_at_most, quantile
from publisher.report.values import Interval, Rate, Ratio

PER = 100_000


def wilson(part: int, whole: int, level: float = 0.95) -> Interval:
    """Of a share: 120 of 4,000 → 2.5 to 3.6 %. Raises ValueError where the part is not some of the whole."""
    if not 0 <= part <= whole or whole == 0:
        raise ValueError(f"{part} of {whole} is no share")
    z = NORMAL.inv_cdf((1 + level) / 2)
    share, extra = part / whole, z * z / whole
    centre = (share + extra / 2) / (1 + extra)
    half = z / (1 + extra) * math.sqrt(share * (1 - share) / whole + extra / (4 * whole))
    low = 0.0 if part == 0 else max(centre - half, 0.0)
    high = 1.0 if part == whole else min(centre + half, 1.0)
    return Interval(low, high)


def poisson(count: int, level: float = 0.95) -> Interval:
    """Exact, of a count: χ²(α/2; 2x)/2 to χ²(1 − α/2; 2x + 2)/2, which are quantiles of gamma(x) and gamma(x + 1)."""
    if count < 0:
        raise ValueError("a count is not negative")
    tail = (1 - level) / 2
    return Interval(quantile(count, tail) if count else 0.0, quantile(count + 1, 1 - tail))


def rate(count: int | None, population: int | None, *, interval: bool = True) -> Rate:
    """Per 100,000. No interval for what does not happen one by one, like views."""
    if count is None:
        return Rate(None, None, population, reason="not_kept")
    if not population:
        return Rate(None, count, None, reason="population_unknown")
    scale = PER / population
    found = poisson(count) if interval else None
    spread = Interval(found.low * scale, found.high * scale) if found else None
    return Rate(count * scale, count, population, spread)


def ratio(part: int, whole: int, known: int, of: int, formula: str, *, share: bool = True) -> Ratio:
    """`share`: the part is some of the whole, so Wilson's interval holds; where it turns out larger, none is given."""
    if not known:
        return Ratio(None, 0, 0, 0, of, formula, reason="nothing_known")
    if not whole:
        return Ratio(None, part, whole, known, of, formula, reason="none_seen")
    interval = wilson(part, whole) if share and part <= whole else None
    return Ratio(part / whole, part, whole, known, of, formula, interval)


def recognised(attempts: int | None, losses: int | None) -> Ratio:
    """A / (A + C): attempts that people recognised, of all that the hotline heard of. No word about prevention."""
    if attempts is None or losses is None:
        return Ratio(None, 0, 0, 0, 0, "recognised", reason="nothing_known")
    both = attempts + losses
    return ratio(attempts, both, both or 1, both or 1, "recognised")


def rate_ratio(count: int, time: float, count_before: int, time_before: float) -> Interval | None:
    """Exact interval of (count/time) / (count_before/time_before), from the share of one in both (Clopper-Pearson).

    None when nothing happened before or in neither, for then there is no ratio.
    """
    if not count_before or time <= 0 or time_before <= 0:
        return None
    low, high = _clopper_pearson(count, count + count_before)
    scale = time_before / time
    return Interval(low / (1 - low) * scale, high / (1 - high) * scale if high < 1 else math.inf)


def _clopper_pearson(part: int, whole: int, level: float = 0.95) -> tuple[float, float]:
    """By bisection on the binomial's own distribution function; both counts are calls of some weeks."""
    tail = (1 - level) / 2
    low = 0.0 if part == 0 else _root(lambda p: 1 - binomial_at_most(part - 1, whole, p) - tail)
    high = 1.0 if part == whole else _root(lambda p: tail - binomial_at_most(part, whole, p))
    return low, high


def _root(rising) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
