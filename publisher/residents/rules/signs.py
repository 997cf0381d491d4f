"""The lexicon as read from lexicon.yaml, which explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from publisher.residents.rules.stems import Stems

FILE = Path(__file__).with_name("lexicon.yaml")
STRANGE_LINK, LINK_WEIGHT, LINK_SIGN = "strange_link", 3.0, "follow-link"  # found by links.py, not by words
Group = tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Sign(_Strict):
    weight: float = 0
    sign: str = ""
    patterns: list[str]


class _Pair(_Strict):
    signs: frozenset[str]
    weight: float


class _File(_Strict):
    words: dict[str, str]
    signs: dict[str, _Sign]
    against: dict[str, _Sign]
    losses: dict[str, _Sign]
    distress: dict[str, _Sign]
    together: list[_Pair]
    silenced: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Sign:
    key: str
    weight: float
    shared: str  # its key in content/patterns/signs.yaml
    patterns: tuple[tuple[Group, ...], ...]


@dataclass(frozen=True)
class Lexicon:
    signs: tuple[Sign, ...]
    against: tuple[Sign, ...]
    losses: tuple[Sign, ...]
    distress: tuple[Sign, ...]
    together: tuple[tuple[frozenset[str], float], ...]
    silenced: Mapping[str, frozenset[str]]

    @cached_property
    def weights(self) -> dict[str, float]:
        return {sign.key: sign.weight for sign in self.signs} | {STRANGE_LINK: LINK_WEIGHT}

    @cached_property
    def shared(self) -> dict[str, str]:
        return {sign.key: sign.shared for sign in self.signs} | {STRANGE_LINK: LINK_SIGN}

    @cached_property
    def counters(self) -> dict[str, float]:
        return {sign.key: sign.weight for sign in self.against}

    @cached_property
    def stems(self) -> Stems:
        every = (*self.signs, *self.against, *self.losses, *self.distress)
        return Stems(stem for sign in every for pattern in sign.patterns for group in pattern for stem in group)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read once for each process, when first asked for."""
    file = _File.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    return Lexicon(
        signs=_read(file.signs, file.words),
        against=_read(file.against, file.words),
        losses=_read(file.losses, file.words),
        distress=_read(file.distress, file.words),
        together=tuple((pair.signs, pair.weight) for pair in file.together),
        silenced=file.silenced,
    )


def _read(signs: Mapping[str, _Sign], words: Mapping[str, str]) -> tuple[Sign, ...]:
    return tuple(
        Sign(key, sign.weight, sign.sign, tuple(_pattern(p, words) for p in sign.patterns))
        for key, sign in signs.items()
    )


def _pattern(text: str, words: Mapping[str, str]) -> tuple[Group, ...]:
    return tuple(tuple(group.format_map(words).split()) for group in text.split(" + "))
