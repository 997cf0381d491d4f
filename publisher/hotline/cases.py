"""Registered crimes, for counting beside the calls: one by one, or from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from publisher.hotline import numbers, okrugs, sheets
from publisher.hotline.models import Case, Okrug
from publisher.hotline.patterns import Catalogue, catalogue
from publisher.hotline.sheets import Fault, Row
from publisher.people.audit import Actor, note
from publisher.people.models import District

COLUMNS = sheets.Columns(
    {
        "day": ("күні", "тіркелген күні", "дата", "дата регистрации", "date"),
        "okrug": ("округ", "ауылдық округ", "сельский округ"),
        "pattern": ("айла", "тәсіл", "уловка", "способ"),
        "amount": ("сома", "сомасы", "сумма", "ущерб"),
        "reference": ("нөмірі", "іс нөмірі", "номер", "номер дела", "ердр", "сдтб"),
    },
    needed=("day",),
    strict=True,
)
WAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y")


@dataclass(frozen=True, slots=True)
class Read:
    cases: Sequence[Case]
    faults: Sequence[Fault]
    twice: int  # with a number that is known already


def read(name: str, content: bytes, district: District) -> Read:
    """Nothing is saved. Raises Refusal when it is no table."""
    rows, faults = sheets.read(name, content, COLUMNS)
    known, places = catalogue(), okrugs.by_name(district)
    made = [_case(row, district, known, places, faults) for row in rows]
    there = set(Case.objects.filter(district=district).exclude(reference="").values_list("reference", flat=True))
    new: list[Case] = []
    for case in filter(None, made):
        if not case.reference or case.reference not in there:
            new.append(case)
            there.add(case.reference)
    return Read(new, faults, len([case for case in made if case]) - len(new))


def _case(
    row: Row, district: District, known: Catalogue, places: Mapping[str, Okrug], faults: list[Fault]
) -> Case | None:
    before = len(faults)
    day = _day(row, district, faults)
    pattern = _pattern(row, known, faults)
    okrug = row.values.get("okrug", "")
    if okrug and okrugs.plain(okrug) not in places:
        names = ", ".join(sorted({one.name_kk for one in places.values()})) or "—"
        faults.append(row.fault("okrug", "okrug_unknown", found=okrug[:60], known=names))
    amount = sheets.whole(row, "amount", faults)
    if day is None or len(faults) > before:
        return None
    reference = row.values.get("reference", "")
    return Case(
        district=district,
        okrug=places.get(okrugs.plain(okrug)),
        day=day,
        pattern=pattern,
        amount=amount,
        reference=numbers.reference(reference) if reference else "",
    )


def _day(row: Row, district: District, faults: list[Fault]) -> date | None:
    text = row.values.get("day", "").split(" ")[0]
    found = next((day for way in WAYS if (day := _parsed(text, way))), None)
    if found is None:
        faults.append(row.fault("day", "not_a_day", found=text[:20]))
    elif found > timezone.now().astimezone(district.zone).date():
        faults.append(row.fault("day", "day_ahead", found=text))
    return found


def _parsed(text: str, way: str) -> date | None:
    try:
        return datetime.strptime(text, way).date()
    except ValueError:
        return None


def _pattern(row: Row, known: Catalogue, faults: list[Fault]) -> str:
    """By its key or its name in any language; empty when nobody knows."""
    text = row.values.get("pattern", "").strip()
    if not text or text in known.patterns:
        return text
    names = {one.name.of(code).lower(): key for key, one in known.patterns.items() for code in ("kk", "ru", "en")}
    found = names.get(text.lower(), "")
    if not found:
        faults.append(row.fault("pattern", "pattern_unknown", found=text[:60], known=", ".join(known.patterns)))
    return found


@transaction.atomic
def take(found: Read, district: District, actor: Actor) -> int:
    for case in found.cases:
        case.by_name = actor.name
    Case.objects.bulk_create(found.cases, batch_size=500)
    note(actor, "cases_taken", "cases", district=district, taken=len(found.cases), twice=found.twice)
    return len(found.cases)


@transaction.atomic
def add(case: Case, actor: Actor) -> Case:
    case.by_name = actor.name
    case.save()
    note(actor, "case_added", f"case:{case.pk}", district=case.district, pattern=case.pattern, day=case.day)
    return case


@transaction.atomic
def remove(case: Case, actor: Actor) -> None:
    """Entered by mistake, or turned out to be no crime."""
    note(actor, "case_removed", f"case:{case.pk}", district=case.district, pattern=case.pattern, day=case.day)
    case.delete()
