"""What a figure is: its value, how much of it is known, and where its readings are. Plain values, no database."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

ENOUGH_KNOWN = 0.8  # with less, a sum is "at least" and is compared with nothing
PERCENT_FROM = 20  # a smaller count is told without a percentage

Thing = Literal["messages", "followers", "calls", "outbound", "clicks", "cases"]
Verdict = Literal["above", "below", "usual", "not_compared"]


@dataclass(frozen=True, slots=True)
class Behind:
    """The filter that lists again what a figure is made of; report.behind.rows() answers it. Empty: not filtered.

    `district` or `region` is a key. `topic` is a pattern's key, `answer` a choice of the
    hotline (how they heard, what became of it). `as_query` goes into an address and `of_query` reads it.
    """

    thing: Thing
    first: datetime
    last: datetime  # not included
    metric: str = ""
    horizon: str = ""
    district: str = ""
    region: str = ""
    channel: str = ""
    language: str = ""
    post: str = ""
    topic: str = ""
    answer: str = ""

    def as_query(self) -> dict[str, str]:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in given.items() if v}

    @classmethod
    def of_query(cls, query: dict[str, str]) -> Behind:
        """Raises ValueError for what as_query never made."""
        names = {f.name for f in fields(cls)}
        given = {k: v for k, v in query.items() if k in names}
        if given.get("thing") not in Thing.__args__ or not {"first", "last"} <= given.keys():
            raise ValueError("not the address of a figure")
        first, last = (datetime.fromisoformat(given.pop(k)) for k in ("first", "last"))
        if first.tzinfo is None or last.tzinfo is None:
            raise ValueError("a moment without its zone")
        return cls(first=first, last=last, **given)


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over what is known. `value` None: nothing is known, and `reason` says why.

    Of `of` messages on channels that give this metric at all, `known` have it at the horizon. `growing`: how many of
    the rest are too young for it; what they show by now is in the sum, for counters only rise, so the sum is a lower
    bound. `outside`: messages on channels that never give this metric; no part of `of`.
    """

    value: int | None
    known: int
    of: int
    growing: int = 0
    outside: int = 0
    floor: bool = False  # some known ones are lower bounds themselves (people's confirmations)
    reason: str = ""  # nothing_sent, nothing_known, not_given, no_channels
    behind: Behind | None = None
    net: bool = False  # a difference: what is unknown of it may be less than nothing, so it is no lower bound

    @property
    def at_least(self) -> bool:
        return self.value is not None and not self.net and (self.known < self.of or self.floor)

    @property
    def comparable(self) -> bool:
        """Known for at least 80 %: else it is compared with nothing."""
        return self.value is not None and self.known >= ENOUGH_KNOWN * self.of


@dataclass(frozen=True, slots=True)
class Count:
    """Something that we wrote down ourselves, one by one. None: nobody wrote such things down then (`reason`)."""

    value: int | None
    reason: str = ""  # not_kept
    behind: Behind | None = None

    at_least = False

    @property
    def comparable(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Usual:
    """The median of earlier complete weeks with its quartiles; `low` and `high` are the fences Q1/Q3 ± 1.5 IQR."""

    median: float
    q1: float
    q3: float
    low: float
    high: float
    weeks: int  # that went into it, at most 8


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure beside its usual level. `not_compared` has its `reason`.

    too_little_known: under 80 %; growing: too many messages are younger than the horizon; too_few_weeks: fewer than
    five comparable weeks; not_over: the period still runs; nothing_known.
    """

    now: Sum | Count
    usual: Usual | None
    verdict: Verdict
    reason: str = ""
    weeks: int = 0  # comparable earlier weeks there are

    @property
    def percent(self) -> float | None:
        """Against the usual median; None for small counts, for losses, and for what is not compared."""
        if self.usual is None or self.verdict == "not_compared" or self.now.value is None:
            return None
        if min(self.now.value, self.usual.median) < PERCENT_FROM:
            return None
        return (self.now.value / self.usual.median - 1) * 100


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % unless said otherwise."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of sums over the `known` of `of` messages where all its parts are known. `formula` is a code of
    report.formulas. `value` None: `reason` says why. `interval` only where the part is some of the whole (Wilson).
    """

    value: float | None
    part: int
    whole: int
    known: int
    of: int
    formula: str
    interval: Interval | None = None
    reason: str = ""  # nothing_known, none_seen (the whole is 0)
    behind: Behind | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` per 100,000 residents, with the exact Poisson interval. `value` None: `reason`."""

    value: float | None
    count: int | None
    population: int | None
    interval: Interval | None = None
    reason: str = ""  # population_unknown, not_kept
    behind: Behind | None = None
    at_least: bool = False  # its count is a lower bound


@dataclass(frozen=True, slots=True)
class People:
    """How many different people follow at least one of the channels: max(Rᵢ) ≤ R ≤ min(N, ΣRᵢ).

    `high` None: some channel's count or everything is unknown and so is the population. Never made of views.
    """

    low: int | None
    high: int | None
    population: int | None
    known: int  # channels whose count is known
    of: int
    by_population: bool = False  # the upper bound is the population, not the sum
    behind: Behind | None = None
