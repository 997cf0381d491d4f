"""Methods that make something appear in a chat."""

from __future__ import annotations

import time
from typing import Any

from publisher.practice import limits
from publisher.practice.bot.access import chat_of, may_post, message_of, spend
from publisher.practice.bot.call import Call
from publisher.practice.bot.content import caption_body, common, item_caption, poll_body, switches, text_body
from publisher.practice.bot.errors import bad_request
from publisher.practice.bot.media import incoming, kept
from publisher.practice.bot.registry import method
from publisher.practice.bot.wire import chat_json, message_json, user_json
from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.world import World


def _place(world: World, call: Call) -> Chat:
    chat = chat_of(world, call, write=True)
    may_post(chat)
    return chat


def add(world: World, call: Call, chat: Chat, body: dict[str, Any], album: str = "") -> Message:
    if "poll" in body:
        number = int(world.database.recall("poll number", 5_400_000_000_000_000_000)) + 1
        world.database.remember("poll number", number)
        body = body | {"poll": body["poll"] | {"id": str(number)}}
    return world.messages.add(chat.id, world.chats.next_id(chat.id), str(call.bot), body, album)


def _posted(world: World, call: Call, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    spend(world, call, chat)
    with world.database.transaction():
        message = add(world, call, chat, body)
    return message_json(world, message)


@method("sendMessage")
def send_message(world: World, call: Call) -> dict[str, Any]:
    chat = _place(world, call)
    body = text_body(call.formatted("text", "entities")) | common(world, call, chat)
    preview = call.data("link_preview_options", "link preview options")
    return _posted(world, call, chat, body | ({"link_preview": preview} if preview else {}))


@method("sendPhoto")
def send_photo(world: World, call: Call) -> dict[str, Any]:
    return _send_media(world, call, "photo")


@method("sendVideo")
def send_video(world: World, call: Call) -> dict[str, Any]:
    return _send_media(world, call, "video")


@method("sendDocument")
def send_document(world: World, call: Call) -> dict[str, Any]:
    return _send_media(world, call, "document")


def _send_media(world: World, call: Call, kind: str) -> dict[str, Any]:
    chat = _place(world, call)
    body = caption_body(call.formatted("caption", "caption_entities")) | switches(call.params)
    body |= common(world, call, chat)
    media = incoming(world, call, kind, call.params, kind)
    spend(world, call, chat)
    with world.database.transaction():
        message = add(world, call, chat, body | {"media": kept(world, call, media)})
    return message_json(world, message)


@method("sendMediaGroup")
def send_media_group(world: World, call: Call) -> list[dict[str, Any]]:
    """Each picture of an album counts as a message against the speed limits."""
    chat = _place(world, call)
    items = call.data("media", "media")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("expected an Array of InputMedia")
    least, most = limits.ALBUM
    if not least <= len(items) <= most:
        raise bad_request(f"media group must include {least}-{most} items")
    if any(item.get("type") not in ("photo", "video") for item in items):
        raise bad_request("can't use the media of the specified type in the album")
    bodies = [item_caption(item) for item in items]
    media = [incoming(world, call, item["type"], item) for item in items]
    shared = common(world, call, chat)
    spend(world, call, chat, len(items))
    album = str(time.time_ns() // 1000)
    with world.database.transaction():
        sent = [
            add(world, call, chat, body | shared | {"media": kept(world, call, one)}, album)
            for body, one in zip(bodies, media, strict=True)
        ]
    return [message_json(world, message) for message in sent]


@method("sendPoll")
def send_poll(world: World, call: Call) -> dict[str, Any]:
    chat = _place(world, call)
    return _posted(world, call, chat, {"poll": poll_body(call, chat)} | common(world, call, chat))


def _source(world: World, call: Call, what: str) -> Message:
    message = message_of(world, call, chat_of(world, call, "from_chat_id"), what)
    if "service" in message.body:
        raise bad_request(f"message can't be {'copied' if what == 'copy' else 'forwarded'}")
    return message


def _content(message: Message) -> dict[str, Any]:
    dropped = ("keyboard", "reply_to", "from", "forward_origin", "silent")
    body = {name: value for name, value in message.body.items() if name not in dropped}
    return body | ({"poll": body["poll"] | {"is_closed": False}} if "poll" in body else {})


@method("copyMessage")
def copy_message(world: World, call: Call) -> dict[str, Any]:
    chat = _place(world, call)
    source = _source(world, call, "copy")
    body = _content(source)
    if "caption" in call.params and "media" in body:
        body.pop("entities", None)
        body |= caption_body(call.formatted("caption", "caption_entities"))
    sent = _posted(world, call, chat, body | common(world, call, chat))
    return {"message_id": sent["message_id"]}


@method("forwardMessage")
def forward_message(world: World, call: Call) -> dict[str, Any]:
    chat = _place(world, call)
    source = _source(world, call, "forward")
    if source.body.get("has_protected_content"):
        raise bad_request("message can't be forwarded")
    return _posted(world, call, chat, _content(source) | {"forward_origin": _origin(world, source)})


def _origin(world: World, source: Message) -> dict[str, Any]:
    known = source.body.get("forward_origin")
    if known:
        return dict(known)
    home = world.chats.get(source.chat)
    if home is not None and home.kind == "channel":
        place = {"type": "channel", "chat": chat_json(home), "message_id": source.id}
        return place | {"date": int(source.sent_at)}
    user = source.body["from"] if source.sender == "resident" else user_json(int(source.sender))
    return {"type": "user", "sender_user": user, "date": int(source.sent_at)}
