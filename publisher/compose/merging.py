"""Two people changed one post: what each of them changed alone is put together, what both changed is for them to say.

A text that both changed is never decided here. Of a setting that both changed, whoever saves now has the last word,
is told what the other had chosen, and finds it among the versions.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.compose.content import Flat


@dataclass(frozen=True, slots=True)
class Conflict:
    """`both` holds the lines of the two texts together, where they do not stand against each other once."""

    language: str
    mine: str
    theirs: str
    both: str


@dataclass(frozen=True, slots=True)
class Merged:
    """`content` is complete; `taken` came from the other, `mine` from us, `overruled` is what we replaced of theirs."""

    content: Mapping[str, Any]
    mine: Sequence[str]
    taken: Sequence[str]
    overruled: Sequence[str]
    conflicts: Sequence[Conflict]


def merge(base: Flat | None, mine: Flat, theirs: Flat) -> Merged:
    """`mine` may lack what was not on the form. Without `base` every difference counts as changed by both."""
    content: dict[str, Any] = dict(theirs)
    ours, taken, overruled, conflicts = [], [], [], []
    for name, value in mine.items():
        other, before = _of(theirs, name), _of(base, name) if base is not None else _NOTHING
        if _same(value, other):
            continue
        if base is not None and _same(value, before):
            taken.append(name)
        elif name.startswith("body_") and not _same(other, before):
            both = put_together(str(before or "") if base is not None else "", str(value), str(other or ""))
            conflicts.append(Conflict(name[5:], str(value), str(other or ""), both))
        else:
            ours.append(name)
            content[name] = value
            if not _same(other, before):
                overruled.append(name)
    return Merged(content, ours, taken, overruled, conflicts)


_NOTHING = object()
_EMPTY: tuple[object, ...] = ("", None, [], (), False)


def _of(flat: Flat | None, name: str) -> Any:
    return (flat or {}).get(name)


def _same(one: object, other: object) -> bool:
    """Nothing is nothing, however it is written; channels may be ticked in any order."""
    if isinstance(one, list) and isinstance(other, list) and all(isinstance(item, str) for item in [*one, *other]):
        return sorted(one) == sorted(other)
    return one == other or (one in _EMPTY and other in _EMPTY)


def put_together(base: str, mine: str, theirs: str) -> str:
    """Line by line (diff3). Where both changed the same lines, theirs stand before mine, and nothing is left out."""
    old, one, two = base.split("\n"), theirs.split("\n"), mine.split("\n")
    lines: list[str] = []
    at, first, second = 0, 0, 0
    for start, end, in_one, in_two in _steady(old, one, two):
        lines += _between(old[at:start], one[first:in_one], two[second:in_two])
        lines += old[start:end]
        at, first, second = end, in_one + end - start, in_two + end - start
    return "\n".join([*lines, *_between(old[at:], one[first:], two[second:])])


def _between(old: list[str], one: list[str], two: list[str]) -> list[str]:
    if one == two or two == old:
        return one
    if one == old:
        return two
    return [*one, *(line for line in two if line not in one)]


def _steady(old: list[str], one: list[str], two: list[str]) -> list[tuple[int, int, int, int]]:
    """Stretches of `old` that stand unchanged in both: (start, end, where in one, where in two)."""
    in_one = _places(old, one)
    in_two = _places(old, two)
    found: list[tuple[int, int, int, int]] = []
    for number in range(len(old)):
        if number not in in_one or number not in in_two:
            continue
        here = (number, number + 1, in_one[number], in_two[number])
        last = found[-1] if found else None
        if last and last[1] == here[0] and _follows(last, here):
            found[-1] = (last[0], here[1], last[2], last[3])
        else:
            found.append(here)
    return found


def _follows(last: tuple[int, int, int, int], here: tuple[int, int, int, int]) -> bool:
    length = last[1] - last[0]
    return here[2] == last[2] + length and here[3] == last[3] + length


def _places(old: list[str], new: list[str]) -> dict[int, int]:
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {a + n: b + n for a, b, size in blocks for n in range(size)}
