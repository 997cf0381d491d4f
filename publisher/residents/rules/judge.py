"""From a text to a verdict: signs found, their weight, and whether money has just left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from publisher.residents.rules.letters import addresses, tokens
from publisher.residents.rules.links import Trusted, suspicious
from publisher.residents.rules.signs import STRANGE_LINK, Group, Sign, lexicon

LIKELY, UNCLEAR = 4.0, 2.0  # points from which fraud is likely, and from which we do not say "harmless"
NEAR = 9  # words within which the parts of a sign must stand together
LONGEST = 6000  # characters looked at; Telegram's own limit is 4096


class Verdict(StrEnum):
    LIKELY = "likely"
    UNCLEAR = "unclear"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Found:
    """`sign`: the key by which content/patterns knows it; empty: it knows no such sign."""

    key: str
    weight: float
    sign: str = ""


Signs = tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`signs` that speak for fraud, the heaviest first; `against` what speaks for a notice or everyday talk."""

    verdict: Verdict
    score: float
    signs: Signs = ()
    against: Signs = ()
    money_left: bool = False  # the person tells that money, a code or the card is in other hands
    links: tuple[str, ...] = ()  # hosts that imitate somebody, or that nobody knows

    @property
    def shared(self) -> tuple[str, ...]:
        """The signs as content/patterns calls them, each once."""
        return tuple(dict.fromkeys(found.sign for found in self.signs if found.sign))


def judge(text: str, trusted: Trusted = ()) -> Judgement:
    """`trusted`: hosts of ours beside the known ones. The same text always gets the same answer."""
    text, known = text[:LONGEST], lexicon()
    at = _places(tokens(text))
    links = tuple(host for host in dict.fromkeys(addresses(text)) if suspicious(host, trusted))
    found = set(_keys(known.signs, at)) | ({STRANGE_LINK} if links else set())
    against = set(_keys(known.against, at))
    for counter in against:
        found -= known.silenced.get(counter, frozenset())
    judged = _judged(found, against)
    left = _money_left(at, judged, against)
    return Judgement(judged.verdict, judged.score, judged.signs, judged.against, left, links)


def _judged(found: set[str], against: set[str]) -> Judgement:
    known = lexicon()
    score = sum(known.weights[key] for key in found) - sum(known.counters[key] for key in against)
    score += sum(weight for parts, weight in known.together if parts <= found)
    verdict = Verdict.LIKELY if score >= LIKELY else Verdict.UNCLEAR if score >= UNCLEAR else Verdict.HARMLESS
    return Judgement(
        verdict, round(score, 2), _sorted(found, known.weights, known.shared), _sorted(against, known.counters)
    )


def _sorted(keys: Iterable[str], weights: Mapping[str, float], shared: Mapping[str, str] | None = None) -> Signs:
    heaviest = sorted(keys, key=lambda key: (-weights[key], key))
    return tuple(Found(key, weights[key], (shared or {}).get(key, "")) for key in heaviest)


Places = dict[str, list[int]]


def _places(words: Sequence[tuple[str, ...]]) -> Places:
    """Where each stem of the lexicon stands."""
    at: Places = {}
    stems = lexicon().stems
    for place, forms in enumerate(words):
        for stem in stems.of(forms):
            at.setdefault(stem, []).append(place)
    return at


def _stands(sign: Sign, at: Places) -> bool:
    return any(_together(pattern, at, NEAR) for pattern in sign.patterns)


def _together(pattern: tuple[Group, ...], at: Places, within: int) -> bool:
    """One word of each group, all near the word of the first group; no word stands for two groups."""
    first, *others = [sorted({place for stem in group for place in at.get(stem, ())}) for group in pattern]
    return any(_fits([place], others, within) for place in first)


def _fits(taken: list[int], others: Sequence[Sequence[int]], within: int) -> bool:
    if not others:
        return True
    free = (place for place in others[0] if abs(place - taken[0]) <= within and place not in taken)
    return any(_fits([*taken, place], others[1:], within) for place in free)


def _money_left(at: Places, judged: Judgement, against: set[str]) -> bool:
    """Told in the first person, and with something that makes it a loss and not pocket money for a son."""
    told = set(_keys(lexicon().losses, at))
    if not told or "warning" in against:
        return False
    return "lost" in told or judged.score >= UNCLEAR or any(_keys(lexicon().distress, at))


def _keys(signs: Iterable[Sign], at: Places) -> Iterator[str]:
    return (sign.key for sign in signs if _stands(sign, at))
