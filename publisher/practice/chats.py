"""Chats of both platforms: a Telegram channel, (super)group or person; a WhatsApp group or person."""

from __future__ import annotations

import base64
import json
import random
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from publisher.practice.clock import ResidentsClock
from publisher.practice.database import Database, packed
from publisher.practice.limits import GROUP_SIZE, PHONE_GROUP_SIZE

TELEGRAM_KINDS = ("channel", "supergroup", "group", "private")
WHATSAPP_KINDS = ("group", "private")
GATEWAY_KINDS = ("group", "channel")  # of a phone that is linked to the gateway
KINDS = {"telegram": TELEGRAM_KINDS, "whatsapp": WHATSAPP_KINDS, "gateway": GATEWAY_KINDS}
RIGHTS = [
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_post_messages",
    "can_edit_messages",
    "can_pin_messages",
]
NAMES = (
    "Айгүл Сейтқали", "Ерлан Жұмабаев", "Гүлнар Омарова", "Сергей Петренко", "Динара Әбенова", "Нұрлан Қасымов",
    "Ольга Шмидт", "Бауыржан Тілеуов", "Мадина Исаева", "Виктор Ковальчук", "Сәуле Ахметова", "Қайрат Мұратов",
)  # fmt: skip


class ChatError(ValueError):
    """A chat cannot be made or changed like that; the message says why."""


@dataclass(frozen=True)
class Chat:
    """`missing` holds the administrator rights the bot lacks; `bot` is its membership status."""

    id: str
    platform: str
    kind: str
    title: str
    username: str
    description: str
    members: int
    founders: int  # members when the chat was made
    bot: str
    missing: frozenset[str]
    moved_to: str
    pinned: tuple[Any, ...]
    version: int
    created_at: float
    born: float  # on the residents' clock

    def may(self, right: str) -> bool:
        return self.bot == "administrator" and right not in self.missing


def _chat(row: sqlite3.Row) -> Chat:
    return Chat(
        **{key: row[key] for key in ("id", "platform", "kind", "title", "description", "members", "founders", "bot")},
        username=row["username"] or "",
        missing=frozenset(json.loads(row["missing"])),
        moved_to=row["moved_to"],
        pinned=tuple(json.loads(row["pinned"])),
        version=row["version"],
        created_at=row["created_at"],
        born=row["born"],
    )


class Chats:
    def __init__(self, database: Database, clock: ResidentsClock) -> None:
        self._database, self._clock = database, clock

    def get(self, chat_id: str, platform: str = "") -> Chat | None:
        row = self._database.one("SELECT * FROM chats WHERE id = ?", chat_id)
        return _chat(row) if row and platform in ("", row["platform"]) else None

    def find(self, name: str) -> Chat | None:
        """A Telegram chat by its number or @username."""
        if name.startswith("@"):
            row = self._database.one("SELECT * FROM chats WHERE username = ?", name[1:])
            return _chat(row) if row else None
        return self.get(name, "telegram")

    def all(self) -> list[Chat]:
        return [_chat(row) for row in self._database.all("SELECT * FROM chats ORDER BY created_at, id")]

    def by_activity(self) -> list[Chat]:
        """The chat with the newest message first."""
        return [
            _chat(row)
            for row in self._database.all(
                "SELECT chats.*, (SELECT max(seq) FROM messages WHERE chat = chats.id AND deleted_at IS NULL) AS newest"
                " FROM chats WHERE moved_to = '' ORDER BY newest IS NULL, newest DESC, created_at"
            )
        ]

    def create(self, wanted: dict[str, Any]) -> Chat:
        """A new chat, or the one that already has this id or username (so a second start finds its chats again)."""
        platform, kind = wanted.get("platform", "telegram"), wanted.get("kind", "channel")
        if kind not in KINDS.get(platform, ()):
            raise ChatError(f"there is no kind {kind!r} on {platform!r}")
        username = str(wanted.get("username") or "").lstrip("@")
        known = (username and self.find(f"@{username}")) or self.get(str(wanted.get("id") or ""))
        if known:
            return known
        participants = wanted.get("participants")
        if platform == "whatsapp" and kind == "group":
            participants = _people(participants if participants is not None else 6, GROUP_SIZE)
        elif platform == "gateway" and kind == "group":
            participants = _people(participants if participants is not None else 24, PHONE_GROUP_SIZE)
        with self._database.transaction():
            chat_id = str(wanted.get("id") or self._new_id(platform, kind))
            self._insert(chat_id, platform, kind, username, wanted, len(participants or ()) or _members(kind, wanted))
            for person in participants or ():
                self._database.run(
                    "INSERT OR REPLACE INTO people VALUES (?, ?, ?)", chat_id, person["wa_id"], person["name"]
                )
        return self._require(chat_id)

    def _insert(
        self, chat_id: str, platform: str, kind: str, username: str, wanted: dict[str, Any], members: int
    ) -> None:
        self._database.run(
            "INSERT INTO chats (id, platform, kind, title, username, description, members, founders, bot, missing,"
            " created_at, born) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            chat_id,
            platform,
            kind,
            str(wanted.get("title") or username or chat_id),
            username or None,
            str(wanted.get("description") or ""),
            members,
            members,
            str(wanted.get("bot") or ("member" if kind == "private" else "administrator")),
            packed(sorted(wanted.get("missing_rights") or [])),
            time.time(),
            self._clock.now(),
        )

    def _new_id(self, platform: str, kind: str) -> str:
        n = int(self._database.recall("chat number", 1000)) + 1
        self._database.remember("chat number", n)
        if platform == "telegram":
            return {"private": f"{700_000_000 + n}", "group": f"-{500_000_000 + n}"}.get(
                kind, f"-100{2_000_000_000 + n}"
            )
        if kind == "private":
            return f"7701{1_000_000 + n}"
        if platform == "gateway":
            return f"1203630{10_000_000_000 + n}@{'newsletter' if kind == 'channel' else 'g.us'}"
        raw = base64.urlsafe_b64encode(f"capi_group:77152021565:1203630{10_000_000_000 + n}".encode()).decode()
        return raw.rstrip("=") + "ZD"

    def change(self, chat: Chat, **columns: Any) -> Chat:
        """Store new values of columns; residents' pages see the chat as changed."""
        for column, value in columns.items():
            stored = packed(sorted(value)) if column == "missing" else packed(value) if column == "pinned" else value
            self._database.run(f"UPDATE chats SET {column} = ? WHERE id = ?", stored, chat.id)
        self.touch(chat.id)
        return self._require(chat.id)

    def touch(self, chat_id: str) -> None:
        self._database.run("UPDATE chats SET version = version + 1 WHERE id = ?", chat_id)

    def next_id(self, chat_id: str) -> int:
        """Message ids rise by one per chat."""
        self._database.run("UPDATE chats SET last_id = last_id + 1, version = version + 1 WHERE id = ?", chat_id)
        return int(self._database.value("SELECT last_id FROM chats WHERE id = ?", chat_id))

    def move(self, chat: Chat) -> Chat:
        """A group becomes a supergroup under a new id; done twice it gives the same new chat."""
        if chat.moved_to:
            return self._require(chat.moved_to)
        with self._database.transaction():
            kind = "supergroup" if chat.kind == "group" else chat.kind
            moved = {"platform": chat.platform, "kind": kind, "title": chat.title, "members": chat.members}
            self._database.run("UPDATE chats SET username = NULL WHERE id = ?", chat.id)
            new = self.create(moved | {"username": chat.username, "description": chat.description})
            self.change(chat, moved_to=new.id)
        return new

    def people(self, chat_id: str) -> list[tuple[str, str]]:
        """WhatsApp numbers and names of a group's participants."""
        return [(row["id"], row["name"]) for row in self._database.all("SELECT * FROM people WHERE chat = ?", chat_id)]

    def _require(self, chat_id: str) -> Chat:
        chat = self.get(chat_id)
        if not chat:
            raise ChatError(f"no chat {chat_id}")
        return chat


def _members(kind: str, wanted: dict[str, Any]) -> int:
    usual = {"channel": 1840, "supergroup": 260, "group": 45}.get(kind, 2)
    return int(wanted.get("members") or usual)


def _people(participants: Any, most: int) -> list[dict[str, str]]:
    if isinstance(participants, int):
        participants = [{"wa_id": f"7705{random.Random(n).randrange(10**6, 10**7)}"} for n in range(participants)]
    if len(participants) > most:
        raise ChatError(f"such a group has at most {most} participants, not {len(participants)}")
    people = [person if isinstance(person, dict) else {"wa_id": str(person)} for person in participants]
    return [{"wa_id": str(p["wa_id"]), "name": p.get("name") or NAMES[n % len(NAMES)]} for n, p in enumerate(people)]
