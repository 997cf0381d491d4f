"""The one door through which instaloader reaches the network: counted, kept to its hosts, turned to `api_url`.

instaloader makes a new `requests.Session` for nearly every call (pages, queries, downloads), so a session mounted on
its context would be passed by. What all of them share is the name `requests` in its module; that name is replaced once,
here, by one whose sessions go through the door that is open in this context, and nowhere when none is.
"""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from instaloader import instaloadercontext
from requests.adapters import HTTPAdapter

from publisher.connectors.errors import RateLimited

SITE = "instagram.com"
FILE_HOSTS = ("cdninstagram.com", "fbcdn.net")
OFFICIAL = "https://www.instagram.com"
HOST_HEADER = "X-Original-Host"  # tells a stand-in which host was meant
HOUR, DAY = 3600.0, 86400.0


class Budget:
    """How many requests may go in an hour and a day. `spent`: the moments of the earlier ones (seconds since 1970).

    Whoever keeps it beyond this process saves `fresh` and hands it back as `spent`.
    """

    def __init__(self, an_hour: int, a_day: int, spent: Iterable[float] = ()) -> None:
        self._limits = ((HOUR, an_hour), (DAY, a_day))
        self._spent = sorted(spent)
        self._lock = threading.Lock()
        self.fresh: list[float] = []

    def spend(self) -> float:
        """Take one request; 0: it may go now, otherwise the seconds until one may (and none was taken)."""
        with self._lock:
            now = time.time()
            wait = max(self._wait(now, seconds, count) for seconds, count in self._limits)
            if not wait:
                self._spent.append(now)
                self.fresh.append(now)
            return wait

    def _wait(self, now: float, seconds: float, count: int) -> float:
        inside = [moment for moment in self._spent if moment > now - seconds]
        return inside[-count] + seconds - now if len(inside) >= count else 0.0


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
