"""How many reports, of what and from where: plain numbers, for pages, reports and the alarm. Nothing about people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from publisher.hotline.models import Case, Consultation, Outcome, Verdict
from publisher.people.models import District


@dataclass(frozen=True, slots=True)
class Counts:
    """Of days from `begin` to `end`, both included, by the district's own clock."""

    begin: date
    end: date
    calls: int
    fraud: int
    near_misses: int
    losses: int
    amount_lost: int | None  # tenge; None: nobody said how much
    by_pattern: Mapping[str, int]
    by_okrug: Mapping[int | None, int]
    by_heard: Mapping[str, int]
    by_day: Mapping[date, int]
    cases: int
    cases_by_pattern: Mapping[str, int]


def between(district: District, begin: date, end: date) -> QuerySet[Consultation]:
    first = datetime.combine(begin, datetime.min.time(), district.zone)
    after = datetime.combine(end + timedelta(days=1), datetime.min.time(), district.zone)
    return Consultation.objects.filter(district=district, at__gte=first, at__lt=after)


def count(district: District, begin: date, end: date) -> Counts:
    rows = list(
        between(district, begin, end).values_list("at", "pattern", "okrug", "heard", "verdict", "outcome", "amount")
    )
    bad = [row for row in rows if row[4] != Verdict.NOT]
    lost = [row[6] for row in rows if row[5] == Outcome.LOSS and row[6] is not None]
    cases = Case.objects.filter(district=district, day__gte=begin, day__lte=end)
    return Counts(
        begin=begin,
        end=end,
        calls=len(rows),
        fraud=sum(row[4] == Verdict.FRAUD for row in rows),
        near_misses=sum(row[5] == Outcome.NEAR_MISS for row in rows),
        losses=sum(row[5] == Outcome.LOSS for row in rows),
        amount_lost=sum(lost) if lost else None,
        by_pattern=_falling(Counter(row[1] for row in bad)),
        by_okrug=_falling(Counter(row[2] for row in rows)),
        by_heard=_falling(Counter(row[3] for row in rows)),
        by_day=Counter(row[0].astimezone(district.zone).date() for row in rows),
        cases=cases.count(),
        cases_by_pattern=_falling(Counter(cases.values_list("pattern", flat=True))),
    )


def _falling(counter: Counter) -> dict:  # type: ignore[type-arg]
    return dict(counter.most_common())


@dataclass(frozen=True, slots=True)
class Series:
    """One ruse in the whole district (`okrug` None) or in one okrug: its reports by day, the last one today's."""

    pattern: str
    okrug: int | None
    days: Sequence[int]


def series(district: District, until: date, length: int) -> list[Series]:
    """Every ruse and place that had any report in these days. What turned out to be no fraud does not count."""
    begin = until - timedelta(days=length - 1)
    rows = between(district, begin, until).exclude(verdict=Verdict.NOT).exclude(pattern="")
    counted: dict[tuple[str, int | None], Counter[int]] = {}
    for at, pattern, okrug in rows.values_list("at", "pattern", "okrug"):
        place = (at.astimezone(district.zone).date() - begin).days
        for where in {None, okrug}:
            counted.setdefault((pattern, where), Counter())[place] += 1
    return [
        Series(pattern, okrug, tuple(found[place] for place in range(length)))
        for (pattern, okrug), found in sorted(counted.items(), key=lambda item: (item[0][0], item[0][1] or 0))
    ]


def began(district: District) -> date | None:
    """The first day on which anything was written down: before it nothing is known, which is not a count of 0."""
    first = Consultation.objects.filter(district=district).order_by("at").values_list("at", flat=True).first()
    return first.astimezone(district.zone).date() if first else None
