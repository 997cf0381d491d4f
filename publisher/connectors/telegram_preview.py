"""The public preview page of a channel ({base}/s/<username>), a second witness beside forwarding.

It shows about twenty messages, sometimes late or not at all: what stands there is proof, what does not stand there is
none. An album is one block under the id of its first message.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import telegram

from publisher.connectors.base import Message, Receipt
from publisher.connectors.errors import ConnectorError
from publisher.connectors.telegram_errors import translated

BLOCK, BUBBLE = "tgme_widget_message", "tgme_widget_message_bubble"
TEXT, QUESTION = "tgme_widget_message_text", "tgme_widget_message_poll_question"
QUOTED = "js-message_reply_text"
VIEWS, EMPTY, SERVICE = "tgme_widget_message_views", "tme_no_messages_found", "service_message"
MEDIA = {"tgme_widget_message_photo_wrap", "tgme_widget_message_video_player", "tgme_widget_message_video"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PAGE_BYTES = 4_000_000  # pages seen have 100-130 kB
TIMEOUT = httpx.Timeout(10)


@dataclass(slots=True)
class Block:
    """One message as the page shows it."""

    id: int
    text: str = ""
    question: str = ""
    media: bool = False
    views: str = ""  # as written there: 947, 1.2K
    counters: int = 0  # places where views are written, and
    bubbles: int = 0  # bubbles: two of either would mean that two messages ran into one
    service: bool = False  # “pinned a message”: nobody counts its views


@dataclass(slots=True)
class _Open:
    tag: str
    classes: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.open: list[_Open] = []
        self.empty = False  # the page says itself that there are no messages

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = set(given.get("class", "").split())
        if BLOCK in classes:
            name = given.get("data-post", "").rpartition("/")[2]
            self.blocks.append(Block(int(name) if name.isdecimal() else 0, service=SERVICE in classes))
        self.empty |= EMPTY in classes
        if self.blocks and VIEWS in classes:
            self.blocks[-1].counters += 1
        if self.blocks and BUBBLE in classes:
            self.blocks[-1].bubbles += 1
        if self.blocks and classes & MEDIA:
            self.blocks[-1].media = True
        if tag == "br":
            self.handle_data("\n")
        elif tag not in VOID:
            self.open.append(_Open(tag, classes))

    def handle_endtag(self, tag: str) -> None:
        """Closes what was left open inside; an end without a beginning is passed over."""
        if any(one.tag == tag for one in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = {name for one in self.open for name in one.classes}
        if not self.blocks or QUOTED in inside:
            return
        if TEXT in inside:
            self.blocks[-1].text += data
        elif QUESTION in inside:
            self.blocks[-1].question += data
        elif VIEWS in inside:
            self.blocks[-1].views += data


@dataclass(frozen=True, slots=True)
class Shown:
    """`empty`: the page says that it has no messages; without messages and without that it is of another make."""

    blocks: tuple[Block, ...]
    empty: bool


def shown(page: str) -> Shown:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return Shown(tuple(block for block in reader.blocks if block.id), reader.empty)


def read(page: str) -> list[Block]:
    """The messages of a page, the oldest first. A page of another make has none."""
    return list(shown(page).blocks)


async def find(bot: telegram.Bot, http: httpx.AsyncClient, target: str, message: Message, after: int) -> Receipt | None:
    """The message among those that follow `after`. None proves nothing."""
    username = ""
    with suppress(ConnectorError), translated():
        username = (await bot.get_chat(target)).username or ""
    if not username:
        return None
    for block in await _fetched(http, username):
        if block.id > after and _reads_like(block, message):
            ids = tuple(str(block.id + n) for n in range(max(1, len(message.media))))
            return Receipt(ids, url=f"https://t.me/{username}/{block.id}")
    return None


async def _fetched(http: httpx.AsyncClient, username: str) -> Sequence[Block]:
    try:
        async with http.stream("GET", f"/s/{username}", timeout=TIMEOUT) as reply:
            if reply.status_code != httpx.codes.OK:  # an unknown or private channel leads away
                return ()
            parts = [part async for part in _limited(reply)]
    except (httpx.HTTPError, httpx.InvalidURL):
        return ()
    return read(b"".join(parts).decode("utf-8", "replace"))


async def _limited(reply: httpx.Response) -> AsyncIterator[bytes]:
    size = 0
    async for part in reply.aiter_bytes():
        size += len(part)
        if size > PAGE_BYTES:
            return
        yield part


def _reads_like(block: Block, message: Message) -> bool:
    if message.poll:
        return _plain(block.question) == _plain(message.poll.question)
    wanted = _plain(message.text)  # without words there is nothing to tell it by
    return bool(wanted) and _plain(block.text) == wanted and block.media == bool(message.media)


def _plain(text: str) -> str:
    return " ".join(text.split())
