"""One caller at work: the next number, the result, one step back, and how far the campaign is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.hotline import numbers
from publisher.hotline.models import CallResult, DoNotCall, Okrug, OutboundCall, OutboundCampaign, OutboundEntry
from publisher.hotline.okrugs import in_order
from publisher.people.audit import Actor, note
from publisher.people.models import User

TRIES = 3  # without an answer; then the number is left in peace
LATER = {CallResult.NO_ANSWER: timedelta(hours=3), CallResult.CALL_BACK: timedelta(hours=1)}
MINE = 10  # numbers that a caller takes when none were dealt out
UNDO = timedelta(minutes=5)


def next_entry(campaign: OutboundCampaign, caller: User, now: datetime) -> OutboundEntry | None:
    """First those never tried. Somebody without any takes a few of the free ones."""
    found = _mine(campaign, caller, now).first()
    if found is None and _claim(campaign, caller, now):
        found = _mine(campaign, caller, now).first()
    return found


def _mine(campaign: OutboundCampaign, caller: User, now: datetime) -> QuerySet[OutboundEntry]:
    rows = campaign.entries.filter(caller=caller, done_at=None).exclude(number="")
    due = rows.filter(Q(not_before=None) | Q(not_before__lte=now))
    return due.select_related("okrug", "campaign__district").order_by("tries", "id")


@transaction.atomic
def _claim(campaign: OutboundCampaign, caller: User, now: datetime) -> int:
    """What a colleague is taking at the same moment is passed over."""
    free = campaign.entries.select_for_update(of=("self",), skip_locked=True).filter(caller=None, done_at=None)
    free = free.exclude(number="")
    wanted = list(free.order_by("okrug", "id").values_list("pk", flat=True)[:MINE])
    return campaign.entries.filter(pk__in=wanted, caller=None).update(caller=caller, dealt_at=now)


def left(campaign: OutboundCampaign, caller: User) -> int:
    return campaign.entries.filter(caller=caller, done_at=None).exclude(number="").count()


@transaction.atomic
def record(entry: OutboundEntry, result: str, language: str, actor: Actor) -> OutboundCall:
    """Raises Refusal when it is not the caller's own any more."""
    now = timezone.now()
    found = OutboundEntry.objects.select_for_update(of=("self",)).select_related("campaign__district")
    entry = found.get(pk=entry.pk)
    if entry.done_at or not entry.number or entry.caller_id != (actor.user.pk if actor.user else None):
        raise Refusal("call_taken_already")
    entry.tries, entry.result = entry.tries + 1, result
    again = LATER.get(CallResult(result)) if entry.tries < TRIES or result == CallResult.CALL_BACK else None
    entry.not_before, entry.done_at = (now + again, None) if again else (None, now)
    entry.save(update_fields=["tries", "result", "not_before", "done_at"])
    if result == CallResult.REFUSED:
        _never_again(entry, actor)
    day = now.astimezone(entry.campaign.district.zone).date()
    return OutboundCall.objects.create(
        entry=entry, at=now, day=day, result=result, language=language, by=actor.user, by_name=actor.name
    )


def _never_again(entry: OutboundEntry, actor: Actor) -> None:
    """Out of every list at once, also of other campaigns, and of lists to come."""
    district = entry.campaign.district
    DoNotCall.objects.get_or_create(digest=entry.digest, defaults={"district": district, "by_name": actor.name})
    others = OutboundEntry.objects.filter(digest=entry.digest, done_at=None)
    others.update(result=CallResult.REFUSED, done_at=timezone.now())
    note(actor, "do_not_call", f"campaign:{entry.campaign_id}", district=district)


@transaction.atomic
def undo(campaign: OutboundCampaign, actor: Actor, now: datetime) -> bool:
    """The caller's own last result, shortly after it. False: there is none, or it is too late."""
    calls = OutboundCall.objects.filter(entry__campaign=campaign, by=actor.user, at__gte=now - UNDO)
    last = calls.select_related("entry").first()
    if last is None or not last.entry.number:
        return False
    entry = last.entry
    if last.result == CallResult.REFUSED:
        DoNotCall.objects.filter(digest=entry.digest, at__gte=last.at - UNDO).delete()
    last.delete()
    entry.tries, entry.done_at, entry.not_before = max(entry.tries - 1, 0), None, None
    entry.result = entry.calls.values_list("result", flat=True).first() or CallResult.WAITING
    entry.save(update_fields=["tries", "result", "not_before", "done_at"])
    return True


def number_of(entry: OutboundEntry) -> str:
    """In clear, for the one who calls now. Empty after a restore with another key."""
    return numbers.shown(entry.number)


@dataclass(frozen=True, slots=True)
class Day:
    """`share` of the goal in percent, at most 100."""

    day: date
    calls: int
    talked: int
    share: int


@dataclass(frozen=True, slots=True)
class Place:
    okrug: Okrug | None
    entries: int
    done: int
    talked: int

    @property
    def left(self) -> int:
        return self.entries - self.done


def days(campaign: OutboundCampaign) -> Sequence[Day]:
    """The newest first."""
    rows = OutboundCall.objects.filter(entry__campaign=campaign).values("day").order_by("-day")
    counted = rows.annotate(calls=Count("id"), talked=Count("id", filter=Q(result=CallResult.TALKED)))
    goal = max(campaign.goal_low, 1)
    return [Day(row["day"], row["calls"], row["talked"], min(100, round(100 * row["calls"] / goal))) for row in counted]


def places(campaign: OutboundCampaign) -> Sequence[Place]:
    counted = campaign.entries.values("okrug").annotate(
        entries=Count("id"),
        done=Count("id", filter=Q(done_at__isnull=False)),
        talked=Count("id", filter=Q(result=CallResult.TALKED)),
    )
    known: Mapping[int, Okrug] = Okrug.objects.filter(district=campaign.district).in_bulk()
    made = {row["okrug"]: Place(known.get(row["okrug"]), row["entries"], row["done"], row["talked"]) for row in counted}
    places = [made.pop(okrug.pk) for okrug in in_order(known.values()) if okrug.pk in made]
    return [*places, *made.values()]  # those without an okrug last


def callers(campaign: OutboundCampaign) -> Sequence[Mapping[str, object]]:
    """Who has how many left, and how many calls each made."""
    waiting = campaign.entries.filter(done_at=None).exclude(caller=None).exclude(number="")
    found = {row["caller"]: row for row in waiting.values("caller").annotate(waiting=Count("id"))}
    made = OutboundCall.objects.filter(entry__campaign=campaign).values("by").annotate(calls=Count("id"))
    for row in made:
        found.setdefault(row["by"], {"waiting": 0})["calls"] = row["calls"]
    people = User.objects.in_bulk([pk for pk in found if pk])
    return [
        {"person": people[pk], "waiting": row["waiting"], "calls": row.get("calls", 0)}
        for pk, row in found.items()
        if pk in people
    ]


def results(campaign: OutboundCampaign) -> Mapping[str, int]:
    counted = campaign.entries.values(kind=F("result")).annotate(number=Count("id"))
    return {row["kind"]: row["number"] for row in counted}
