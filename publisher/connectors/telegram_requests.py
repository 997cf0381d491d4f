"""The requests that make something appear in a chat or change what stands there. One function makes one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import httpx
from telegram import Bot, LinkPreviewOptions, ReplyParameters
from telegram import Message as Sent
from telegram.constants import PollType
from telegram.request import HTTPXRequest

from publisher.connectors import telegram_content as content
from publisher.connectors.base import Media, Message, Poll

SLOWEST = 200_000  # bytes a second that an upload may come down to


class QuietBot(Bot):
    """The library's bot shows its token wherever it is printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return type(self).__name__


class _How(TypedDict):
    disable_notification: bool
    reply_parameters: ReplyParameters | None
    read_timeout: float


def to_upload(message: Message) -> int:
    """Bytes that the request has to carry."""
    return sum(media.size for media in message.media if not media.remote_id)


def patience(carried: int) -> float:
    """Seconds to wait for the answer: Telegram answers an upload when it has taken in the whole file."""
    return max(60.0, carried / SLOWEST) if carried else 30.0


def connections(transport: httpx.AsyncBaseTransport | None, pool: int, read: float) -> HTTPXRequest:
    """The library's own timeouts (5 s, pool 1 s) lose messages that were merely slow."""
    return HTTPXRequest(
        connection_pool_size=pool,
        connect_timeout=10,
        read_timeout=read,
        write_timeout=30,
        media_write_timeout=120,
        pool_timeout=30,
        httpx_kwargs={"transport": transport} if transport else None,
    )


async def send(bot: Bot, target: str, message: Message, files: content.Files) -> Sequence[Sent]:
    how = _How(
        disable_notification=message.silent,
        reply_parameters=_reply(message),
        read_timeout=patience(to_upload(message)),
    )
    if message.poll:
        return (await _poll(bot, target, message, message.poll, how),)
    if len(message.media) > 1:
        return await _album(bot, target, message, files, how)
    if message.media:
        return (await _media(bot, target, message, message.media[0], files, how),)
    return (await _text(bot, target, message, how),)


async def edit_text(bot: Bot, target: str, message_id: int, message: Message) -> None:
    await bot.edit_message_text(
        message.text,
        chat_id=target,
        message_id=message_id,
        entities=content.marked(message.entities),
        link_preview_options=LinkPreviewOptions(is_disabled=not message.link_preview),
        reply_markup=content.keyboard(message.buttons),
    )


async def edit_media(
    bot: Bot, target: str, message_id: int, message: Message, place: int, files: content.Files
) -> Sent | bool:
    """Film and caption are set together, so a caption alone is changed by naming the film's own file_id."""
    return await bot.edit_message_media(
        files.album_item(message, place),
        chat_id=target,
        message_id=message_id,
        reply_markup=content.keyboard(message.buttons),
        read_timeout=patience(to_upload(message)),
    )


async def _text(bot: Bot, target: str, message: Message, how: _How) -> Sent:
    return await bot.send_message(
        target,
        message.text,
        entities=content.marked(message.entities),
        link_preview_options=LinkPreviewOptions(is_disabled=not message.link_preview),
        reply_markup=content.keyboard(message.buttons),
        **how,
    )


async def _media(bot: Bot, target: str, message: Message, media: Media, files: content.Files, how: _How) -> Sent:
    caption, marks = message.text or None, content.marked(message.entities)
    buttons = content.keyboard(message.buttons)
    if media.kind == "photo":
        return await bot.send_photo(
            target, files.source(media), caption=caption, caption_entities=marks, reply_markup=buttons, **how
        )
    if media.kind == "document":
        return await bot.send_document(
            target, files.source(media), caption=caption, caption_entities=marks, reply_markup=buttons, **how
        )
    return await bot.send_video(
        target,
        files.source(media),
        duration=content.seconds(media),
        width=media.width or None,
        height=media.height or None,
        thumbnail=files.thumbnail(media),
        supports_streaming=True,
        caption=caption,
        caption_entities=marks,
        reply_markup=buttons,
        **how,
    )


async def _album(bot: Bot, target: str, message: Message, files: content.Files, how: _How) -> Sequence[Sent]:
    items = [files.album_item(message, place) for place in range(len(message.media))]
    return await bot.send_media_group(target, items, **how)


async def _poll(bot: Bot, target: str, message: Message, poll: Poll, how: _How) -> Sent:
    quiz = poll.answer is not None
    answers: Any = [poll.answer] if quiz else None  # the library's type wants the numbers 0 to 11 spelled out
    return await bot.send_poll(
        target,
        poll.question,
        list(poll.options),
        type=PollType.QUIZ if quiz else PollType.REGULAR,
        correct_option_ids=answers,
        explanation=(poll.explanation or None) if quiz else None,
        reply_markup=content.keyboard(message.buttons),
        **how,
    )


def _reply(message: Message) -> ReplyParameters | None:
    """Sent even when the message it answers was deleted meanwhile."""
    if not message.reply_to:
        return None
    return ReplyParameters(int(message.reply_to), allow_sending_without_reply=True)
