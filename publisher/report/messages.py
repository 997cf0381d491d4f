"""The messages of a period with what they had at a horizon: settled rows, and readings where there is no row yet."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from django.db.models import CharField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.functions import Cast

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery
from publisher.measure.models import Horizon, Reading
from publisher.report import past, values
from publisher.report.models import Settled
from publisher.report.past import AS_TEXT, METRICS, Span
from publisher.report.scope import Scope
from publisher.report.settle import changed_since, computed, sent

FLOORS = frozenset({Metric.READ})  # always counted from single confirmations
Key = tuple[int, str]  # channel and language
Minute = str  # in UTC, "2026-11-24 05:00"
PIECE = 500


@dataclass(slots=True)
class Row:
    """One message. `growing`: too young for the horizon; its numbers are what it has by now, a lower bound."""

    delivery: int
    post: int
    channel: int
    language: str
    sent_at: datetime
    numbers: Mapping[Metric, int | None]
    growing: bool = False
    reactions_floor: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    seen_at: datetime | None = None
    sources: str = ""

    def known(self, metric: Metric) -> int | None:
        """At the horizon."""
        return None if self.growing else self.numbers[metric]


@dataclass(slots=True)
class Tally:
    """What the messages of one channel in one language add up to."""

    messages: int = 0
    growing: int = 0
    floors: int = 0
    known: dict[Metric, int] = field(default_factory=lambda: dict.fromkeys(METRICS, 0))
    sums: dict[Metric, int] = field(default_factory=lambda: dict.fromkeys(METRICS, 0))

    def add(self, row: Row) -> None:
        self.messages += 1
        self.growing += row.growing
        self.floors += row.reactions_floor and row.known(Metric.REACTIONS) is not None
        for metric, value in row.numbers.items():
            if value is not None:
                self.known[metric] += not row.growing
                self.sums[metric] += value


Tallies = dict[Key, Tally]


class Messages:
    """Asks the database for one place. Without the clock's settled rows the answers are the same, only slower."""

    def __init__(self, scope: Scope, now: datetime) -> None:
        self.scope, self.now = scope, now
        self._changed = sorted(changed_since())
        self._usable: dict[Span, int | None] = {}
        self._taken_apart: tuple[tuple, list[tuple[int, Minute, str]]] = ((), [])

    def rows(self, first: datetime, last: datetime, horizon: Horizon) -> list[Row]:
        """The earliest first."""
        found = [_of_text(row) for row in self._settled(first, last, horizon).values_list(*TEXTS).iterator()]
        found += self._unsettled(first, last, horizon)
        return sorted(found, key=lambda row: (row.sent_at, row.delivery))

    def tallies(self, first: datetime, last: datetime, horizon: Horizon) -> Tallies:
        """Added up by the database, all languages of a channel together."""
        found: Tallies = {}
        grouped = self._settled(first, last, horizon).order_by().values("channel").annotate(**past.ADDED)
        for channel, messages, floors, *numbers in grouped.values_list("channel", *past.ADDED):
            known = dict(zip(METRICS, numbers, strict=False))
            sums = {metric: value or 0 for metric, value in zip(METRICS, numbers[len(METRICS) :], strict=True)}
            found[channel, ""] = Tally(messages, 0, floors, known, sums)
        for row in self._unsettled(first, last, horizon):
            found.setdefault((row.channel, ""), Tally()).add(row)
        return found

    def tallies_in(self, spans: Sequence[Span], horizon: Horizon) -> list[Tallies]:
        """Of each: the same as tallies(), from what is added up where it is."""
        there = self._past(spans)
        found: dict[int, Tallies] = {pk: {} for pk in there.values()}
        for pk, channel, *numbers in past.sums(found, horizon, self._channels):
            found[pk][channel, ""] = _of_past(numbers)
        return [found[there[span]] if span in there else self.tallies(*span, horizon) for span in spans]

    def views_in(self, spans: Sequence[Span], horizon: Horizon) -> list[tuple[int, Minute, int]]:
        """The same as views() of each, together."""
        there = self._past(spans)
        found = [(channel, at, int(views)) for channel, at, views in self._seen(there, horizon) if views]
        return found + [row for span in spans if span not in there for row in self.views(*span, horizon)]

    def moments_in(self, spans: Sequence[Span]) -> Counter[Minute]:
        """The same as moments() of each, together."""
        there = self._past(spans)
        found = Counter([at for _channel, at, _views in self._seen(there, Horizon.DAY)])
        for span in spans:
            if span not in there:
                found += self.moments(*span)
        return found

    def _seen(self, there: Mapping[Span, int], horizon: Horizon) -> list[tuple[int, Minute, str]]:
        """Taken apart once, though both are asked of the same weeks."""
        asked = (horizon, *there.values())
        if self._taken_apart[0] != asked:
            self._taken_apart = asked, list(past.seen(there.values(), horizon, self._channels))
        return self._taken_apart[1]

    def _past(self, spans: Sequence[Span]) -> dict[Span, int]:
        asked = [span for span in spans if span not in self._usable]
        if asked:
            there = past.usable(asked, self._touched)
            self._usable.update({span: there.get(span) for span in asked})
        return {span: pk for span in spans if (pk := self._usable[span]) is not None}

    @cached_property
    def _touched(self) -> list[datetime]:
        return past.ordered_moments(self._changed, PIECE)

    @property
    def _channels(self) -> list[int] | None:
        return None if self.scope.place is None else list(self.scope.channels)

    def views(self, first: datetime, last: datetime, horizon: Horizon) -> list[tuple[int, Minute, int]]:
        """Channel, moment and known views at the horizon."""
        settled = self._settled(first, last, horizon).filter(views__isnull=False)
        rows = settled.values_list("channel", AS_TEXT, "views").iterator()
        found = [(channel, at[:16], views) for channel, at, views in rows]
        more = ((row, row.known(Metric.VIEWS)) for row in self._unsettled(first, last, horizon))
        return found + [(row.channel, minute(row.sent_at), value) for row, value in more if value is not None]

    def views_of(self, first: datetime, last: datetime, horizon: Horizon) -> dict[int, int]:
        """Known views at the horizon by message."""
        settled = self._settled(first, last, horizon).filter(views__isnull=False)
        found = dict(settled.values_list("delivery", "views").iterator())
        more = {row.delivery: row.known(Metric.VIEWS) for row in self._unsettled(first, last, horizon)}
        return found | {delivery: views for delivery, views in more.items() if views is not None}

    def moments(self, first: datetime, last: datetime) -> Counter[Minute]:
        """When messages went out, known or not."""
        rows = self.scope.filter_by_channel(sent().filter(sent_at__gte=first, sent_at__lt=last))
        return Counter(at[:16] for at in rows.order_by().values_list(AS_TEXT, flat=True).iterator())

    def _settled(self, first: datetime, last: datetime, horizon: Horizon) -> QuerySet[Settled]:
        rows = Settled.objects.filter(horizon=horizon, sent_at__gte=first, sent_at__lt=last)
        rows = self.scope.filter_by_channel(rows)
        return rows.exclude(delivery__in=self._changed) if self._changed else rows

    def _unsettled(self, first: datetime, last: datetime, horizon: Horizon) -> list[Row]:
        mine = self.scope.filter_by_channel(sent().filter(sent_at__gte=first, sent_at__lt=last))
        row = Settled.objects.filter(delivery=OuterRef("pk"), horizon=horizon)
        lacking = ~Exists(row) | Q(pk__in=self._changed) if self._changed else ~Exists(row)
        pks = list(mine.filter(lacking).order_by().values_list("pk", flat=True))
        return [row for n in range(0, len(pks), PIECE) for row in self._read(pks[n : n + PIECE], horizon)]

    def _read(self, pks: Sequence[int], horizon: Horizon) -> list[Row]:
        over = [_of_row(row) for row in computed(pks, self.now, (horizon,))]
        young = set(pks) - {row.delivery for row in over}
        return over + growing(sent().filter(pk__in=young), self.scope)


def _of_past(numbers: Sequence[int]) -> Tally:
    middle = 2 + len(METRICS)
    known = dict(zip(METRICS, numbers[2:middle], strict=True))
    return Tally(numbers[0], 0, numbers[1], known, dict(zip(METRICS, numbers[middle:], strict=True)))


LAST = ("reactions_floor", "reasons", "seen_at", "sources")


def minute(moment: datetime) -> Minute:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def moment_of(at: str) -> datetime:
    """Of a column as text: SQLite keeps UTC without saying so, PostgreSQL says it."""
    return datetime.fromisoformat(at if "+" in at else f"{at}+00:00")


@lru_cache(maxsize=1_000)
def _reasons(text: str) -> Mapping[str, str]:
    """The same few again and again."""
    found: dict[str, str] = json.loads(text)
    return found


SETTLED = ("delivery_id", "post_id", "channel_id", "language", "sent_at", *METRICS, *LAST)
IN_TEXT = {
    "sent_at": AS_TEXT,
    "reactions_floor": Cast("reactions_floor", IntegerField()),
    "reasons": Cast("reasons", TextField()),
    "seen_at": Cast("seen_at", CharField()),
}
TEXTS = tuple(IN_TEXT.get(name, name) for name in SETTLED)  # so that Django converts nothing, row by row


def _of_settled(row: tuple) -> Row:
    end = 5 + len(METRICS)
    return Row(*row[:5], dict(zip(METRICS, row[5:end], strict=True)), False, *row[end:])


def _of_text(row: tuple) -> Row:
    delivery, post, channel, language, sent_at, *numbers, floor, reasons, seen_at, sources = row
    seen = moment_of(seen_at) if seen_at else None
    found = dict(zip(METRICS, numbers, strict=True))
    at = moment_of(sent_at)
    return Row(delivery, post, channel, language, at, found, False, bool(floor), _reasons(reasons), seen, sources)


def _of_row(row: Settled) -> Row:
    return _of_settled(tuple(getattr(row, name) for name in SETTLED))


def growing(messages: QuerySet[Delivery], scope: Scope) -> list[Row]:
    """What messages have by now that are too young for the horizon: the newest snapshot of each metric.

    Of two sources at one moment the first counts, as at the horizon.
    """
    newest = {f"at_{m}": Subquery(_readings(m).order_by("-at", "id").values("at")[:1]) for m in METRICS}
    newest |= {f"by_{m}": Subquery(_readings(m).order_by("-at", "id").values("source")[:1]) for m in METRICS}
    dated = messages.order_by().annotate(**newest)
    totals = {
        f"now_{m}": Subquery(
            _readings(m)
            .filter(at=OuterRef(f"at_{m}"), source=OuterRef(f"by_{m}"))
            .order_by()
            .values("delivery")
            .annotate(n=Sum("value"))
            .values("n")
        )
        for m in METRICS
    }
    rows = dated.annotate(**totals).values_list(
        "pk", "post_id", "channel_id", "language", "sent_at", *[f"{p}_{m}" for p in ("now", "at") for m in METRICS]
    )
    return [_young(row, scope) for row in rows]


def _readings(metric: Metric) -> QuerySet[Reading]:
    return Reading.objects.filter(delivery=OuterRef("pk"), metric=metric)


def _young(row: tuple, scope: Scope) -> Row:
    middle = 5 + len(METRICS)
    numbers = dict(zip(METRICS, row[5:middle], strict=True))
    seen_at = max(filter(None, row[middle:]), default=None)
    given = scope.gives.get(row[2], frozenset())
    reasons = {m.value: "not_yet" if m in given else "not_given" for m in METRICS}
    return Row(*row[:5], numbers, growing=True, reasons=reasons, seen_at=seen_at)


def tallied(rows: Iterable[Row]) -> Tallies:
    found: Tallies = defaultdict(Tally)
    for row in rows:
        found[row.channel, row.language].add(row)
    return dict(found)


def add_up(
    tallies: Tallies, metric: Metric, given: Mapping[int, frozenset[Metric]], behind: values.Behind | None = None
) -> values.Sum:
    """A sum over what is known; messages on channels that never give the metric stand outside."""
    value = known = of = young = outside = 0
    floor = anything = False
    for (channel, _language), tally in tallies.items():
        here = tally.messages if metric in given.get(channel, ()) else tally.known[metric]
        of, outside = of + here, outside + tally.messages - here
        known, value = known + tally.known[metric], value + tally.sums[metric]
        young += min(tally.growing, here - tally.known[metric]) if here else 0
        floor |= bool(tally.known[metric]) and (metric in FLOORS or (metric == Metric.REACTIONS and tally.floors > 0))
        anything |= bool(tally.known[metric] or tally.sums[metric])
    if of == 0:
        reason = "not_given" if outside else "nothing_sent"
        return values.Sum(None if outside else 0, 0, 0, outside=outside, reason=reason, behind=behind)
    if not anything and known == 0:
        return values.Sum(None, 0, of, young, outside, reason="nothing_known", behind=behind)
    return values.Sum(value, known, of, young, outside, floor, behind=behind)


def add_rows(
    rows: Iterable[Row],
    metric: Metric,
    given: Mapping[int, frozenset[Metric]],
    behind: values.Behind | None = None,
) -> values.Sum:
    """The same as add_up(tallied(rows)), without counting what is not asked for."""
    tally = Tally()
    outside = 0
    for row in rows:
        value = row.numbers[metric]
        known = value is not None and not row.growing
        if not known and metric not in given.get(row.channel, ()):
            outside += 1
        else:
            tally.messages += 1
            tally.growing += row.growing
            tally.known[metric] += known
            tally.floors += row.reactions_floor and row.known(Metric.REACTIONS) is not None
        tally.sums[metric] += value or 0
    found = add_up({(0, ""): tally}, metric, {0: frozenset({metric})}, behind)
    if not outside:
        return found
    if not found.of:
        return values.Sum(None, 0, 0, outside=outside, reason="not_given", behind=behind)
    return replace(found, outside=outside)
