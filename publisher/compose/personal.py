"""Finds what must not stand in a post: Kazakhstan's personal number (IIN), a bank card, a plate, a person's phone.

Numbers are told by their check digits wherever there are any, so that prices, dates and numbers of documents pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

_GAP = "[ \u00a0\u2009-]"
_IIN = re.compile(rf"(?<![\w/-])(?:\d{{12}}|\d{{6}}{_GAP}\d{{6}}|\d{{3}}(?:{_GAP}\d{{3}}){{3}})(?![\w-])")
_CARD = re.compile(
    rf"(?<![\w/-])(?:\d{{13,19}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?|\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{5}})(?![\w-])"
)
# Mobile codes of Kazakhstan; 71x and 72x are towns, whose numbers are offices'.
_MOBILE = r"7(?:0\d|47|5[01]|6[0-4]|7[15678])"
_BETWEEN = "[ \u00a0-]?"
_TAIL = rf"\d{{3}}{_BETWEEN}\d\d{_BETWEEN}\d\d(?!\d)"
_PHONE = re.compile(rf"(?<![\d+])(?:\+?7|8){_BETWEEN}\(?({_MOBILE})\)?{_BETWEEN}{_TAIL}")
_SHORT_PHONE = re.compile(rf"(?<![\w+])\(?({_MOBILE})\)?[ \u00a0-]\d{{3}}[ \u00a0-]?\d\d[ \u00a0-]?\d\d(?!\d)")
# A town's own numbers; not the end of a longer one.
_LOCAL = re.compile("(?<![\\w-])(?<![\\d)][ \u00a0])\\d{1,2}-\\d\\d-\\d\\d(?![\\w-])")
# Cyrillic letters that look like Latin ones are typed on plates as often as not.
_LETTER = "A-ZАВСЕНКМОРТХУ"
_PLATE = re.compile(rf"(?<![\w-])\d{{3}}{_GAP}?([{_LETTER}]{{2,3}}){_GAP}?(?:0[1-9]|1\d|20)(?![\w-])")
_OLD_PLATE = re.compile(rf"(?<![\w-])[A-Z]{_GAP}?\d{{3}}{_GAP}?([A-Z]{{3}})(?![\w-])")
_NO_PLATE = {"KZT", "USD", "EUR", "RUB", "SMS", "PIN", "CVV", "МОН", "КНР", "ТОО"}


@dataclass(frozen=True, slots=True)
class Found:
    """`code` is a sentence's; `shown` is the number with its middle hidden, so that the warning is no second leak."""

    code: str
    start: int
    shown: str


def find(text: str, official: Collection[str] = ()) -> Iterator[Found]:
    """In the order of the checks. `official`: numbers that belong to offices, however they are written."""
    ours = {_digits(number) for number in official}
    for match in _IIN.finditer(text):
        if is_iin(_digits(match[0])):
            yield _found("iin_in_text", match)
    for match in _CARD.finditer(text):
        if is_card(_digits(match[0])):
            yield _found("card_in_text", match)
    for pattern in (_PLATE, _OLD_PLATE):
        for match in pattern.finditer(text):
            if match[1] not in _NO_PLATE:
                yield _found("plate_in_text", match)
    for match in _phones(text):
        if not _is_ours(_digits(match[0]), ours):
            yield _found("personal_phone", match)


def _phones(text: str) -> Iterator[re.Match[str]]:
    taken: list[tuple[int, int]] = []
    for pattern in (_PHONE, _SHORT_PHONE, _LOCAL):
        for match in pattern.finditer(text):
            inside = any(start <= match.start() < end for start, end in taken)
            if not inside and not (pattern is _LOCAL and _is_date(match[0])):
                taken.append(match.span())
                yield match


def _is_ours(number: str, ours: set[str]) -> bool:
    """+7 and 8 are the same country; without either the number is the same too."""
    return number in ours or (len(number) >= 10 and any(number[-10:] == known[-10:] for known in ours))


def _is_date(text: str) -> bool:
    day, month, _year = map(int, text.split("-"))
    return 1 <= day <= 31 and 1 <= month <= 12 and len(text) == 8


def is_iin(digits: str) -> bool:
    """YYMMDD, the century and sex, a number, and a check digit (weights 1-11, then 3-11, 1, 2; modulo 11)."""
    if len(digits) != 12 or digits[6] not in "0123456" or not _born(digits):
        return False
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        check = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11
        if check < 10:
            return check == int(digits[11])
    return False


def _born(digits: str) -> bool:
    century = {"1": 1800, "2": 1800, "3": 1900, "4": 1900}.get(digits[6], 2000)
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def is_card(digits: str) -> bool:
    """The number of a payment card: 13 to 19 digits beginning with 2 to 6, with the right check digit (Luhn)."""
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and len(set(digits)) > 1 and luhn(digits)


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _found(code: str, match: re.Match[str]) -> Found:
    text = match[0].strip()
    keep = 2 if len(text) < 10 else 4
    return Found(code, match.start(), f"{text[:keep]}…{text[-2:]}")
