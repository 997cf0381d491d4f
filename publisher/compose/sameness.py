"""Was the same said lately? Texts are compared by runs of three words: a changed number or greeting is no new text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.timezone import localtime

from publisher.compose.checks import Finding
from publisher.compose.markup import to_plain
from publisher.compose.message import VersionLike

NEAR = 0.7  # share of common runs of words from which two texts say the same; other templates share 0.2 at most
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Recent:
    """A text that stands, or will stand, on some of the same channels."""

    post_id: int
    title: str
    language: str
    body: str
    at: datetime


@lru_cache(maxsize=4000)
def runs(body: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(to_plain(body))]
    length = min(3, len(words))
    return frozenset(tuple(words[at : at + length]) for at in range(len(words) - length + 1)) if words else frozenset()


def likeness(one: str, other: str) -> float:
    """From 0 (nothing in common) to 1 (the same words in the same order)."""
    left, right = runs(one), runs(other)
    return len(left & right) / len(left | right) if left and right else 0.0


def duplicates(versions: Sequence[VersionLike], recent: Sequence[Recent]) -> Iterator[Finding]:
    """Once for each language: the nearest of the recent posts that say the same."""
    for version in versions:
        same = [(likeness(version.body, one.body), one) for one in recent if one.language == version.language]
        share, nearest = max(same, key=lambda pair: pair[0], default=(0.0, None))
        if nearest and share >= NEAR:
            values = {"title": nearest.title, "post": nearest.post_id, "day": f"{localtime(nearest.at):%d.%m.%Y}"}
            yield Finding("duplicate", "warning", version.language, values)
