"""How many different people: only ever bounds. Never made of views."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.report.values import Behind, People


def people(reached: Iterable[int | None], population: int | None, behind: Behind | None = None) -> People:
    """max(Rᵢ) ≤ R ≤ min(N, ΣRᵢ). With an unknown channel the sum is no upper bound, only the population is."""
    counts = list(reached)
    known = [c for c in counts if c is not None]
    if not known:
        return People(None, None, population, 0, len(counts), behind=behind)
    whole = sum(known) if len(known) == len(counts) else None
    capped = population is not None and (whole is None or whole > population)
    high = population if capped else whole
    low = max(known)
    if high is not None and high < low:  # followers from elsewhere: more than live here
        high, capped = whole, False
    return People(low, high, population, len(known), len(counts), capped, behind)


def if_independent(reached: Iterable[int], population: int) -> float:
    """N(1 − ∏(1 − Rᵢ/N)): a guess that following one channel says nothing of another. Always to be called one."""
    missed = 1.0
    for count in reached:
        missed *= 1 - min(count / population, 1.0)
    return population * (1 - missed)
