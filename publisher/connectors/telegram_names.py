"""What people paste for a Telegram chat, as the Bot API wants it: @name, or the number."""

from __future__ import annotations

import re

from publisher.connectors.errors import Refused

PLACE = re.compile(r"^(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:s/)?(.+)$", re.IGNORECASE)
WEB = re.compile(r"^https?://web\.telegram\.org/\S*#(-?\d+)")
NAME = re.compile(r"^@?([a-z]\w{3,31})$", re.IGNORECASE)
PRIVATE = re.compile(r"^c/(\d+)")
NUMBER = re.compile(r"^-?\d+$")


def chat_of(text: str) -> str:
    """Raises Refused for an invitation link, which a bot cannot follow, and for what names no chat at all."""
    text = text.strip()
    web = WEB.match(text)
    if web or NUMBER.match(text):
        return web[1] if web else text
    place = PLACE.match(text)
    path = place[1] if place else text
    if place and (path.startswith(("+", "joinchat/"))):
        raise Refused("an invitation link", reason="invitation_link")
    private = PRIVATE.match(path) if place else None
    if private:
        return f"-100{private[1]}"
    name = NAME.match(path.split("/")[0].split("?")[0])
    if not name:
        raise Refused("no chat's name, number or link", reason="no_chat_address")
    return f"@{name[1]}"
