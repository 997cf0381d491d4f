"""House visits: what was printed, handed over and said in each okrug, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Count, Max, Sum

from publisher.compose.refusal import Refusal
from publisher.hotline.models import Consultation, HouseVisits, LeafletBatch, Okrug, VisitRound, Volunteer
from publisher.hotline.okrugs import listed
from publisher.measure import links
from publisher.measure.models import Link
from publisher.people.audit import Actor, note


@dataclass(frozen=True, slots=True)
class Cover:
    """One okrug of a round. None: nobody said how many households there are, so nobody can say what is left."""

    okrug: Okrug
    visited: int
    printed: int
    handed: int
    volunteers: int
    last: date | None
    calls: int  # to the hotline by people who named a leaflet of this okrug
    link: Link | None

    @property
    def households(self) -> int | None:
        return self.okrug.households

    @property
    def left(self) -> int | None:
        return None if self.households is None else max(self.households - self.visited, 0)

    @property
    def share(self) -> int | None:
        """Percent of the households, at most 100."""
        return None if not self.households else min(100, round(100 * self.visited / self.households))


def coverage(round: VisitRound) -> Sequence[Cover]:
    """Every okrug of the district, also those where nobody has been: these are the work that is left."""
    okrugs = listed(round.district)
    seen = {
        row["okrug"]: row
        for row in round.visits.values("okrug").annotate(
            visited=Sum("households"), handed=Sum("leaflets"), last=Max("day")
        )
    }
    batches = {row.okrug_id: row for row in round.batches.select_related("link")}
    people = dict(
        Volunteer.objects.filter(okrug__in=okrugs, active=True).values_list("okrug").annotate(number=Count("id"))
    )
    calls = _calls(batches.values())
    return [_cover(okrug, seen.get(okrug.pk, {}), batches.get(okrug.pk), people, calls) for okrug in okrugs]


def _cover(
    okrug: Okrug, seen: dict[str, object], batch: LeafletBatch | None, people: dict[int, int], calls: dict[str, int]
) -> Cover:
    link = batch.link if batch else None
    return Cover(
        okrug=okrug,
        visited=int(str(seen.get("visited") or 0)),
        printed=batch.printed if batch else 0,
        handed=int(str(seen.get("handed") or 0)),
        volunteers=people.get(okrug.pk, 0),
        last=seen.get("last"),  # type: ignore[arg-type]
        calls=calls.get(link.code, 0) if link else 0,
        link=link,
    )


def _calls(batches: object) -> dict[str, int]:
    codes = [batch.link.code for batch in batches if batch.link]  # type: ignore[attr-defined]
    rows = Consultation.objects.filter(heard_code__in=codes).values_list("heard_code")
    return dict(rows.annotate(number=Count("id")))


@transaction.atomic
def print_leaflets(round: VisitRound, okrug: Okrug, printed: int, link: Link | None, actor: Actor) -> LeafletBatch:
    """What was printed for the okrug, all in all; said again, the new number counts."""
    batch, _ = LeafletBatch.objects.update_or_create(
        round=round, okrug=okrug, defaults={"printed": printed, "link": link}
    )
    note(actor, "leaflets_printed", f"round:{round.pk}", district=round.district, okrug=okrug.name_kk, printed=printed)
    return batch


@transaction.atomic
def make_codes(round: VisitRound, url: str, actor: Actor) -> int:
    """A short link for every okrug that has none in this round, so that leaflets can be told apart.

    Returns how many are new. Raises Refusal where posts may not lead either.
    """
    with_code = set(round.batches.exclude(link=None).values_list("okrug", flat=True))
    wanted = [okrug for okrug in listed(round.district) if okrug.pk not in with_code]
    for okrug in wanted:
        link = links.make(url, f"{round} · {okrug.name_kk}"[:120], round.district, actor)
        LeafletBatch.objects.update_or_create(round=round, okrug=okrug, defaults={"link": link})
    return len(wanted)


@transaction.atomic
def visited(
    round: VisitRound,
    okrug: Okrug,
    day: date,
    households: int,
    leaflets: int,
    volunteer: Volunteer | None,
    actor: Actor,
) -> HouseVisits:
    """Raises Refusal when it is more than there are: a slip of the finger shows itself at once."""
    done = round.visits.filter(okrug=okrug).aggregate(households=Sum("households"), leaflets=Sum("leaflets"))
    batch = round.batches.filter(okrug=okrug).first()
    if batch and (done["leaflets"] or 0) + leaflets > batch.printed:
        raise Refusal("more_than_printed")
    if okrug.households is not None and (done["households"] or 0) + households > okrug.households:
        raise Refusal("more_than_households", most=okrug.households)
    row = HouseVisits.objects.create(
        round=round,
        okrug=okrug,
        day=day,
        households=households,
        leaflets=leaflets,
        volunteer=volunteer,
        by_name=actor.name,
    )
    facts = {"okrug": okrug.name_kk, "households": households, "leaflets": leaflets}
    note(actor, "visits_recorded", f"round:{round.pk}", district=round.district, **facts)
    return row


@transaction.atomic
def take_back(row: HouseVisits, actor: Actor) -> None:
    facts = {"okrug": row.okrug.name_kk, "households": row.households, "leaflets": row.leaflets}
    note(actor, "visits_taken_back", f"round:{row.round_id}", district=row.round.district, **facts)
    row.delete()
