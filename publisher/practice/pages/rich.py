"""Formatted text as markup: Telegram's entities, WhatsApp's marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from publisher.practice.limits import units
from publisher.practice.pages.html import Safe, el, join, lines, link

TAGS = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre"}
BLOCKS = frozenset({"pre", "blockquote", "expandable_blockquote"})
COLOURED = frozenset({"mention", "hashtag", "cashtag", "bot_command", "text_mention", "email", "phone_number"})
ADDRESS = re.compile(r"(https?://[^\s<>\"«»*`]*[^\s<>\"«».,;:!?)\]*_~`…])")


@dataclass
class _Node:
    """A stretch of text under one entity (the whole text: under none); parts are plain text and inner nodes."""

    entity: dict[str, Any] | None = None
    parts: list[str | _Node] = field(default_factory=list)


def telegram(text: str, entities: list[dict[str, Any]]) -> Safe:
    """Entities count UTF-16 units; they may nest, and one that crosses another is split where the other ends."""
    wide, end = text.encode("utf-16-le"), units(text)
    ordered = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
    cuts = {min(at, end) for entity in ordered for at in (entity["offset"], entity["offset"] + entity["length"])}
    stack = [_Node()]
    for begin, stop in pairwise(sorted(cuts | {0, end})):
        active = [e for e in ordered if e["offset"] <= begin and e["offset"] + e["length"] >= stop]
        piece = _cut(wide, begin, stop)
        # A block ends its line by itself, so the line break behind it is not shown.
        after_block = _reopened(stack, active)
        stack[-1].parts.append(piece.removeprefix("\n") if after_block else piece)
    return _drawn(wide, stack[0])


def _reopened(stack: list[_Node], active: list[dict[str, Any]]) -> bool:
    """Close what ended, open what begins; True when a block was closed for good."""
    same = 0
    while same < min(len(stack) - 1, len(active)) and stack[same + 1].entity is active[same]:
        same += 1
    closed = stack[same + 1 :]
    del stack[same + 1 :]
    for entity in active[same:]:
        node = _Node(entity)
        stack[-1].parts.append(node)
        stack.append(node)
    return any(node.entity and node.entity["type"] in BLOCKS and node.entity not in active for node in closed)


def _drawn(wide: bytes, node: _Node) -> Safe:
    inner = join(*[lines(part) if isinstance(part, str) else _drawn(wide, part) for part in node.parts])
    if node.entity is None:
        return inner
    start = node.entity["offset"]
    return _marked(node.entity, _cut(wide, start, start + node.entity["length"]), inner)


def _cut(wide: bytes, start: int, stop: int) -> str:
    return wide[2 * start : 2 * stop].decode("utf-16-le", "replace")


def _marked(entity: dict[str, Any], plain: str, inner: Safe) -> Safe:
    kind = entity["type"]
    if kind in TAGS:
        return el(TAGS[kind], inner)
    if kind == "spoiler":
        return el("span", inner, class_="spoiler", tabindex="0")
    if kind in ("blockquote", "expandable_blockquote"):
        return el("blockquote", inner)
    if kind in ("url", "text_link"):
        return link(str(entity.get("url") or plain), inner)
    return el("span", inner, class_="coloured") if kind in COLOURED else inner


def whatsapp(text: str) -> Safe:
    """WhatsApp's own marks: *bold* _italic_ ~strike~ `code` ```block```, "> " quotes, "- " and "1. " lists."""
    pieces = re.split(r"```([\s\S]+?)```", text)
    return join(*[el("pre", piece.strip("\n")) if n % 2 else _paragraphs(piece) for n, piece in enumerate(pieces)])


def _paragraphs(text: str) -> Safe:
    found: list[Safe] = []
    quiet = True  # no line break is due: at the start, and after a quote or list item, which are blocks
    for line in text.split("\n"):
        block = _block(line)
        if block is None and not quiet:
            found.append(el("br"))
        found.append(block if block is not None else _inline(line))
        quiet = block is not None
    return join(*found)


def _block(line: str) -> Safe | None:
    if line.startswith("> "):
        return el("blockquote", _inline(line[2:]))
    if item := re.match(r"([-*])\s+(\S.*)$", line):
        return el("span", el("span", "•", class_="dot"), el("span", _inline(item[2])), class_="item")
    if item := re.match(r"(\d{1,3}[.)])\s+(\S.*)$", line):
        return el("span", el("span", item[1], class_="dot"), el("span", _inline(item[2])), class_="item")
    return None


MARKS = (("`", "code"), ("*", "b"), ("_", "i"), ("~", "s"))


def _inline(text: str) -> Safe:
    """Marks must hug a word: an opening one stands after a space or sign, and not before a space."""
    parts: list[Safe] = []
    while found := _first_mark(text):
        match, tag = found
        inner = lines(match[1]) if tag == "code" else _inline(match[1])
        parts += [_inline(text[: match.start()]), el(tag, inner)]
        text = text[match.end() :]
    return join(*parts, _with_links(text))


def _first_mark(text: str) -> tuple[re.Match[str], str] | None:
    for mark, tag in MARKS:
        sign = re.escape(mark)
        pattern = rf"(?<![\w{sign}]){sign}(?=\S)([^{sign}\n]*[^\s{sign}]){sign}(?![\w{sign}])"
        for match in re.finditer(pattern, text):
            if not _inside_address(text, match.start()):
                return match, tag
    return None


def _with_links(text: str) -> Safe:
    pieces = ADDRESS.split(text)
    return join(*[link(piece, piece) if n % 2 else lines(piece) for n, piece in enumerate(pieces)])


def _inside_address(text: str, at: int) -> bool:
    return any(match.start() < at < match.end() for match in re.finditer(r"https?://\S+", text))
