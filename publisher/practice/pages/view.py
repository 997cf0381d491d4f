"""What every page part needs: the world, the words, the moment, and how far down the page stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from zlib import crc32
from zoneinfo import ZoneInfo

from publisher.practice.chats import Chat
from publisher.practice.files import Stored
from publisher.practice.messages import Message
from publisher.practice.pages.html import Safe, el
from publisher.practice.pages.words import Words
from publisher.practice.world import World

ICONS = {
    "back": "M15.5 4.5 8 12l7.5 7.5",
    "pin": "M9 3h6l-1 6 3 3v2H7v-2l3-3-1-6zM12 14v7",
    "share": "M13 5l7 6-7 6v-4c-4 0-7 1-9 4 1-6 4-8 9-8V5z",
    "out": "M8 16 16 8M9 8h7v7",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20",
    "dots": "M12 5.5v.01M12 12v.01M12 18.5v.01",
    "eye": "M2.5 12C5 7.6 8 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.4-5.5 6.5-9.5 6.5S5 16.4 2.5 12zM12 9a3 3 0 1 0 .01 0z",
    "tick": "M3 13l4.500 4.500L17 7",
    "ticks": "M1.500 13 6 17.500 15.500 7M9.500 15.500l2 2L21 7",
    "file": "M7 3h7l4 4v14H7zM14 3v4h4",
    "bell": "M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7zM10 20h4",
}


@dataclass(frozen=True)
class View:
    """`up` leads from the page to /practice/ ("" or "../"); `ask` is what links carry on ("?lang=ru" or "")."""

    world: World
    words: Words
    up: str = ""
    ask: str = ""
    together: bool = False  # several phones on one page

    def live_address(self, chat: Chat) -> str:
        """Where the inside of the phone is fetched again."""
        asks = [self.ask.lstrip("?"), "at=list" if self.together else ""]
        query = "&".join(filter(None, asks))
        return f"{self.up}chats/{quote(chat.id, safe='')}/live{'?' if query else ''}{query}"

    def moment(self, seconds: float) -> datetime:
        return datetime.fromtimestamp(seconds, ZoneInfo(self.world.time_zone))

    def today(self) -> datetime:
        return datetime.now(ZoneInfo(self.world.time_zone))

    def time(self, seconds: float) -> Safe:
        exact = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
        return el("time", self.moment(seconds).strftime("%H:%M"), datetime=exact)

    def chat_address(self, chat: Chat) -> str:
        return f"{self.up}chats/{quote(chat.id, safe='')}{self.ask}"

    def media_address(self, stored: Stored) -> str:
        return f"{self.up}media/{stored.unique_id}"

    def file(self, file_id: str | None) -> Stored | None:
        return self.world.files.get(file_id) if file_id else None


def icon(name: str) -> Safe:
    path = el("path", d=ICONS[name])
    return el("svg", path, class_=f"icon {name}", viewBox="0 0 24 24", aria_hidden="true")


def look(chat: Chat) -> str:
    """Which app a chat is drawn as."""
    return "telegram" if chat.platform == "telegram" else "whatsapp"


def avatar(chat: Chat) -> Safe:
    letters = "".join(word[0] for word in chat.title.split()[:2] if word[0].isalnum()).upper() or "•"
    return el("span", letters, class_=f"avatar tone{crc32(chat.id.encode()) % 7}", aria_hidden="true")


def pictured(emoji: str) -> str:
    """The platforms send a heart without the sign that makes it a picture."""
    return emoji + "\ufe0f" if len(emoji) == 1 and ord(emoji) < 0x3000 else emoji


def keyed(tag: str, key: str, *children: object, **attributes: object) -> Safe:
    """A part that the live script may replace on its own: it compares `data-hash`."""
    inner = el(tag, *children, **attributes)
    mark = f"{crc32(inner.encode()):08x}"
    return el(tag, *children, **attributes, data_key=key, data_hash=mark)


def preview(view: View, message: Message) -> str:
    """One line about a message, for lists and the pinned bar."""
    words = view.words
    if "poll" in message.body:
        return f"📊 {message.body['poll']['question']}"
    kind = message.body.get("media", {}).get("kind", "")
    mark = {"photo": "🖼", "image": "🖼", "video": "🎬", "document": "📄"}.get(kind, "")
    name = {"photo": "photo", "image": "photo", "video": "video", "document": "document"}.get(kind, "")
    if message.text:
        return f"{mark} {message.text}".strip()
    return f"{mark} {words(name)}" if name else ""
