"""What stands in the chats, and what residents did with it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from publisher.practice.chats import Chats
from publisher.practice.clock import ResidentsClock
from publisher.practice.database import Database, packed


@dataclass(frozen=True)
class Message:
    """`body` holds the content: text, entities, media, buttons, poll, service, from, forward, reply_to, …

    `votes` counts voters per poll option; `born` is the sending moment on the residents' clock.
    """

    seq: int
    chat: str
    id: Any  # a number on Telegram, a wamid on WhatsApp
    sender: str  # bot id or phone number id; "resident" for what residents write
    album: str
    body: dict[str, Any]
    sent_at: float
    born: float
    edited_at: float | None
    deleted_at: float | None
    views: int
    forwards: int
    reactions: dict[str, int]
    votes: list[int]

    @property
    def text(self) -> str:
        return str(self.body.get("text", ""))

    @property
    def poll(self) -> dict[str, Any] | None:
        return self.body.get("poll")


def _message(row: sqlite3.Row) -> Message:
    plain = ("seq", "chat", "id", "sender", "album", "sent_at", "born", "edited_at", "deleted_at", "views", "forwards")
    return Message(
        **{key: row[key] for key in plain},
        body=json.loads(row["body"]),
        reactions=json.loads(row["reactions"]),
        votes=json.loads(row["votes"]),
    )


class Messages:
    def __init__(self, database: Database, chats: Chats, clock: ResidentsClock) -> None:
        self._database, self._chats, self._clock = database, chats, clock

    def add(self, chat: str, message_id: Any, sender: str, body: dict[str, Any], album: str = "") -> Message:
        votes = [0] * len(body["poll"]["options"]) if "poll" in body else []
        seq = self._database.insert(
            "INSERT INTO messages (chat, id, sender, album, body, sent_at, born, votes, settled)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            chat,
            message_id,
            sender,
            album,
            packed(body),
            time.time(),
            self._clock.now(),
            packed(votes),
            int("service" in body or sender == "resident"),
        )
        return self._require(seq)

    def get(self, chat: str, message_id: Any) -> Message | None:
        """The message unless it was deleted."""
        row = self._database.one(
            "SELECT * FROM messages WHERE chat = ? AND id = ? AND deleted_at IS NULL", chat, message_id
        )
        return _message(row) if row else None

    def recent(self, chat: str, limit: int = 50, before: int | None = None) -> list[Message]:
        """The newest messages that still stand, oldest first; `before` is a message id."""
        rows = self._database.all(
            "SELECT * FROM messages WHERE chat = ? AND deleted_at IS NULL AND (? IS NULL OR id < ?)"
            " ORDER BY seq DESC LIMIT ?",
            chat,
            before,
            before,
            limit,
        )
        return [_message(row) for row in reversed(rows)]

    def every(self, chat: str, *, deleted: bool = False) -> list[Message]:
        sql = "SELECT * FROM messages WHERE chat = ? AND (? OR deleted_at IS NULL) ORDER BY seq"
        return [_message(row) for row in self._database.all(sql, chat, deleted)]

    def album(self, chat: str, album: str) -> list[Message]:
        sql = "SELECT * FROM messages WHERE chat = ? AND album = ? AND deleted_at IS NULL ORDER BY seq"
        return [_message(row) for row in self._database.all(sql, chat, album)]

    def change(self, message: Message, body: dict[str, Any], *, edited: bool = True) -> Message:
        self._database.run(
            "UPDATE messages SET body = ?, edited_at = ? WHERE seq = ?",
            packed(body),
            time.time() if edited else message.edited_at,
            message.seq,
        )
        self._chats.touch(message.chat)
        return self._require(message.seq)

    def delete(self, message: Message) -> None:
        self._database.run("UPDATE messages SET deleted_at = ? WHERE seq = ?", time.time(), message.seq)
        self._chats.touch(message.chat)

    def deleted_count(self, chat: str) -> int:
        sql = "SELECT count(*) FROM messages WHERE chat = ? AND deleted_at IS NOT NULL"
        return int(self._database.value(sql, chat))

    def note(self, message: Message, **counts: Any) -> Message:
        """What residents did: views, forwards, reactions, votes."""
        for column, value in counts.items():
            stored = packed(value) if column in ("reactions", "votes") else value
            self._database.run(f"UPDATE messages SET {column} = ? WHERE seq = ?", stored, message.seq)
        self._chats.touch(message.chat)
        return self._require(message.seq)

    def alive(self, platform: str, limit: int, quiet: float) -> list[Message]:
        """Messages that residents still act on, those least recently looked at first, not looked at for `quiet` s."""
        rows = self._database.all(
            "SELECT messages.* FROM messages JOIN chats ON chats.id = messages.chat WHERE settled = 0"
            " AND deleted_at IS NULL AND touched <= ? AND platform = ? ORDER BY touched LIMIT ?",
            time.time() - quiet,
            platform,
            limit,
        )
        return [_message(row) for row in rows]

    def looked_at(self, message: Message, *, settled: bool) -> None:
        self._database.run(
            "UPDATE messages SET touched = ?, settled = ? WHERE seq = ?", time.time(), int(settled), message.seq
        )

    def receipt(self, message: Message, person: str, state: str) -> bool:
        """True when this person had not got that far before."""
        sql = "INSERT OR IGNORE INTO receipts VALUES (?, ?, ?, ?, ?)"
        fresh = self._database.run(sql, message.chat, message.id, person, state, time.time()) > 0
        if fresh:
            self._chats.touch(message.chat)
        return fresh

    def receipts(self, message: Message) -> dict[str, set[str]]:
        """How far each person got: delivered, read, and `reacted:…`."""
        states: dict[str, set[str]] = {}
        sql = "SELECT person, state FROM receipts WHERE chat = ? AND message = ?"
        for row in self._database.all(sql, message.chat, message.id):
            states.setdefault(row["person"], set()).add(row["state"])
        return states

    def judge(self, chat: str) -> dict[str, int]:
        """How many times each text stands in the chat (a poll counts by its question)."""
        return dict(
            Counter(
                message.text or (message.poll or {}).get("question", "")
                for message in self.every(chat)
                if "service" not in message.body and message.sender != "resident"
            )
        )

    def _require(self, seq: int) -> Message:
        row = self._database.one("SELECT * FROM messages WHERE seq = ?", seq)
        if row is None:
            raise LookupError(seq)
        return _message(row)
