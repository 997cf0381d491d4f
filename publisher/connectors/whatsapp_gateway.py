"""WhatsApp groups and channels through a self-hosted gateway (WAHA, engine GOWS) that is linked to a phone.

The gateway is a program of its own beside ours, reached over HTTP; its native code stays out of our process. It breaks
WhatsApp's terms, and the number can be restricted or banned: off until an administrator chooses it. Shapes: WAHA's
OpenAPI 2026.7.2; nothing here was tried against the live network.

Text carries a message id that is made from the delivery's own key: the same for every attempt, so what became
of one can be asked for by that id, and nothing needs to be remembered. Files take no id: there the newest messages of
our own are compared. Polls are left out: ours are quizzes with an explanation, which WhatsApp does not have.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field, SecretStr

from publisher.connectors import whatsapp_gateway_hooks as hooks
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
    Publishes,
    Rate,
    Reading,
    Receipt,
    Settings,
    Target,
    refuse_over_limit,
)
from publisher.connectors.errors import AccessLost, ConnectorError, OutcomeUnknown, Refused, TargetGone, Unavailable
from publisher.connectors.network import failure, keep_quiet
from publisher.connectors.whatsapp_gateway_errors import SESSION, refusal

SOURCE = "gateway"
TIMEOUT = httpx.Timeout(connect=10, read=90, write=120, pool=30)  # seconds; the gateway answers when WhatsApp did
NEWEST = 30  # own messages looked at after an unknown outcome
ADMIN = ("admin", "superadmin")


class WhatsAppGatewaySettings(Settings, frozen=True):
    """`session` is the gateway's name for the linked phone; `hook_secret` signs what it tells us."""

    type: Literal["whatsapp_gateway"] = "whatsapp_gateway"
    api_url: str = "http://127.0.0.1:3000"
    token: SecretStr
    hook_secret: SecretStr = SecretStr("")
    session: str = Field("default", pattern=r"^[\w-]{1,54}$")


class Sent(BaseModel):
    id: str = Field(min_length=1)


class OwnMessage(BaseModel):
    id: str
    body: str | None = ""
    hasMedia: bool = False
    timestamp: float = 0


class Participant(BaseModel):
    id: str
    pn: str = ""
    role: str = "participant"


class ChannelInfo(BaseModel):
    id: str
    name: str = ""
    role: str = ""
    subscribersCount: int | None = None


class WhatsAppGateway(Connector, Publishes, Measures, Hears):
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
            edit_within=timedelta(minutes=15),
            withdraw_within=timedelta(hours=48),
            changes_source="https://waha.devlike.pro/docs/how-to/send-messages/",
            replies=True,
            # https://waha.devlike.pro/docs/overview/how-to-avoid-blocking/ and what bans were reported for
            rates=(Rate("account", 1, 45), Rate("account", 30, 3600), Rate("account", 150, 86_400)),
        ),
        metrics=frozenset({Metric.FOLLOWERS, Metric.REACTIONS, Metric.DELIVERED, Metric.READ, Metric.PLAYED}),
        risks=(
            "It breaks WhatsApp's terms: the number can be restricted or banned. "
            "Keep a second administrator on a phone."
        ),
    )

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        assert isinstance(settings, WhatsAppGatewaySettings)
        keep_quiet()
        self.settings = settings
        self.limits = self.limits_for(settings)
        self._http = httpx.AsyncClient(
            base_url=settings.api_url.rstrip("/"),
            headers={"X-Api-Key": settings.token.get_secret_value()},
            timeout=TIMEOUT,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def check(self, target: str = "") -> Target:
        """Of a group we must be a member; that only administrators may write shows when posting."""
        if not target:
            return await self._ourselves()
        if target.endswith("@newsletter"):
            return await self._channel(target)
        members, answer = await self._participants(target), await self._asked("GET", f"/groups/{quote(target)}")
        info = answer if isinstance(answer, Mapping) else {}
        title = str(info.get("subject") or info.get("Name") or info.get("name") or target)
        return Target(target, title, "group", members=len(members))

    async def publish(self, target: str, message: Message) -> Receipt:
        refuse_over_limit(message, self.limits)
        path, body = await asyncio.to_thread(self._request, target, message)
        answer = await self._asked("POST", path, body, whole=True)
        try:
            return Receipt((Sent.model_validate(answer).id,))
        except ValueError as error:
            raise OutcomeUnknown(f"an answer without an id ({type(error).__name__})") from None

    def _request(self, target: str, message: Message) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"session": self.settings.session, "chatId": target}
        if message.reply_to:
            body["reply_to"] = message.reply_to
        if not message.media:
            text = {"text": message.text, "linkPreview": message.link_preview}
            return "/api/sendText", {**body, "id": own_id(message.key), **text}
        media = message.media[0]
        body |= {"file": _file(media), **({"caption": message.text} if message.text else {})}
        return ("/api/sendImage", body) if media.kind == "photo" else ("/api/sendVideo", {**body, "convert": False})

    async def edit(self, target: str, receipt: Receipt, message: Message) -> Receipt:
        refuse_over_limit(message, self.limits)
        if message.media:
            raise Refused("only words can be edited", reason="cannot_edit")
        body = {"text": message.text, "linkPreview": message.link_preview}
        await self._asked("PUT", self._place(target, receipt.ids[0]), body)
        return receipt

    async def withdraw(self, target: str, receipt: Receipt) -> None:
        for message_id in receipt.ids:
            with suppress(TargetGone):  # it does not stand there any more
                await self._asked("DELETE", self._place(target, message_id))

    async def find(self, target: str, message: Message, after: str = "") -> Receipt | None:
        """By the id that text was given; a file by its words among our newest messages there."""
        query = f"limit={NEWEST}&downloadMedia=false&filter.fromMe=true&sortBy=timestamp&sortOrder=desc"
        answer = await self._asked("GET", f"/chats/{quote(target)}/messages?{query}")
        found = [OwnMessage.model_validate(one) for one in answer] if isinstance(answer, list) else []
        mine = own_id(message.key)
        for one in found:
            by_words = bool(message.media) and one.hasMedia and bool(message.text) and one.body == message.text
            if mine in one.id or (by_words and _later(one.id, after, found)):
                return Receipt((one.id,))
        return None

    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """Members of a group, followers of a channel; how far messages got comes by webhook."""
        if receipt:
            return ()
        if target.endswith("@newsletter"):
            count = (await self._channel(target)).members
        else:
            count = len(await self._participants(target))
        now = datetime.now(UTC)
        return () if count is None else (Reading(Metric.FOLLOWERS, count, now, SOURCE),)

    def hear(self, hook: Hook) -> tuple[Event, ...]:
        secret = self.settings.hook_secret.get_secret_value()
        hooks.verify(hook, secret)
        return hooks.events(hook.body, self.settings.session, secret)

    def answer_challenge(self, query: Mapping[str, str]) -> str:
        raise Refused("the gateway asks no such question", reason="bad_signature")

    async def _ourselves(self) -> Target:
        answer = await self._asked("GET", f"/api/sessions/{self.settings.session}", whole=True)
        info = answer if isinstance(answer, Mapping) else {}
        status, me = str(info.get("status", "")), info.get("me") or {}
        if status != "WORKING":
            raise AccessLost(status or "no status", reason=SESSION.get(status, "gateway_stopped"))
        return Target(str(me.get("id") or self.settings.session), str(me.get("pushName") or "WhatsApp"), "private")

    async def _participants(self, target: str) -> list[Participant]:
        answer = await self._asked("GET", f"/groups/{quote(target)}/participants/v2")
        rows = [Participant.model_validate(one) for one in answer] if isinstance(answer, list) else []
        there = [row for row in rows if row.role != "left"]
        if not there:
            raise TargetGone("no participants: we are not in the group")
        return there

    async def _channel(self, target: str) -> Target:
        answer = await self._asked("GET", "/channels?role=OWNER")
        for one in answer if isinstance(answer, list) else []:
            channel = ChannelInfo.model_validate(one)
            if channel.id == target:
                return Target(target, channel.name or target, "channel", members=channel.subscribersCount)
        raise TargetGone("not one of our channels")

    def _place(self, target: str, message_id: str) -> str:
        return f"/chats/{quote(target)}/messages/{quote(message_id)}"

    async def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, whole: bool = False
    ) -> Any:
        """One request. `whole`: the path is complete; else it is below the session's own."""
        address = path if whole else f"/api/{self.settings.session}{path}"
        try:
            reply = await self._http.request(method, address, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._read_only(method, failure(error)) from None
        if reply.is_success:
            try:
                return reply.json() if reply.content else {}
            except ValueError:
                raise self._read_only(method, OutcomeUnknown("an answer that is not JSON")) from None
        secret = self.settings.token.get_secret_value()
        raise self._read_only(method, refusal(reply, secret)) from None

    def _read_only(self, method: str, error: ConnectorError) -> ConnectorError:
        """A question that was not answered changed nothing."""
        unclear = method == "GET" and isinstance(error, OutcomeUnknown)
        return Unavailable(error.detail) if unclear else error


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
    ending = "jpg" if media.kind == "photo" else "mp4"
    return {"mimetype": media.mime, "filename": f"{media.sha256[:12]}.{ending}", "data": data}
