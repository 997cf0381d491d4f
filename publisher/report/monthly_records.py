"""What the monthly report shows beside the weekly page's parts. Plain values, no database and no words.

publisher.report.monthly.month() fills it. Its figures are of 7 days after publication; "usual" is made of the eight
months before, each brought to this one's length, and Compared.weeks counts those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from publisher.people.models import District, Region
from publisher.report.records import Gap, Trouble
from publisher.report.stats.its import Series
from publisher.report.values import Count, Interval, People, Rate, Ratio, Sum
from publisher.report.weekly_records import (
    ChannelLine,
    Correction,
    Headline,
    Measured,
    Parity,
    Period,
    PostLine,
    Ratios,
    Response,
    Scheme,
)


@dataclass(frozen=True, slots=True)
class Point:
    """One week of a line. A gap in the line where `value` is None; `comparable` False: drawn as a lower bound."""

    monday: date
    value: int | None
    comparable: bool
    known: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """13 weeks, the last of them the latest complete one. `name`: views, followers, forwards, calls, near_misses,
    losses, clicks."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Messages that went out on a weekday (0 Monday) in an hour of the zone. `ratio`: the median of their views at
    24 h against their own channel's usual; None with fewer than three known ones."""

    weekday: int
    hour: int
    messages: int
    known: int
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Hours:
    """Cells that have messages, of the last 13 weeks. `enough`: 30 known ones at least; else say nothing of best
    hours."""

    cells: tuple[Cell, ...]
    known: int
    enough: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the month: a ruse, a kind of post (those about no ruse; without titles), or a language."""

    key: str
    titles: Mapping[str, str]
    posts: int
    messages: int
    views: Sum
    er: Ratio
    calls: Count | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Crime beside reach, never under it. `cases`: registered; `recognised` is A / (A + C) with Wilson's interval;
    `lost`: summed over the `lost_known` losses that named an amount."""

    attempts: Count  # A: recognised, nothing lost
    losses: Count  # C: told to the hotline with a loss
    recognised: Ratio
    cases: Count
    cases_rate: Rate
    calls_rate: Rate
    lost: int | None
    lost_median: float | None
    before: tuple[Point, ...]  # registered cases, 13 months
    lost_known: int = 0


@dataclass(frozen=True, slots=True)
class StudyState:
    """A question written down before (models.Study), and its state.

    dropped: `reason` says why; waiting: not enough weeks after; too_few: `reason` says what is missing (weeks_before,
    weeks_after, events, constant: `needed` and `found`); answered. `registered_late`: written down after its start,
    which the page must say.
    """

    id: int
    title: str
    outcome: str
    control: str
    starts: date
    lag_weeks: int
    registered_at: datetime
    registered_by: str
    registered_late: bool
    state: str
    reason: str = ""
    needed: int = 0
    found: int = 0
    series: Series | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """A channel's data: how many of its wanted numbers are unknown, and why; `by_hand`: messages with a number that was
    typed in."""

    channel: str
    title: str
    wanted: int
    unknown: int
    by_hand: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """A district beside the others, in the order of names: this is no ranking.

    `views_rate`, `calls_rate`: per 100,000. `limits` are 95 % and 99.8 % of the funnel at its size, around all
    districts' own level; `place`: inside, above, below, far_above, far_below, unknown.
    """

    district: District
    population: int | None
    messages: int
    views: Sum
    views_rate: Rate
    calls: Count
    calls_rate: Rate
    limits95: Interval | None
    limits998: Interval | None
    place: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """`level`: all districts' calls per 100,000; `dispersion`: how much wider than chance they spread."""

    what: str
    level: float | None
    dispersion: float | None
    lines: tuple[DistrictLine, ...]
    without_population: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A plan with an end, before and after. `state`: planned, running, over. Caveats are codes that must be shown:
    coincided, other_changes, registration_lags, small_counts, no_control, season, too_short."""

    plan: str
    names: Mapping[str, str]
    starts: date
    ends: date
    state: str
    posts: int
    messages: int
    views: Sum
    calls_before: Count
    calls_during: Count
    ratio: float | None  # of the weekly counts
    interval: Interval | None
    verdict: str  # usual, above, below, not_compared
    reason: str
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The monthly report. `district` may be a region; None: all districts. Only one district has no `funnel`."""

    district: District | Region | None
    period: Period
    practice: bool
    measured: Measured
    posts: int
    messages: int
    headline: Headline
    ratios: Ratios
    people: People
    per_100k: Rate
    channels: tuple[ChannelLine, ...]
    best: tuple[PostLine, ...]
    weakest: PostLine | None
    schemes: tuple[Scheme, ...]
    response: Response
    parity: Parity
    lines: tuple[Line, ...]
    hours: Hours
    topics: tuple[Slice, ...]
    languages: tuple[Slice, ...]
    outcome: Outcome
    studies: tuple[StudyState, ...]
    campaigns: tuple[Campaign, ...]
    funnel: Funnel | None
    corrections: tuple[Correction, ...]
    quality: tuple[Quality, ...]
    troubles: tuple[Trouble, ...]
    gaps: tuple[Gap, ...]
    formulas: tuple[str, ...]
