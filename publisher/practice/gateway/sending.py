"""Sending, correcting, deleting and pinning through the linked phone."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import AsyncIterator
from typing import Any

from publisher.practice import limits
from publisher.practice.chats import Chat
from publisher.practice.files import Stored, Upload
from publisher.practice.gateway import errors, wire
from publisher.practice.gateway.errors import invalid, missing, whatsapp_said
from publisher.practice.messages import Message
from publisher.practice.world import World

KINDS = {"sendImage": "image", "sendVideo": "video", "sendFile": "document"}
LARGEST = {
    "image": limits.WHATSAPP_IMAGE,
    "video": limits.WHATSAPP_VIDEO,
    "document": limits.WHATSAPP_DOCUMENT,
}
PINNED_FOR = (86_400, 604_800, 2_592_000)  # seconds
POLL = (2, 12)


def chat_of(world: World, chat_id: str) -> Chat:
    """A chat that we may write in."""
    chat = world.chats.get(chat_id, "gateway")
    if chat is None or chat.moved_to:
        raise missing("chat")
    if chat.bot not in ("administrator", "member"):
        raise whatsapp_said(errors.NOT_A_PARTICIPANT)
    if chat.bot == "member" and (chat.kind == "channel" or wire.announce_only(chat)):
        raise whatsapp_said(errors.ONLY_ADMINS)
    return chat


async def receive(world: World, method: str, asked: dict[str, Any]) -> Upload | None:
    """The file of a request, written to disk. Data come as base64; addresses are not fetched in practice."""
    if method not in KINDS:
        return None
    file = asked.get("file")
    if not isinstance(file, dict) or not isinstance(file.get("data"), str):
        raise invalid("file.data must be a string")
    try:
        data = base64.b64decode(file["data"], validate=True)
    except (binascii.Error, ValueError):
        raise invalid("file.data must be base64 encoded") from None
    name, mime = str(file.get("filename") or "file"), str(file.get("mimetype") or "application/octet-stream")
    return await world.files.receive(_pieces(data), name, mime, limits.WHATSAPP_DOCUMENT)


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


def send(world: World, method: str, asked: dict[str, Any], upload: Upload | None) -> dict[str, Any]:
    """The same id in the same chat a second time makes nothing new appear."""
    chat = chat_of(world, _text(asked, "chatId"))
    body = _content(world, chat, method, asked, upload)
    if answered := asked.get("reply_to"):
        body["reply_to"] = str(answered)
    given = str(asked.get("id") or "") if method in ("sendText", "sendPoll") else ""
    full = wire.own_id(chat, given or new_id())
    there = world.messages.get(chat.id, full)
    if there is None:
        world.chats.next_id(chat.id)
        there = world.messages.add(chat.id, full, str(asked.get("session") or "default"), body)
    return wire.message(world, chat, there)


def new_id() -> str:
    return f"3EB0{secrets.token_hex(9).upper()}"


def _text(asked: dict[str, Any], name: str) -> str:
    found = asked.get(name)
    if not isinstance(found, str) or not found:
        raise invalid(f"{name} must be a string")
    return found


def _content(world: World, chat: Chat, method: str, asked: dict[str, Any], upload: Upload | None) -> dict[str, Any]:
    if method == "sendText":
        return {"text": _text(asked, "text")}
    if method == "sendPoll":
        return _poll(chat, asked.get("poll"))
    if method == "sendVideo" and not isinstance(asked.get("convert"), bool):
        raise invalid("convert must be a boolean value")
    if upload is None:
        raise invalid("file should not be null or undefined")
    stored = _kept(world, KINDS[method], upload)
    name = upload.name if method == "sendFile" else ""
    media = {"kind": KINDS[method], "file": stored.id, "name": name}
    return {"text": str(asked.get("caption") or ""), "media": media}


def _kept(world: World, kind: str, upload: Upload) -> Stored:
    if upload.over or upload.size > LARGEST[kind]:
        upload.drop()
        raise whatsapp_said(errors.TOO_LARGE)
    width, height = upload.sides() or (0, 0)
    return world.files.keep(upload, "gateway", f"media-{kind}", width=width, height=height)


def _poll(chat: Chat, asked: Any) -> dict[str, Any]:
    if chat.kind == "channel":
        raise whatsapp_said("polls are not available in channels")
    options = asked.get("options") if isinstance(asked, dict) else None
    if not isinstance(options, list) or not POLL[0] <= len(options) <= POLL[1]:
        raise invalid(f"poll.options must have {POLL[0]} to {POLL[1]} elements")
    if not isinstance(asked.get("multipleAnswers"), bool):
        raise invalid("poll.multipleAnswers must be a boolean value")
    shown = [{"text": str(option)} for option in options]
    return {"text": "", "poll": {"question": _text(asked, "name"), "options": shown, "is_closed": False}}


def message_of(world: World, chat: Chat, message_id: str) -> Message:
    found = world.messages.get(chat.id, message_id)
    if found is None:
        raise missing("message")
    return found


def edit(world: World, chat: Chat, message_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    found = message_of(world, chat, message_id)
    world.messages.change(found, found.body | {"text": _text(asked, "text")})
    return {}


def delete(world: World, chat: Chat, message_id: str) -> dict[str, Any]:
    world.messages.delete(message_of(world, chat, message_id))
    return {}


def pin(world: World, chat: Chat, message_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    found = message_of(world, chat, message_id)
    if asked.get("duration") not in PINNED_FOR:
        raise invalid("duration must be 86400, 604800 or 2592000")
    world.chats.change(chat, pinned=[*(one for one in chat.pinned if one != found.id), found.id])
    return {}


def unpin(world: World, chat: Chat, message_id: str) -> dict[str, Any]:
    world.chats.change(chat, pinned=[one for one in chat.pinned if one != message_id])
    return {}
