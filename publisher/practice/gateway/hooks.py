"""Webhooks of the gateway: signed with sha512, tried again every two seconds, fifteen times; then given up."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from typing import Any

import aiohttp

from publisher.practice.database import Database, packed
from publisher.practice.gateway.sessions import Session

SCHEMA = """
CREATE TABLE IF NOT EXISTS gateway_hooks (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, key TEXT NOT NULL,
  body TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL);
"""
ATTEMPTS, PAUSE = 15, 2.0
AT_ONCE = 8
NOTHING_DUE = 15.0


class GatewayHooks:
    def __init__(self, database: Database) -> None:
        self._database = database
        database.run(SCHEMA)
        self._wake = asyncio.Event()
        self._http: aiohttp.ClientSession | None = None

    def push(self, session: Session, body: dict[str, Any]) -> None:
        """To each receiver that wants this kind of event, unless the session's webhooks are dead."""
        for hook in session.webhooks if not session.deaf else ():
            if body["event"] in hook.get("events", ()) or "*" in hook.get("events", ()):
                key = (hook.get("hmac") or {}).get("key", "")
                sql = "INSERT INTO gateway_hooks (url, key, body, due) VALUES (?,?,?,?)"
                self._database.run(sql, hook["url"], key, packed(body), time.time())
                self._wake.set()

    def waiting(self) -> int:
        return int(self._database.value("SELECT count(*) FROM gateway_hooks"))

    async def run(self) -> None:
        while True:
            self._wake.clear()
            pause = await self._deliver_due()
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def close(self) -> None:
        if self._http:
            await self._http.close()
            self._http = None

    async def _deliver_due(self) -> float:
        while True:
            sql = "SELECT * FROM gateway_hooks WHERE due <= ? ORDER BY id LIMIT ?"
            rows = self._database.all(sql, time.time(), AT_ONCE)
            if not rows:
                due = self._database.value("SELECT min(due) FROM gateway_hooks")
                return max(0.05, due - time.time()) if due else NOTHING_DUE
            await asyncio.gather(*(self._deliver(dict(row)) for row in rows))

    async def _deliver(self, row: dict[str, Any]) -> None:
        if await self._post(row["url"], row["key"], row["body"].encode()) or row["tries"] + 1 >= ATTEMPTS:
            self._database.run("DELETE FROM gateway_hooks WHERE id = ?", row["id"])
        else:
            sql = "UPDATE gateway_hooks SET tries = tries + 1, due = ? WHERE id = ?"
            self._database.run(sql, time.time() + PAUSE, row["id"])

    async def _post(self, url: str, key: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", "X-Webhook-Request-Id": secrets.token_hex(13)}
        headers["X-Webhook-Timestamp"] = str(int(time.time() * 1000))
        if key:
            signed = hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
            headers |= {"X-Webhook-Hmac": signed, "X-Webhook-Hmac-Algorithm": "sha512"}
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        try:
            async with self._http.post(url, data=body, headers=headers) as reply:
                return 200 <= reply.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
