"""Prevention calls: a list is read cell by cell, taken in, dealt out; afterwards its numbers are forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.hotline import numbers, okrugs, privacy, sheets
from publisher.hotline.models import DoNotCall, Okrug, OutboundCampaign, OutboundEntry
from publisher.hotline.sheets import Fault, Row
from publisher.people.audit import Actor, note
from publisher.people.models import District, User

COLUMNS = sheets.Columns(
    {
        "okrug": ("округ", "ауылдық округ", "сельский округ"),
        "place": ("орны", "көше", "ұйым", "көше немесе ұйым", "место", "улица", "организация", "улица или организация"),
        "number": ("нөмір", "нөмірі", "телефон", "телефон нөмірі", "номер", "номер телефона", "phone"),
    },
    needed=("number",),
    strict=True,
)
KNOWN_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a list, checked; `number` is in clear and leaves this process only hidden."""

    okrug: Okrug | None
    place: str
    number: str
    digest: str


@dataclass(frozen=True, slots=True)
class List:
    """What a file holds: good lines, faults with their cells, and what is left out on purpose."""

    lines: Sequence[Line] = ()
    faults: Sequence[Fault] = ()
    twice: int = 0  # in the file itself, or in the campaign already
    unwanted: int = 0  # people who asked not to be called
    by_okrug: Mapping[str, int] = field(default_factory=dict)


def read(name: str, content: bytes, campaign: OutboundCampaign) -> List:
    """A dry run: nothing is saved. Raises Refusal when it is no table."""
    rows, faults = sheets.read(name, content, COLUMNS)
    known = okrugs.by_name(campaign.district)
    lines = [line for row in rows if (line := _line(row, known, faults))]
    there = set(campaign.entries.exclude(digest="").values_list("digest", flat=True))
    unwanted = _unwanted(lines)
    good: dict[str, Line] = {}
    for line in lines:
        if line.digest not in there and line.digest not in unwanted:
            good.setdefault(line.digest, line)
    left_out = sum(line.digest in unwanted for line in lines)
    return List(list(good.values()), faults, len(lines) - len(good) - left_out, left_out, _by_okrug(good.values()))


def _by_okrug(lines: Collection[Line]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for line in lines:
        name = line.okrug.name_kk if line.okrug else ""
        counted[name] = counted.get(name, 0) + 1
    return counted


def _unwanted(lines: Sequence[Line]) -> set[str]:
    digests = [line.digest for line in lines]
    found: set[str] = set()
    for at in range(0, len(digests), 500):
        found |= set(DoNotCall.objects.filter(digest__in=digests[at : at + 500]).values_list("digest", flat=True))
    return found


def _line(row: Row, known: Mapping[str, Okrug], faults: list[Fault]) -> Line | None:
    found = [*_faults_of(row, known)]
    faults += found
    if found:
        return None
    number = numbers.read(row.values["number"])
    okrug = known.get(okrugs.plain(row.values.get("okrug", "")))
    return Line(okrug, row.values.get("place", "")[:120], number, numbers.digest(number))


def _faults_of(row: Row, known: Mapping[str, Okrug]) -> Sequence[Fault]:
    text, okrug, place = (row.values.get(name, "") for name in ("number", "okrug", "place"))
    found = []
    if not text:
        found.append(row.fault("number", "phone_missing"))
    elif not numbers.read(text):
        found.append(row.fault("number", "not_a_phone", found=numbers.masked(text)))
    if okrug and okrugs.plain(okrug) not in known:
        names = ", ".join(sorted({one.name_kk for one in known.values()})[:KNOWN_SHOWN]) or "—"
        found.append(row.fault("okrug", "okrug_unknown", found=okrug[:60], known=names))
    if place and any(privacy.faults(place)):
        found.append(row.fault("place", "place_names_person", found=f"{place[:3]}…"))
    return found


@transaction.atomic
def take(found: List, campaign: OutboundCampaign, actor: Actor) -> int:
    """The good lines, the numbers hidden. Returns how many."""
    if campaign.numbers_deleted_at:
        raise Refusal("calling_over")
    rows = [
        OutboundEntry(
            campaign=campaign,
            okrug=line.okrug,
            place=line.place,
            number=numbers.hidden(line.number),
            digest=line.digest,
        )
        for line in found.lines
    ]
    OutboundEntry.objects.bulk_create(rows, batch_size=500)
    facts = {"taken": len(rows), "faults": len(found.faults), "twice": found.twice, "unwanted": found.unwanted}
    note(actor, "list_taken", f"campaign:{campaign.pk}", district=campaign.district, **facts)
    return len(rows)


@transaction.atomic
def deal(campaign: OutboundCampaign, callers: Sequence[User], each: int, actor: Actor) -> int:
    """So many to each, in turn, an okrug's together as far as it goes. Returns how many were dealt out."""
    if campaign.numbers_deleted_at:
        raise Refusal("calling_over")
    if not callers:
        raise Refusal("nobody_to_call")
    free = campaign.entries.select_for_update(of=("self",)).filter(caller=None, done_at=None).exclude(number="")
    rows = list(free.order_by("okrug", "id")[: each * len(callers)])
    share = -(-len(rows) // len(callers))
    now = timezone.now()
    for place, row in enumerate(rows):
        row.caller, row.dealt_at = callers[place // share], now
    OutboundEntry.objects.bulk_update(rows, ["caller", "dealt_at"], batch_size=500)
    names = [caller.username for caller in callers]
    note(actor, "calls_dealt", f"campaign:{campaign.pk}", district=campaign.district, callers=names, count=len(rows))
    return len(rows)


@transaction.atomic
def give_back(campaign: OutboundCampaign, caller: User, actor: Actor) -> int:
    """What somebody has not called goes back to all: they fell ill, or their shift is over."""
    count = campaign.entries.filter(caller=caller, done_at=None).update(caller=None, dealt_at=None)
    facts = {"caller": caller.username, "count": count}
    note(actor, "calls_given_back", f"campaign:{campaign.pk}", district=campaign.district, **facts)
    return count


@transaction.atomic
def forget_numbers(campaign: OutboundCampaign, actor: Actor) -> int:
    """Numbers and their hashes go; okrug, result and day stay for the counts."""
    count = campaign.entries.exclude(number="", digest="").update(number="", digest="", place="")
    OutboundCampaign.objects.filter(pk=campaign.pk).update(numbers_deleted_at=timezone.now())
    note(actor, "numbers_deleted", f"campaign:{campaign.pk}", district=campaign.district, count=count)
    return count


def over(now: datetime) -> Sequence[OutboundCampaign]:
    """Whose last day is past by more than the days that the settings allow."""
    days = timedelta(days=settings.CONFIG.hotline.numbers_days)
    rows = OutboundCampaign.objects.filter(numbers_deleted_at=None).select_related("district")
    return [row for row in rows if row.ends + days < now.astimezone(row.district.zone).date()]


@transaction.atomic
def forget_person(number: str, actor: Actor, *, never_again: bool, district: District) -> int:
    """At somebody's request: their number out of every list; with `never_again` out of those to come as well."""
    digest = numbers.digest(number)
    rows = OutboundEntry.objects.filter(digest=digest)
    count = rows.update(number="", digest="", place="", done_at=timezone.now())
    if never_again:
        DoNotCall.objects.get_or_create(digest=digest, defaults={"district": district, "by_name": actor.name})
    note(actor, "number_forgotten", "outbound", district=district, count=count, never_again=never_again)
    return count
