"""Telegram's text rules: UTF-16 offsets, trimming, entities checked as the server checks them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from publisher.practice.limits import ENTITIES, units

KINDS = frozenset(
    [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "blockquote",
        "expandable_blockquote",
        "custom_emoji",
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "date_time",
    ]
)
FOUND_BY_SERVER = frozenset(["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"])
DETECTED = re.compile(
    r"(?P<url>https?://[^\s<>\"«»]+[^\s<>\"«».,;:!?)\]…])|(?P<mention>(?<![\w@/])@[A-Za-z]\w{4,31}\b)"
    r"|(?P<hashtag>(?<![\w#&/])#\w*[^\W\d]\w*)"
)


BARE_HOST = re.compile(r"^(https?://)?([^\s/?#]+)$", re.IGNORECASE)


def address(url: str) -> str:
    """A web address as Telegram gives it back: with a scheme, and a slash after a bare host."""
    if url.lower().startswith(("mailto:", "tel:", "tg:")):
        return url
    bare = BARE_HOST.match(url)
    if bare and "." in bare[2]:
        return f"{bare[1] or 'http://'}{bare[2].lower()}/"
    return url if "://" in url else f"http://{url}"


class TextError(ValueError):
    """The text or its entities break a rule; the message is Telegram's wording."""


@dataclass(frozen=True)
class Formatted:
    text: str
    entities: tuple[dict[str, Any], ...] = ()


def formatted(text: str, entities: list[dict[str, Any]] | None) -> Formatted:
    """Clean text and entities as Telegram stores them: trimmed, sorted, with links and mentions found."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise TextError("strings must be encoded in UTF-8") from None
    given = _checked(text, entities or [])
    text, given = _trimmed(text, given)
    return Formatted(text, tuple(_with_detected(text, given)))


def _checked(text: str, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise TextError("can't parse entities JSON object")
    marks = _boundaries(text) if entities else set()
    end = units(text)
    kept = [_entity(entity, marks, end) for entity in entities if entity.get("type") not in FOUND_BY_SERVER]
    return sorted((entity for entity in kept if entity["length"]), key=_order)[:ENTITIES]


def _entity(entity: dict[str, Any], marks: set[int], end: int) -> dict[str, Any]:
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if kind not in KINDS:
        raise TextError(
            "can't parse MessageEntity: Type is not specified" if not kind else "unsupported type specified"
        )
    if not isinstance(offset, int) or offset < 0:
        raise TextError(f"receive an entity with incorrect offset {offset}")
    if not isinstance(length, int) or length < 0:
        raise TextError(f"receive an entity with incorrect length {length}")
    if offset > end:
        raise TextError(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > end:
        raise TextError(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset "
            f"{offset + length}"
        )
    if offset not in marks:
        raise TextError(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if offset + length not in marks:
        raise TextError(
            f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol at UTF-16 offset "
            f"{offset + length}"
        )
    return entity | {"url": address(str(entity["url"]))} if kind == "text_link" and entity.get("url") else dict(entity)


def _boundaries(text: str) -> set[int]:
    marks, at = {0}, 0
    for char in text:
        at += 2 if ord(char) > 0xFFFF else 1
        marks.add(at)
    return marks


def _order(entity: dict[str, Any]) -> tuple[int, int]:
    return entity["offset"], -entity["length"]


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    bare = text.strip()
    if bare == text:
        return text, entities
    skipped, end = units(text[: len(text) - len(text.lstrip())]), units(bare)
    moved = []
    for entity in entities:
        start = max(0, entity["offset"] - skipped)
        stop = min(end, entity["offset"] + entity["length"] - skipped)
        if stop > start:
            moved.append(entity | {"offset": start, "length": stop - start})
    return bare, moved


def _with_detected(text: str, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    taken = [
        (e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in ("code", "pre", "text_link", "url")
    ]
    found = list(entities)
    for match in DETECTED.finditer(text):
        start, length = units(text[: match.start()]), units(match.group())
        if not any(start < stop and begin < start + length for begin, stop in taken):
            found.append({"type": match.lastgroup, "offset": start, "length": length})
    return sorted(found, key=_order)
