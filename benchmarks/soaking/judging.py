"""The judgement of a soak, from its samples alone. Each function returns what it found; a finding with `bad` fails."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median
from typing import Any

DAY = 86400.0
SETTLING = {"worker": 12 * 3600.0}  # simulated seconds of a life that its memory is not judged by: caches fill
WEEKLY = 8 * DAY  # the same for clock and console: by then all that is done once a week has been done once
BUCKET = 6 * 3600.0  # memory is judged by the means of such spans: neighbouring samples say the same
GROWTH = 0.5  # MB a simulated day: more is a leak
HANDLES = 1.0  # open files or threads a simulated day
LONG = 12.0  # days from which a soak must show that memory is flat, not only fail to show that it grows
DRIFT = 0.1  # of the median, over the whole soak: less than that is no drift whatever its interval
NOISE = 0.05  # real seconds: what a busy machine adds
LEAST = 3  # degrees of freedom that make a slope
STEP = 5.0  # MB from one hour to the next: told, so that somebody may ask what was loaded then
STUCK = 900.0  # simulated seconds after its lease at which a row is stuck


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one moment; `life` counts its starts."""

    at: float
    process: str
    life: int
    age: float
    rss_mb: float
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Change per day with its 95 % interval."""

    slope: float
    low: float
    high: float
    points: int

    def rounded(self) -> list[float]:
        return [round(value, 3) for value in (self.slope, self.low, self.high)]


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    bad: bool
    figures: Mapping[str, Any] = field(default_factory=dict)


def trend(groups: Iterable[Sequence[tuple[float, float]]]) -> Trend | None:
    """One slope for several stretches, each with a level of its own. Points are (days, value)."""
    centred: list[tuple[float, float]] = []
    stretches = 0
    for group in groups:
        if len(group) < 2:
            continue
        stretches += 1
        x0, y0 = fmean(x for x, _ in group), fmean(y for _, y in group)
        centred += [(x - x0, y - y0) for x, y in group]
    spread, free = sum(x * x for x, _ in centred), len(centred) - stretches - 1
    if free < LEAST or not spread:
        return None
    slope = sum(x * y for x, y in centred) / spread
    rest = sum((y - slope * x) ** 2 for x, y in centred)
    half = _student(free) * math.sqrt(rest / free / spread)
    return Trend(slope, slope - half, slope + half, len(centred))


def _student(free: int) -> float:
    from scipy.stats import t  # heavy

    return float(t.ppf(0.975, free))


def memory(samples: Sequence[Sample], days: float) -> list[Finding]:
    """Flat: the interval of the growth lies below GROWTH. A short soak fails only by growth that it shows."""
    return [_flat(process, rows, days) for process, rows in _by_process(samples).items()]


def _by_process(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.process].append(sample)
    return found


def _flat(process: str, rows: Sequence[Sample], days: float) -> Finding:
    grown = {name: trend(_stretches(rows, name)) for name in ("rss_mb", "files", "threads")}
    rss = grown["rss_mb"]
    leak = rss is not None and (rss.low > GROWTH or (days >= LONG and rss.high >= GROWTH))
    handles = any(found is not None and found.low > HANDLES for name, found in grown.items() if name != "rss_mb")
    figures = {
        "mb_median": round(median(row.rss_mb for row in rows), 1),
        "mb_most": round(max(row.rss_mb for row in rows), 1),
        "mb_a_day": rss.rounded() if rss else None,
        "mb_by_day": [round(fmean(mb)) for mb in _by_day(rows)],
        "steps": [f"day {at / DAY + 1:.1f}: {mb:.0f} MB" for at, mb in _steps(rows)],
        "lives": len({row.life for row in rows}),
        "files_most": max(row.files for row in rows),
        "threads_most": max(row.threads for row in rows),
    }
    return Finding(f"memory {process}", leak or handles or (days >= LONG and rss is None), figures)


def _by_day(rows: Sequence[Sample]) -> list[list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        found[int(row.at // DAY)].append(row.rss_mb)
    return list(found.values())


def _stretches(rows: Sequence[Sample], name: str) -> list[list[tuple[float, float]]]:
    """Means of BUCKET for each life, without the time in which it settles."""
    spans: dict[tuple[int, int], list[Sample]] = defaultdict(list)
    for row in rows:
        if row.age > SETTLING.get(row.process, WEEKLY):
            spans[row.life, int(row.at // BUCKET)].append(row)
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for (life, _), some in sorted(spans.items()):
        found[life].append((fmean(row.at for row in some) / DAY, fmean(getattr(row, name) for row in some)))
    return list(found.values())


def _steps(rows: Sequence[Sample]) -> list[tuple[float, float]]:
    """When a life grew by STEP from one look to the next, and by how many MB."""
    grown = [(row.at, row.rss_mb - before.rss_mb) for before, row in pairwise(rows) if before.life == row.life]
    return [(at, mb) for at, mb in grown if mb > STEP]


def lateness(daily: Sequence[Mapping[str, float]], speed: float) -> list[Finding]:
    """`daily`: p50 and p99 in simulated seconds. A drift is shown to be above zero and worth speaking of."""
    return [_drift(name, [day[name] for day in daily if name in day], speed) for name in ("p50", "p99")]


def _drift(name: str, values: Sequence[float], speed: float) -> Finding:
    found = trend([list(enumerate(values))])
    figures: dict[str, Any] = {"days": len(values), "s": [round(value, 2) for value in values]}
    if found is None:
        return Finding(f"lateness {name}", not values, figures)
    whole, allowed = found.slope * len(values), DRIFT * median(values) + NOISE * speed
    figures |= {"s_a_day": found.rounded(), "median_real_ms": round(1000 * median(values) / speed, 1)}
    return Finding(f"lateness {name}", found.low > 0 and whole > allowed, figures)


def stuck(looks: Sequence[Mapping[str, Any]], left: Sequence[Mapping[str, Any]]) -> Finding:
    """`looks`: of every hour, how many rows were past their lease by STUCK; `left`: at the end, due rows that neither
    went out nor have a reason to wait."""
    held = [look["at"] for look in looks if look.get("past_lease")]
    figures = {"looks": len(looks), "past_lease_at": held[:10], "left": list(left)[:10], "left_number": len(left)}
    return Finding("stuck rows", bool(held or left), figures)


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery at the end: its text, and what became of it."""

    chat: str
    text: str
    state: str
    reason: str = ""


EXPLAINED = frozenset({"target_gone", "by_person"})  # why a text may have failed in a soak: kicked; lost, says a person


def exactly_once(rows: Sequence[Row], standing: Mapping[str, Mapping[str, int]]) -> Finding:
    """`standing`: chat → text → times, by the platforms' own count."""
    twice = [(chat, text) for chat, texts in standing.items() for text, times in texts.items() if times > 1]
    lost, uncalled, failed = [], [], []
    states: dict[str, int] = defaultdict(int)
    for row in rows:
        there = standing.get(row.chat, {}).get(row.text, 0)
        states[f"{row.state} {row.reason}".strip()] += 1
        if row.state == "sent" and not there:
            lost.append((row.chat, row.text))
        elif row.state not in ("sent", "unknown") and there:
            uncalled.append((row.chat, row.text, row.state))
        elif row.state == "failed" and row.reason not in EXPLAINED:
            failed.append((row.chat, row.text, row.reason))
    wrong = {"twice": twice, "sent_but_absent": lost, "there_but_not_sent": uncalled, "failed_without_cause": failed}
    unknown = states.get("unknown", 0)
    figures = {"rows": len(rows), "states": dict(states), **{name: found[:10] for name, found in wrong.items()}}
    counts = {f"{name}_number": len(found) for name, found in wrong.items()}
    return Finding("exactly once", any(wrong.values()) or bool(unknown) or not rows, figures | counts)


def plainly(findings: Iterable[Finding]) -> list[str]:
    return [f"{'FAILED' if one.bad else 'ok'}: {one.name}: {dict(one.figures)}" for one in findings]
