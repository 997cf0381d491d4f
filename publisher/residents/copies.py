"""Is this text one of ours? The same words, a changed copy with what was changed, or unknown. Pure but for `ours`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Literal

from publisher.residents.models import Wording
from publisher.residents.proofs import LENGTH, lines_around, plain_code, texts_of

LOOKED_BACK = timedelta(days=400)
MOST = 3000  # wordings
NEAR = 0.55  # share of common words from which a text is a copy that somebody changed
WHOLE = 0.9  # share of a forwarded text that must be ours, word for word, when it is only a part of the post
LEAST = 8  # words; fewer say nothing about where they come from
SHOWN = 6  # changes told
COMPARED = 40  # wordings of ours that one text is laid beside, word by word
_CODE = re.compile(r"^\s*Код [A-Z0-9]{6}: \S+/v/[A-Z0-9]{6}\s*$")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Original:
    """One language of one signed wording. `words` folded for comparing, `shown` as people read them."""

    wording_id: int
    code: str
    newest: bool
    words: tuple[str, ...]
    shown: tuple[str, ...]
    around: frozenset[tuple[str, ...]] = frozenset()  # lines that belong to it on one platform or another, folded


@dataclass(frozen=True, slots=True)
class Change:
    """`ours` empty: added by somebody; `theirs` empty: left out."""

    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Match:
    """`earlier`: the words are ours, but a later wording has replaced them."""

    kind: Literal["same", "part", "changed", "code"]  # code: only the code was named, no words to compare
    code: str
    earlier: bool = False
    changes: tuple[Change, ...] = ()


def words_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A changed number or link is a changed word: that is what impostors change."""
    shown = tuple(_WORD.findall(text))
    return tuple(word.casefold().replace("ё", "е") for word in shown), shown


def ours(now: datetime) -> list[Original]:
    rows = Wording.objects.filter(signed_at__gt=now - LOOKED_BACK).select_related("proof").order_by("-pk")[:MOST]
    newest: dict[int, int] = {}
    found = []
    for row in rows:
        newest.setdefault(row.proof_id, row.revision)
        for text in texts_of(row).values():
            is_newest = row.revision == newest[row.proof_id]
            around = frozenset(words_of(line)[0] for line in lines_around(row))
            found.append(Original(row.pk, row.proof.code, is_newest, *words_of(text), around))
    return found


def find(text: str, originals: Iterable[Original]) -> Match | None:
    """The best of ours; None: unknown. The same words in a later wording go before an earlier one."""
    originals = list(originals)
    words, shown = words_of(_without_frame(text, originals))
    if len(words) < LEAST:
        return None
    rows = sorted(originals, key=lambda original: not original.newest)
    same = next((row for row in rows if row.words == words), None)
    if same:
        return Match("same", same.code, earlier=not same.newest)
    return _nearest(words, shown, rows)


def _without_frame(text: str, originals: Iterable[Original]) -> str:
    """Buttons below the text, the mark of a correction or of AI, and the line with the code are no change of words."""
    frame = {line for original in originals for line in original.around}
    return "\n".join(line for line in text.splitlines() if not (_CODE.match(line) or words_of(line)[0] in frame))


def _nearest(words: Sequence[str], shown: Sequence[str], rows: Sequence[Original]) -> Match | None:
    """Those with the most words in common are compared: many districts say the same, each with its own number."""
    mine = set(words)
    common = [(len(mine & set(row.words)), row) for row in rows if row.words]
    near = [(shared, row) for shared, row in common if shared >= NEAR * min(len(mine), len(set(row.words)))]
    near.sort(key=lambda pair: -pair[0])
    scored = [(_likeness(words, row.words), row) for _shared, row in near[:COMPARED]]
    (whole, share), best = max(scored, key=lambda pair: pair[0], default=((0.0, 0.0), None))
    if best is None or max(whole, share) < NEAR:
        return None
    if share >= 1.0 and whole < 1.0:
        return Match("part", best.code, earlier=not best.newest)
    changes = _changes(best, words, shown)
    return Match("changed" if changes else "same", best.code, not best.newest, changes[:SHOWN])


def _likeness(words: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """How alike the two are, and how much of `words` stands in `other` as one run."""
    matcher = SequenceMatcher(None, other, words, autojunk=False)
    longest = matcher.find_longest_match(0, len(other), 0, len(words))
    return matcher.ratio(), longest.size / len(words)


def _changes(original: Original, words: Sequence[str], shown: Sequence[str]) -> tuple[Change, ...]:
    """What a copy that goes on before or after the post adds is told like everything else: it may be the bait."""
    matcher = SequenceMatcher(None, original.words, words, autojunk=False)
    return tuple(
        Change(" ".join(original.shown[a:b]), " ".join(shown[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    )


def code_in(text: str) -> str:
    """A code that the text names: after /v/, or as its only word."""
    linked = re.search(r"/v/([A-Za-z0-9]{6})\b", text)
    if linked:
        return plain_code(linked[1])
    return plain_code(text) if len(text.strip()) <= LENGTH + 2 else ""
