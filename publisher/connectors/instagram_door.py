"""The one door through which instaloader reaches the network: counted, kept to its hosts, turned to `api_url`.

instaloader makes a new `requests.Session` for nearly every call (pages, queries, downloads), so a session mounted on
its context would be passed by. What all of them share is the name `requests` in its module; that name is replaced once,
here, by one whose sessions go through the door that is open in this context, and nowhere when none is.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import instaloader
import requests
from instaloader import instaloadercontext
from requests.adapters import HTTPAdapter

from publisher.connectors.errors import RateLimited
from publisher.connectors.instagram_budget import OFFICIAL, Budget

SITE = "instagram.com"
FILE_HOSTS = ("cdninstagram.com", "fbcdn.net")
REQUEST_TIMEOUT = 30.0  # seconds
PAUSES_UP_TO = 1.0  # seconds that instaloader may wait by itself; its own 666 s after a 429 is refused instead
HOST_HEADER = "X-Original-Host"  # tells a stand-in which host was meant


@dataclass(frozen=True, slots=True)
class Door:
    """`base` is where requests really go; `asked` counts those to the site (not the files)."""

    base: str
    budget: Budget
    asked: list[str] = field(default_factory=list)


_open: ContextVar[Door | None] = ContextVar("instagram_door", default=None)


@contextmanager
def opened(door: Door) -> Iterator[Door]:
    """Inside, instaloader may reach the network through this door."""
    before = _open.set(door)
    try:
        yield door
    finally:
        _open.reset(before)


class _Adapter(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        door, real = _open.get(), request.url or ""
        host = (urlsplit(real).hostname or "").lower()
        if door is None or not _within(host, (SITE, *FILE_HOSTS)):
            raise requests.exceptions.ConnectionError(f"not a host of Instagram: {host}", request=request)
        if _within(host, (SITE,)):
            _pay(door, urlsplit(real).path)
        if door.base != OFFICIAL:
            _turn(request, door.base, host)
            options["proxies"] = {}
        answer = super().send(request, *args, **options)
        answer.url = request.url = real
        return answer


def _within(host: str, names: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _pay(door: Door, path: str) -> None:
    """No retry-able error of requests: instaloader lets it through to us untouched."""
    if wait := door.budget.spend():
        raise RateLimited("the request budget is used up", wait, scope="account", reason="instagram_budget")
    door.asked.append(path)


def _turn(request: requests.PreparedRequest, base: str, host: str) -> None:
    parts = urlsplit(request.url or "")
    request.headers[HOST_HEADER] = host
    request.headers.pop("Host", None)
    request.url = base.rstrip("/") + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.adapters.clear()
        self.mount("https://", _Adapter())


instaloadercontext.requests = types.SimpleNamespace(  # type: ignore[attr-defined, assignment]
    Session=_Session, utils=requests.utils, exceptions=requests.exceptions, Response=requests.Response
)


class Impatient(instaloader.RateController):
    """instaloader would put its thread to sleep for 11 minutes; we come back another time instead."""

    def sleep(self, secs: float) -> None:
        if secs > PAUSES_UP_TO:
            raise RateLimited("instaloader wanted a pause", secs, scope="account", reason="instagram_wait")


def context() -> instaloader.InstaloaderContext:
    return instaloader.InstaloaderContext(
        sleep=False,
        quiet=True,
        max_connection_attempts=1,
        request_timeout=REQUEST_TIMEOUT,
        rate_controller=Impatient,
        iphone_support=False,
    )
