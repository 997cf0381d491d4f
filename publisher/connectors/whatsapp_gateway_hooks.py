"""What the gateway's webhooks tell, signed with sha512: how far messages got with each person, reactions, votes,
replies, groups we were put out of, and the phone's own state. Of a reply only which message it answers is looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from publisher.connectors.base import Event, Hook, Noticed, PhoneTold, Reacted, Replied, Status, TargetChanged, Voted
from publisher.connectors.errors import Refused
from publisher.connectors.whatsapp_gateway_phone import STATES, moment, user_of

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
    event, payload, at = str(found.get("event", "")), found["payload"], _moment(found.get("timestamp"))
    if event.startswith("group.v2."):
        return tuple(_group(event, payload, found.get("me") or {}))
    if event == "session.status":
        return tuple(_status(payload, at))
    return tuple(_events(event, payload, at, secret))


def _events(event: str, payload: Mapping[str, Any], at: datetime, secret: str) -> Iterator[Event]:
    if event in ("message.ack", "message.ack.group") and payload.get("fromMe"):
        yield from _ack(payload, at, secret)
    elif payload.get("fromMe"):
        return
    elif event == "message.reaction":
        yield from _reaction(payload, at, secret)
    elif event == "poll.vote":
        yield from _vote(payload, at, secret)
    elif event == "message":
        yield from _reply(payload, at, secret)


def _status(payload: Mapping[str, Any], at: datetime) -> Iterator[PhoneTold]:
    state = STATES.get(str(payload.get("status", "")))
    lock = (payload.get("data") or {}).get("reachoutTimelock") or {}
    if state == "ready" and lock.get("isActive"):
        yield PhoneTold("restricted", at, moment(lock.get("timeEnforcementEnds")), str(lock.get("enforcementType", "")))
    elif state:
        yield PhoneTold(state, at)


def _group(event: str, payload: Mapping[str, Any], me: Mapping[str, Any]) -> Iterator[Event]:
    group = payload.get("group") or {}
    target = str(group.get("id") or "")
    people = payload.get("participants") or []
    ours = {user for name in ("id", "lid") if (user := user_of(me.get(name)))}
    named = {user_of(one.get(name)) for one in people if isinstance(one, Mapping) for name in ("id", "pn")}
    if event == "group.v2.leave" or (payload.get("type") == "leave" and ours & named):
        yield TargetChanged(target, "target_gone")
    elif event == "group.v2.join" and target:
        yield Noticed(target, str(group.get("subject") or target), "group")


def _vote(payload: Mapping[str, Any], at: datetime, secret: str) -> Iterator[Voted]:
    vote, poll = payload.get("vote") or {}, payload.get("poll") or {}
    person = str(vote.get("participant") or vote.get("from") or "")
    chosen = vote.get("selectedOptions")
    if poll.get("id") and person and not vote.get("fromMe"):
        options = tuple(str(option) for option in chosen) if isinstance(chosen, list) else ()
        yield Voted(str(poll["id"]), _hashed(person, secret), options, at, str(poll.get("to") or ""))


def _reply(payload: Mapping[str, Any], at: datetime, secret: str) -> Iterator[Replied]:
    answered = payload.get("replyTo") or {}
    if isinstance(answered, Mapping) and answered.get("id") and payload.get("id"):
        chat = str(payload.get("from") or "")
        yield Replied(f"true_{chat}_{answered['id']}", _hashed(str(payload["id"]), secret), at, chat)


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
