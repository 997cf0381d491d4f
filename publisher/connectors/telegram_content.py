"""A message of ours in Telegram's terms, and what Telegram sent back in ours."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import telegram
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
    MessageOriginChannel,
)

from publisher.connectors.base import Button, Entity, Media, Message, Poll, Receipt, Upload
from publisher.connectors.errors import Refused


class Files(ExitStack):
    """The files of one request, open until it is over. `local`: the Bot API server reads them from the same disk."""

    def __init__(self, *, local: bool) -> None:
        super().__init__()
        self.local = local

    def source(self, media: Media, *, attach: bool = False) -> str | Path | InputFile:
        """An earlier upload's id, else the file itself, streamed: the library would read all of it into memory."""
        return media.remote_id or self._open(media.path, attach=attach)

    def thumbnail(self, media: Media) -> Path | InputFile | None:
        """Only an upload may bring one; with a file_id Telegram keeps the one it has."""
        if media.remote_id or not media.thumbnail:
            return None
        return self._open(media.thumbnail, attach=True)

    def album_item(self, message: Message, place: int) -> InputMediaPhoto | InputMediaVideo:
        """The text stands under the first picture, which makes it the album's. Albums are of pictures and films."""
        media, source = message.media[place], self.source(message.media[place], attach=True)
        caption, marks = (message.text or None, marked(message.entities)) if place == 0 else (None, [])
        if media.kind == "photo":
            return InputMediaPhoto(source, caption=caption, caption_entities=marks)
        return InputMediaVideo(
            source,
            caption=caption,
            caption_entities=marks,
            width=media.width or None,
            height=media.height or None,
            duration=seconds(media),
            supports_streaming=True,
            thumbnail=self.thumbnail(media),
        )

    def _open(self, path: Path, *, attach: bool) -> Path | InputFile:
        if self.local:
            return path
        try:
            file = self.enter_context(path.open("rb"))
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Refused(f"{path.name}: {why}", reason="broken_media", why=why) from None
        return InputFile(file, filename=path.name, attach=attach, read_file_handle=False)


def seconds(media: Media) -> int | None:
    return round(media.duration) or None


def marked(entities: Sequence[Entity]) -> list[MessageEntity]:
    return [MessageEntity(e.kind, e.offset, e.length, url=e.url or None) for e in entities]


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """One button a row: Kazakh labels are long, phones are narrow."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(b.label, url=b.url)] for b in buttons]) if buttons else None


def receipt(message: Message, sent: Sequence[telegram.Message], url: str = "") -> Receipt:
    first = sent[0]
    return Receipt(
        ids=tuple(str(m.message_id) for m in sent),
        url=url or first.link or "",
        poll_id=first.poll.id if first.poll else "",
        uploads=uploads(message.media, sent),
    )


def uploads(media: Sequence[Media], sent: Sequence[telegram.Message]) -> tuple[Upload, ...]:
    """The file_ids of files that this request brought along."""
    brought = ((m, file_id(s)) for m, s in zip(media, sent, strict=False) if not m.remote_id)
    return tuple(Upload(m.sha256, found) for m, found in brought if found)


def file_id(sent: telegram.Message) -> str:
    """A film without sound comes back as an animation."""
    film = sent.video or sent.animation
    if film:
        return film.file_id
    if sent.photo:
        return sent.photo[-1].file_id
    return sent.document.file_id if sent.document else ""


def reads_like(found: telegram.Message, message: Message, place: int) -> bool:
    """Whether what stands there is the `place`-th part of the message. Telegram trims spaces, so they do not count."""
    if message.poll:
        return found.poll is not None and _same_poll(found.poll, message.poll)
    wanted = message.text if place == 0 else ""
    kind = message.media[place].kind if message.media else ""
    found_kind = "photo" if found.photo else "video" if found.video or found.animation else ""
    found_kind = found_kind or ("document" if found.document else "")
    return kind == found_kind and _plain(found.caption or found.text or "") == _plain(wanted)


def link(copy: telegram.Message, target: str, message_id: int) -> str:
    """The address of a message seen through its forwarded copy."""
    origin = copy.forward_origin
    if isinstance(origin, MessageOriginChannel) and origin.chat.username:
        return f"https://t.me/{origin.chat.username}/{message_id}"
    return f"https://t.me/c/{target.removeprefix('-100')}/{message_id}" if target.startswith("-100") else ""


def _same_poll(found: telegram.Poll, poll: Poll) -> bool:
    texts = [found.question, *(option.text for option in found.options)]
    return [_plain(t) for t in texts] == [_plain(t) for t in (poll.question, *poll.options)]


def _plain(text: str) -> str:
    return " ".join(text.split())
