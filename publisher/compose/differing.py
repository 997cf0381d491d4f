"""What changed between two versions, word by word, for people to read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from publisher.compose.content import DETAILS, Flat
from publisher.compose.message import LANGUAGES

_WORDS = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text that stands in both, only before, or only after."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One text or setting that differs; `language` is empty for what all languages share."""

    name: str
    language: str
    stretches: Sequence[Stretch]
    before: Any
    after: Any


def compare(before: str, after: str) -> list[Stretch]:
    """Short islands of equal words between changes are not worth reading apart, so they join the change."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found: list[Stretch] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found.append(Stretch("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Stretch("gone", "".join(old[a:b])))
        if d > c:
            found.append(Stretch("new", "".join(new[c:d])))
    return list(_joined(found))


def _joined(found: Sequence[Stretch]) -> Iterator[Stretch]:
    """“gone same(space) gone” reads as one: what is between two changes and holds no word belongs to them."""
    gone, new = "", ""
    for number, one in enumerate(found):
        last = number == len(found) - 1
        if one.kind == "same" and (gone or new) and one.text.isspace() and "\n" not in one.text and not last:
            gone, new = gone + one.text, new + one.text
        elif one.kind == "same":
            yield from _change(gone, new)
            gone, new = "", ""
            yield one
        elif one.kind == "gone":
            gone += one.text
        else:
            new += one.text
    yield from _change(gone, new)


def _change(gone: str, new: str) -> Iterator[Stretch]:
    if gone:
        yield Stretch("gone", gone)
    if new:
        yield Stretch("new", new)


def changes(before: Flat, after: Flat) -> list[Changed]:
    """Texts by language first, then buttons and polls, then the settings."""
    spoken = [(f"{part}_{language}", language) for part in ("body", "buttons", "poll") for language in LANGUAGES]
    names = [*spoken, *((name, "") for name in DETAILS), ("media", "")]
    return [
        _changed(name, language, before.get(name), after.get(name))
        for name, language in names
        if (before.get(name) or None) != (after.get(name) or None)
    ]


def _changed(name: str, language: str, before: Any, after: Any) -> Changed:
    part = name.removesuffix(f"_{language}") if language else name
    texts = compare(as_text(before), as_text(after)) if language else []
    return Changed(part, language, texts, before, after)


def as_text(value: Any) -> str:
    """Buttons one a line, a poll with its answers, as the editor shows them."""
    if isinstance(value, list):
        return "\n".join(f"{item['label']} | {item['url']}" for item in value)
    if isinstance(value, dict):
        marked = [f"{'✓' if number == value.get('answer') else '·'} {option}" for number, option in _options(value)]
        return "\n".join(filter(None, [value.get("question", ""), *marked, value.get("explanation", "")]))
    return value or ""


def _options(poll: dict[str, Any]) -> Iterator[tuple[int, str]]:
    return enumerate(poll.get("options", ()), start=1)
