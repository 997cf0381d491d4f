"""What the tests of every connector stand on: recorded replies, and a stand-in for the platform that gives them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from publisher.connectors.base import Connector, Media

REPLIES = Path(__file__).parent / "replies"
SECRET = "100200300:SECRET-token"
Answer = httpx.Response | Exception


def reply(connector: str, name: str) -> httpx.Response:
    """A reply by its name, wherever it stands in replies/<connector>/."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in (REPLIES / connector).glob("*.json")]
    (found,) = (file["replies"][name] for file in files if name in file["replies"])
    content = json.dumps(found["json"]) if "json" in found else found["text"]
    return httpx.Response(found.get("status", 200), headers=found.get("headers"), content=content.encode())


@dataclass
class Platform(httpx.AsyncBaseTransport):
    """A stand-in at the transport seam: answers by the end of the path, remembers what was asked.

    `next` answers come first, one a request, whatever the path.
    """

    usual: dict[str, httpx.Response]
    next: list[Answer] = field(default_factory=list)
    always: Answer | None = None
    asked: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        answer = self.next.pop(0) if self.next else self.always or self._by_path(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def _by_path(self, request: httpx.Request) -> httpx.Response:
        fitting = [r for path, r in self.usual.items() if request.url.path.endswith(path)]
        assert fitting, f"nobody expected a request for {request.url.path}"
        return fitting[0]

    def paths(self) -> list[str]:
        return [request.url.path.rsplit("/", 1)[-1] for request in self.asked]


class AgainstReplies:
    """A connector at its transport seam: how it is made, and what the platform usually answers."""

    connector: ClassVar[type[Connector]]
    settings: ClassVar[dict[str, Any]]
    usual: ClassVar[dict[str, str]]  # end of the path → name of the ordinary reply

    @classmethod
    def key(cls) -> str:
        return cls.connector.description.key

    @classmethod
    def make(cls, platform: httpx.AsyncBaseTransport | None, **more: Any) -> Connector:
        return cls.connector(cls.connector.settings_type(**cls.settings | more), transport=platform)

    @classmethod
    def reply(cls, name: str) -> httpx.Response:
        return reply(cls.key(), name)

    @pytest.fixture
    def platform(self) -> Platform:
        return Platform({path: self.reply(name) for path, name in self.usual.items()})

    @pytest.fixture
    async def account(self, platform):
        async with self.make(platform) as connector:
            yield connector

    @pytest.fixture
    def film(self, tmp_path) -> Media:
        return film(tmp_path)


def film(folder: Path, size: int = 4000) -> Media:
    path = folder / "film.mp4"
    path.write_bytes(bytes(range(256)) * (size // 256))
    return Media(path, "video", "video/mp4", path.stat().st_size, "5f" * 32, width=720, height=1280, duration=31.6)
