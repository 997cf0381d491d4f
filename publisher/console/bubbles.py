"""A message as residents will see it: the text and its formatting from the sending code, drawn as a bubble."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from publisher.compose.message import VersionLike, media_for, message_for
from publisher.compose.shown import Shown
from publisher.compose.variables import DistrictLike, UnknownVariable
from publisher.connectors.base import Button, Description, Entity, Message, Poll
from publisher.measure import tracked

TAGS = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre"}
ADDRESS = re.compile(r"https?://[^\s<>()\"]+|(?<![\w/.])(?:[\w-]+\.)+(?:kz|me|com|org)(?:/[^\s<>()\"]*)?(?!\w)")
_EDGE = r"(?<![\w{0}])\{0}(?=\S)([^\n{0}]*[^\s{0}])\{0}(?![\w{0}])"
WHATSAPP = [
    (re.compile(r"```(.+?)```", re.DOTALL), "pre"),
    (re.compile(r"`([^`\n]+)`"), "code"),
    (re.compile(_EDGE.format("*")), "b"),
    (re.compile(_EDGE.format("_")), "i"),
    (re.compile(_EDGE.format("~")), "s"),
]


@dataclass(frozen=True, slots=True)
class Counter:
    """How much of the platform's room is used, in the platform's own units."""

    found: int
    limit: int

    @property
    def left(self) -> int:
        return self.limit - self.found

    @property
    def too_many(self) -> int:
        return max(self.found - self.limit, 0)

    @property
    def over(self) -> bool:
        return self.found > self.limit


@dataclass(frozen=True, slots=True)
class Bubble:
    """One language on one platform. `unknown`: the variable that keeps it from being drawn."""

    platform: str  # the connector's key
    label: str
    language: str
    at: datetime
    html: SafeString | str = ""
    media: Sequence[Shown] = ()
    buttons: Sequence[Button] = ()
    poll: Poll | None = None
    counter: Counter | None = None
    unknown: str = ""

    @property
    def looks_like(self) -> str:
        return "whatsapp" if self.platform.startswith("whatsapp") else "telegram"


def draw(
    version: VersionLike,
    description: Description,
    district: DistrictLike,
    when: datetime,
    files: Sequence[Shown],
    *,
    made_with_ai: bool = False,
    below: str = "",
) -> Bubble:
    about = {"platform": description.key, "label": description.label, "language": version.language, "at": when}
    media = tuple(map(media_for, files))
    try:
        message = message_for(version, description, district, when, media, made_with_ai=made_with_ai, below=below)
        polls = bool(version.poll and description.limits.poll_options)
        poll = message_for(version, description, district, when, part="poll").poll if polls else None
    except UnknownVariable as error:
        return Bubble(**about, unknown=error.name)
    message = tracked.shown(message, description, getattr(district, "key", ""))
    return Bubble(
        **about,
        html=text_html(message, description),
        media=files,
        buttons=message.buttons,
        poll=poll,
        counter=count(message, description),
    )


def count(message: Message, description: Description) -> Counter:
    limits = description.limits
    return Counter(limits.length(message.text), limits.caption if message.media else limits.text)


def text_html(message: Message, description: Description) -> SafeString:
    if description.markup == "entities":
        return entities_html(message.text, message.entities)
    return marks_html(message.text)


def entities_html(text: str, entities: Sequence[Entity]) -> SafeString:
    """Offsets count UTF-16 units, so the text is cut in that encoding."""
    units = text.encode("utf-16-le")
    ordered = sorted(entities, key=lambda entity: (entity.offset, -entity.length))
    return mark_safe(_nest(units, 0, len(units) // 2, ordered))


def _nest(units: bytes, start: int, end: int, entities: Sequence[Entity]) -> str:
    html, at = "", start
    waiting = list(entities)
    while waiting:
        outer = waiting.pop(0)
        stop = min(outer.offset + outer.length, end)
        if outer.offset < at or stop <= outer.offset:
            continue
        inner = [entity for entity in waiting if entity.offset < stop]
        waiting = waiting[len(inner) :]
        html += _plain(units, at, outer.offset) + _wrap(outer, _nest(units, outer.offset, stop, inner))
        at = stop
    return html + _plain(units, at, end)


def _plain(units: bytes, start: int, end: int) -> str:
    return _with_links(str(escape(units[start * 2 : end * 2].decode("utf-16-le", errors="replace"))))


def _with_links(escaped: str) -> str:
    return ADDRESS.sub(lambda found: f'<span class="bubble-link">{found[0]}</span>', escaped)


def _wrap(entity: Entity, inner: str) -> str:
    if entity.kind == "text_link":
        return format_html('<span class="bubble-link" title="{}">', entity.url) + inner + "</span>"
    if entity.kind in TAGS:
        return f"<{TAGS[entity.kind]}>{inner}</{TAGS[entity.kind]}>"
    return f'<span class="bubble-{entity.kind}">{inner}</span>'


def marks_html(text: str) -> SafeString:
    """WhatsApp's own reading of its marks; what stands in code is not read any further."""
    return mark_safe("\n".join(_whatsapp_line(line) for line in str(escape(text)).split("\n")))


def _whatsapp_line(line: str) -> str:
    quoted = line.startswith("&gt; ")
    html = _marks(line[5:] if quoted else line, 0)
    return f'<span class="bubble-blockquote">{html}</span>' if quoted else html


def _marks(line: str, first: int) -> str:
    for number in range(first, len(WHATSAPP)):
        pattern, tag = WHATSAPP[number]
        found = pattern.search(line)
        if found:
            inner = found[1] if tag in ("pre", "code") else _marks(found[1], number)
            before, after = line[: found.start()], line[found.end() :]
            return f"{_marks(before, number + 1)}<{tag}>{inner}</{tag}>{_marks(after, number)}"
    return _with_links(line)
