"""POST /{phone-number-id}/messages."""

from __future__ import annotations

import time
from typing import Any

from publisher.practice import limits
from publisher.practice.chats import Chat
from publisher.practice.cloud import payloads, templates
from publisher.practice.cloud.errors import CloudApiError, parameter, too_many
from publisher.practice.world import World

MEDIA = ("image", "video", "document")
MEDIA_LIVES = 30 * 86400
PIN_DAYS = (1, 30)


def send(world: World, phone: str, asked: dict[str, Any]) -> dict[str, Any]:
    if asked.get("messaging_product") != "whatsapp":
        raise parameter("The parameter messaging_product is required.")
    if asked.get("status") == "read":
        return {"success": True}
    chat = _recipient(world, asked)
    kind = str(asked.get("type") or "text")
    if kind == "pin":
        return _pin(world, chat, asked)
    body = _content(world, phone, kind, asked) | _context(world, chat, asked)
    key = str(asked.get("biz_opaque_callback_data") or "")
    if len(key) > limits.CALLBACK_KEY:
        raise parameter(f"Param biz_opaque_callback_data must be at most {limits.CALLBACK_KEY} characters long.")
    _spend(world, phone, chat)
    with world.database.transaction():
        number = world.chats.next_id(chat.id)
        body |= {"key": key} if key else {}
        message = world.messages.add(chat.id, payloads.new_id(number, chat.id), phone, body)
        world.hooks.push(payloads.sent(world, chat, message))
    return _accepted(asked, message.id)


def _accepted(asked: dict[str, Any], message_id: str) -> dict[str, Any]:
    to = str(asked["to"])
    contact = {"input": to, "wa_id": to.lstrip("+")}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message_id}]}


def _recipient(world: World, asked: dict[str, Any]) -> Chat:
    kind, to = asked.get("recipient_type") or "individual", str(asked.get("to") or "").strip()
    if not to:
        raise parameter("The parameter to is required.")
    if kind not in ("individual", "group"):
        raise parameter('Param recipient_type must be one of {INDIVIDUAL, GROUP} - got "' + str(kind) + '".')
    chat = world.chats.get(to.lstrip("+") if kind == "individual" else to, "whatsapp")
    if kind == "group":
        if chat is None or chat.kind != "group" or chat.bot != "administrator":
            raise CloudApiError(131041, "The group does not exist, or this phone number is not in it.")
        return chat
    if chat is None or chat.kind != "private" or chat.bot in ("left", "kicked"):
        raise CloudApiError(131026, "Message Undeliverable.")
    return chat


def _content(world: World, phone: str, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
    given = asked.get(kind)
    if kind not in ("text", "interactive", "template", *MEDIA):
        raise CloudApiError(131051, f"Message type is not supported in practice: {kind}.")
    if not isinstance(given, dict):
        raise parameter(f"The parameter {kind} is required.")
    if kind == "template":
        return templates.content(given)
    if kind == "interactive":
        return _interactive(given)
    if kind != "text":
        return _media(world, phone, kind, given)
    text = str(given.get("body") or "")
    if not text.strip():
        raise parameter("The parameter text['body'] is required.")
    if len(text) > limits.TEXT:
        raise parameter(f"Param text['body'] must be at most {limits.TEXT} characters long.")
    return {"text": text, "preview_url": bool(given.get("preview_url"))}


def _interactive(given: dict[str, Any]) -> dict[str, Any]:
    """Quick replies (three at most) or a list (ten lines), below a text of at most 1024 letters."""
    text, action = str((given.get("body") or {}).get("text") or ""), given.get("action") or {}
    if not text.strip() or len(text) > limits.CAPTION:
        raise parameter(f"Param interactive['body']['text'] must have 1 to {limits.CAPTION} characters.")
    if given.get("type") == "button":
        return {"text": text, "choices": _choices([b.get("reply", {}) for b in action.get("buttons", [])], 3, 20)}
    if given.get("type") == "list" and 0 < len(str(action.get("button") or "")) <= 20:
        rows = [row for section in action.get("sections", []) for row in section.get("rows", [])]
        return {"text": text, "choices": _choices(rows, 10, 24)}
    raise parameter("Param interactive['type'] must be one of {button, list}, a list with the word on its button.")


def _choices(given: list[dict[str, Any]], most: int, longest: int) -> list[dict[str, str]]:
    ids = [str(one.get("id") or "") for one in given]
    if not 1 <= len(given) <= most or len(set(ids)) < len(ids):
        raise parameter(f"Param interactive['action'] must have 1 to {most} choices with ids of their own.")
    if any(
        not 1 <= len(str(one.get("title") or "")) <= longest or len(one.get("description") or "") > 72 for one in given
    ):
        raise parameter(f"Param interactive['action']: a title has at most {longest} characters, a description 72.")
    return [{"id": str(one["id"]), "title": str(one.get("description") or one["title"])} for one in given]


def _media(world: World, phone: str, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    media_id, link, caption = given.get("id"), given.get("link"), str(given.get("caption") or "")
    if bool(media_id) == bool(link):
        raise parameter(f"Param {kind} must have exactly one of 'id' and 'link'.")
    if len(caption) > limits.CAPTION:
        raise parameter(f"Param {kind}['caption'] must be at most {limits.CAPTION} characters long.")
    if link:
        if not str(link).startswith(("http://", "https://")):
            raise CloudApiError(131009, f"Param {kind}['link'] is not a valid URL.")
        return {"text": caption, "media": {"kind": kind, "link": str(link)}}
    stored = world.files.get(str(media_id))
    gone = stored is None or stored.owner != phone or time.time() - stored.created_at > MEDIA_LIVES
    if stored is None or gone:
        raise CloudApiError(131009, f"Param {kind}['id'] is not a valid media ID: {media_id}.")
    if stored.kind != f"media-{kind}":
        raise CloudApiError(131053, f"Media {media_id} is of type {stored.mime}, which cannot be sent as {kind}.")
    return {"text": caption, "media": {"kind": kind, "file": stored.id, "name": given.get("filename") or stored.name}}


def _context(world: World, chat: Chat, asked: dict[str, Any]) -> dict[str, Any]:
    target = (asked.get("context") or {}).get("message_id")
    if not target:
        return {}
    if world.messages.get(chat.id, target) is None:
        raise CloudApiError(131009, "Param context['message_id'] is not a message of this chat.")
    return {"reply_to": target}


def _pin(world: World, chat: Chat, asked: dict[str, Any]) -> dict[str, Any]:
    """Groups can have a message pinned for 1 to 30 days."""
    wanted = asked.get("pin") or {}
    message = world.messages.get(chat.id, wanted.get("message_id"))
    if chat.kind != "group" or message is None or wanted.get("type") not in ("pin", "unpin"):
        raise CloudApiError(131009, "Param pin is not valid: only a message that stands in a group can be pinned.")
    rest = [number for number in chat.pinned if number != message.id]
    if wanted["type"] == "pin":
        if not PIN_DAYS[0] <= int(wanted.get("expiration_days") or 0) <= PIN_DAYS[1]:
            raise parameter("Param pin['expiration_days'] must be between 1 and 30.")
        rest.append(message.id)
    world.chats.change(chat, pinned=rest)
    return _accepted(asked, payloads.new_id(time.time_ns(), chat.id))


def _spend(world: World, phone: str, chat: Chat) -> None:
    keys = {f"number {phone}": limits.PER_NUMBER}
    if chat.kind == "private":
        keys[f"pair {phone} {chat.id}"] = limits.PAIR_BURST
    full = world.rates.take(keys)
    if full is None:
        return
    world.database.count("whatsapp 429")
    if full[0].startswith("pair"):
        raise CloudApiError(
            131056,
            "Message failed to send because too many messages were sent to this recipient in a short period of time",
            status=429,
            headers={"Retry-After": str(full[1])},
        )
    raise too_many(full[1])
