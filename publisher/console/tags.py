"""Words for the tags that come with the product. The tag itself stays as it is: plans and filters choose by it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import pgettext_lazy

WORDS = {
    "banks": pgettext_lazy("tag", "banks"),
    "cards": pgettext_lazy("tag", "bank cards"),
    "charity": pgettext_lazy("tag", "charity"),
    "dropper": pgettext_lazy("tag", "droppers"),
    "egov": "eGov",
    "elders": pgettext_lazy("tag", "elderly people"),
    "family": pgettext_lazy("tag", "family"),
    "film": pgettext_lazy("tag", "film"),
    "hotline": pgettext_lazy("tag", "hotline"),
    "internet": pgettext_lazy("tag", "internet"),
    "investment": pgettext_lazy("tag", "investment"),
    "jobs": pgettext_lazy("tag", "jobs"),
    "loans": pgettext_lazy("tag", "loans"),
    "marketplace": pgettext_lazy("tag", "buying and selling"),
    "messenger": pgettext_lazy("tag", "messengers"),
    "near-miss": pgettext_lazy("tag", "did not fall for it"),
    "phone": pgettext_lazy("tag", "telephone"),
    "police": pgettext_lazy("tag", "false police"),
    "prize": pgettext_lazy("tag", "prizes"),
    "qr": pgettext_lazy("tag", "QR codes"),
    "remote-access": pgettext_lazy("tag", "remote access"),
    "report": pgettext_lazy("tag", "reporting a crime"),
    "residents": pgettext_lazy("tag", "residents"),
    "rural": pgettext_lazy("tag", "countryside"),
    "safe-account": pgettext_lazy("tag", "“safe account”"),
    "sms-code": pgettext_lazy("tag", "SMS code"),
    "villages": pgettext_lazy("tag", "villages"),
    "youth": pgettext_lazy("tag", "young people"),
}


def word(tag: str) -> str:
    """A tag that somebody added is its own word."""
    return str(WORDS.get(tag, tag))


def by_word(tags: Iterable[str]) -> list[str]:
    """Each once, in the order of what the reader sees."""
    return sorted(set(tags), key=lambda tag: word(tag).casefold())
