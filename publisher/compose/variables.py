"""What a text may leave open: {hotline}, {district} and {date}. {{ and }} stand for the braces themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import Protocol

KNOWN = ("hotline", "district", "date")
_VARIABLE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")
_MONTHS = {
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}
_DATES = {
    "kk": "{year} жылғы {day} {month}",
    "ru": "{day} {month} {year} года",
    "en": "{day} {month} {year}",
}


class UnknownVariable(Exception):
    """`position` is where it stands in the text, counted from 0."""

    def __init__(self, name: str, position: int = 0) -> None:
        super().__init__(f"unknown variable {{{name}}}; known are {', '.join(f'{{{known}}}' for known in KNOWN)}")
        self.name = name
        self.position = position


class DistrictLike(Protocol):
    @property
    def hotline(self) -> str: ...

    @property
    def zone(self) -> tzinfo: ...

    def name(self, language: str) -> str: ...


def fill(body: str, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        if name.strip() not in variables:
            raise UnknownVariable(name.strip(), match.start())
        return variables[name.strip()]

    return _VARIABLE.sub(value, body)


def used(body: str) -> Iterator[tuple[str, int]]:
    """Every variable a text names, known or not, and where it stands."""
    for match in _VARIABLE.finditer(body):
        if match[1] is not None:
            yield match[1].strip(), match.start()


def variables_for(district: DistrictLike, language: str, when: datetime) -> dict[str, str]:
    """`when` is the moment of publishing; residents read the date of their own zone."""
    return {
        "hotline": district.hotline,
        "district": district.name(language),
        "date": date_in_words(when.astimezone(district.zone).date(), language),
    }


def date_in_words(day: date, language: str) -> str:
    month = _MONTHS[language].split()[day.month - 1]
    return _DATES[language].format(day=day.day, month=month, year=day.year)
