"""The console as an ASGI application, with a bound on what anybody may send."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publisher.settings")

from django.core.asgi import get_asgi_application

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ASGIApp = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

# deploy/proxy/nginx.conf has the same addresses and limits.
FILMS = re.compile(r"/(posts/\d+/media|studio/new)/$")
LISTS = re.compile(r"/(outbound/\d+/list|hotline/cases/import|hotline/okrugs)/$")
LARGEST_FILE = 400 << 20  # bytes; a camera's film, made smaller afterwards
LARGEST_LIST = 11 << 20  # the longest list that is read (hotline/sheets.py), and the form around it
LARGEST_FORM = 2 << 20


class TooMuch(Exception):
    pass


def limit_of(path: str) -> int:
    """Bytes that may be sent to this address."""
    if FILMS.search(path):
        return LARGEST_FILE
    return LARGEST_LIST if LISTS.search(path) else LARGEST_FORM


class Bounded:
    """Refuses a body over the limit while it arrives: Django would first write all of it to the disk."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = limit_of(scope["path"])
        received = 0

        async def bounded() -> dict[str, Any]:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise TooMuch
            return message

        try:
            await self.app(scope, bounded, send)
        except TooMuch:
            headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": b"Too large"})


application = Bounded(get_asgi_application())
