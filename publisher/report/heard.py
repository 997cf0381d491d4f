"""What the hotline wrote down, and what else residents did: counts of a period beside those of earlier weeks.

Nothing is 0 before anything was ever written down: until the first entry of a kind it was "not kept".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from django.db.models import Case as Choose
from django.db.models import Count as DbCount
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models import Sum as DbSum
from django.db.models.functions import Concat

from publisher.hotline.models import Case, Consultation, OutboundCall, Outcome, Source, Verdict
from publisher.measure.models import Link, LinkDay, LinkKind
from publisher.people.models import District
from publisher.report.scope import DAY, Scope
from publisher.report.values import Count, Thing

LINKS_LIVE = timedelta(days=90)  # a link made longer ago is not looked for among the period's messages


class Told(NamedTuple):
    """What a consultation was, as far as it is counted."""

    source: str
    verdict: str
    outcome: str
    pattern: str
    heard: str = ""


COUNTED = ("source", "verdict", "outcome", "pattern")  # how they heard is asked of one period only
Span = tuple[datetime, datetime]
APART = "\x1f"  # between columns; nobody types it
Test = Callable[[Told], bool]
TESTS: dict[str, Test] = {
    "calls": lambda told: told.source == Source.PHONE,
    "near_misses": lambda told: told.outcome == Outcome.NEAR_MISS,
    "losses": lambda told: told.outcome == Outcome.LOSS,
    "told": lambda told: told.verdict != Verdict.NOT,
}
FILTERS = {  # the same for the database
    "calls": Q(source=Source.PHONE),
    "near_misses": Q(outcome=Outcome.NEAR_MISS),
    "losses": Q(outcome=Outcome.LOSS),
    "told": ~Q(verdict=Verdict.NOT),
}


class Hotline:
    """A period is asked for once, however many figures are made of it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._told: dict[tuple[datetime, datetime], Counter[Told]] = {}
        self._firsts: dict[bool, Mapping[str, datetime]] = {}

    @property
    def keys(self) -> Any:
        """The districts by name, also for all of them: the index begins with the district."""
        return self.scope.district_keys

    def told(self, first: datetime, last: datetime) -> Counter[Told]:
        if (first, last) not in self._told:
            self.ask([(first, last)])
        return self._told[first, last]

    def ask(self, spans: Iterable[Span]) -> None:
        """In one pass for all of them: what lies between two of their edges is counted once, then put together."""
        asked = [span for span in spans if span not in self._told]
        edges = sorted({edge for span in asked for edge in span})
        self._told |= {span: Counter() for span in asked}
        for piece, told, n in self._pieces(edges):
            for span in asked:
                if span[0] <= edges[piece] < span[1]:
                    self._told[span][told] += n

    def _pieces(self, edges: Sequence[datetime]) -> Iterator[tuple[int, Told, int]]:
        """Of each piece between two edges. One text to group by takes the database half the time of its columns."""
        if not edges:
            return
        rows = Consultation.objects.filter(district__in=self.keys, at__gte=edges[0], at__lt=edges[-1]).order_by()
        piece = Choose(*(When(at__lt=edge, then=Value(str(n))) for n, edge in enumerate(edges[1:])), default=Value(""))
        columns = [part for name in COUNTED for part in (Value(APART), name)]
        for text, n in rows.annotate(key=Concat(piece, *columns)).values_list("key").annotate(n=DbCount("pk")):
            place, *told = text.split(APART)
            yield int(place), Told(*told), n

    def firsts(self, what: str = "") -> Mapping[str, datetime]:
        """By district, when the first was written down: of calls the first by telephone, for the bot may be older."""
        if (what == "calls") not in self._firsts:
            only = {"source": Source.PHONE} if what == "calls" else {}
            rows = Consultation.objects.filter(district=OuterRef("pk"), **only).order_by("at").values("at")[:1]
            there = District.objects.filter(pk__in=self.keys).order_by().annotate(first=Subquery(rows))
            told = there.exclude(first=None).values_list("pk", "first")
            self._firsts[what == "calls"] = dict(told)
        return self._firsts[what == "calls"]

    def kept_from(self, what: str = "") -> datetime | None:
        return min(self.firsts(what).values(), default=None)

    def count(self, what: str, first: datetime, last: datetime, pattern: str | None = None) -> Count:
        """calls, near_misses, losses or told (all but what was no fraud); of one pattern, or of all."""
        thing: Thing = "calls"
        behind = self.scope.point(thing, first, last, answer=what, topic=pattern or "")
        kept = self.kept_from(what)
        if kept is None or kept >= last:
            return Count(None, "not_kept", behind)
        test = TESTS[what]
        found = sum(
            n for t, n in self.told(first, last).items() if test(t) and (pattern is None or t.pattern == pattern)
        )
        return Count(found, behind=behind)

    def history(self, what: str, weeks: Sequence[tuple[datetime, datetime]], pattern: str | None = None) -> list[Count]:
        """Weeks before the first entry, or begun before it, are not known: they say nothing of what is usual."""
        self.ask(weeks)
        kept = self.kept_from(what)
        return [
            self.count(what, *week, pattern) if kept and week[0] >= kept - DAY else Count(None, "not_kept")
            for week in weeks
        ]

    def heard(self, first: datetime, last: datetime) -> Counter[str]:
        """How the callers heard of the hotline; unanswered ones under an empty key."""
        rows = Consultation.objects.filter(district__in=self.keys, at__gte=first, at__lt=last, source=Source.PHONE)
        return Counter(dict(rows.order_by().values_list("heard").annotate(n=DbCount("pk"))))

    def patterns(self, first: datetime, last: datetime) -> Counter[str]:
        """How often each ruse was told of, near misses and losses included."""
        found: Counter[str] = Counter()
        for told, n in self.told(first, last).items():
            if told.pattern and TESTS["told"](told):
                found[told.pattern] += n
        return found

    def lost(self, first: datetime, last: datetime) -> tuple[int | None, float | None, int]:
        """Sum and median in tenge of the losses that named one, and how many did; None when none did."""
        rows = Consultation.objects.filter(district__in=self.keys, at__gte=first, at__lt=last, outcome=Outcome.LOSS)
        amounts = list(rows.exclude(amount=None).order_by().values_list("amount", flat=True))
        return (sum(amounts), float(median(amounts)), len(amounts)) if amounts else (None, None, 0)


def cases(scope: Scope, start: date, end: date, pattern: str = "") -> Count:
    """Registered ones, both days included. Not kept until the first was ever brought in."""
    mine = scope.only(Case.objects.order_by())
    mine = mine.filter(pattern=pattern) if pattern else mine
    behind = scope.point("cases", scope.moment(start), scope.moment(end + DAY), topic=pattern)
    if not scope.only(Case.objects.filter(day__lte=end)).exists():
        return Count(None, "not_kept", behind)
    return Count(mine.filter(day__gte=start, day__lte=end).count(), behind=behind)


class Daily:
    """Something that is counted by the day: one query for all weeks that are compared."""

    def __init__(self, scope: Scope, thing: Thing, rows: QuerySet, number: object, first: date, last: date) -> None:
        """`rows` of the place with a `day`; `number` is what is added up of them."""
        self.scope, self.thing = scope, thing
        days = rows.filter(day__gte=first, day__lt=last).order_by().values_list("day").annotate(n=number)
        self._by_day = {day: n for day, n in days if n is not None}
        self._kept_from: date | None = rows.order_by("day").values_list("day", flat=True).first()

    def count(self, first: datetime, last: datetime) -> Count:
        start, end = (moment.astimezone(self.scope.zone).date() for moment in (first, last))
        behind = self.scope.point(self.thing, first, last)
        if self._kept_from is None or self._kept_from >= end:
            return Count(None, "not_kept", behind)
        return Count(sum(n for day, n in self._by_day.items() if start <= day < end), behind=behind)

    def history(self, weeks: Sequence[tuple[datetime, datetime]]) -> list[Count]:
        zone = self.scope.zone
        begun = self._kept_from
        return [
            self.count(*week) if begun and week[0].astimezone(zone).date() >= begun else Count(None, "not_kept")
            for week in weeks
        ]


def outbound(scope: Scope, first: date, last: date) -> Daily:
    """Prevention calls that were made, whatever came of them."""
    return Daily(scope, "outbound", scope.only(OutboundCall.objects.all(), "entry__campaign__district"), DbCount("pk"),
                 first, last)  # fmt: skip


def clicks(scope: Scope, first: date, last: date) -> Daily:
    """Devices that opened a link of ours, each once a day and link."""
    return Daily(scope, "clicks", scope.only(LinkDay.objects.all(), "link__district"), DbSum("people"), first, last)


def clicks_by_message(scope: Scope, first: datetime, last: datetime) -> dict[tuple[int, int, str], int]:
    """By post, channel and language, for messages that carried a link of ours: also those nobody opened.

    Devices of the period and the three days after it.
    """
    start, end = (moment.astimezone(scope.zone).date() for moment in (first, last + timedelta(days=3)))
    links = scope.only(Link.objects.filter(kind=LinkKind.MESSAGE, post__isnull=False, channel__isnull=False))
    there = links.filter(made_at__gte=first - LINKS_LIVE, made_at__lt=last).order_by()
    days = LinkDay.objects.filter(link__in=there.values("pk"), day__gte=start, day__lt=end).order_by()
    opened = dict(days.values_list("link").annotate(n=DbSum("people")))
    found: Counter[tuple[int, int, str]] = Counter()
    for pk, post, channel, language in there.values_list("pk", "post", "channel", "language"):
        found[post, channel, language] += opened.get(pk, 0)
    return dict(found)
