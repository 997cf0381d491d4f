"""Markdown as Telegram takes it: plain text beside entities, whose offsets count UTF-16 code units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from publisher.compose.links import is_https
from publisher.compose.markdown import Paragraph, Span, read
from publisher.connectors.base import Entity

Kind = Literal["bold", "italic", "strikethrough", "code", "pre", "text_link", "blockquote"]
BULLET = "•"


class _Key(NamedTuple):
    """Neighbouring pieces with the same key make one entity; `which` tells links and quotes apart."""

    kind: Kind
    which: str = ""


@dataclass(frozen=True, slots=True)
class FormattedText:
    text: str
    entities: tuple[Entity, ...]


def to_entities(markdown: str) -> FormattedText:
    """No entity reaches over the text's end or covers white space at its own edges; lists become "• " and "1. "."""
    pieces = [piece for piece in _pieces(read(markdown)) if piece[0]]
    whole = "".join(text for text, _ in pieces)
    text = whole.strip()
    cut = len(whole) - len(whole.lstrip())
    units = [0, *accumulate(2 if ord(char) > 0xFFFF else 1 for char in text)]
    found = [
        Entity(key.kind, units[a], units[b] - units[a], key.which if key.kind == "text_link" else "")
        for key, start, end in _stretches(pieces)
        for a, b in [_without_edges(text, max(start - cut, 0), min(end - cut, len(text)), key.kind)]
        if a < b
    ]
    return FormattedText(text, tuple(sorted(found, key=lambda e: (e.offset, -e.length, e.kind))))


def _pieces(paragraphs: tuple[Paragraph, ...]) -> Iterator[tuple[str, frozenset[_Key]]]:
    quote_before = 0
    for number, paragraph in enumerate(paragraphs):
        quote = frozenset({_Key("blockquote", str(paragraph.quote))} if paragraph.quote else ())
        if number:
            gap = "\n\n" if paragraph.apart else "\n"
            yield gap, quote if quote_before == paragraph.quote else frozenset()
        quote_before = paragraph.quote
        indent = "  " * paragraph.level
        first = indent[2:] + (BULLET if paragraph.marker == "-" else paragraph.marker) + " "
        yield first if paragraph.marker else indent, quote
        for span in paragraph.spans:
            yield span.text.replace("\n", f"\n{indent}"), quote | _keys(span, paragraph.pre)


def _keys(span: Span, pre: bool) -> frozenset[_Key]:
    if pre:
        return frozenset({_Key("pre")})
    keys = {_Key(mark) for mark in span.marks}
    return frozenset(keys | {_Key("text_link", span.url)} if is_https(span.url) else keys)


def _stretches(pieces: list[tuple[str, frozenset[_Key]]]) -> Iterator[tuple[_Key, int, int]]:
    open_since: dict[_Key, int] = {}
    at = 0
    for text, keys in [*pieces, ("", frozenset[_Key]())]:
        for key in [key for key in open_since if key not in keys]:
            yield key, open_since.pop(key), at
        for key in keys:
            open_since.setdefault(key, at)
        at += len(text)


def _without_edges(text: str, start: int, end: int, kind: Kind) -> tuple[int, int]:
    while start < end and text[end - 1].isspace():
        end -= 1
    while start < end and kind != "pre" and text[start].isspace():
        start += 1
    return start, end
