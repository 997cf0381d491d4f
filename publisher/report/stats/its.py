"""Interrupted time series: did a series change its level or slope at a moment that was written down before?

Quasi-Poisson after Lopez Bernal, Cummins and Gasparrini (IJE 2017; 46: 348-355):
log E(Yₜ) = β₀ + β₁·t + β₂·Xₜ + β₃·(t − T₀)·Xₜ + sin, cos(2πt/52) + log(populationₜ). It says that something changed
then, never why; the weeks between the start and the end of the lag belong to neither side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from publisher.report.stats.gamma import NORMAL
from publisher.report.values import Interval

BEFORE, AFTER = 26, 12  # weeks, the fewest
EVENTS = 50  # in the weeks before, the fewest
SEASON_FROM = 104  # weeks: with less than two years a season cannot be told from a trend
YEAR = 52.1775
FALLS = (10, 20, 30, 40)  # percent, whose power is stated
Z = NORMAL.inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Effect:
    """A rate ratio with its interval: 0.8 is a fifth fewer."""

    ratio: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Refused:
    """No answer: `reason` weeks_before, weeks_after, events, constant; so many are needed, so many there are."""

    reason: str
    needed: int
    found: int


@dataclass(frozen=True, slots=True)
class Series:
    """`level`: at once, `slope`: a week. `against_control`: the level beside the control's own change.

    `power`: percent of a true fall and the chance to see it at 5 %. `dispersion` of 1 is chance alone. With
    neighbouring weeks that resemble each other (`autocorrelation`), intervals are widened by √((1 + r)/(1 − r)).
    """

    weeks_before: int
    weeks_after: int
    level: Effect
    slope: Effect
    control: Effect | None
    against_control: Effect | None
    dispersion: float
    autocorrelation: float
    power: tuple[tuple[int, float], ...]
    season: bool
    population: bool


def fit(
    counts: Sequence[int],
    start: int,
    lag: int = 0,
    population: Sequence[float] | None = None,
    control: Sequence[int] | None = None,
) -> Series | Refused:
    """`start` is the index of the first week of the campaign, `lag` how many weeks it may take to show."""
    refused = _refusal(counts, start, lag) or (_refusal(control, start, lag) if control is not None else None)
    if refused:
        return refused
    mine = _Fit(counts, start, lag, population)
    other = _Fit(control, start, lag, population) if control is not None else None
    return Series(
        weeks_before=start,
        weeks_after=len(counts) - start - lag,
        level=mine.effect(LEVEL),
        slope=mine.effect(SLOPE),
        control=other.effect(LEVEL) if other else None,
        against_control=_against(mine, other) if other else None,
        dispersion=mine.dispersion,
        autocorrelation=mine.autocorrelation,
        power=tuple((fall, mine.power(fall)) for fall in FALLS),
        season=len(counts) >= SEASON_FROM,
        population=population is not None,
    )


def _refusal(counts: Sequence[int], start: int, lag: int) -> Refused | None:
    after = max(len(counts) - start - lag, 0)
    if start < BEFORE:
        return Refused("weeks_before", BEFORE, max(start, 0))
    if after < AFTER:
        return Refused("weeks_after", AFTER, after)
    if sum(counts[:start]) < EVENTS:
        return Refused("events", EVENTS, sum(counts[:start]))
    return Refused("constant", 1, 0) if not sum(counts[start + lag :]) else None


TREND, LEVEL, SLOPE = 1, 2, 3


class _Fit:
    """statsmodels is loaded here and nowhere else: it takes seconds."""

    def __init__(self, counts: Sequence[int], start: int, lag: int, population: Sequence[float] | None) -> None:
        import numpy as np
        from statsmodels.genmod.families import Poisson
        from statsmodels.genmod.generalized_linear_model import GLM

        self.np = np
        weeks = [t for t in range(len(counts)) if not start <= t < start + lag]
        self.design = np.array([_row(t, start + lag, len(counts) >= SEASON_FROM) for t in weeks])
        offset = None if population is None else np.log([population[t] for t in weeks])
        model = GLM(np.array([counts[t] for t in weeks], float), self.design, Poisson(), offset=offset)
        self.result = model.fit(scale="X2")
        self.dispersion = float(self.result.scale)
        self.autocorrelation = _autocorrelation(self.result.resid_pearson)
        self.weeks = len(weeks)

    @property
    def widening(self) -> float:
        """Only for what is more than chance; neighbours that differ narrow nothing."""
        r = self.autocorrelation
        return math.sqrt((1 + r) / (1 - r)) if Z / math.sqrt(self.weeks) < r < 1 else 1.0

    def error(self, of: int) -> float:
        return float(self.result.bse[of]) * self.widening

    def effect(self, of: int) -> Effect:
        return _effect(float(self.result.params[of]), self.error(of))

    def power(self, fall: int) -> float:
        """Of a two-sided test at 5 %, had the level truly fallen so far and nothing else changed."""
        np = self.np
        change = math.log(1 - fall / 100)
        without = self.result.params[LEVEL] * self.design[:, LEVEL] + self.result.params[SLOPE] * self.design[:, SLOPE]
        means = self.result.mu * np.exp(change * self.design[:, LEVEL] - without)
        information = self.design.T @ (means[:, None] * self.design)
        error = math.sqrt(max(self.dispersion, 1.0) * np.linalg.inv(information)[LEVEL, LEVEL]) * self.widening
        return NORMAL.cdf(abs(change) / error - Z) + NORMAL.cdf(-abs(change) / error - Z)


def _row(t: int, turn: int, season: bool) -> list[float]:
    after = float(t >= turn)
    angle = 2 * math.pi * t / YEAR
    return [1.0, t / YEAR, after, (t - turn) * after, *([math.sin(angle), math.cos(angle)] if season else [])]


def _autocorrelation(residuals: Any) -> float:
    whole = float((residuals**2).sum())
    return float((residuals[1:] * residuals[:-1]).sum()) / whole if whole else 0.0


def _against(mine: _Fit, other: _Fit) -> Effect:
    """The ratio of both ratios; their errors add up as squares."""
    change = float(mine.result.params[LEVEL] - other.result.params[LEVEL])
    return _effect(change, math.hypot(mine.error(LEVEL), other.error(LEVEL)))


def _effect(change: float, error: float) -> Effect:
    return Effect(math.exp(change), Interval(math.exp(change - Z * error), math.exp(change + Z * error)))
