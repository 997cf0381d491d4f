"""`publisher hotline …`: lists brought in, counts and rows taken out, and what somebody wants to be forgotten."""

from __future__ import annotations

import csv
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from publisher.commands import DONE, WrongInput, tell
from publisher.exporting import harmless
from publisher.hotline import campaigns, cases, counts, numbers, okrugs
from publisher.hotline.models import Consultation, OutboundCampaign
from publisher.hotline.sheets import Fault
from publisher.people.audit import note, shell_actor
from publisher.people.models import District

COLUMNS = (
    *("uid", "at", "district", "okrug", "source", "language", "pattern", "signs", "verdict", "heard", "heard_channel"),
    *("heard_post", "heard_code", "outcome", "amount", "note", "by"),
)


def take_okrugs(arguments: Namespace) -> int:
    district = _district(arguments)
    found = okrugs.read(arguments.file.name, arguments.file.read_bytes(), district)
    _refuse(found.faults)
    count = len(found.okrugs) if arguments.check else okrugs.take(found, district, shell_actor())
    return _taken(arguments, count, "okrugs")


def take_cases(arguments: Namespace) -> int:
    district = _district(arguments)
    found = cases.read(arguments.file.name, arguments.file.read_bytes(), district)
    _refuse(found.faults)
    count = len(found.cases) if arguments.check else cases.take(found, district, shell_actor())
    return _taken(arguments, count, "cases", known_already=found.twice)


def take_numbers(arguments: Namespace) -> int:
    """With faults nothing is taken, unless the good rows alone are asked for."""
    campaign = OutboundCampaign.objects.select_related("district").filter(pk=arguments.campaign).first()
    if campaign is None:
        known = ", ".join(f"{row.pk} {row}" for row in OutboundCampaign.objects.all()[:10]) or "none"
        raise WrongInput(f"There is no campaign {arguments.campaign}. Known: {known}.")
    found = campaigns.read(arguments.file.name, arguments.file.read_bytes(), campaign)
    if not arguments.good_rows:
        _refuse(found.faults)
    count = len(found.lines) if arguments.check else campaigns.take(found, campaign, shell_actor())
    return _taken(arguments, count, "numbers", known_already=found.twice, asked_not_to_be_called=found.unwanted)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise WrongInput("\n".join(["Nothing was taken in:", *map(str, faults)]))


def _taken(arguments: Namespace, count: int, what: str, **more: int) -> int:
    said = f"{count} {what} could be taken in." if arguments.check else f"{count} {what} taken in."
    lines = [said, *(f"  {name.replace('_', ' ')}: {number}" for name, number in more.items() if number)]
    tell(arguments, {"taken": 0 if arguments.check else count, "good": count, **more}, lines)
    return DONE


def show_counts(arguments: Namespace) -> int:
    """Keys of the JSON are the catalogue's; an unknown sum is null, never 0."""
    district = _district(arguments)
    start, end = _day(arguments.start), _day(arguments.end)
    if end < start:
        raise WrongInput("The last day lies before the first one.")
    found = counts.count(district, start, end)
    names = {row.pk: row.name_kk for row in district.okrugs.all()}
    data: dict[str, Any] = asdict(found) | {"district": district.pk}
    data |= {"begin": f"{found.begin}", "end": f"{found.end}"}
    data["by_day"] = {f"{day}": number for day, number in sorted(found.by_day.items())}
    data["by_okrug"] = {names.get(pk, "") if pk else "": number for pk, number in found.by_okrug.items()}
    lines = [
        f"{district.pk}, {found.begin} to {found.end}: {found.calls} reports, {found.fraud} of fraud, "
        f"{found.near_misses} near misses, {found.losses} losses, {found.cases} cases",
        *(f"  {number:>5}  {key or '(no ruse fits)'}" for key, number in found.by_pattern.items()),
    ]
    tell(arguments, data, lines)
    return DONE


def export(arguments: Namespace) -> int:
    """Every report as CSV, row by row."""
    rows = Consultation.objects.order_by("at").select_related("okrug")
    if arguments.start or arguments.end or arguments.district:
        rows = rows.filter(district=_district(arguments))
    if arguments.start:
        rows = rows.filter(at__gte=_start_of(_day(arguments.start), arguments))
    if arguments.end:
        rows = rows.filter(at__lt=_start_of(_day(arguments.end) + timedelta(days=1), arguments))
    opened = arguments.out.open("w", encoding="utf-8-sig", newline="") if arguments.out else nullcontext(sys.stdout)
    with opened as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(_cells(row) for row in rows.iterator(chunk_size=2000))
    return DONE


def _cells(row: Consultation) -> Iterator[object]:
    given = {
        "okrug": row.okrug.name_kk if row.okrug else "",
        "district": row.district_id,
        "heard_channel": row.heard_channel_id or "",
        "heard_post": row.heard_post_id or "",
        "signs": " ".join(row.signs),
        "by": row.by_name,
        "amount": "" if row.amount is None else row.amount,
        "at": row.at.isoformat(timespec="seconds"),
    }
    return (harmless(given.get(name, getattr(row, name, ""))) for name in COLUMNS)


def forget(arguments: Namespace) -> int:
    number = numbers.read(arguments.number)
    if not number:
        raise WrongInput("This is no telephone number. Write +7 7… with ten digits, or the district's five or six.")
    count = campaigns.forget_person(
        number, shell_actor(), never_again=arguments.never_again, district=_district(arguments)
    )
    tell(arguments, {"forgotten": count}, [f"Deleted from {count} lists."])
    return DONE


def delete(arguments: Namespace) -> int:
    """Old reports, at once and for good; cases and counts of campaigns stay."""
    before = _start_of(_day(arguments.before), arguments)
    rows = Consultation.objects.filter(at__lt=before, district=_district(arguments))
    if not arguments.yes:
        count = rows.count()
        tell(arguments, {"would_delete": count}, [f"{count} reports would be deleted. To do it, add --yes."])
        return DONE
    with transaction.atomic():
        count, _ = rows.delete()
        note(shell_actor(), "reports_deleted", "hotline", district=_district(arguments), older_than=before, count=count)
    tell(arguments, {"deleted": count}, [f"{count} reports deleted."])
    return DONE


def _district(arguments: Namespace) -> District:
    key = arguments.district or next(iter(settings.CONFIG.districts))
    found = District.objects.filter(pk=key).first()
    if found is None:
        raise WrongInput(f"There is no district “{key}”. Known: {', '.join(settings.CONFIG.districts)}.")
    return found


def _start_of(day: date, arguments: Namespace) -> datetime:
    """By the district's own clock."""
    return datetime.combine(day, datetime.min.time(), _district(arguments).zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"“{text}” is not a day. Write it like 2026-11-27.") from None
