"""What residents do, applied to the chats and told to the business the way each platform tells it.

The simulated residents and the trainer's control address both come through here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from typing import Any

from publisher.practice.bot.wire import chat_json, member_json, message_json, poll_json, resident_json
from publisher.practice.chats import Chat
from publisher.practice.cloud import payloads
from publisher.practice.gateway import telling
from publisher.practice.messages import Message
from publisher.practice.world import World

JOINS_TOLD = 20  # chat_member updates of one moment; more would be a flood nobody reads


def viewed(world: World, message: Message, *, views: int | None = None, forwards: int | None = None) -> Message:
    counts = {"views": views, "forwards": forwards}
    return world.messages.note(message, **{name: value for name, value in counts.items() if value is not None})


def reacted(world: World, message: Message, counts: dict[str, int]) -> Message:
    """The whole picture of reactions, as message_reaction_count tells it (never a difference)."""
    counts = {emoji: count for emoji, count in counts.items() if count > 0}
    if counts == message.reactions:
        return message
    message = world.messages.note(message, reactions=counts)
    chat = world.chats.get(message.chat)
    if chat and chat.kind != "private":
        reactions = [{"type": {"type": "emoji", "emoji": e}, "total_count": n} for e, n in _by_count(counts)]
        known = {"chat": chat_json(chat), "message_id": message.id, "date": int(time.time()), "reactions": reactions}
        world.updates.push("message_reaction_count", known)
    return message


def _by_count(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])


def bot_reacted(world: World, message: Message, emoji: str) -> None:
    counts = dict(message.reactions)
    old = message.body.get("bot_reaction", "")
    if old in counts:
        counts[old] -= 1
    if emoji:
        counts[emoji] = counts.get(emoji, 0) + 1
    message = world.messages.change(message, message.body | {"bot_reaction": emoji}, edited=False)
    world.messages.note(message, reactions={kind: count for kind, count in counts.items() if count > 0})


def voted(world: World, message: Message, votes: list[int]) -> Message:
    """Voters per option; the bot that sent the poll gets its new state."""
    poll = message.poll
    if not poll or poll["is_closed"] or votes == message.votes:
        return message
    message = world.messages.note(message, votes=votes)
    world.updates.push("poll", poll_json(message), poll["bot"])
    return message


def joined(world: World, chat: Chat, number: int) -> Chat:
    """`number` people come in (or, below 0, go)."""
    changed = world.chats.change(chat, members=max(1, chat.members + number))
    if chat.platform == "telegram" and world.updates.wanted("chat_member"):
        for n in range(min(abs(number), JOINS_TOLD)):
            user = resident_json(chat.members + n)
            states = ({"status": "left", "user": user}, {"status": "member", "user": user})
            old, new = states if number > 0 else reversed(states)
            invited = _invited(world, chat) if number > 0 else {}
            world.updates.push("chat_member", _membership(chat, user, old, new) | invited)
    return changed


def _invited(world: World, chat: Chat) -> dict[str, Any]:
    """Every second resident comes by one of the invitations that hang somewhere."""
    links = [link for link in world.database.recall(f"invites {chat.id}") or [] if not link["is_revoked"]]
    return {"invite_link": random.choice(links)} if links and random.random() < 0.5 else {}


def bot_status(world: World, chat: Chat, status: str, missing: Iterable[str] | None = None) -> Chat:
    """An administrator of the chat changes what the bot is there."""
    rights = chat.missing if missing is None else frozenset(missing)
    changed = world.chats.change(chat, bot=status, missing=rights)
    if chat.platform == "telegram":
        for bot in world.updates.wanted("my_chat_member"):
            told = _membership(
                chat, resident_json(1, "Press office"), member_json(chat, bot), member_json(changed, bot)
            )
            world.updates.push("my_chat_member", told, bot)
    return changed


def _membership(chat: Chat, by: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    told = {"chat": chat_json(chat), "from": by, "date": int(time.time())}
    return told | {"old_chat_member": old, "new_chat_member": new}


def moved(world: World, chat: Chat) -> Chat:
    """The group becomes a supergroup; members' apps and the bot are told by service messages."""
    new = world.chats.move(chat)
    told = {"date": int(time.time()), "from": resident_json(1, "Press office")}
    world.updates.push("message", told | {"message_id": 0, "chat": chat_json(chat), "migrate_to_chat_id": int(new.id)})
    return new


def wrote(world: World, chat: Chat, text: str, name: str, number: int) -> Message:
    """A resident writes in the chat."""
    if chat.platform == "gateway":
        people = world.chats.people(chat.id)
        person, known = people[number % len(people)]
        return telling.wrote(world, chat, text, person, name or known)
    if chat.platform == "whatsapp":
        people = world.chats.people(chat.id) or [(chat.id, chat.title)]
        person, known = people[number % len(people)]
        body = {"text": text, "from": {"wa_id": person, "name": name or known}}
        message = world.messages.add(chat.id, payloads.new_id(world.chats.next_id(chat.id), chat.id), "resident", body)
        world.hooks.push(payloads.incoming(world, chat, message, person, name or known, {"text": {"body": text}}))
        return message
    author = resident_json(number, name or "Practice resident")
    if chat.kind == "private":
        author = {"id": int(chat.id), "is_bot": False, "first_name": name or chat.title, "language_code": "kk"}
    message = world.messages.add(
        chat.id, world.chats.next_id(chat.id), "resident", {"text": text, "from": author} | _command(text)
    )
    world.updates.push("message", message_json(world, message))
    return message


def _command(text: str) -> dict[str, Any]:
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(first)}]} if first.startswith("/") else {}


def pressed(world: World, message: Message, data: str, number: int) -> str:
    """A resident presses a button; returns the id of the press."""
    chat = world.chats.get(message.chat)
    if chat and chat.platform == "whatsapp":
        return _chosen(world, chat, message, data)
    press = str(time.time_ns())
    world.database.remember(f"callback {press}", True)
    who = resident_json(number)
    if chat and chat.kind == "private":
        who = who | {"id": int(chat.id), "first_name": chat.title}
    body = {"id": press, "from": who, "chat_instance": message.chat, "data": data}
    world.updates.push("callback_query", body | {"message": message_json(world, message)}, int(message.sender))
    return press


def _of_a_phone(world: World, message: Message) -> bool:
    chat = world.chats.get(message.chat)
    return chat is not None and chat.platform == "gateway"


def _chosen(world: World, chat: Chat, message: Message, data: str) -> str:
    """WhatsApp: the choice appears in the chat as the resident's own message."""
    choices = {one["id"]: one["title"] for one in message.body.get("choices", [])}
    kind = "button_reply" if len(choices) <= 3 else "list_reply"
    number = world.chats.next_id(chat.id)
    body = {"text": choices.get(data, data), "from": {"wa_id": chat.id, "name": chat.title}}
    reply = world.messages.add(chat.id, payloads.new_id(number, chat.id), "resident", body)
    chosen = {"interactive": {"type": kind, kind: {"id": data, "title": choices.get(data, data)}}}
    world.hooks.push(payloads.incoming(world, chat, reply, chat.id, chat.title, chosen))
    return reply.id


def got(world: World, message: Message, people: Iterable[str], state: str) -> list[str]:
    """WhatsApp: these people's phones got the message, or they read it. Returns those for whom that is new."""
    if _of_a_phone(world, message):
        return telling.got(world, message, people, state)
    fresh = [person for person in people if world.messages.receipt(message, person, state)]
    chat = world.chats.get(message.chat)
    if fresh and chat:
        world.hooks.push(payloads.person_statuses(world, chat, message, fresh, state))
    return fresh


def reacted_in_whatsapp(world: World, message: Message, person: str, emoji: str) -> None:
    """One reaction per person; an empty emoji takes it back."""
    if _of_a_phone(world, message):
        telling.reacted(world, message, person, emoji)
        return
    chat = world.chats.get(message.chat)
    if chat is None:
        return
    given = dict(message.body.get("reacted", {}))
    given.pop(person, None)
    if emoji:
        given[person] = emoji
    counts = {kind: list(given.values()).count(kind) for kind in given.values()}
    message = world.messages.change(message, message.body | {"reacted": given}, edited=False)
    world.messages.note(message, reactions=counts)
    name = dict(world.chats.people(chat.id)).get(person, chat.title)
    reaction = {"reaction": {"message_id": message.id, "emoji": emoji}}
    world.hooks.push(payloads.incoming(world, chat, None, person, name, reaction))
