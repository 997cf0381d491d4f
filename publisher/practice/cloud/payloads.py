"""Webhook bodies as Meta documents them, groups included.

A group's "sent" has no contacts; "delivered" and "read" name each participant and may come several in one webhook.
"""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.world import World

BUSINESS_ACCOUNT = "102290129340398"
NUMBER = "77152021565"
PHONE_KEY = "phone number id"


def new_id(number: int, chat_id: str) -> str:
    seed = hashlib.sha256(f"{chat_id}/{number}".encode()).hexdigest()[:20].upper()
    raw = b"\x1d\x0b" + NUMBER.encode() + b"\x15\x02\x00\x11\x18\x14" + seed.encode() + b"\x00"
    return f"wamid.{base64.b64encode(raw).decode()}"


def user_id(person: str) -> str:
    """The business-scoped id of a person."""
    return f"KZ.{int(hashlib.sha256(person.encode()).hexdigest()[:12], 16)}"


def _wrapped(world: World, value: dict[str, Any], phone: str = "") -> dict[str, Any]:
    metadata = {
        "display_phone_number": NUMBER,
        "phone_number_id": phone or str(world.database.recall(PHONE_KEY, "100200300")),
    }
    value = {"messaging_product": "whatsapp", "metadata": metadata} | value
    change = {"value": value, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": BUSINESS_ACCOUNT, "changes": [change]}]}


def _status(chat: Chat, message: Message, state: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": message.id, "status": state, "timestamp": str(int(time.time()))}
    found["recipient_id"] = chat.id
    if chat.kind == "group":
        found["recipient_type"] = "group"
    if message.body.get("key"):
        found["biz_opaque_callback_data"] = message.body["key"]
    return found


def sent(world: World, chat: Chat, message: Message) -> dict[str, Any]:
    status = _status(chat, message, "sent")
    if chat.kind == "group":
        return _wrapped(world, {"statuses": [status]}, message.sender)
    contact = _contact(chat.id, chat.title)
    return _wrapped(world, {"contacts": [contact], "statuses": [status | _price(chat, message)]}, message.sender)


def person_statuses(world: World, chat: Chat, message: Message, people: list[str], state: str) -> dict[str, Any]:
    """One webhook for everybody who got that far at the same moment."""
    names = dict(world.chats.people(chat.id))
    status = _status(chat, message, state) | _price(chat, message)
    statuses = [
        status
        | (
            {"recipient_participant_id": person, "recipient_participant_user_id": user_id(person)}
            if chat.kind == "group"
            else {}
        )
        for person in people
    ]
    contacts = [_contact(person, names.get(person, chat.title)) for person in people]
    return _wrapped(world, {"contacts": contacts, "statuses": statuses}, message.sender)


def incoming(
    world: World, chat: Chat, message: Message | None, person: str, name: str, content: dict[str, Any]
) -> dict[str, Any]:
    """A resident writes or reacts. `content` is keyed by the message type."""
    told: dict[str, Any] = {
        "from": person,
        "id": message.id if message else new_id(time.time_ns(), chat.id),
        "timestamp": str(int(time.time())),
        "type": next(iter(content)),
    } | content
    if chat.kind == "group":
        told["group_id"] = chat.id
    return _wrapped(world, {"contacts": [_contact(person, name)], "messages": [told]})


def _contact(person: str, name: str) -> dict[str, Any]:
    return {"profile": {"name": name}, "wa_id": person, "user_id": user_id(person)}


def _price(chat: Chat, message: Message) -> dict[str, Any]:
    category = "group_service" if chat.kind == "group" else "service"
    conversation = hashlib.sha256(f"{chat.id}/{int(message.sent_at // 86400)}".encode()).hexdigest()[:32]
    return {
        "conversation": {"id": conversation, "origin": {"type": "service"}},
        "pricing": {
            "billable": False,
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": category,
        },
    }
