"""Webhooks to the business: queued on disk, signed, sent in order, tried again while the receiver is away.

Meta tries for up to 7 days with growing gaps; here the gaps grow to 15 seconds, so a trainee sees the catch-up.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

from publisher.practice.database import Database, packed

GIVE_UP = 7 * 86400.0
LONGEST_GAP = 15.0


@dataclass(frozen=True)
class Receiver:
    url: str
    app_secret: str
    verify_token: str = ""


class Hooks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._wake = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        saved = database.recall("webhook")
        self.receiver = Receiver(**saved) if saved else None

    def register(self, receiver: Receiver | None) -> None:
        self.receiver = receiver
        self._database.remember("webhook", asdict(receiver) if receiver else None)
        self._wake.set()

    def push(self, body: dict[str, Any]) -> None:
        """Queue one webhook; without a receiver nothing is kept (Meta sends nothing to nobody)."""
        if self.receiver:
            now = time.time()
            self._database.run("INSERT INTO hooks (body, at, due) VALUES (?,?,?)", packed(body), now, now)
            self._wake.set()

    def waiting(self) -> int:
        return int(self._database.value("SELECT count(*) FROM hooks"))

    async def verify(self, receiver: Receiver) -> bool:
        """Meta's handshake: the receiver must give the challenge back."""
        challenge = str(time.time_ns())
        query = {"hub.mode": "subscribe", "hub.verify_token": receiver.verify_token, "hub.challenge": challenge}
        try:
            async with self._client().get(receiver.url, params=query) as reply:
                return reply.status == 200 and (await reply.text()).strip() == challenge
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def run(self) -> None:
        """Deliver for as long as the server lives."""
        while True:
            self._wake.clear()
            pause = await self._deliver_due()
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def _deliver_due(self) -> float:
        """Send what is due, oldest first; returns the seconds until the next try."""
        while self.receiver:
            row = self._database.one("SELECT * FROM hooks ORDER BY id LIMIT 1")
            if row is None:
                return LONGEST_GAP
            if (left := row["due"] - time.time()) > 0:
                return float(left)
            if await self._post(self.receiver, row["body"].encode()) or time.time() - row["at"] > GIVE_UP:
                self._database.run("DELETE FROM hooks WHERE id = ?", row["id"])
            else:
                gap = min(LONGEST_GAP, 0.5 * 2 ** row["tries"])
                self._database.run(
                    "UPDATE hooks SET tries = tries + 1, due = ? WHERE id = ?", time.time() + gap, row["id"]
                )
        return LONGEST_GAP

    async def _post(self, receiver: Receiver, body: bytes) -> bool:
        signature = hmac.new(receiver.app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        try:
            async with self._client().post(receiver.url, data=body, headers=headers) as reply:
                return 200 <= reply.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=10)
            self._session = aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "facebookexternalua"})
        return self._session
