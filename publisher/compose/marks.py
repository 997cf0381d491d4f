"""Markdown in WhatsApp's own marks: *bold* _italic_ ~strike~ `code` ```block```, "> ", "- ", "1. ".

WhatsApp has no escape character and reads marks only at the edges of words. So a mark inside a word grows to the whole
word, and a * _ ~ of the text itself that WhatsApp would take for a mark is shown with its word as `code`: the one form
that is shown, copied and dialled unchanged (`*100#`). In addresses it is written %2A %5F %7E, which lead to the same
place. A back-tick of the text becomes an apostrophe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from publisher.compose.links import by_address, looks_like_link
from publisher.compose.markdown import Mark, Paragraph, Span, read

SIGNS: dict[Mark, str] = {"bold": "*", "italic": "_", "strikethrough": "~", "code": "`"}
_PERCENT = {"*": "%2A", "_": "%5F", "~": "%7E"}
_READ_AT_LINE_START = re.compile(r"[>*](?=\s|$)")
_CODE: frozenset[Mark] = frozenset({"code"})


@dataclass(frozen=True, slots=True)
class _Cell:
    """One character of a line; those of an address are never marked."""

    char: str
    marks: frozenset[Mark]
    address: bool = False


class _Stretch(NamedTuple):
    start: int
    end: int
    mark: Mark


class _Written(NamedTuple):
    """One character as it goes out: `cell` is where it came from, `sign` what a mark of ours does here."""

    char: str
    cell: int = -1
    opens: bool = False


def to_marks(markdown: str) -> str:
    text = ""
    for paragraph in read(markdown):
        text += "\n\n" if paragraph.apart else "\n"
        text += _paragraph(paragraph)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _paragraph(paragraph: Paragraph) -> str:
    quote = "> " if paragraph.quote else ""
    indent = "  " * paragraph.level
    first = f"{indent[2:]}{paragraph.marker} " if paragraph.marker else indent
    if paragraph.pre and not quote and not indent:
        return f"```{paragraph.text.replace('`', chr(39))}```" if paragraph.text.strip() else ""
    lines = list(_lines(paragraph.spans))
    written = [_line(cells, starts=not paragraph.marker or number > 0) for number, cells in enumerate(lines)]
    return "\n".join(f"{quote}{first if not number else indent}{line}" for number, line in enumerate(written))


def _lines(spans: tuple[Span, ...]) -> Iterator[list[_Cell]]:
    line: list[_Cell] = []
    for cell in _cells(spans):
        if cell.char == "\n":
            yield line
            line = []
        else:
            line.append(cell)
    yield line


def _cells(spans: tuple[Span, ...]) -> Iterator[_Cell]:
    for url, parts, bare in by_address(spans):
        for part in parts:
            marks = frozenset[Mark]() if bare else part.marks
            yield from (_Cell("'" if char == "`" else char, marks, bare) for char in part.text)
        if url and not bare:
            yield from (_Cell(char, frozenset()) for char in " (")
            yield from (_Cell(char, frozenset(), address=True) for char in url)
            yield _Cell(")", frozenset())


def _line(cells: list[_Cell], *, starts: bool) -> str:
    """Protects what would be misread until WhatsApp would read the line as it is meant."""
    if starts and cells and _READ_AT_LINE_START.match("".join(c.char for c in cells)) and not cells[0].marks:
        cells = [replace(cells[0], marks=_CODE), *cells[1:]]
    while True:
        written = list(_write(cells))
        misread = _misread(written, cells)
        if not misread:
            return "".join(one.char for one in written)
        cells = _protected(cells, misread)


def _write(cells: list[_Cell]) -> Iterator[_Written]:
    opening: dict[int, str] = {}
    closing: dict[int, str] = {}
    for stretch in _nested(_stretches(cells)):
        opening[stretch.start] = opening.get(stretch.start, "") + SIGNS[stretch.mark]
        closing[stretch.end] = SIGNS[stretch.mark] + closing.get(stretch.end, "")
    for at, cell in enumerate(cells):
        yield from (_Written(sign, opens=True) for sign in opening.get(at, ""))
        yield _Written(cell.char, at)
        yield from (_Written(sign) for sign in closing.get(at + 1, ""))


def _stretches(cells: list[_Cell]) -> Iterator[_Stretch]:
    for mark in SIGNS:
        start = 0
        while start < len(cells):
            end = start
            while end < len(cells) and mark in cells[end].marks:
                end += 1
            found = _at_word_edges(cells, _Stretch(start, end, mark)) if end > start else None
            if found:
                yield found
                end = max(end, found.end)
            start = max(end, start + 1)


def _at_word_edges(cells: list[_Cell], stretch: _Stretch) -> _Stretch | None:
    """Without white space at its edges, and grown to whole words; None where WhatsApp would not read it."""
    start, end, mark = stretch
    while start < end and cells[end - 1].char.isspace():
        end -= 1
    while start < end and cells[start].char.isspace():
        start += 1
    if start == end or mark == "code":
        return _Stretch(start, end, mark) if start < end else None
    while _in_word(cells, start - 1) and _plain(cells, start - 1):
        start -= 1
    while _in_word(cells, end) and _plain(cells, end):
        end += 1
    return None if _in_word(cells, start - 1) or _in_word(cells, end) else _Stretch(start, end, mark)


def _in_word(cells: list[_Cell], at: int) -> bool:
    return 0 <= at < len(cells) and cells[at].char.isalnum() and "code" not in cells[at].marks


def _plain(cells: list[_Cell], at: int) -> bool:
    return not cells[at].address


def _nested(stretches: Iterator[_Stretch]) -> list[_Stretch]:
    """Outer ones first; one that would cross another is left out."""
    kept: list[_Stretch] = []
    for one in sorted(stretches, key=lambda s: (s.start, -s.end)):
        if not any(other.start < one.start < other.end < one.end for other in kept):
            kept.append(one)
    return kept


def _misread(written: list[_Written], cells: list[_Cell]) -> set[int]:
    """The cells whose character WhatsApp would pair with another one."""
    found: set[int] = set()
    for sign in "*_~":
        opening, closing = _readable(written, cells, sign)
        last, first = max(closing, default=-1), min(opening, default=len(written))
        paired = {at for at in opening if at < last} | {at for at in closing if at > first}
        found |= {written[at].cell for at in paired if written[at].cell >= 0}
    return found


def _readable(written: list[_Written], cells: list[_Cell], sign: str) -> tuple[set[int], set[int]]:
    """Where WhatsApp may take `sign` for an opening and for a closing mark: at a word's edge, by the inner side."""
    opening: set[int] = set()
    closing: set[int] = set()
    for at, one in enumerate(written):
        if one.char != sign or (one.cell >= 0 and "code" in cells[one.cell].marks):
            continue
        before = written[at - 1].char if at else " "
        after = written[at + 1].char if at + 1 < len(written) else " "
        if (one.cell < 0 and one.opens) or (one.cell >= 0 and not before.isalnum() and not after.isspace()):
            opening.add(at)
        if (one.cell < 0 and not one.opens) or (one.cell >= 0 and not after.isalnum() and not before.isspace()):
            closing.add(at)
    return opening, closing


def _protected(cells: list[_Cell], misread: set[int]) -> list[_Cell]:
    protected = list(cells)
    for at in misread:
        start = end = at
        while start and _same_word(cells[start - 1]):
            start -= 1
        while end < len(cells) and _same_word(cells[end]):
            end += 1
        if cells[at].address or looks_like_link("".join(cell.char for cell in cells[start:end])):
            protected[at] = replace(cells[at], char=_PERCENT[cells[at].char])
        else:
            protected[start:end] = [replace(cell, marks=_CODE) for cell in cells[start:end]]
    return protected


def _same_word(cell: _Cell) -> bool:
    return not cell.char.isspace() and not cell.address and "code" not in cell.marks
