"""The usual level: the median of earlier weeks, and fences beyond which a week is said to be unusual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from publisher.report.values import Compared, Count, Sum, Usual

WEEKS = 8  # looked back
FEWEST = 5  # comparable ones, before anything is said
FENCE = 1.5


def usual_of(values: Iterable[float]) -> Usual | None:
    """None with fewer than five. The order does not matter."""
    found = sorted(values)
    if len(found) < FEWEST:
        return None
    q1, q3 = quantile_of(found, 0.25), quantile_of(found, 0.75)
    reach = FENCE * (q3 - q1)
    return Usual(median(found), q1, q3, q1 - reach, q3 + reach, len(found))


def quantile_of(ordered: list[float], share: float) -> float:
    """Between neighbours in proportion (Hyndman and Fan's type 7, numpy's own)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def compare(
    now: Sum | Count, before: Iterable[Sum | Count], *, over: bool = True, lengths: Sequence[float] = ()
) -> Compared:
    """Only with earlier weeks that are known for at least 80 % themselves; never a week that still runs.

    `lengths`: how many times as long as each of them this one is; without it they are all alike.
    """
    rows = list(before)
    times = lengths or [1.0] * len(rows)
    pairs = [(b.value, n) for b, n in zip(rows, times, strict=True) if b.comparable and b.value is not None]
    values = [value if n == 1 else value * n for value, n in pairs]
    usual = usual_of(values)
    reason = _why_not(now, usual, over)
    if reason or usual is None or now.value is None:
        return Compared(now, usual, "not_compared", reason, len(values))
    verdict = "above" if now.value > usual.high else "below" if now.value < usual.low else "usual"
    return Compared(now, usual, verdict, weeks=len(values))


def _why_not(now: Sum | Count, usual: Usual | None, over: bool) -> str:
    if now.value is None:
        return now.reason or "nothing_known"
    if not over:
        return "not_over"
    if not now.comparable:
        growing = now.growing if isinstance(now, Sum) else 0
        return "growing" if growing else "too_little_known"
    return "" if usual else "too_few_weeks"
