"""Takes out of a resident's words what says who somebody is, before anything is kept or shown to a colleague."""

from __future__ import annotations

import re

from publisher.compose import personal
from publisher.people.models import District

_MANY_DIGITS = re.compile(r"\+?\d(?:[\s\-–().]?\d){5,}")
_HANDLE = re.compile(r"(?<!\w)@\w{4,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_NAME = r"[А-ЯЁӘҒҚҢӨҰҮҺІA-Z][а-яёәғқңөұүһіa-z]+"
_PATRONYMIC = re.compile(rf"(?:\b{_NAME}\s+){{0,2}}\b\w+(?:ович|евич|овна|евна|ична|ұлы|қызы|кызы)\b(?:\s+{_NAME})?")
_INTRODUCED = re.compile(
    rf"((?:меня зовут|мо[её] имя|моя фамилия|фамилия|фио|есімім|атым|менің атым|аты-жөнім|my name is)[\s:—-]+)"
    rf"({_NAME}(?:\s+{_NAME}){{0,2}})",
    re.IGNORECASE,
)
HIDDEN = "▒▒▒"


def masked(text: str) -> str:
    """Numbers of six digits and more (the hotlines excepted), addresses, nicknames, and names that present themselves.

    A name that stands alone in a sentence cannot be told from another word; that is why the text is sealed as well.
    """
    kept = _hotlines()
    text = _MAIL.sub(HIDDEN, _HANDLE.sub(HIDDEN, text))
    text = _INTRODUCED.sub(rf"\g<1>{HIDDEN}", _PATRONYMIC.sub(HIDDEN, text))
    text = _MANY_DIGITS.sub(lambda m: m[0] if _digits(m[0]) in kept else HIDDEN, text)
    for found in sorted(personal.find(text, kept), key=lambda item: -item.start):
        end = found.start + _length(text[found.start :])
        text = text[: found.start] + HIDDEN + text[end:]
    return text


def _hotlines() -> set[str]:
    return {_digits(number) for number in District.objects.values_list("hotline", flat=True)}


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _length(text: str) -> int:
    """Of the number or plate that begins here."""
    found = re.match(r"[\w+()]+(?:[ \u00a0\u2009()-]+[\dA-ZА-Я]+)*", text)
    return found.end() if found else 1
