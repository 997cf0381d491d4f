"""The Telegram connector with its usual replies."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs

import httpx

from publisher.connectors.base import Receipt
from publisher.connectors.telegram import Telegram
from tests.connectors.stand import SECRET, AgainstReplies

CHANNEL = "-1001500000001"
CONTROL = "-1001500000099"
STOOD = Receipt(("7",), url="https://t.me/akkaiyn_police/7")


def form(request: httpx.Request) -> dict[str, str]:
    """The parameters of a request without files."""
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


class TelegramReplies(AgainstReplies):
    connector = Telegram
    settings: ClassVar = {"token": SECRET}
    usual: ClassVar = {
        "/getMe": "me",
        "/getChat": "channel",
        "/getChatMember": "administrator",
        "/getChatMemberCount": "members",
        "/sendMessage": "text",
        "/sendPhoto": "photo",
        "/sendVideo": "video",
        "/sendMediaGroup": "album",
        "/sendPoll": "poll",
        "/editMessageText": "text",
        "/editMessageMedia": "video",
        "/deleteMessage": "true",
        "/pinChatMessage": "true",
        "/unpinChatMessage": "true",
        "/getUpdates": "no_updates",
    }
