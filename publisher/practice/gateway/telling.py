"""What the people of a group do with a message of the linked phone, and how the gateway tells of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from publisher.practice.chats import Chat
from publisher.practice.gateway import wire
from publisher.practice.gateway.sessions import Session
from publisher.practice.messages import Message
from publisher.practice.world import World

SCAN_S = 8.0  # seconds after which somebody holds the phone before a code that is looked at


def push(world: World, name: str, payload: dict[str, Any]) -> None:
    """Every linked phone of this practice server is in every chat."""
    for session in world.phones.all():
        if session.linked:
            world.phone_hooks.push(session, wire.event(session, name, payload))


def status(world: World, session: Session) -> Session:
    data: dict[str, Any] | None = None
    if session.status == "WORKING" and session.restricted_until:
        data = {"reachoutTimelock": wire.timelock(session)}
    point = {"status": session.status, "timestamp": int(session.since * 1000)}
    payload = {"name": session.name, "status": session.status, "statuses": [point], "data": data}
    world.phone_hooks.push(session, wire.event(session, "session.status", payload))
    return session


def got(world: World, message: Message, people: Iterable[str], state: str) -> list[str]:
    """These people's phones got it, they read it, or played it; returns those for whom that is new."""
    chat = world.chats.get(message.chat)
    fresh = [person for person in people if world.messages.receipt(message, person, state)]
    name = {"delivered": "DEVICE", "read": "READ", "played": "PLAYED"}[state]
    if chat and chat.kind == "group":
        for person in fresh:
            push(world, "message.ack.group", wire.ack(chat, message, person, name))
    return fresh


def reacted(world: World, message: Message, person: str, emoji: str) -> None:
    """One reaction a person; an empty one takes it back."""
    chat = world.chats.get(message.chat)
    given = {who: what for who, what in message.body.get("reacted", {}).items() if who != person}
    given |= {person: emoji} if emoji else {}
    message = world.messages.change(message, message.body | {"reacted": given}, edited=False)
    counts = {kind: list(given.values()).count(kind) for kind in given.values()}
    world.messages.note(message, reactions=counts)
    if chat and chat.kind == "group":
        push(world, "message.reaction", wire.reaction(chat, message, person, emoji))


def voted(world: World, message: Message, person: str, options: list[str]) -> None:
    """The person's newest vote replaces the one before."""
    chat, poll = world.chats.get(message.chat), message.poll
    if chat is None or poll is None:
        return
    given = message.body.get("voted", {}) | {person: options}
    message = world.messages.change(message, message.body | {"voted": given}, edited=False)
    every = [option for chosen in given.values() for option in chosen]
    world.messages.note(message, votes=[every.count(option["text"]) for option in poll["options"]])
    push(world, "poll.vote", wire.vote(chat, message, person, options))


def wrote(world: World, chat: Chat, text: str, person: str, name: str, reply_to: str = "") -> Message:
    body = {"text": text, "from": {"wa_id": person, "name": name}} | ({"reply_to": reply_to} if reply_to else {})
    number = world.chats.next_id(chat.id)
    found = world.messages.add(chat.id, f"false_{chat.id}_3A{number:018X}_{person}@c.us", "resident", body)
    push(world, "message", wire.written(world, chat, found))
    return found


def scan_when_looked_at(world: World) -> None:
    """In practice somebody holds the phone before the screen a few seconds after the code is shown."""
    for session in world.phones.all():
        if session.status == "SCAN_QR_CODE" and 0 < session.asked_at < time.time() - SCAN_S:
            status(world, world.phones.scanned(session))
