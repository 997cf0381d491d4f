"""What a report is made of: plain values, no database and no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from publisher.connectors.base import Metric
from publisher.measure.readings import Number
from publisher.people.models import District, Region


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over what is known only. `value` None: nothing is known. `at_horizon` of the known are of 72 h."""

    value: int | None
    known: int
    of: int
    at_horizon: int = 0
    at_least: bool = False  # something is unknown, or counted from below


@dataclass(frozen=True, slots=True)
class Message:
    """One language of a post on one channel."""

    delivery: int
    channel: str
    channel_title: str
    language: str
    state: str
    sent_at: datetime
    url: str
    numbers: Mapping[Metric, Number]


@dataclass(frozen=True, slots=True)
class PublishedPost:
    id: int
    title: str
    kind: str
    published_at: datetime
    languages: tuple[str, ...]
    messages: tuple[Message, ...]
    totals: Mapping[Metric, Total]


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """`change` None: unknown, and `change_reason` says why. `percent` of the start, when that is known and not 0."""

    key: str
    title: str
    platform: str
    kind: str
    languages: tuple[str, ...]
    on: bool
    messages: int
    start: Number
    end: Number
    change: int | None
    change_reason: str
    percent: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that did not go out, may not have, or was taken back; or a planned moment that passed in silence."""

    title: str
    where: str
    state: str
    at: datetime
    reason: str
    values: Mapping[str, Any] = field(default_factory=dict)
    post: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """`count` numbers of a metric that are not known, and why. `where` is a channel, or a platform with its `road`:
    the connector's key, when this way in never gives the metric."""

    where: str
    metric: Metric
    reason: str
    count: int = 0
    road: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`start` and `end` are dates of the zone, both included. `metrics` are those that some channel here can give."""

    start: date
    end: date
    zone: str
    district: District | Region | None
    made_at: datetime
    practice: bool
    metrics: tuple[Metric, ...]
    posts: tuple[PublishedPost, ...]
    channels: tuple[ChannelFigures, ...]
    totals: Mapping[Metric, Total]
    followers: Total  # the change over all channels
    troubles: tuple[Trouble, ...]
    gaps: tuple[Gap, ...]

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(message for post in self.posts for message in post.messages)
