"""The rural okrugs of a district, from a file: any number of them, with their households."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from publisher.hotline import sheets
from publisher.hotline.models import Okrug
from publisher.hotline.sheets import Fault, Row
from publisher.people.audit import Actor, note
from publisher.people.models import District

ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"  # databases put the Kazakh letters behind all others
COLUMNS = sheets.Columns(
    {
        "kk": ("қазақша", "атауы", "округ", "name_kk", "ауылдық округ"),
        "ru": ("орысша", "название", "на русском", "name_ru", "сельский округ"),
        "households": ("үй саны", "үйлер", "дворы", "дворов", "количество дворов", "домохозяйства"),
        "population": ("халқы", "халық саны", "тұрғындар", "население", "жители"),
    },
    needed=("kk", "ru"),
)


@dataclass(frozen=True, slots=True)
class Read:
    okrugs: Sequence[Okrug]
    faults: Sequence[Fault]


def read(name: str, content: bytes, district: District) -> Read:
    """Nothing is saved. Raises Refusal when it is no table."""
    rows, faults = sheets.read(name, content, COLUMNS)
    found: dict[str, Okrug] = {}
    for row in rows:
        okrug = _okrug(row, district, faults)
        if okrug.name_kk in found:
            faults.append(row.fault("kk", "okrug_twice", found=okrug.name_kk))
        found[okrug.name_kk] = okrug
    return Read(list(found.values()), faults)


def _okrug(row: Row, district: District, faults: list[Fault]) -> Okrug:
    names = {name: row.values.get(name, "")[:120] for name in ("kk", "ru")}
    faults += [row.fault(name, "okrug_missing") for name, text in names.items() if not text]
    return Okrug(
        district=district,
        name_kk=names["kk"],
        name_ru=names["ru"],
        households=sheets.whole(row, "households", faults, most=1_000_000),
        population=sheets.whole(row, "population", faults, most=10_000_000),
    )


@transaction.atomic
def take(found: Read, district: District, actor: Actor) -> int:
    """The district's list is this one from now on; what is gone from it stays for what points to it."""
    if found.faults:
        raise ValueError("a list with faults is not taken")
    names = [okrug.name_kk for okrug in found.okrugs]
    Okrug.objects.filter(district=district).exclude(name_kk__in=names).update(listed=False)
    for okrug in found.okrugs:
        values = {"name_ru": okrug.name_ru, "households": okrug.households, "population": okrug.population}
        Okrug.objects.update_or_create(district=district, name_kk=okrug.name_kk, defaults={**values, "listed": True})
    note(actor, "okrugs_taken", "okrugs", district=district, count=len(names))
    return len(names)


def in_order(rows: Iterable[Okrug]) -> list[Okrug]:
    """As a Kazakh dictionary has them."""
    return sorted(rows, key=lambda okrug: [ALPHABET.find(letter) for letter in okrug.name_kk.lower()])


def listed(district: District) -> list[Okrug]:
    return in_order(Okrug.objects.filter(district=district, listed=True))


def by_name(district: District) -> dict[str, Okrug]:
    """By every way of writing it that lists use: with or without “okrug”, in both languages."""
    found = {}
    for okrug in Okrug.objects.filter(district=district, listed=True):
        for text in (okrug.name_kk, okrug.name_ru):
            found[plain(text)] = okrug
    return found


_WORDS = {"ауылдық", "округі", "округ", "сельский", "а.о.", "с.о.", "ауылы", "село", "с.", "окр."}


def plain(text: str) -> str:
    return " ".join(word for word in text.lower().replace("ё", "е").split() if word not in _WORDS)
