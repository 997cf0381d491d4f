"""One Markdown source, three renderings: Telegram's entities, WhatsApp's marks, plain text."""

from __future__ import annotations

from publisher.compose.entities import BULLET, FormattedText, to_entities
from publisher.compose.links import by_address, links
from publisher.compose.markdown import Span, read
from publisher.compose.marks import to_marks

__all__ = ["FormattedText", "links", "to_entities", "to_marks", "to_plain"]


def to_plain(markdown: str) -> str:
    """The words alone; a link's address follows it in brackets."""
    text = ""
    for paragraph in read(markdown):
        indent = "  " * paragraph.level
        marker = BULLET if paragraph.marker == "-" else paragraph.marker
        first = f"{indent[2:]}{marker} " if marker else indent
        text += ("\n\n" if paragraph.apart else "\n") + first
        text += _with_addresses(paragraph.spans).replace("\n", f"\n{indent}")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _with_addresses(spans: tuple[Span, ...]) -> str:
    text = ""
    for url, parts, bare in by_address(spans):
        text += "".join(part.text for part in parts)
        text += f" ({url})" if url and not bare else ""
    return text
