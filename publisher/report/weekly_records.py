"""What the weekly page of a chief shows: plain values, no database and no words.

Codes (reasons, verdicts, asks, formulas) are words' business: every form of the page reads the same record, so that
all of them and both languages tell the same numbers. publisher.report.weekly.week() fills it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from publisher.measure.readings import Number
from publisher.people.models import District, Region
from publisher.report.records import Gap, Trouble
from publisher.report.values import Behind, Compared, Count, People, Rate, Ratio, Sum


@dataclass(frozen=True, slots=True)
class Period:
    """`first` ≤ moment < `last`, from midnight to midnight of the zone; `start` and `end` are days, both included.

    `over`: made after its end. `growing_until`: when the last message reaches the horizon, if that is still to come.
    `seen_at`: the newest reading in it, which is how fresh the page is.
    """

    start: date
    end: date
    first: datetime
    last: datetime
    zone: str
    made_at: datetime
    over: bool
    horizon: str
    growing_until: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Channels that are on and gave at least one number of the period, of all that are on."""

    known: int
    of: int
    missing: tuple[str, ...] = ()  # titles of those that gave none


@dataclass(frozen=True, slots=True)
class Headline:
    """The three numbers. `followers` is the net change over all channels; its `of` counts channels."""

    views: Compared
    followers: Compared
    forwards: Compared


@dataclass(frozen=True, slots=True)
class Ratios:
    """`er` (reactions + replies + forwards) / views; `err` median views at 24 h / followers; `forwarded` forwards /
    views; `ctr` devices that opened our links / views of messages that carried one."""

    er: Ratio
    err: Ratio
    forwarded: Ratio
    ctr: Ratio


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel's row. `net` None: unknown, `net_reason` says why. `median` of views at the horizon.

    `sources` are keys of words.SOURCES; `seen_at`: its newest reading of the period, None: nothing was read.
    """

    key: str
    title: str
    platform: str
    district: str
    languages: tuple[str, ...]
    on: bool
    followers: Number
    net: int | None
    net_reason: str
    messages: int
    by_language: Mapping[str, int]
    views: Sum
    median: float | None
    forwards: Sum
    er: Ratio
    err: Ratio
    sources: tuple[str, ...]
    seen_at: datetime | None
    behind: Behind


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post with what it got. `against_usual`: its views compared with what its channels' messages usually get
    (1.0 is usual; the median of 8 weeks of each channel), so a large channel does not win by its size; None: too
    little is known. `thumbnail` and `picture` are paths below var/ (compose.Upload), empty without one.
    """

    id: int
    title: str
    kind: str
    topic: str  # the pattern's key, or empty
    template: str
    published_at: datetime
    languages: tuple[str, ...]
    channels: int
    views: Sum
    forwards: Sum
    reactions: Sum
    against_usual: float | None
    url: str = ""
    thumbnail: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A ruse: how often residents told of it, and whether we warned of it. `titles` by language.

    covered: told of and warned of; missed: told of, not warned of in the period or the four weeks before;
    ahead: warned of although nobody told of it.
    """

    key: str
    titles: Mapping[str, str]
    calls: Count
    usual: Compared
    losses: Count
    posts: tuple[int, ...]
    state: str  # covered, missed, ahead


@dataclass(frozen=True, slots=True)
class Heard:
    """How callers heard of the hotline; `answer` is the code, `titles` by language where a person named it."""

    answer: str
    calls: Count
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """What residents did. Beside the reach, not because of it. `lost` in tenge: losses that callers told of, summed
    over the `lost_known` of them that named an amount."""

    calls: Compared
    heard: tuple[Heard, ...]
    heard_known: int  # calls with an answer to "how did you hear of us"
    near_misses: Compared
    losses: Count
    recognised: Ratio  # A / (A + C): near misses of all attempts
    clicks: Compared
    outbound: Compared
    lost: int | None = None
    lost_median: float | None = None
    lost_known: int = 0


@dataclass(frozen=True, slots=True)
class Parity:
    """`pairs`: posts out in Kazakh and Russian alike. `lag`: median minutes from Kazakh to Russian, negative when
    Russian was first; None without a pair. `reasons`: what was said for posts in one language."""

    posts: int
    pairs: int
    only_kk: int
    only_ru: int
    lag_minutes: float | None
    views: Mapping[str, Sum]  # by language
    er: Mapping[str, Ratio]
    messages: Mapping[str, int]
    one_language: tuple[tuple[int, str, str, str], ...] = ()  # post, title, its language, the reason given


@dataclass(frozen=True, slots=True)
class Ask:
    """What a chief is asked to decide. At most three, the most pressing first.

    nothing_out(): not one message went out in the week;
    warn_about(pattern, calls): residents tell of a ruse, nobody warned;   more_known(percent, channels): too little
    is measured;   silent_channels(channels): nothing went out there;   kazakh(posts): posts without Kazakh;
    troubles(count): messages that did not go out or may not have;   keep_on(): nothing to decide.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """Something changed after it went out. kind: correction, withdrawal, counter_fell (a cumulative number fell)."""

    kind: str
    at: datetime
    where: str
    title: str
    post: int | None
    by: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """The weekly page. `district` may be a region; None: all districts."""

    district: District | Region | None
    period: Period
    practice: bool
    measured: Measured
    posts: int
    messages: int
    headline: Headline
    ratios: Ratios
    people: People
    per_100k: Rate  # views per 100,000 residents
    channels: tuple[ChannelLine, ...]
    best: tuple[PostLine, ...]  # at most three, the best first
    weakest: PostLine | None  # only where at least five posts can be compared
    schemes: tuple[Scheme, ...]
    response: Response
    parity: Parity
    corrections: tuple[Correction, ...]
    troubles: tuple[Trouble, ...]
    gaps: tuple[Gap, ...]
    asks: tuple[Ask, ...]
    formulas: tuple[str, ...]  # codes of report.formulas, in the order they are used
