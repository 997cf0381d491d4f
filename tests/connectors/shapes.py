"""Requests and answers held against the platforms' own documents, as far as this product uses them (schemas/*.json)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

NAMED = {"Phone-Number-ID": r"\d+", "group_id": r"[^/]*[A-Za-z][^/]*"}
SCHEMAS = Path(__file__).parent / "schemas"


@cache
def document(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


@cache
def _operations(name: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Fixed words before names in braces, so that `/api/sessions/…` is not taken for a session's own path."""
    found = []
    for operation in document(name)["operations"]:
        method, path = operation.split(" ", 1)
        pattern = re.sub(r"\\{([^}]+)\\}", lambda name: NAMED.get(name[1].replace("\\", ""), "[^/]+"), re.escape(path))
        found.append((method, re.compile(f"^{pattern}$"), operation))
    return sorted(found, key=lambda row: row[2].count("{"))


def operation_of(name: str, method: str, path: str) -> str:
    fitting = [operation for verb, pattern, operation in _operations(name) if verb == method and pattern.match(path)]
    assert fitting, f"{method} {path} is in no part of {name} that this product is known to use"
    return fitting[0]


def check(name: str, schema: dict[str, Any], value: Any, where: str) -> None:
    whole = {**schema, "$defs": document(name)["$defs"]}
    errors = [f"{where}: {'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in _errors(whole, value)]
    if errors:
        raise AssertionError("\n".join(errors))


def _errors(schema: dict[str, Any], value: Any) -> list[Any]:
    return list(jsonschema_rs.Draft202012Validator(schema).iter_errors(value))


def check_event(event: dict[str, Any]) -> None:
    kinds = document("waha")["events"]
    assert event["event"] in kinds
    check("waha", kinds[event["event"]], event, event["event"])


@dataclass
class Checked(httpx.AsyncBaseTransport):
    """Passes requests on and lets nothing through, either way, that the document does not know."""

    name: str
    inner: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)
    seen: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        operation = operation_of(self.name, request.method, request.url.path)
        self.seen.add(operation)
        known = document(self.name)["operations"][operation]
        if "request" in known and request.headers.get("content-type") == "application/json":
            check(self.name, known["request"], json.loads(request.content), f"request of {operation}")
        reply = await self.inner.handle_async_request(request)
        await reply.aread()
        if reply.is_success and "answer" in known:
            check(self.name, known["answer"], reply.json(), f"answer to {operation}")
        return reply

    async def aclose(self) -> None:
        await self.inner.aclose()
