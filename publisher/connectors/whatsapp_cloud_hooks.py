"""What Meta's webhook tells: how far messages got, reactions, and groups lost.

The models are our own: pywa drops group statuses that come without contacts, as the "sent" and "failed" ones do.
Everything unknown is passed over, so that one odd item does not hide the others.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from publisher.connectors.base import Event, Hook, Reacted, Replied, Said, Status, TargetChanged
from publisher.connectors.errors import Refused

log = logging.getLogger(__name__)
Model = TypeVar("Model", bound=BaseModel)
ENDED = {"group_delete", "group_suspend"}
STOP = {"stop", "стоп", "тоқтату", "тоқтат", "отписаться", "unsubscribe", "жазылудан бас тарту"}
START = {"start", "старт", "бастау", "қосу", "подписаться", "жазылу"}


class Fault(BaseModel):
    code: int = 0
    title: str = ""
    message: str = ""


class StatusItem(BaseModel):
    """`recipient_id` is the group, or the person's number in a private chat."""

    id: str
    status: Literal["sent", "delivered", "read", "played", "failed"]
    timestamp: int
    recipient_id: str = ""
    recipient_type: str = "individual"
    group_id: str = ""
    recipient_participant_id: str = ""
    recipient_participant_user_id: str = ""
    biz_opaque_callback_data: str = ""
    errors: list[Fault] = []


class Reaction(BaseModel):
    message_id: str
    emoji: str = ""  # absent or empty: taken back


class MessageItem(BaseModel):
    sender: str = Field(alias="from")
    timestamp: int
    reaction: Reaction
    group_id: str = ""


class Chosen(BaseModel):
    id: str


class Interactive(BaseModel):
    """What a person chose below a message of ours: a button, or a line of a list."""

    button_reply: Chosen | None = None
    list_reply: Chosen | None = None


class Words(BaseModel):
    body: str = ""
    caption: str = ""


class Context(BaseModel):
    forwarded: bool = False
    frequently_forwarded: bool = False


class PrivateItem(BaseModel):
    """A person's message to our number. Pictures and voice messages have no words of ours to read."""

    sender: str = Field(alias="from")
    id: str
    type: str
    text: Words = Words()
    image: Words = Words()
    video: Words = Words()
    interactive: Interactive = Interactive()
    context: Context = Context()
    group_id: str = ""


class Answered(BaseModel):
    id: str


class AnswerItem(BaseModel):
    id: str
    timestamp: int
    context: Answered
    group_id: str = ""


class GroupItem(BaseModel):
    group_id: str
    type: str
    errors: list[Fault] = []


class Metadata(BaseModel):
    phone_number_id: str = ""


class Value(BaseModel):
    metadata: Metadata = Metadata()
    statuses: list[Any] = []
    messages: list[Any] = []
    groups: list[Any] = []


class Change(BaseModel):
    field: str = ""
    value: Value


class Entry(BaseModel):
    changes: list[Any] = []


class Body(BaseModel):
    entry: list[Any] = []


def verify(hook: Hook, secret: str) -> None:
    """Meta signs the raw bytes with the app's secret; anything else that calls our address is turned away."""
    headers = {name.lower(): value for name, value in hook.headers.items()}
    expected = "sha256=" + hmac.new(secret.encode(), hook.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(headers.get("x-hub-signature-256", "").encode(), expected.encode()):
        raise Refused("the webhook's signature is not Meta's", reason="bad_signature")


def challenge(query: Mapping[str, str], token: str) -> str:
    """Meta's question when the webhook is set up: it must name our token, and wants its own number back."""
    given = query.get("hub.verify_token", "")
    asked = query.get("hub.mode") == "subscribe" and bool(token)
    if not (asked and hmac.compare_digest(given.encode(), token.encode())):
        raise Refused("the webhook's verify token is not ours", reason="bad_signature")
    return query.get("hub.challenge", "")


def events(body: bytes, phone_number_id: str, secret: str) -> tuple[Event, ...]:
    """An app may serve several numbers; what concerns another number is not ours to hear."""
    try:
        items = _known(Body, [json.loads(body)])
    except ValueError:
        log.warning("A signed webhook did not hold JSON")
        return ()
    changes = [c for b in items for e in _known(Entry, b.entry) for c in _known(Change, e.changes)]
    ours = (c.value for c in changes if c.value.metadata.phone_number_id in ("", phone_number_id))
    return tuple(event for value in ours for event in _events(value, secret))


def _events(value: Value, secret: str) -> Iterator[Event]:
    for status in _known(StatusItem, value.statuses):
        yield _status(status, secret)
    reactions, others = _parted(value.messages)
    for message in _known(MessageItem, reactions):
        person, at = _person(message.sender, secret), _moment(message.timestamp)
        yield Reacted(message.reaction.message_id, person, message.reaction.emoji, at, message.group_id)
    for private in _known(PrivateItem, others):
        if not private.group_id:
            yield _said(private)
            yield from _wish(private)
    for answer in _known(AnswerItem, (m for m in others if (m.get("context") or {}).get("id"))):
        yield Replied(answer.context.id, _person(answer.id, secret), _moment(answer.timestamp), answer.group_id)
    for group in _known(GroupItem, value.groups):
        if group.type in ENDED and not group.errors:
            yield TargetChanged(group.group_id, "target_gone")


def _parted(messages: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Reactions, and what else people send; what the platform tells us of itself is neither."""
    known = [message for message in messages if isinstance(message, dict)]
    reactions = [message for message in known if message.get("type") == "reaction"]
    return reactions, [
        m for m in known if m.get("type") not in ("reaction", "system", "unsupported", "request_welcome")
    ]


def _said(item: PrivateItem) -> Said:
    """The person's number is where the answer goes; whoever keeps it seals it."""
    chosen = item.interactive.button_reply or item.interactive.list_reply
    words = item.text.body or item.image.caption or item.video.caption
    forwarded = item.context.forwarded or item.context.frequently_forwarded
    return Said(item.sender, item.id, words, data=chosen.id if chosen else "", forwarded=forwarded)


def _wish(message: PrivateItem) -> Iterator[TargetChanged]:
    """A person who writes to us alone that they want no more, or want them again. Nothing else of it is looked at."""
    word = message.text.body.strip().strip(".!").casefold()
    detail = "opted_out" if word in STOP else "opted_in" if word in START else ""
    if detail:
        for number in (message.sender, f"+{message.sender}"):  # as somebody may have written it down
            yield TargetChanged(number, detail)


def _status(item: StatusItem, secret: str) -> Status:
    """Only what one person's phone did has a person: a group's "sent" and "failed" are about the message itself."""
    in_group = item.recipient_type == "group" or bool(item.group_id)
    person = item.recipient_participant_id or item.recipient_participant_user_id
    if not in_group and item.status not in ("sent", "failed"):
        person = item.recipient_id
    return Status(
        state=item.status,
        message_id=item.id,
        at=_moment(item.timestamp),
        key=item.biz_opaque_callback_data,
        target=(item.group_id or item.recipient_id) if in_group else "",
        person=_person(person, secret) if person else "",
        detail="; ".join(f"{f.code}: {f.message or f.title}" for f in item.errors),
    )


def _known(model: type[Model], items: Iterable[Any]) -> Iterator[Model]:
    for item in items:
        try:
            yield model.model_validate(item)
        except ValidationError as error:
            places = sorted({".".join(map(str, e["loc"])) for e in error.errors(include_input=False)})
            log.info("A webhook's %s was passed over: %s", model.__name__, ", ".join(places))


def _person(identity: str, secret: str) -> str:
    return hmac.new(secret.encode(), identity.encode(), hashlib.sha256).hexdigest()[:32]


def _moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
