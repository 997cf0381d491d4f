"""Which stems of the lexicon a word begins with, one typing error allowed in the longer ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from publisher.residents.rules.letters import Forms, fold

FORGIVEN = 7  # letters from which a stem may be one error away; shorter ones would meet too many other words


class Stems:
    """`=word`: that word alone; `!stem`: what begins exactly so; `stem`: what begins so, with one error forgiven."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._begins: dict[str, set[str]] = {}
        self._near: dict[str, set[str]] = {}
        for stem in set(wanted):
            folded = _plain(stem)
            (self._exact if stem.startswith("=") else self._begins).setdefault(folded, set()).add(stem)
            if stem[0] not in "=!" and len(folded) >= FORGIVEN:
                for shorter in _shortened(folded):
                    self._near.setdefault(shorter, set()).add(stem)
        self.of = lru_cache(maxsize=20_000)(self._of)

    def _of(self, forms: Forms) -> frozenset[str]:
        return frozenset(stem for form in forms for stem in self._found(form))

    def _found(self, word: str) -> Iterator[str]:
        yield from self._exact.get(word, ())
        for end in range(2, len(word) + 1):
            yield from self._begins.get(word[:end], ())
        for end in range(FORGIVEN - 1, min(len(word), 16) + 1):
            beginning = word[:end]
            for shorter in _shortened(beginning):
                for stem in self._near.get(shorter, ()):
                    folded = _plain(stem)
                    if folded[0] == word[0] and within_one(beginning, folded):
                        yield stem


def _plain(stem: str) -> str:
    return fold(stem.lstrip("=!"))


def _shortened(word: str) -> set[str]:
    """The word, and the word without each of its letters: two words one error apart share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def within_one(one: str, other: str) -> bool:
    """At most one letter left out, put in, or taken for another, or two neighbours swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        return one[at + 1 :] == other[at + 1 :] or (
            one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
        )
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[at + 1 :] == shorter[at:]
