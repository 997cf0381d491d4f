"""Bot API methods by name; names are case-insensitive, as on the real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from publisher.practice.bot.call import Call
from publisher.practice.world import World

Handler = Callable[[World, Call], Any]
METHODS: dict[str, tuple[str, Handler]] = {}


def method(name: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = (name, handler)
        return handler

    return register
