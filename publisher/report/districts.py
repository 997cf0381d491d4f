"""Districts beside each other, fair to their size: never a ranking by raw counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Count as DbCount

from publisher.connectors.base import Metric
from publisher.hotline.models import Case, Consultation
from publisher.people.models import District
from publisher.report.ground import Ground
from publisher.report.heard import FILTERS
from publisher.report.messages import Tallies, add_up
from publisher.report.monthly_records import DistrictLine, Funnel
from publisher.report.scope import DAY
from publisher.report.stats.funnel import Place, dispersion, level_of, place
from publisher.report.stats.intervals import PER, rate
from publisher.report.values import Behind, Count, Interval

FEWEST = 3  # districts with a known size, before they are put side by side


def funnel(ground: Ground, what: str = "calls") -> Funnel:
    """calls, near_misses, losses or cases of the period. Districts without a known population have no place in it."""
    counts, kept, whole = counts_of(ground, what)
    districts = sorted(ground.scope.districts, key=lambda one: (one.name_kk, one.pk))
    sized = [one for one in districts if one.population and one.pk in whole]
    values, sizes = [counts[one.pk] for one in sized], [one.population or 0 for one in sized]
    level = level_of(values, sizes) if len(sized) >= FEWEST else None
    spread = dispersion(values, sizes, level) if level else None
    tallies = by_district(ground)
    lines = tuple(_line(ground, one, tallies, counts, kept, whole, what, level, spread or 1.0) for one in districts)
    scaled = level * PER if level is not None else None
    return Funnel(what, scaled, spread, lines, sum(not one.population for one in districts))


def counts_of(ground: Ground, what: str) -> tuple[Counter[str], set[str], set[str]]:
    """By district, and which districts write such things down at all, the others being unknown, not 0; then which did
    so in the whole period: one that began within it is not low."""
    if what == "cases":
        rows = ground.scope.only(Case.objects.order_by())
        now = rows.filter(day__gte=ground.start, day__lte=ground.end)
        kept = set(rows.filter(day__lte=ground.end).values_list("district", flat=True).distinct())
        whole = kept  # cases are few: the first one is no beginning
    else:
        rows = ground.scope.only(Consultation.objects.order_by())
        now = rows.filter(FILTERS[what], at__gte=ground.first, at__lt=ground.last)
        firsts = ground.hotline.firsts(what)
        kept = {key for key, at in firsts.items() if at < ground.last}
        whole = {key for key, at in firsts.items() if at <= ground.first + DAY}
    counts = Counter(dict(now.values_list("district").annotate(n=DbCount("pk"))))
    return counts, kept, whole


def by_district(ground: Ground) -> Mapping[str, Tallies]:
    found: dict[str, Tallies] = defaultdict(dict)
    for (channel, language), tally in ground.tallies.items():
        found[ground.channels[channel].district_id][channel, language] = tally
    return found


def _line(
    ground: Ground,
    district: District,
    tallies: Mapping[str, Tallies],
    counts: Counter[str],
    kept: set[str],
    whole: set[str],
    what: str,
    level: float | None,
    spread: float,
) -> DistrictLine:
    count = counts[district.pk] if district.pk in kept else None
    comparable = count if district.pk in whole else None
    where = _place(comparable, district.population, level, spread)
    mine = tallies.get(district.pk, {})
    at = (ground.first, ground.last)
    views = add_up(
        mine, Metric.VIEWS, ground.scope.gives, _point("messages", at, district, metric="views", horizon=ground.horizon)
    )
    behind = _point("cases" if what == "cases" else "calls", at, district, answer="" if what == "cases" else what)
    seen = rate(views.value, district.population, interval=False)
    return DistrictLine(
        district=district,
        population=district.population,
        messages=sum(tally.messages for tally in mine.values()),
        views=views,
        views_rate=replace(seen, behind=views.behind, at_least=views.at_least),
        calls=Count(count, "" if count is not None else "not_kept", behind),
        calls_rate=replace(rate(comparable, district.population), behind=behind),
        limits95=_scaled(where.limits95, district.population) if where else None,
        limits998=_scaled(where.limits998, district.population) if where else None,
        place=where.where if where else "unknown",
    )


def _place(count: int | None, population: int | None, level: float | None, spread: float) -> Place | None:
    return place(count, population, level, spread) if count is not None and population and level else None


def _scaled(limits: Interval, population: int | None) -> Interval:
    """Counts as rates per 100,000, as they are drawn."""
    scale = PER / (population or PER)
    return Interval(limits.low * scale, limits.high * scale)


def _point(thing, at: tuple[datetime, datetime], district: District, **more: str) -> Behind:
    return Behind(thing, *at, district=district.pk, **more)
