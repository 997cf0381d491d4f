"""Private talks of the Telegram bot: the one request that makes an answer of ours appear."""

from __future__ import annotations

from contextlib import suppress

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from publisher.connectors.base import Answer
from publisher.connectors.errors import ConnectorError
from publisher.connectors.telegram_errors import MESSAGE_GONE, NOT_MODIFIED, already, translated

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def say(bot: Bot, chat: str, answer: Answer, press: str) -> None:
    """A press that is too old to be acknowledged hinders nothing: the answer is what the person waits for."""
    if press:
        with suppress(ConnectorError), translated():
            await bot.answer_callback_query(press)
    if answer.replaces:
        with already(NOT_MODIFIED, MESSAGE_GONE), translated():
            await bot.edit_message_text(
                answer.text,
                chat_id=chat,
                message_id=int(answer.replaces),
                reply_markup=_keyboard(answer),
                link_preview_options=NO_PREVIEW,
            )
        return
    with translated():
        await bot.send_message(chat, answer.text, reply_markup=_keyboard(answer), link_preview_options=NO_PREVIEW)


def _keyboard(answer: Answer) -> InlineKeyboardMarkup | None:
    """One a row: the words of signs are long. Links to pages of ours come last."""
    rows = [[InlineKeyboardButton(choice.label, callback_data=choice.data)] for choice in answer.choices]
    rows += [[InlineKeyboardButton(button.label, url=button.url)] for button in answer.buttons]
    return InlineKeyboardMarkup(rows) if rows else None
