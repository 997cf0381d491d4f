"""WhatsApp groups and numbers, through Meta's Cloud API."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Self

import httpx
from pydantic import BaseModel, Field, SecretStr

from publisher.connectors import whatsapp_cloud_hooks as hooks
from publisher.connectors import whatsapp_cloud_talk as talk
from publisher.connectors.base import (
    NEVER,
    Answer,
    Connector,
    Converses,
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
    Upload,
    Uploads,
    refuse_over_limit,
)
from publisher.connectors.errors import AccessLost, OutcomeUnknown, RateLimited, Refused, TargetGone, Unavailable
from publisher.connectors.linking import Rated, Standing
from publisher.connectors.network import keep_quiet
from publisher.connectors.whatsapp_cloud_errors import translated

SOURCE = "cloud-api"
RATED = ("id", "quality_rating", "status", "throughput", "whatsapp_business_manager_messaging_limit")
TIMEOUT = httpx.Timeout(connect=10, read=60, write=60, pool=30)  # seconds; Meta answers an upload when it has it all


class WhatsAppCloudSettings(Settings, frozen=True):
    """`verify_token` is any word of the administrator's own, given to Meta when the webhook is set up.

    `templates`: by language, the name of an approved template with one variable in its body. What goes to one person
    goes in it: outside of 24 hours after they wrote, Meta lets nothing else through.
    """

    type: Literal["whatsapp_cloud"] = "whatsapp_cloud"
    phone_number_id: str
    token: SecretStr
    app_secret: SecretStr
    verify_token: SecretStr = SecretStr("")
    api_url: str = "https://graph.facebook.com"
    api_version: str = Field("v23.0", pattern=r"^v\d+\.\d+$")
    templates: dict[Literal["kk", "ru", "en"], str] = {}


class SentMessage(BaseModel):
    id: str


class Sent(BaseModel):
    """The library wants contacts in the answer as well; an accepted message must not become unknown for their lack."""

    messages: list[SentMessage] = Field(min_length=1)


class Uploaded(BaseModel):
    id: str


class Group(BaseModel):
    """Asked for without its participants: their numbers are none of our business."""

    subject: str = ""
    suspended: bool = False
    total_participant_count: int | None = None


class Throughput(BaseModel):
    level: str = ""


class PhoneNumber(BaseModel):
    id: str
    verified_name: str = ""
    display_phone_number: str = ""
    quality_rating: str = ""
    status: str = ""
    throughput: Throughput = Throughput()
    whatsapp_business_manager_messaging_limit: str = ""


class WhatsAppCloud(Connector, Publishes, Uploads, Measures, Hears, Converses, Rated):
    talk_window = timedelta(hours=24)  # Meta: free words only so long after the person's last message
    settings_type = WhatsAppCloudSettings
    description: ClassVar[Description] = Description(
        key="whatsapp_cloud",
        label="WhatsApp",
        markup="marks",
        limits=Limits(
            text=4096,
            caption=1024,
            units="characters",
            photo_bytes=5_000_000,
            video_bytes=16_000_000,
            photo_types=frozenset({"image/jpeg", "image/png"}),
            video_types=frozenset({"video/mp4", "video/3gpp"}),
            document_bytes=100_000_000,
            document_types=frozenset({"application/pdf"}),
            edit_within=NEVER,
            withdraw_within=NEVER,
            changes_source="https://developers.facebook.com/documentation/business-messaging/whatsapp/groups",
            replies=True,
            upload_lives=timedelta(days=30),
            rates=(Rate("account", 80, 1),),
        ),
        metrics=frozenset({Metric.FOLLOWERS, Metric.REACTIONS, Metric.REPLIES, Metric.DELIVERED, Metric.READ}),
        risks=(
            "Only groups made through Meta's own interface can be reached; they hold at most eight people, "
            "and Meta charges for every message and person."
        ),
    )

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        assert isinstance(settings, WhatsAppCloudSettings)
        from pywa_async.client import WhatsApp  # heavy: only for whoever has such an account

        keep_quiet()
        logging.getLogger("pywa").setLevel(logging.ERROR)  # its lower levels hold whole requests and answers
        self.settings = settings
        self.limits = self.limits_for(settings)
        self._http = httpx.AsyncClient(timeout=TIMEOUT, transport=transport)
        version = settings.api_version
        self.api = WhatsApp(
            settings.phone_number_id,
            settings.token.get_secret_value(),
            session=self._http,
            api_version=version.removeprefix("v"),
        ).api
        self._http.base_url = f"{settings.api_url.rstrip('/')}/{version}"  # the library sets Meta's own address

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def check(self, target: str = "") -> Target:
        if not target:
            return await self._ourselves()
        if _is_person(target):
            return Target(target, target, "private")
        group = await self._group(target)
        if group.suspended:
            raise TargetGone("WhatsApp suspended the group")
        return Target(target, group.subject or target, "group", members=group.total_participant_count)

    async def publish(self, target: str, message: Message) -> Receipt:
        """A file goes up first, which shows nothing to anybody; then the one request that makes it appear."""
        refuse_over_limit(message, self.limits)
        brought = [await self.upload(media) for media in message.media if not media.remote_id]
        if brought:
            message = replace(message, media=(replace(message.media[0], remote_id=brought[0].remote_id),))
        kind, content = self._templated(message) if _is_person(target) else _content(message)
        with self._translated():
            answer = await self.api.send_message(
                sender=self.settings.phone_number_id,
                to=target,
                recipient=None,
                recipient_type="individual" if _is_person(target) else "group",
                typ=kind,
                msg=content,
                reply_to_message_id=message.reply_to or None,
                biz_opaque_callback_data=message.key,
            )
            sent = Sent.model_validate(answer)
        return Receipt(tuple(m.id for m in sent.messages), uploads=tuple(brought))

    def _templated(self, message: Message) -> tuple[str, dict[str, Any]]:
        name = self.settings.templates.get(message.language)  # type: ignore[call-overload]
        return ("template", _template(name, message)) if name else _content(message)

    async def edit(self, target: str, receipt: Receipt, message: Message) -> Receipt:
        raise Refused("the Cloud API cannot edit a message", reason="cannot_edit")

    async def withdraw(self, target: str, receipt: Receipt) -> None:
        raise Refused("the Cloud API cannot delete a message", reason="cannot_withdraw")

    async def find(self, target: str, message: Message, after: str = "") -> Receipt | None:
        """There is nothing to ask: the status webhook brings our key back and settles it (`hear`)."""
        return None

    async def upload(self, media: Media) -> Upload:
        """A broken upload is Unavailable: whatever became of the file, nobody has been shown anything."""
        try:
            with media.path.open("rb") as file, self._translated():
                answer = await self.api.upload_media(
                    phone_id=self.settings.phone_number_id,
                    media=file,
                    mime_type=media.mime,
                    filename=media.path.name,
                )
                return Upload(media.sha256, Uploaded.model_validate(answer).id)
        except OutcomeUnknown as error:
            raise Unavailable(f"upload: {error.detail}") from None
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Refused(f"{media.path.name}: {why}", reason="broken_media", why=why) from None

    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """A group's size; how far a message got comes by webhook."""
        if receipt or _is_person(target):
            return ()
        members = (await self._group(target)).total_participant_count
        now = datetime.now(UTC)
        return () if members is None else (Reading(Metric.FOLLOWERS, members, now, SOURCE),)

    async def answer(self, chat: str, answer: Answer, press: str = "") -> None:
        """A choice needs no acknowledgement: the answer is one. Words that stand there already are not said again."""
        for number, (kind, content) in enumerate(talk.messages(answer, talk.LIST_WORD[answer.language])):
            try:
                await self._say(chat, kind, content)
            except (Unavailable, RateLimited, AccessLost) as error:
                if not number:
                    raise
                raise OutcomeUnknown(f"the words are there, their choices are not: {error.detail}") from None

    async def _say(self, chat: str, kind: str, content: dict[str, Any]) -> None:
        with self._translated():
            await self.api.send_message(
                sender=self.settings.phone_number_id,
                to=chat,
                recipient=None,
                recipient_type="individual",
                typ=kind,
                msg=content,
            )

    def hear(self, hook: Hook) -> tuple[Event, ...]:
        secret = self.settings.app_secret.get_secret_value()
        hooks.verify(hook, secret)
        return hooks.events(hook.body, self.settings.phone_number_id, secret)

    def answer_challenge(self, query: Mapping[str, str]) -> str:
        return hooks.challenge(query, self.settings.verify_token.get_secret_value())

    async def standing(self) -> Standing:
        number = await self._number(RATED)
        limit = number.whatsapp_business_manager_messaging_limit
        return Standing(number.quality_rating, limit, number.throughput.level, number.status)

    async def _number(self, fields: tuple[str, ...]) -> PhoneNumber:
        with self._translated():
            answer = await self.api.get_business_phone_number(self.settings.phone_number_id, fields)
            return PhoneNumber.model_validate(answer)

    async def _ourselves(self) -> Target:
        number = await self._number(("id", "verified_name", "display_phone_number"))
        names = filter(None, (number.verified_name, number.display_phone_number))
        return Target(number.id, " · ".join(names), "private")

    async def _group(self, target: str) -> Group:
        """Meta answers with its general error 100 when there is no such group among ours."""
        try:
            with self._translated():
                fields = ("subject", "suspended", "total_participant_count")
                return Group.model_validate(await self.api.get_group_info(target, fields))
        except Refused as error:
            raise TargetGone(error.detail) from None

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self.settings.token.get_secret_value())


def _is_person(target: str) -> bool:
    """A phone number, with or without its plus; a group's id always has letters."""
    return target.removeprefix("+").isdigit()


def _content(message: Message) -> tuple[str, dict[str, Any]]:
    if not message.media:
        return "text", {"body": message.text, "preview_url": message.link_preview}
    media = message.media[0]
    content = {"id": media.remote_id} | ({"caption": message.text} if message.text else {})
    if media.kind == "document":
        return "document", content | {"filename": media.path.name}
    return ("image" if media.kind == "photo" else "video"), content


def _template(name: str, message: Message) -> dict[str, Any]:
    """The words are the template's variable; Meta takes no line breaks there. A picture or film stands above them."""
    parts: list[dict[str, Any]] = []
    if message.media:
        kind = "image" if message.media[0].kind == "photo" else "video"
        shown = {"type": kind, kind: {"id": message.media[0].remote_id}}
        parts.append({"type": "header", "parameters": [shown]})
    words = " ".join(message.text.split())
    parts.append({"type": "body", "parameters": [{"type": "text", "text": words}]})
    return {"name": name, "language": {"policy": "deterministic", "code": message.language}, "components": parts}
