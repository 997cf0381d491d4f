"""The regularised incomplete gamma and beta functions, so that no report has to load scipy (0.7 s, 60 MB).

tests/report/test_stats_intervals.py holds it against scipy to nine digits.
"""

from __future__ import annotations

import math
from statistics import NormalDist

NORMAL = NormalDist()
SMALL = 1e-300
STEPS = 100_000


def below(shape: float, x: float) -> float:
    """P(a, x), the chance of at most x under a gamma distribution of scale 1."""
    if x <= 0:
        return 0.0
    return _series(shape, x) if x < shape + 1 else 1.0 - _fraction(shape, x)


def poisson_at_most(count: int, mean: float) -> float:
    """P(X ≤ count); a negative count has no chance."""
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    return 1.0 - below(count + 1, mean)


def poisson_exactly(count: int, mean: float) -> float:
    if mean <= 0:
        return float(count == 0)
    return math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))


def binomial_at_most(count: int, whole: int, chance: float) -> float:
    """P(X ≤ count) of so many trials, as a beta function: adding up its terms takes a region's calls minutes."""
    if chance <= 0 or count >= whole:
        return 1.0
    return _beta(whole - count, count + 1, 1 - chance)


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0:
        return 0.0
    scale = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return scale * _beta_fraction(a, b, x) / a
    return 1.0 - scale * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Lentz's continued fraction, two steps at a time."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or SMALL)
    h = d
    for n in range(1, STEPS):
        for an in (
            n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n)),
            -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1)),
        ):
            d = 1 / (1 + an * d or SMALL)
            c = 1 + an / c or SMALL
            h *= d * c
        if abs(d * c - 1) < 1e-16 * 4:
            break
    return h


def quantile(shape: float, chance: float) -> float:
    """x with P(shape, x) = chance: Newton's steps from Wilson and Hilferty's approximation, kept within a bracket."""
    x = shape * max(1 - 1 / (9 * shape) + NORMAL.inv_cdf(chance) / (3 * math.sqrt(shape)), 0.01) ** 3
    low, high = 0.0, math.inf
    for _ in range(200):
        off = below(shape, x) - chance
        low, high = (low, x) if off > 0 else (x, high)
        slope = _scale(shape, x) / x
        step = x - off / slope if slope > SMALL else -1.0
        if not low < step < high:
            step = (low + high) / 2 if high < math.inf else 2 * x + 1e-9
        if abs(step - x) <= 1e-13 * step:
            break
        x = step
    return step


def _scale(shape: float, x: float) -> float:
    return math.exp(-x + shape * math.log(x) - math.lgamma(shape))


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for n in range(1, STEPS):
        term *= x / (shape + n)
        total += term
        if term < total * 1e-16:
            break
    return total * _scale(shape, x)


def _fraction(shape: float, x: float) -> float:
    """1 − P by Lentz's continued fraction."""
    b = x + 1 - shape
    c, d = 1 / SMALL, 1 / b
    h = d
    for n in range(1, STEPS):
        an = -n * (n - shape)
        b += 2
        d = 1 / (an * d + b or SMALL)
        c = b + an / c or SMALL
        step = d * c
        h *= step
        if abs(step - 1) < 1e-16 * 4:
            break
    return h * _scale(shape, x)
