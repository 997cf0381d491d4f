"""What must not stand in the words that people type at the desk: who somebody is, or how to reach them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.compose import personal
from publisher.people.models import District

# The detector tells numbers by their check digits; here even a mistyped one is kept out.
_MANY_DIGITS = re.compile(r"\d(?:[\s\-–().]?\d){5,}")
_PATRONYMIC = re.compile(r"\b[А-ЯЁӘҒҚҢӨҰҮҺІ][а-яёәғқңөұүһі]+(?:ович|евич|овна|евна|ична|ұлы|қызы|кызы)\b")


def faults(text: str) -> Iterator[str]:
    """Codes of sentences, each once."""
    hotlines = list(District.objects.values_list("hotline", flat=True))
    found = {item.code for item in personal.find(text, hotlines)}
    without = text
    for hotline in hotlines:
        without = without.replace(hotline, "")
    if found or _MANY_DIGITS.search(without):
        yield "number_in_note"
    if _PATRONYMIC.search(text):
        yield "name_in_note"
