"""Answers: a number with its moment and source, or why there is none. What nobody gave is never 0."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from publisher.connectors import CONNECTORS
from publisher.connectors.base import Metric
from publisher.connectors.telegram_session import TelegramSession
from publisher.deliver.models import Channel, Delivery, Part
from publisher.measure import reader
from publisher.measure.metrics import FROM_PEOPLE, HELD, LOWER_BOUNDS, TOLERANCE
from publisher.measure.models import Appointment, AppointmentState, Horizon, PersonStatus, Reading
from publisher.measure.record import from_people

LATE = timedelta(minutes=10)
PUBLIC_CHANNEL = re.compile(r"^https://t\.me/(?!c/|\+|joinchat/)[A-Za-z]\w{3,31}/?$")


@dataclass(frozen=True, slots=True)
class Known:
    """`parts` are the single counts behind the value: emoji, or answers of a poll.

    `late_by`: how long after its moment it was read, when that was later than a quiet collector reads (LATE).
    """

    value: int
    at: datetime
    source: str
    at_least: bool = False
    horizon: str = ""  # "72h"; empty: the latest there is
    parts: tuple[tuple[str, int], ...] = ()
    late_by: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """`reason` is a sentence code."""

    reason: str


Number = Known | Unknown


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All readings of one metric taken together at one moment; emoji and answers add up to the total."""

    at: datetime
    source: str
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(value for _, value in self.parts)


@dataclass(frozen=True, slots=True)
class Asked:
    """When a message was to be read, and what came of it: an appointment without its row."""

    horizon: Horizon
    due_at: datetime
    state: str
    taken_at: datetime | None = None
    reason: str = ""


def value_at(asked: Asked | None, taken: Iterable[Snapshot], metric: Metric, given: frozenset[Metric]) -> Number:
    """V_h: the value at publication + horizon, within its tolerance. Nothing is extrapolated or filled in.

    A number told on every change holds until the next one, so the last before the appointment counts, with its own
    time; a number that is asked for must have been read inside the window.
    """
    if asked is None:
        return Unknown("not_read_in_time" if metric in given else "not_given")
    if asked.state == AppointmentState.WAITING:
        return Unknown("not_yet" if metric in given else "not_given")
    rows = list(taken)
    found = _held(asked, rows) if metric in HELD else None
    found = found or nearest(rows, asked.due_at, TOLERANCE[asked.horizon])
    if found:
        return number_of(found, metric, asked.horizon, asked.due_at)
    return Unknown(asked.reason if metric in given and asked.reason else "not_given")


def _held(asked: Asked, taken: list[Snapshot]) -> Snapshot | None:
    until = asked.taken_at or (asked.due_at if asked.reason == "reader_failed" else None)  # it was told all the while
    return max((s for s in taken if s.at <= until), key=lambda s: s.at, default=None) if until else None


def nearest(taken: Iterable[Snapshot], moment: datetime, within: timedelta) -> Snapshot | None:
    near = [s for s in taken if abs(s.at - moment) <= within]
    return min(near, key=lambda s: (abs(s.at - moment), s.at), default=None)


def number_of(snapshot: Snapshot, metric: Metric, horizon: str = "", due: datetime | None = None) -> Known:
    at_least = metric in LOWER_BOUNDS or snapshot.source == FROM_PEOPLE
    parts = tuple((label, value) for label, value in snapshot.parts if label)
    late = due is not None and snapshot.at - due > LATE
    late_by = snapshot.at - due if late and due else None
    return Known(snapshot.total, snapshot.at, snapshot.source, at_least, str(horizon), parts, late_by)


def gives(channel: Channel, read: Collection[int] | None = None) -> frozenset[Metric]:
    """The metrics that the channel's roads can give at all. Telegram shows views of public channels only, and all of
    them to a press-office account that is in the channel (`read`: reader.channels_seen(), for many channels at once).
    """
    connector = CONNECTORS.get(channel.account.type)
    given = connector.description.metrics if connector else frozenset()
    if channel.account.type != "telegram":
        return given
    if channel.pk in (reader.channels_seen() if read is None else read):
        return given | TelegramSession.description.metrics
    return given if PUBLIC_CHANNEL.match(channel.url) else given - {Metric.VIEWS}


class Gathered:
    """Everything read about some sent messages, in a few queries however many they are.

    People's confirmations come in at any time; they count as a snapshot at `now`.
    """

    def __init__(self, messages: QuerySet[Delivery], now: datetime) -> None:
        mains = messages.order_by().values("pk")
        polls = Delivery.objects.filter(part=Part.POLL, post__in=messages.order_by().values("post"))
        self._polls = {
            (post, channel, language): pk
            for pk, post, channel, language in polls.values_list("pk", "post", "channel", "language")
        }
        self._taken = by_metric(Reading.objects.filter(Q(delivery__in=mains) | Q(delivery__in=polls.values("pk"))))
        self._add_people(PersonStatus.objects.filter(delivery__in=mains), now)
        rows = Appointment.objects.filter(delivery__in=mains)
        self._read = reader.channels_seen()
        self._asked = {
            (delivery, horizon): Asked(Horizon(horizon), due_at, state, taken_at, reason)
            for delivery, horizon, due_at, state, taken_at, reason in rows.values_list(
                "delivery", "horizon", "due_at", "state", "taken_at", "reason"
            )
        }

    def _add_people(self, statuses: QuerySet[PersonStatus], now: datetime) -> None:
        people: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for delivery, rank, emoji in statuses.values_list("delivery", "rank", "emoji"):
            people[delivery].append((rank, emoji))
        for delivery, rows in people.items():
            before = any(s.source == FROM_PEOPLE for s in self._taken.get((delivery, Metric.REACTIONS), ()))
            counts: dict[Metric, list[tuple[str, int]]] = defaultdict(list)
            for metric, label, count in from_people(rows, reacted_before=before):
                counts[metric].append((label, count))
            for metric, parts in counts.items():
                self._taken[delivery, metric].append(Snapshot(now, FROM_PEOPLE, tuple(parts)))

    def history(self, message: Delivery, metric: Metric) -> list[Snapshot]:
        """Every snapshot, the oldest first. A poll is a message of its own beside its text."""
        pk = message.pk
        if metric == Metric.POLL_VOTES and message.part != Part.POLL:
            pk = self._polls.get((message.post_id, message.channel_id, message.language), pk)
        return self._taken.get((pk, metric), [])

    def asked(self, message: Delivery, horizon: Horizon) -> Asked | None:
        return self._asked.get((message.pk, horizon))

    def at_horizon(self, message: Delivery, metric: Metric, horizon: Horizon) -> Number:
        asked = self._asked.get((message.pk, horizon))
        return value_at(asked, self.history(message, metric), metric, gives(message.channel, self._read))

    def latest(self, message: Delivery, metric: Metric) -> Number:
        """Of two sources at one moment the first, as at the horizon."""
        taken = self.history(message, metric)
        newest = next((snapshot for snapshot in taken if snapshot.at == taken[-1].at), None)
        return number_of(newest, metric) if newest else Unknown("not_given")

    def best(self, message: Delivery, metric: Metric, horizon: Horizon) -> Number:
        """At the horizon; while that is not known, the latest there is, which says so by its empty horizon."""
        found = self.at_horizon(message, metric, horizon)
        last = self.latest(message, metric)
        return found if isinstance(found, Known) or isinstance(last, Unknown) else last

    def has_poll(self, message: Delivery) -> bool:
        return (message.post_id, message.channel_id, message.language) in self._polls


def by_metric(readings: QuerySet[Reading]) -> dict[tuple[int, str], list[Snapshot]]:
    """Snapshots of each (delivery, metric), the oldest first."""
    parts: dict[tuple[int, str, datetime, str], list[tuple[str, int]]] = defaultdict(list)
    rows = readings.order_by("at", "id").values_list("delivery", "metric", "at", "source", "label", "value")
    for delivery, metric, at, source, label, value in rows.iterator():
        parts[delivery, metric, at, source].append((label, value))
    taken: dict[tuple[int, str], list[Snapshot]] = defaultdict(list)
    for (delivery, metric, at, source), found in parts.items():
        taken[delivery, metric].append(Snapshot(at, source, tuple(found)))
    return taken


def _of_one(message: Delivery) -> Gathered:
    return Gathered(Delivery.objects.filter(pk=message.pk), timezone.now())


def history(message: Delivery, metric: Metric) -> list[Snapshot]:
    return _of_one(message).history(message, metric)


def latest(message: Delivery, metric: Metric) -> Number:
    """The newest number, whatever its age."""
    return _of_one(message).latest(message, metric)


def at_horizon(message: Delivery, metric: Metric, horizon: Horizon) -> Number:
    return _of_one(message).at_horizon(message, metric, horizon)


def followers_near(moment: datetime, within: timedelta) -> dict[int, Known]:
    """By channel: its members at the reading nearest to a moment, at most `within` away from it."""
    rows = Reading.objects.filter(
        channel__isnull=False, metric=Metric.FOLLOWERS, at__gte=moment - within, at__lte=moment + within
    )
    taken: dict[int, list[Snapshot]] = defaultdict(list)
    for channel, at, source, value in rows.order_by("at", "id").values_list("channel", "at", "source", "value"):
        taken[channel].append(Snapshot(at, source, (("", value),)))
    chosen = {channel: nearest(found, moment, within) for channel, found in taken.items()}
    return {channel: number_of(found, Metric.FOLLOWERS) for channel, found in chosen.items() if found}
