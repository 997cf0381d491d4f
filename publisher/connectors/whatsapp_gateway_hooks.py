"""What the gateway's webhooks tell: how far messages got with each person, reactions. Signed with sha512."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from publisher.connectors.base import Event, Hook, Reacted, Status
from publisher.connectors.errors import Refused

State = Literal["sent", "delivered", "read", "played", "failed"]
ACKS: dict[int, State] = {-1: "failed", 1: "sent", 2: "delivered", 3: "read", 4: "played"}


def verify(hook: Hook, secret: str) -> None:
    """Without a secret nothing is believed."""
    headers = {name.lower(): value for name, value in hook.headers.items()}
    given = headers.get("x-webhook-hmac", "")
    ours = hmac.new(secret.encode(), hook.body, hashlib.sha512).hexdigest()
    if not secret or not hmac.compare_digest(ours, given.lower()):
        raise Refused("the webhook's signature is not the gateway's", reason="bad_signature")


def events(body: bytes, session: str, secret: str) -> tuple[Event, ...]:
    """A repeated webhook says the same again: statuses only rise, a reaction replaces the person's last one."""
    try:
        found = json.loads(body)
    except ValueError:
        return ()
    if not isinstance(found, dict) or found.get("session") != session or not isinstance(found.get("payload"), dict):
        return ()
    return tuple(_events(str(found.get("event", "")), found["payload"], found.get("timestamp"), secret))


def _events(event: str, payload: Mapping[str, Any], stamp: object, secret: str) -> Iterator[Event]:
    if event in ("message.ack", "message.ack.group") and payload.get("fromMe"):
        yield from _ack(payload, _moment(stamp), secret)
    elif event == "message.reaction" and not payload.get("fromMe"):
        yield from _reaction(payload, _moment(stamp), secret)


def _ack(payload: Mapping[str, Any], at: datetime, secret: str) -> Iterator[Status]:
    state = ACKS.get(payload.get("ack", 0))
    chat, person = str(payload.get("to") or payload.get("from") or ""), str(payload.get("participant") or "")
    message = _message(str(payload.get("id") or ""), person)
    if state and message:
        yield Status(state, message, at, target=chat, person=_hashed(person, secret))


def _reaction(payload: Mapping[str, Any], at: datetime, secret: str) -> Iterator[Reacted]:
    told = payload.get("reaction") or {}
    person = str(payload.get("participant") or payload.get("from") or "")
    if told.get("messageId") and person:
        chat = str(payload.get("from") or "")
        yield Reacted(str(told["messageId"]), _hashed(person, secret), str(told.get("text") or ""), at, chat)


def _message(given: str, person: str) -> str:
    """Of a group the id ends with the participant's: the message's own is the same without."""
    return given.removesuffix(f"_{person}") if person else given


def _hashed(person: str, secret: str) -> str:
    return hmac.new(secret.encode(), person.encode(), hashlib.sha256).hexdigest()[:32] if person else ""


def _moment(stamp: object) -> datetime:
    """Milliseconds since 1970, as the gateway dates its events."""
    if isinstance(stamp, int | float) and not isinstance(stamp, bool) and 0 < stamp < 4e12:
        return datetime.fromtimestamp(stamp / 1000, UTC)
    return datetime.now(UTC)
