"""Do two languages say the same? Compares what can be compared without understanding: numbers, dates, phones, links.

A difference is a question to the author, never a refusal: "five" may stand for 5, and two texts may differ on purpose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from publisher.compose.links import links
from publisher.compose.markdown import WRITTEN_ADDRESS, list_lengths, read
from publisher.compose.message import VersionLike
from publisher.compose.variables import fill

# Beginnings of the month's names in Kazakh, Russian and English, as far as all cases share them.
_MONTHS = [
    ("қаңтар", "январ", "january"),
    ("ақпан", "феврал", "february"),
    ("наурыз", "март", "march"),
    ("сәуір", "апрел", "april"),
    ("мамыр", "мая", "май", "may"),
    ("маусым", "июн", "june"),
    ("шілде", "июл", "july"),
    ("тамыз", "август", "august"),
    ("қыркүйе", "сентябр", "september"),
    ("қазан", "октябр", "october"),
    ("қараша", "ноябр", "november"),
    ("желтоқсан", "декабр", "december"),
]
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_NAMES = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_ENGLISH = "|".join(names[-1] for names in _MONTHS)
_DATE = re.compile(rf"\b(\d{{1,2}})\s+({_NAMES})|\b({_ENGLISH})\s+(\d{{1,2}})\b", re.IGNORECASE)
_DOTTED = re.compile(r"\b(\d{1,2})\.(0[1-9]|1[0-2])(?:\.(\d{4}))?\b(?!\.\d| ?%)")
_PHONE = re.compile(r"\+?\d[\d ()]*-[\d ()-]*\d|\+\d[\d ()]*\d|\b[78] \(?\d{3}\)? \d{3} \d\d ?\d\d\b")
_DASH = re.compile("(?<=\\d)[\u2010-\u2015](?=\\d)")
_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f]\d{3}(?!\d))*(?:[.,]\d+)?")
_LANGUAGE_IN_PATH = re.compile(r"(?<=/)(?:kk|kz|ru|en|qaz|kaz|rus|eng)(?=/|$)", re.IGNORECASE)
_NOTHING = {"hotline": " ", "district": " ", "date": " "}

ASPECTS = {
    "links": _("links"),
    "phones": _("phone numbers"),
    "dates": _("dates"),
    "numbers": _("numbers"),
    "lists": _("lengths of lists"),
    "buttons": _("number of buttons"),
    "poll": _("answers of the poll, or which is right"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands in one language and not in the other; as text, a phrase in the reader's language."""

    aspect: str
    languages: tuple[str, str]
    left: str
    right: str

    def __str__(self) -> str:
        left, right = self.left or "—", self.right or "—"
        return f"{gettext(ASPECTS[self.aspect])} ({self.languages[0]}: {left}; {self.languages[1]}: {right})"


def differences(one: VersionLike, other: VersionLike) -> Iterator[Difference]:
    """Variables count for nothing: they are filled alike. Raises UnknownVariable."""
    left, right = dict(_comparable(one)), dict(_comparable(other))
    for aspect in ASPECTS:
        only_left, only_right = left[aspect] - right[aspect], right[aspect] - left[aspect]
        if only_left or only_right:
            yield Difference(aspect, (one.language, other.language), _shown(only_left), _shown(only_right))


def _shown(found: Counter[str]) -> str:
    return ", ".join(found.elements())


def _comparable(version: VersionLike) -> Iterator[tuple[str, Counter[str]]]:
    body = fill(version.body, _NOTHING)
    text = WRITTEN_ADDRESS.sub(" ", "\n".join(paragraph.text for paragraph in read(body)))
    yield "links", Counter(map(_address, [*links(body), *(button["url"] for button in version.buttons)]))
    phones, text = _taken(_PHONE, _DASH.sub("-", text))
    yield "phones", Counter(re.sub(r"\D", "", phone[0]) for phone in phones)
    named, text = _taken(_DATE, text)
    dotted, text = _taken(_DOTTED, text, _is_date)
    yield "dates", Counter([*map(_named_date, named), *(f"{int(d[1])}.{int(d[2]):02}" for d in dotted)])
    numbers = [re.sub(r"\s", "", number).replace(",", ".") for number in _NUMBER.findall(text)]
    yield "numbers", Counter([*numbers, *(d[3] for d in dotted if d[3])])
    yield "lists", Counter({"·".join(map(str, list_lengths(body))): 1} if list_lengths(body) else {})
    yield "buttons", Counter([str(len(version.buttons))])
    poll = version.poll or {}
    yield "poll", Counter([f"{len(poll['options'])}/{poll.get('answer') or 0}"] if poll else [])


def _taken(
    pattern: re.Pattern[str], text: str, keep: Callable[[re.Match[str]], bool] = bool
) -> tuple[list[re.Match[str]], str]:
    found = [match for match in pattern.finditer(text) if keep(match)]
    for match in reversed(found):
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return found, text


def _is_date(match: re.Match[str]) -> bool:
    return 1 <= int(match[1]) <= 31


def _named_date(match: re.Match[str]) -> str:
    day, name = (match[1], match[2]) if match[1] else (match[4], match[3])
    return f"{int(day)}.{_MONTH_OF[name.lower()]:02}"


def _address(url: str) -> str:
    """Without what names a language: egov.kz/cms/kk and egov.kz/cms/ru are one place."""
    parts = urlsplit(url)
    return parts.netloc.lower() + _LANGUAGE_IN_PATH.sub("", parts.path).rstrip("/").replace("//", "/")
