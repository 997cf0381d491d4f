"""WhatsApp groups and channels through a self-hosted gateway (WAHA, engine GOWS) that is linked to a phone.

The gateway is a program of its own beside ours, reached over HTTP; its native code stays out of our process. It breaks
WhatsApp's terms, and the number can be restricted or banned: off until an administrator chooses it. Shapes: WAHA's
OpenAPI 2026.7.2; nothing here was tried against the live network.

Text and polls carry a message id that is made from the delivery's own key: the same for every attempt, so what became
of one can be asked for by that id, and nothing needs to be remembered. Files take no id: there the newest messages of
our own are compared.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field

from publisher.connectors import whatsapp_gateway_hooks as hooks
from publisher.connectors import whatsapp_gateway_pace as pace
from publisher.connectors.base import (
    Connector,
    Description,
    Event,
    Hears,
    Hook,
    Limits,
    Measures,
    Media,
    Message,
    Metric,
    Pins,
    Publishes,
    Reading,
    Receipt,
    Settings,
    Target,
    refuse_over_limit,
)
from publisher.connectors.errors import AccessLost, OutcomeUnknown, Refused, TargetGone, Unavailable
from publisher.connectors.whatsapp_gateway_door import Door, WhatsAppGatewaySettings
from publisher.connectors.whatsapp_gateway_errors import SESSION
from publisher.connectors.whatsapp_gateway_phone import LinkedPhone, group_of

SOURCE = "gateway"
PATHS = {"photo": "/api/sendImage", "video": "/api/sendVideo", "document": "/api/sendFile"}
NEWEST = 30  # own messages looked at after an unknown outcome
SHOWN = 100  # messages of a channel that its public page is asked for
PINNED_FOR = 604_800  # seconds; WhatsApp has a day, a week and thirty days

__all__ = ["WhatsAppGateway", "WhatsAppGatewaySettings", "own_id"]


class Sent(BaseModel):
    id: str = Field(min_length=1)


class OwnMessage(BaseModel):
    id: str
    body: str | None = ""
    hasMedia: bool = False


class Participant(BaseModel):
    id: str
    role: str = "participant"


class ChannelInfo(BaseModel):
    id: str
    name: str = ""
    subscribersCount: int | None = None


class Shown(BaseModel):
    """A message on a channel's public page."""

    message: OwnMessage
    viewCount: int | None = None
    reactions: dict[str, int] = {}


class WhatsAppGateway(Connector, LinkedPhone, Publishes, Pins, Measures, Hears):
    settings_type = WhatsAppGatewaySettings
    description: ClassVar[Description] = Description(
        key="whatsapp_gateway",
        label="WhatsApp",
        markup="marks",
        limits=Limits(
            text=4096,
            caption=1024,
            units="characters",
            photo_bytes=5_000_000,
            video_bytes=16_000_000,
            photo_types=frozenset({"image/jpeg"}),
            video_types=frozenset({"video/mp4"}),
            document_bytes=16_000_000,
            document_types=frozenset({"application/pdf"}),
            edit_within=timedelta(minutes=15),
            withdraw_within=timedelta(hours=48),
            changes_source="https://waha.devlike.pro/docs/how-to/send-messages/",
            replies=True,
            poll_question=255,
            poll_option=100,
            poll_options=12,
            polls_in=frozenset({"group"}),
            rates=pace.RATES,
            warm_up=pace.WARM_UP,
            by_day_only=True,
        ),
        metrics=frozenset(
            {
                Metric.FOLLOWERS,
                Metric.VIEWS,
                Metric.REACTIONS,
                Metric.REPLIES,
                Metric.POLL_VOTES,
                Metric.DELIVERED,
                Metric.READ,
                Metric.PLAYED,
            }
        ),
        needs_consent=True,
        risks=(
            "It breaks WhatsApp's terms: the number can be restricted or banned. "
            "Keep a second administrator on a phone."
        ),
    )

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        assert isinstance(settings, WhatsAppGatewaySettings)
        self.settings = settings
        self.limits = self.limits_for(settings)
        self.door = Door(settings, transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.door.close()

    async def check(self, target: str = "") -> Target:
        """Of a group we must be a member, and an administrator where only those may write."""
        if not target:
            return await self._ourselves()
        if target.endswith("@newsletter"):
            return await self._channel(target)
        members = await self._participants(target)
        place = group_of(await self.door.asked("GET", f"/groups/{quote(target)}"), await self.ourselves())
        title = place.title if place else target
        missing = ("post",) if place and not place.may_post else ()
        return Target(target, title, "group", members=len(members), missing_rights=missing)

    async def publish(self, target: str, message: Message) -> Receipt:
        refuse_over_limit(message, self.limits)
        if message.poll and target.endswith("@newsletter"):
            raise Refused("channels take no polls", reason="no_polls")
        path, body = await asyncio.to_thread(self._request, target, message)
        answer = await self.door.asked("POST", path, body, whole=True)
        try:
            return Receipt((Sent.model_validate(answer).id,))
        except ValueError as error:
            raise OutcomeUnknown(f"an answer without an id ({type(error).__name__})") from None

    def _request(self, target: str, message: Message) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"session": self.settings.session, "chatId": target}
        if message.reply_to:
            body["reply_to"] = message.reply_to
        if message.poll:
            poll = {"name": message.poll.question, "options": list(message.poll.options), "multipleAnswers": False}
            return "/api/sendPoll", {**body, "id": own_id(message.key), "poll": poll}
        if not message.media:
            text = {"text": message.text, "linkPreview": message.link_preview}
            return "/api/sendText", {**body, "id": own_id(message.key), **text}
        media = message.media[0]
        body |= {"file": _file(media), **({"caption": message.text} if message.text else {})}
        return PATHS[media.kind], body | ({"convert": False} if media.kind == "video" else {})

    async def edit(self, target: str, receipt: Receipt, message: Message) -> Receipt:
        refuse_over_limit(message, self.limits)
        if message.media or message.poll:
            raise Refused("only words can be edited", reason="cannot_edit")
        body = {"text": message.text, "linkPreview": message.link_preview}
        await self.door.asked("PUT", self._place(target, receipt.ids[0]), body)
        return receipt

    async def withdraw(self, target: str, receipt: Receipt) -> None:
        for message_id in receipt.ids:
            with suppress(TargetGone):  # it does not stand there any more
                await self.door.asked("DELETE", self._place(target, message_id))

    async def pin(self, target: str, receipt: Receipt) -> None:
        body = {"duration": PINNED_FOR}
        await self.door.asked("POST", f"{self._place(target, receipt.ids[0])}/pin", body, harmless=True)

    async def unpin(self, target: str, receipt: Receipt) -> None:
        await self.door.asked("POST", f"{self._place(target, receipt.ids[0])}/unpin", harmless=True)

    async def find(self, target: str, message: Message, after: str = "") -> Receipt | None:
        """By the id that text and polls were given; a file by its words among our newest messages there."""
        query = f"limit={NEWEST}&downloadMedia=false&filter.fromMe=true&sortBy=timestamp&sortOrder=desc"
        answer = await self.door.asked("GET", f"/chats/{quote(target)}/messages?{query}")
        found = [OwnMessage.model_validate(one) for one in answer] if isinstance(answer, list) else []
        mine = own_id(message.key)
        for one in found:
            by_words = bool(message.media) and one.hasMedia and bool(message.text) and one.body == message.text
            if mine in one.id or (by_words and _later(one.id, after, found)):
                return Receipt((one.id,))
        return None if message.media else await self._by_id(target, f"true_{target}_{mine}")

    async def _by_id(self, target: str, message_id: str) -> Receipt | None:
        """Older than the newest ones, in a group of many words."""
        try:
            answer = await self.door.asked("GET", self._place(target, message_id))
            return Receipt((Sent.model_validate(answer).id,))
        except (TargetGone, ValueError):
            return None

    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """Members of a group, followers of a channel, a channel's views; how far messages got comes by webhook."""
        now, in_channel = datetime.now(UTC), target.endswith("@newsletter")
        if receipt:
            return await self._shown(target, receipt, now) if in_channel else ()
        count = (await self._channel(target)).members if in_channel else len(await self._participants(target))
        return () if count is None else (Reading(Metric.FOLLOWERS, count, now, SOURCE),)

    async def _shown(self, target: str, receipt: Receipt, now: datetime) -> Sequence[Reading]:
        query = f"limit={SHOWN}&downloadMedia=false"
        answer = await self.door.asked("GET", f"/channels/{quote(target)}/messages/preview?{query}")
        for one in answer if isinstance(answer, list) else []:
            shown = Shown.model_validate(one)
            if shown.message.id in receipt.ids:
                views = () if shown.viewCount is None else (Reading(Metric.VIEWS, shown.viewCount, now, SOURCE),)
                given = sorted(shown.reactions.items())
                return (*views, *(Reading(Metric.REACTIONS, count, now, SOURCE, emoji) for emoji, count in given))
        return ()

    def hear(self, hook: Hook) -> tuple[Event, ...]:
        secret = self.settings.hook_secret.get_secret_value()
        hooks.verify(hook, secret)
        return hooks.events(hook.body, self.settings.session, secret)

    def answer_challenge(self, query: Mapping[str, str]) -> str:
        raise Refused("the gateway asks no such question", reason="bad_signature")

    async def _ourselves(self) -> Target:
        answer = await self.door.asked("GET", f"/api/sessions/{self.settings.session}", whole=True)
        info = answer if isinstance(answer, Mapping) else {}
        status, me = str(info.get("status", "")), info.get("me") or {}
        if status == "STARTING":
            raise Unavailable(status)
        if status != "WORKING":
            raise AccessLost(status or "no status", reason=SESSION.get(status, "gateway_stopped"))
        return Target(str(me.get("id") or self.settings.session), str(me.get("pushName") or "WhatsApp"), "private")

    async def _participants(self, target: str) -> list[Participant]:
        answer = await self.door.asked("GET", f"/groups/{quote(target)}/participants/v2")
        rows = [Participant.model_validate(one) for one in answer] if isinstance(answer, list) else []
        there = [row for row in rows if row.role != "left"]
        if not there:
            raise TargetGone("no participants: we are not in the group")
        return there

    async def _channel(self, target: str) -> Target:
        answer = await self.door.asked("GET", "/channels?role=OWNER")
        for one in answer if isinstance(answer, list) else []:
            channel = ChannelInfo.model_validate(one)
            if channel.id == target:
                return Target(target, channel.name or target, "channel", members=channel.subscribersCount)
        raise TargetGone("not one of our channels")

    def _place(self, target: str, message_id: str) -> str:
        return f"/chats/{quote(target)}/messages/{quote(message_id)}"


def own_id(key: str) -> str:
    """As WhatsApp's own clients write ids: 3EB0 and 18 hexadecimal digits."""
    return f"3EB0{hashlib.sha256(key.encode()).hexdigest()[:18].upper()}"


def _later(message_id: str, after: str, newest_first: Sequence[OwnMessage]) -> bool:
    """Whether it came after the last message known before the attempt; without one its words must do."""
    ids = [one.id for one in newest_first]
    return after not in ids or ids.index(message_id) < ids.index(after)


def _file(media: Media) -> dict[str, str]:
    try:
        data = base64.b64encode(media.path.read_bytes()).decode()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Refused(f"{media.path.name}: {why}", reason="broken_media", why=why) from None
    name = {"photo": f"{media.sha256[:12]}.jpg", "video": f"{media.sha256[:12]}.mp4"}.get(media.kind, media.path.name)
    return {"mimetype": media.mime, "filename": name, "data": data}
