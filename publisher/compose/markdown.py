"""The Markdown that people write, read into paragraphs of marked spans; every renderer starts from these.

CommonMark with ~~strikethrough~~, bare https:// addresses as links, and changes that keep a press officer's text
whole: a new line stays a new line; indented lines, underlined headings, link definitions and HTML are ordinary text.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

Mark = Literal["bold", "italic", "strikethrough", "code"]
_MARKS: dict[str, Mark] = {"strong": "bold", "em": "italic", "s": "strikethrough"}
_OFF = ["code", "lheading", "reference", "html_block", "html_inline"]
RULE = "———"
# Telegram takes direction marks out and turns control characters into spaces; done here, so that all count the same.
_DIRECTION = re.compile("[\u202a-\u202e\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
WRITTEN_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>«»“”\"]+", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![^\W_])https?$", re.IGNORECASE)
_PROGRAMMING = re.compile(r"\s*[A-Za-z0-9+#-]*\s*")
_SPECIAL = re.compile(r"([\\`*_\[\]<>~&!#])")


@dataclass(frozen=True, slots=True)
class Span:
    """Text with one formatting. Code carries no other mark and no link: Telegram forbids the mixture."""

    text: str
    marks: frozenset[Mark] = frozenset()
    url: str = ""
    image: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`marker` is "-", "3." or nothing; `level` counts the lists around it; paragraphs of one quote share `quote`.

    `apart`: an empty line stands before it. Spans may hold line breaks.
    """

    spans: tuple[Span, ...]
    marker: str = ""
    level: int = 0
    quote: int = 0
    pre: bool = False
    apart: bool = True

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class _Place:
    marker: str = ""
    level: int = 0
    quote: int = 0


def _address(state: StateInline, silent: bool) -> bool:
    """A bare address is taken whole, before its underscores could be read as marks. Called at every ":"."""
    scheme = _SCHEME.search(state.pending)
    if silent or not scheme or not state.src.startswith("://", state.pos):
        return False
    start = state.pos - len(scheme[0])
    found = WRITTEN_ADDRESS.match(state.src, start, state.posMax)
    if not found:
        return False
    url = without_punctuation(found[0])
    state.pending = state.pending[: scheme.start()]
    if not state.linkLevel:
        state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = url
    if not state.linkLevel:
        state.push("link_close", "a", -1)
    state.pos = start + len(url)
    return True


def without_punctuation(url: str) -> str:
    """An address in running text ends before the sentence's own full stop, mark or closing bracket."""
    while url and (url[-1] in ".,;:!?…]}'*_~|`" or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
    parser.enable("strikethrough").disable(_OFF)
    parser.inline.ruler.before("escape", "address", _address)
    # Every destination becomes a link, javascript: too, so that the check sees it; renderers show https alone.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


_MARKDOWN = _parser()


@functools.lru_cache(maxsize=64)
def read(markdown: str) -> tuple[Paragraph, ...]:
    """Kept for a while: every check and every platform's preview reads the same text again."""
    source = clean(markdown)
    reader = _Reader(source.split("\n"))
    reader.blocks(SyntaxTreeNode(_MARKDOWN.parse(source)), _Place())
    return tuple(reader.paragraphs)


def clean(text: str) -> str:
    """Line breaks as \\n, and none of the characters that platforms remove or cannot take."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", _DIRECTION.sub("", text)))


def escape(text: str) -> str:
    """The same text as Markdown that means nothing but itself. Not for code, which shows backslashes."""
    return _SPECIAL.sub(r"\\\1", text)


def list_lengths(markdown: str) -> tuple[int, ...]:
    """How many items each list has, in order; an inner list counts with the outer one."""
    lengths: list[int] = []
    inside = False
    for paragraph in read(markdown):
        if paragraph.marker and inside:
            lengths[-1] += 1
        elif paragraph.marker:
            lengths.append(1)
        inside = paragraph.level > 0
    return tuple(lengths)


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.paragraphs: list[Paragraph] = []
        self.quotes = 0

    def blocks(self, parent: SyntaxTreeNode, place: _Place) -> None:
        for node in parent.children:
            self.block(node, place)
            place = replace(place, marker="")

    def block(self, node: SyntaxTreeNode, place: _Place) -> None:
        if node.type in ("bullet_list", "ordered_list"):
            self.items(node, place)
        elif node.type == "blockquote":
            self.quotes += not place.quote
            self.blocks(node, replace(place, quote=place.quote or self.quotes))
        elif node.type == "fence":
            self.add(node, place, (Span(_fenced(node), frozenset({"code"})),), pre=True)
        elif node.type == "hr":
            self.add(node, place, (Span(RULE),))
        else:
            self.add(node, place, _spans(node, bold=node.type == "heading"))

    def items(self, node: SyntaxTreeNode, place: _Place) -> None:
        first = int(node.attrs.get("start", 1))
        for number, item in enumerate(node.children, start=first):
            marker = "-" if node.type == "bullet_list" else f"{number}{node.markup}"
            inner = replace(place, marker=marker, level=place.level + 1)
            if item.children:
                self.blocks(item, inner)
            else:
                self.add(item, inner, ())

    def add(self, node: SyntaxTreeNode, place: _Place, spans: tuple[Span, ...], *, pre: bool = False) -> None:
        apart = bool(self.paragraphs) and self._empty_line_before(node)
        self.paragraphs.append(Paragraph(spans, place.marker, place.level, place.quote, pre, apart))

    def _empty_line_before(self, node: SyntaxTreeNode) -> bool:
        start = node.map[0] if node.map else 0
        return start > 0 and not self.lines[start - 1].strip(" \t>")


def _fenced(node: SyntaxTreeNode) -> str:
    """With what stands beside the opening fence, unless it is the name of a programming language."""
    first = "" if _PROGRAMMING.fullmatch(node.info) else f"{node.info.strip()}\n"
    return (first + node.content).rstrip("\n")


def _spans(block: SyntaxTreeNode, *, bold: bool) -> tuple[Span, ...]:
    open_marks: list[Mark] = ["bold"] if bold else []
    urls: list[str] = []
    spans: list[Span] = []
    for inline in block.children:
        for token in (inline.token.children if inline.token else None) or ():
            _follow(token, open_marks, urls)
            span = _span(token, frozenset(open_marks), urls[-1] if urls else "")
            if span.text:
                spans.append(span)
    return tuple(spans)


def _follow(token: Token, open_marks: list[Mark], urls: list[str]) -> None:
    name, _, side = token.type.rpartition("_")
    if name == "link":
        if side == "open":
            urls.append(str(token.attrs.get("href", "")))
        else:
            urls.pop()
    elif name in _MARKS and side == "open":
        open_marks.append(_MARKS[name])
    elif name in _MARKS:
        open_marks.remove(_MARKS[name])


def _span(token: Token, marks: frozenset[Mark], url: str) -> Span:
    if token.type == "code_inline":
        return Span(token.content, marks, url) if url else Span(token.content, frozenset({"code"}))
    if token.type in ("softbreak", "hardbreak"):
        return Span("\n", marks, url)
    if token.type == "image":  # shown as written; the check refuses it
        return Span(f"![{token.content}]({token.attrs.get('src', '')})", marks, url, image=True)
    return Span(token.content if token.type == "text" else "", marks, url)
