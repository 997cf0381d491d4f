"""Updates waiting for bots: stored for a day, confirmed by offset, filtered when they happen (not when fetched)."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from publisher.practice.database import Database, packed
from publisher.practice.limits import UPDATES_KEPT

FIRST_ID = 880_000_000
# What a bot gets that never named its kinds of updates: everything but these.
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class ConflictError(Exception):
    """Another getUpdates of the same bot took over."""


class Updates:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, asyncio.Event] = {}
        self._closing = False
        self._bots: dict[int, frozenset[str] | None] = {
            row["id"]: frozenset(json.loads(row["allowed"])) if row["allowed"] else None
            for row in database.all("SELECT * FROM bots")
        }

    def known(self, bot: int) -> None:
        if bot not in self._bots:
            self._bots[bot] = None
            self._database.run("INSERT OR IGNORE INTO bots (id) VALUES (?)", bot)

    def allow(self, bot: int, kinds: list[str]) -> None:
        """An empty list means the default kinds, as in the Bot API."""
        allowed = frozenset(kinds) or None
        if self._bots.get(bot) != allowed:
            self._bots[bot] = allowed
            self._database.run(
                "UPDATE bots SET allowed = ? WHERE id = ?", packed(sorted(kinds)) if kinds else None, bot
            )

    def allowed(self, bot: int) -> list[str]:
        return sorted(self._bots.get(bot) or ())

    def wanted(self, kind: str) -> list[int]:
        """Bots that get this kind of update."""
        return [
            bot
            for bot, allowed in self._bots.items()
            if (kind in allowed if allowed is not None else kind not in NOT_BY_DEFAULT)
        ]

    def push(self, kind: str, body: dict[str, Any], bot: int | None = None) -> None:
        """For one bot, or for every bot that wants this kind."""
        for receiver in self.wanted(kind):
            if bot in (None, receiver):
                self._database.run(
                    "INSERT INTO updates (bot, kind, body, at) VALUES (?,?,?,?)",
                    receiver,
                    kind,
                    packed(body),
                    time.time(),
                )
                if receiver in self._waiting:
                    self._waiting[receiver].set()

    def pending(self, bot: int) -> int:
        return int(self._database.value("SELECT count(*) FROM updates WHERE bot = ?", bot))

    def drop(self, bot: int) -> None:
        self._database.run("DELETE FROM updates WHERE bot = ?", bot)

    async def get(self, bot: int, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:
        """Confirm everything below `offset`, then wait up to `timeout` seconds for the next updates."""
        self._confirm(bot, offset)
        if bot in self._waiting:
            self._waiting[bot].set()  # the older request sees that it was replaced
        mine = self._waiting[bot] = asyncio.Event()
        deadline = time.monotonic() + timeout
        try:
            while not (found := self._fetch(bot, limit)) and not self._closing:
                if (left := deadline - time.monotonic()) <= 0:
                    break
                try:
                    await asyncio.wait_for(mine.wait(), left)
                except TimeoutError:
                    break
                if self._waiting.get(bot) is not mine:
                    raise ConflictError
                mine.clear()
            return found
        finally:
            if self._waiting.get(bot) is mine:
                del self._waiting[bot]

    def close(self) -> None:
        """Answer every waiting bot now."""
        self._closing = True
        for event in self._waiting.values():
            event.set()

    def expire(self) -> None:
        self._database.run("DELETE FROM updates WHERE at < ?", time.time() - UPDATES_KEPT)

    def _confirm(self, bot: int, offset: int) -> None:
        if offset > 0:
            self._database.run("DELETE FROM updates WHERE bot = ? AND id < ?", bot, offset - FIRST_ID)
        elif offset < 0:
            self._database.run(
                "DELETE FROM updates WHERE bot = ? AND id NOT IN"
                " (SELECT id FROM updates WHERE bot = ? ORDER BY id DESC LIMIT ?)",
                bot,
                bot,
                -offset,
            )

    def _fetch(self, bot: int, limit: int) -> list[dict[str, Any]]:
        rows = self._database.all("SELECT * FROM updates WHERE bot = ? ORDER BY id LIMIT ?", bot, limit)
        return [{"update_id": FIRST_ID + row["id"], row["kind"]: json.loads(row["body"])} for row in rows]
