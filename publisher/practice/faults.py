"""Failures on request, so that an engine can be shown every way a platform lets it down.

Before anything is accepted: reset, flood, kicked, moved, revoked, server_error, bad_gateway, garbage; of a linked
phone also restricted, banned, announce_only.
After the message stands there: lost_answer (no answer), slow (a late one), processing_then_500.
"""

from __future__ import annotations

import fnmatch
import json
import random
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from publisher.practice.database import Database, packed

BEFORE = frozenset({"reset", "flood", "kicked", "moved", "revoked", "server_error", "bad_gateway", "garbage"}) | {
    "restricted",  # these three: of a phone linked to the gateway
    "banned",
    "announce_only",
}
AFTER = frozenset({"lost_answer", "slow", "processing_then_500"})
PUBLISHING = ("send*", "copyMessage", "forwardMessage", "messages")


class FaultError(ValueError):
    """The wanted fault makes no sense; the message says why."""


@dataclass(frozen=True)
class Fault:
    """`methods` are patterns of Bot API methods and of messages, media, phone, group, groups, media_info.

    `times`: how often it strikes, then it is spent (None: always). `probability` is drawn from the seed, so the same
    requests fail on every run. `delay` and `retry_after` in seconds.
    """

    kind: str
    methods: tuple[str, ...] = ("*",)
    chat: str = ""
    platform: str = ""
    probability: float = 1.0
    times: int | None = None
    retry_after: int = 5
    delay: float = 10.0

    @classmethod
    def wanted(cls, data: dict[str, Any]) -> Self:
        match = data.get("match") or {}
        methods = match.get("method") or ["*"]
        known = {
            key: data[key] for key in ("probability", "times", "retry_after", "delay") if data.get(key) is not None
        }
        kind = data.get("kind", "")
        if kind not in BEFORE | AFTER:
            raise FaultError(f"kind is one of {', '.join(sorted(BEFORE | AFTER))}, not {kind!r}")
        strange = set(match) - {"method", "chat", "platform"} or set(data) - {"match", "kind", *_OPTIONS}
        if strange:
            raise FaultError(f"unknown: {', '.join(sorted(strange))}")
        chat, platform = str(match.get("chat") or ""), str(match.get("platform") or "")
        return cls(kind, (methods,) if isinstance(methods, str) else tuple(methods), chat, platform, **known)


_OPTIONS = ("probability", "times", "retry_after", "delay")


@dataclass(frozen=True)
class Request:
    """What a fault is matched against; `chats` are all names of the chat that the request is for."""

    platform: str
    method: str
    chats: frozenset[str] = field(default_factory=frozenset)


class Faults:
    def __init__(self, database: Database, seed: int) -> None:
        self._database, self._seed = database, seed

    def add(self, fault: Fault) -> int:
        return self._database.insert("INSERT INTO faults (spec) VALUES (?)", packed(asdict(fault)))

    def clear(self, fault_id: int | None = None) -> None:
        self._database.run("DELETE FROM faults WHERE ? IS NULL OR id = ?", fault_id, fault_id)

    def all(self) -> list[dict[str, Any]]:
        rows = self._database.all("SELECT * FROM faults ORDER BY id")
        return [{"id": row["id"], "seen": row["seen"], "done": row["done"], **json.loads(row["spec"])} for row in rows]

    def strike(self, request: Request, kinds: frozenset[str]) -> Fault | None:
        """The first fault of these kinds that hits this request now."""
        for row in self._database.all("SELECT * FROM faults ORDER BY id"):
            fault = _fault(row["spec"])
            if (
                fault.kind in kinds
                and _matches(fault, request)
                and self._hits(row["id"], row["seen"], row["done"], fault)
            ):
                return fault
        return None

    def _hits(self, fault_id: int, seen: int, done: int, fault: Fault) -> bool:
        if fault.times is not None and done >= fault.times:
            return False
        hit = random.Random(f"{self._seed}/{fault_id}/{seen}").random() < fault.probability
        self._database.run("UPDATE faults SET seen = seen + 1, done = done + ? WHERE id = ?", int(hit), fault_id)
        if hit:
            self._database.count(f"fault {fault.kind}")
        return hit


def _fault(spec: str) -> Fault:
    data = json.loads(spec)
    return Fault(**data | {"methods": tuple(data["methods"])})


def _matches(fault: Fault, request: Request) -> bool:
    return (
        any(fnmatch.fnmatchcase(request.method.lower(), pattern.lower()) for pattern in fault.methods)
        and fault.chat.lstrip("@").lower() in {"", *(name.lower() for name in request.chats)}
        and fault.platform in ("", request.platform)
    )
