"""Which short notes speak of the same thing? Words shared by several, rare among all. No database, no model."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ENOUGH = 3  # notes that make a cluster
NEAR = 0.28  # cosine from which two notes speak of the same thing
STEM = 6  # letters: endings are many in both languages
SHORTEST = 3
NAMED = 5  # words that a cluster is shown with
_WORD = re.compile(r"[^\W\d_]+")
# Said in every call, or in every sentence.
COMMON_WORDS = """
және мен бен пен үшін деп деді дейді бір бұл осы сол оған маған сізге сіз бізге ол олар бар жоқ керек болды
екен еді ғой туралы кейін дейін ғана да де та те ма ме ба бе па пе қоңырау шалды хабарласты айтты сұрады адам
тұрғын алаяқ алаяқтар ақша теңге телефон нөмір
что это как или для его ему она они мне вам нас был была было быть есть нет при над под про без уже еще ещё тоже
так там тут где когда если чтобы после перед сказал сказала говорит просит просят звонил звонили звонят позвонил
человек житель мошенник мошенники деньги тенге телефон номер якобы
the and for that this with from was were said says asks called caller money phone number
"""
COMMON = frozenset(COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Group:
    """Places of the notes that belong together, and the words that they share, the most telling first."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def stems(text: str) -> list[str]:
    words = [word for word in _WORD.findall(text.lower().replace("ё", "е")) if len(word) >= SHORTEST]
    return [word[:STEM] for word in words if word not in COMMON]


def groups(notes: Sequence[str]) -> list[Group]:
    """The largest first. A note belongs to one group at most; what is like nothing else stays alone."""
    said = [Counter(stems(note)) for note in notes]
    vectors = _vectors(said)
    parents = list(range(len(notes)))
    for one in range(len(notes)):
        for other in range(one):
            if _cosine(vectors[one], vectors[other]) >= NEAR:
                parents[_root(parents, one)] = _root(parents, other)
    found: dict[int, list[int]] = {}
    for place in range(len(notes)):
        found.setdefault(_root(parents, place), []).append(place)
    made = [Group(tuple(members), _shared(members, notes)) for members in found.values() if len(members) >= ENOUGH]
    return sorted((group for group in made if group.words), key=lambda group: -len(group.members))


def _vectors(said: Sequence[Counter[str]]) -> list[Mapping[str, float]]:
    """Words of many notes weigh little; a word of one note alone joins nothing and is left out."""
    spread = Counter(word for words in said for word in words)
    total = len(said)
    weights = {word: math.log(1 + total / count) for word, count in spread.items() if count > 1}
    return [{word: weights[word] for word in words if word in weights} for words in said]


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    shared = sum(one[word] * other[word] for word in one.keys() & other.keys())
    if not shared:
        return 0.0
    return shared / math.sqrt(sum(v * v for v in one.values()) * sum(v * v for v in other.values()))


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def _shared(members: Sequence[int], notes: Sequence[str]) -> tuple[str, ...]:
    """Whole words for people: of each shared stem the form that was written most often."""
    forms: dict[str, Counter[str]] = {}
    for place in members:
        for word in {word for word in _WORD.findall(notes[place].lower()) if word not in COMMON}:
            if len(word) >= SHORTEST:
                forms.setdefault(word.replace("ё", "е")[:STEM], Counter())[word] += 1
    counted = sorted(forms.values(), key=lambda form: (-form.total(), form.most_common(1)[0][0]))
    return tuple(form.most_common(1)[0][0] for form in counted if form.total() > 1)[:NAMED]
