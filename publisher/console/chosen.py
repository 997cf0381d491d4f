"""Picking and arranging what a page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.forms import BoundField, Form
from django.utils import timezone

from publisher.compose.markup import to_plain
from publisher.compose.models import Kind
from publisher.compose.templates import Template, TemplateVersion
from publisher.compose.variables import fill, variables_for
from publisher.console.tags import word
from publisher.people.models import District


@dataclass(frozen=True, slots=True)
class Card:
    """A template in the reader's language, or in the first it has."""

    template: Template
    version: TemplateVersion
    text: str

    @property
    def kind(self) -> object:
        return Kind(self.template.kind).label


def templates(known: Iterable[Template], words: str, tag: str, language: str, district: District) -> list[Card]:
    """Those that have the tag and, in any language, all of the words."""
    wanted = words.casefold().split()
    found = [
        template
        for template in known
        if (not tag or tag in template.tags) and all(word in _everything(template) for word in wanted)
    ]
    cards = [_card(template, language, district) for template in found]
    return sorted(cards, key=lambda card: (card.template.kind, card.version.title))


def _card(template: Template, language: str, district: District) -> Card:
    version = template.versions.get(language) or next(iter(template.versions.values()))
    body = fill(version.body, variables_for(district, version.language, timezone.now()))
    return Card(template, version, " ".join(to_plain(body).split()))


def _everything(template: Template) -> str:
    texts = [part for version in template.versions.values() for part in (version.title, version.body)]
    return " ".join([*texts, *template.tags, *map(word, template.tags), template.slug]).casefold()


@dataclass(frozen=True, slots=True)
class VersionFields:
    language: str
    body: BoundField
    buttons: BoundField
    poll: list[BoundField]

    @property
    def has_extras(self) -> bool:
        return any(bool(field.value()) for field in [self.buttons, *self.poll])

    @property
    def errors(self) -> bool:
        return any(field.errors for field in [self.buttons, *self.poll])


def fields_of(form: Form, language: str) -> VersionFields:
    poll = [form[f"{name}_{language}"] for name in ("question", "options", "right", "explanation")]
    return VersionFields(language, form[f"body_{language}"], form[f"buttons_{language}"], poll)
