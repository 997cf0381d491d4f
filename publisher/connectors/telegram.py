"""Telegram channels and groups, through the Bot API."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal, Self, TypeVar

import httpx
import telegram
from pydantic import SecretStr
from telegram.constants import (
    ChatType,
    FileSizeLimit,
    FloodLimit,
    InlineKeyboardMarkupLimit,
    MediaGroupLimit,
    MessageLimit,
    PollLimit,
)

from publisher.connectors import telegram_content as content
from publisher.connectors import telegram_preview, telegram_talk, telegram_updates
from publisher.connectors import telegram_requests as requests
from publisher.connectors import telegram_rights as rights
from publisher.connectors.base import (
    Answer,
    Connector,
    Converses,
    Description,
    Heard,
    Invites,
    Limits,
    Listens,
    Measures,
    Media,
    Message,
    Metric,
    Pins,
    Publishes,
    Rate,
    Reading,
    Receipt,
    Settings,
    Target,
    Upload,
    Uploads,
    refuse_over_limit,
)
from publisher.connectors.errors import ConnectorError, Refused, TargetGone
from publisher.connectors.network import keep_quiet
from publisher.connectors.telegram_errors import (
    INVITE_GONE,
    MESSAGE_GONE,
    NOT_MODIFIED,
    STALE_UPLOAD,
    already,
    rights_are_for_this_alone,
    translated,
)
from publisher.connectors.telegram_views import PublicPages

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library warns when it gives pauses and durations as plain numbers
log = logging.getLogger(__name__)

POOL = 64  # connections
LOOK_AHEAD = 20  # message ids to look at after the last one known
T = TypeVar("T")


class TelegramSettings(Settings, frozen=True):
    """`control_chat` is the press office's own chat: films are uploaded there once, and unknown outcomes looked up."""

    type: Literal["telegram"] = "telegram"
    token: SecretStr
    api_url: str = "https://api.telegram.org"
    control_chat: str = ""
    local_mode: bool = False  # api_url is a Bot API server of our own, run with --local on this machine's disk

    @property
    def preview_url(self) -> str:
        """Where public channels' preview pages are. The practice platforms serve their own."""
        real = self.local_mode or self.api_url.startswith("https://api.telegram.org")
        return "https://t.me" if real else self.api_url.rstrip("/")


class Telegram(Connector, Publishes, Uploads, Pins, Invites, Measures, Listens, Converses):
    settings_type = TelegramSettings
    description: ClassVar[Description] = Description(
        key="telegram",
        label="Telegram",
        markup="entities",
        limits=Limits(
            text=int(MessageLimit.MAX_TEXT_LENGTH),
            caption=int(MessageLimit.CAPTION_LENGTH),
            units="utf16",
            album=int(MediaGroupLimit.MAX_MEDIA_LENGTH),
            photo_bytes=int(FileSizeLimit.PHOTOSIZE_UPLOAD),
            video_bytes=int(FileSizeLimit.FILESIZE_UPLOAD),
            photo_types=frozenset({"image/jpeg", "image/png"}),
            video_types=frozenset({"video/mp4"}),
            document_bytes=int(FileSizeLimit.FILESIZE_UPLOAD),
            document_types=frozenset({"application/pdf"}),
            poll_question=int(PollLimit.MAX_QUESTION_LENGTH),
            poll_option=int(PollLimit.MAX_OPTION_LENGTH),
            poll_options=int(PollLimit.MAX_OPTION_NUMBER),
            poll_explanation=int(PollLimit.MAX_EXPLANATION_LENGTH),
            buttons=int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER),
            withdraw_within=timedelta(hours=48),
            changes_source="https://core.telegram.org/bots/api#updating-messages",
            replies=True,
            rates=(
                Rate("account", int(FloodLimit.MESSAGES_PER_SECOND), 1),
                Rate("chat", int(FloodLimit.MESSAGES_PER_SECOND_PER_CHAT), 1),
                Rate("group", int(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP), 60),
            ),
        ),
        metrics=frozenset({Metric.FOLLOWERS, Metric.VIEWS, Metric.REACTIONS, Metric.POLL_VOTES}),
    )

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        assert isinstance(settings, TelegramSettings)
        keep_quiet()
        self.settings = settings
        self.limits = self.limits_for(settings)
        self._copies: list[int] = []  # in the control chat, still to be taken away
        self._pages = httpx.AsyncClient(base_url=settings.preview_url, transport=transport)
        self._public = PublicPages(self._pages)
        self._http = (requests.connections(transport, 2, read=15), requests.connections(transport, POOL, read=30))
        self.bot = requests.QuietBot(
            settings.token.get_secret_value(),
            base_url=f"{settings.api_url.rstrip('/')}/bot",
            get_updates_request=self._http[0],
            request=self._http[1],
            local_mode=settings.local_mode,
        )

    @classmethod
    def limits_for(cls, settings: Settings) -> Limits:
        """A Bot API server of one's own takes films of up to 2000 MB."""
        limits = super().limits_for(settings)
        local = isinstance(settings, TelegramSettings) and settings.local_mode
        return replace(limits, video_bytes=int(FileSizeLimit.FILESIZE_UPLOAD_LOCAL_MODE)) if local else limits

    async def __aenter__(self) -> Self:
        """Opens the connections without asking anything: a wrong token shows at the first call."""
        for http in self._http:
            await http.initialize()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for http in self._http:
            await http.shutdown()
        await self._pages.aclose()

    async def check(self, target: str = "") -> Target:
        with translated():
            me = await self.bot.get_me()
            if not target:
                return Target(str(me.id), me.full_name, "private", url=me.link or "")
            chat = await self.bot.get_chat(target)
            if chat.type == ChatType.PRIVATE:
                return Target(str(chat.id), chat.effective_name or target, "private", url=chat.link or "")
            member = await self.bot.get_chat_member(chat.id, me.id)
            members = await self.bot.get_chat_member_count(chat.id)
        if member.status in rights.OUT:
            raise TargetGone(f"the bot is {member.status}")
        return Target(
            id=str(chat.id),
            title=chat.effective_name or target,
            kind="channel" if chat.type == ChatType.CHANNEL else "group",
            url=chat.link or "",
            members=members,
            missing_rights=rights.missing(chat, member),
        )

    async def publish(self, target: str, message: Message) -> Receipt:
        self._refuse(message)
        return await self._anew_if_stale(message, lambda m: self._send(target, m))

    async def edit(self, target: str, receipt: Receipt, message: Message) -> Receipt:
        self._refuse(message)
        if message.poll or len(receipt.ids) != max(1, len(message.media)):
            raise Refused("what stands there cannot be turned into this", reason="cannot_edit")
        with rights_are_for_this_alone():
            uploads = await self._anew_if_stale(message, lambda m: self._edit(target, receipt, m))
        return replace(receipt, uploads=uploads)

    async def withdraw(self, target: str, receipt: Receipt) -> None:
        with rights_are_for_this_alone():
            for message_id in receipt.ids:
                with already(MESSAGE_GONE), translated():
                    await self.bot.delete_message(target, int(message_id))

    async def find(self, target: str, message: Message, after: str = "") -> Receipt | None:
        """Looks at the messages that follow `after`, by forwarding to the control chat, else on the public page."""
        if not after.isdigit():
            return None
        seen = await self._forwarded(target, message, int(after) + 1) if self.settings.control_chat else None
        return seen or await telegram_preview.find(self.bot, self._pages, target, message, int(after))

    async def _forwarded(self, target: str, message: Message, first: int) -> Receipt | None:
        with suppress(TargetGone):
            for message_id in range(first, first + LOOK_AHEAD):
                receipt = await self._recognise(target, message_id, message)
                if receipt:
                    return receipt
        return None

    async def upload(self, media: Media) -> Upload | None:
        """Sends it silently to the control chat. Doing it twice leaves one copy more there, nothing elsewhere."""
        if not self.settings.control_chat:
            return None
        film = Message(key="", media=(replace(media, remote_id=""),), silent=True)
        try:
            receipt = await self.publish(self.settings.control_chat, film)
        except TargetGone as error:
            log.warning("The control chat %s cannot be used: %s", self.settings.control_chat, error.detail)
            return None
        return next(iter(receipt.uploads), None)

    async def pin(self, target: str, receipt: Receipt) -> None:
        with rights_are_for_this_alone(), already(NOT_MODIFIED), translated():
            await self.bot.pin_chat_message(target, int(receipt.ids[0]), disable_notification=True)

    async def unpin(self, target: str, receipt: Receipt) -> None:
        with rights_are_for_this_alone(), already(NOT_MODIFIED, MESSAGE_GONE), translated():
            await self.bot.unpin_chat_message(target, int(receipt.ids[0]))

    async def invite(self, target: str, label: str) -> str:
        with _inviting(), translated():
            return (await self.bot.create_chat_invite_link(target, name=label)).invite_link

    async def uninvite(self, target: str, url: str) -> None:
        with _inviting(), already(INVITE_GONE), translated():
            await self.bot.revoke_chat_invite_link(target, url)

    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """Of a message only the views, where the channel is public; the rest Telegram tells by itself (`listen`)."""
        if receipt:
            views = await self._public.views(receipt)
            return (views,) if views else ()
        with translated():
            members = await self.bot.get_chat_member_count(target)
        return (Reading(Metric.FOLLOWERS, members, datetime.now(UTC), telegram_updates.SOURCE),)

    async def listen(self, cursor: str, wait: float) -> Heard:
        with translated():
            updates = await self.bot.get_updates(
                offset=int(cursor) if cursor else None,
                timeout=math.ceil(wait),
                allowed_updates=telegram_updates.ALLOWED,
            )
        following = str(updates[-1].update_id + 1) if updates else cursor
        secret = self.settings.token.get_secret_value()
        return Heard(telegram_updates.events(updates, secret, datetime.now(UTC)), following)

    async def answer(self, chat: str, answer: Answer, press: str = "") -> None:
        await telegram_talk.say(self.bot, chat, answer, press)

    def _refuse(self, message: Message) -> None:
        refuse_over_limit(message, self.limits)
        if len(message.media) > 1 and message.buttons:
            raise Refused("an album has no buttons", reason="too_many_buttons", limit=0, found=len(message.buttons))

    async def _anew_if_stale(self, message: Message, do: Callable[[Message], Awaitable[T]]) -> T:
        """A file_id of another bot is refused, which means that nothing appeared: then the file itself may go."""
        try:
            return await do(message)
        except Refused as refusal:
            if refusal.reason != STALE_UPLOAD or not any(m.remote_id for m in message.media):
                raise
        return await do(replace(message, media=tuple(replace(m, remote_id="") for m in message.media)))

    async def _send(self, target: str, message: Message) -> Receipt:
        with content.Files(local=self.settings.local_mode) as files, self._carrying(message):
            return content.receipt(message, await requests.send(self.bot, target, message, files))

    async def _edit(self, target: str, receipt: Receipt, message: Message) -> tuple[Upload, ...]:
        if not message.media:
            with already(NOT_MODIFIED), translated():
                await requests.edit_text(self.bot, target, int(receipt.ids[0]), message)
        found: list[Upload] = []
        for place, message_id in enumerate(receipt.ids[: len(message.media)]):
            with (
                already(NOT_MODIFIED),
                content.Files(local=self.settings.local_mode) as files,
                self._carrying(message),
            ):
                edited = await requests.edit_media(self.bot, target, int(message_id), message, place, files)
                if isinstance(edited, telegram.Message):
                    found += content.uploads(message.media[place : place + 1], [edited])
        return tuple(found)

    def _carrying(self, message: Message) -> AbstractContextManager[None]:
        return translated(requests.to_upload(message), self.limits.video_bytes)

    async def _recognise(self, target: str, first: int, message: Message) -> Receipt | None:
        copies = []
        for place in range(max(1, len(message.media))):
            copy = await self._look(target, first + place)
            if copy is None or not content.reads_like(copy, message, place):
                return None
            copies.append(copy)
        found = content.receipt(message, copies, content.link(copies[0], target, first))
        return replace(found, ids=tuple(str(first + n) for n in range(len(copies))))

    async def _look(self, target: str, message_id: int) -> telegram.Message | None:
        """A bot sees a message only by forwarding it; the copy is taken away at once, or else before the next one."""
        control = self.settings.control_chat
        try:
            with translated():
                copy = await self.bot.forward_message(control, target, message_id, disable_notification=True)
        except Refused:  # nothing stands under that id, or it may not be forwarded
            return None
        self._copies.append(copy.message_id)
        await self._take_away_copies(control)
        return copy

    async def _take_away_copies(self, control: str) -> None:
        for copy in tuple(self._copies):
            try:
                with translated():
                    await self.bot.delete_message(control, copy)
            except Refused:  # somebody did it already, or nobody may
                pass
            except ConnectorError:
                return
            with suppress(ValueError):  # another look did it meanwhile
                self._copies.remove(copy)


@contextmanager
def _inviting() -> Iterator[None]:
    """Lacking the right to invite means nothing for posting."""
    try:
        with rights_are_for_this_alone():
            yield
    except Refused as error:
        raise Refused(error.detail, reason="no_invite_right" if error.reason == "no_rights" else error.reason) from None
