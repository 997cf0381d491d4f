"""Methods that change, pin or take away what stands there."""

from __future__ import annotations

import time
from typing import Any

from publisher.practice import acts
from publisher.practice.bot.access import chat_of, may_edit, may_pin, may_post, message_of, spend
from publisher.practice.bot.call import Call
from publisher.practice.bot.content import caption_body, item_caption, keyboard, text_body
from publisher.practice.bot.errors import NOT_MODIFIED, bad_request
from publisher.practice.bot.media import incoming, kept
from publisher.practice.bot.registry import method
from publisher.practice.bot.sending import add
from publisher.practice.bot.wire import message_json, poll_json
from publisher.practice.chats import Chat
from publisher.practice.limits import WITHDRAW_SECONDS
from publisher.practice.messages import Message
from publisher.practice.world import World

WORDS = ("text", "entities", "show_caption_above_media", "link_preview")


def _to_edit(world: World, call: Call) -> tuple[Chat, Message]:
    chat = chat_of(world, call, write=True)
    message = message_of(world, call, chat, "edit")
    may_edit(chat, message, call)
    return chat, message


def _edited(world: World, call: Call, chat: Chat, message: Message, body: dict[str, Any]) -> dict[str, Any]:
    """Store the new content. An edit without reply_markup takes the buttons away, as on Telegram."""
    body = {name: value for name, value in body.items() if name != "keyboard" and value not in ([], {}, False)}
    if rows := keyboard(call):
        body["keyboard"] = rows
    if body == message.body:
        raise bad_request(NOT_MODIFIED)
    spend(world, call, chat)
    return message_json(world, world.messages.change(message, body))


def _without_words(message: Message) -> dict[str, Any]:
    return {name: value for name, value in message.body.items() if name not in WORDS}


@method("editMessageText")
def edit_text(world: World, call: Call) -> dict[str, Any]:
    chat, message = _to_edit(world, call)
    if "media" in message.body or "poll" in message.body:
        raise bad_request("there is no text in the message to edit")
    preview = call.data("link_preview_options", "link preview options")
    body = text_body(call.formatted("text", "entities")) | ({"link_preview": preview} if preview else {})
    return _edited(world, call, chat, message, _without_words(message) | body)


@method("editMessageCaption")
def edit_caption(world: World, call: Call) -> dict[str, Any]:
    chat, message = _to_edit(world, call)
    if "media" not in message.body:
        raise bad_request("there is no caption in the message to edit")
    body = caption_body(call.formatted("caption", "caption_entities"))
    above = {"show_caption_above_media": True} if call.flag("show_caption_above_media") else {}
    return _edited(world, call, chat, message, _without_words(message) | body | above)


@method("editMessageMedia")
def edit_media(world: World, call: Call) -> dict[str, Any]:
    chat, message = _to_edit(world, call)
    item = call.data("media", "input media")
    if not isinstance(item, dict) or item.get("type") not in ("photo", "video"):
        raise bad_request("can't parse input media JSON object")
    if "poll" in message.body:
        raise bad_request("message media can't be edited")
    words = item_caption(item)
    media = incoming(world, call, item["type"], item)
    rest = {
        name: value for name, value in _without_words(message).items() if name not in ("media", "has_media_spoiler")
    }
    with world.database.transaction():
        return _edited(world, call, chat, message, rest | words | {"media": kept(world, call, media)})


@method("editMessageReplyMarkup")
def edit_markup(world: World, call: Call) -> dict[str, Any]:
    chat, message = _to_edit(world, call)
    return _edited(world, call, chat, message, message.body)


@method("stopPoll")
def stop_poll(world: World, call: Call) -> dict[str, Any]:
    chat = chat_of(world, call, write=True)
    message = message_of(world, call, chat, "stop poll of")
    poll = message.poll
    if not poll:
        raise bad_request("message with poll to stop not found")
    if poll["is_closed"] or message.sender != str(call.bot):
        raise bad_request("poll has already been closed" if poll["is_closed"] else "poll can't be stopped")
    spend(world, call, chat)
    body = message.body | {"poll": poll | {"is_closed": True}}
    rows = keyboard(call)
    stopped = world.messages.change(message, body | ({"keyboard": rows} if rows else {}), edited=False)
    world.updates.push("poll", poll_json(stopped), call.bot)
    return poll_json(stopped)


def _may_delete(chat: Chat, message: Message, call: Call) -> bool:
    """48 hours for one's own messages; the right to delete messages knows no age."""
    if chat.kind != "private" and chat.may("can_delete_messages"):
        return True
    own = message.sender == str(call.bot) or chat.kind == "private"
    allowed = own and (chat.kind != "channel" or chat.may("can_post_messages"))
    return allowed and time.time() - message.sent_at < WITHDRAW_SECONDS


@method("deleteMessage")
def delete_message(world: World, call: Call) -> bool:
    chat = chat_of(world, call, write=True)
    message = message_of(world, call, chat, "delete")
    if not _may_delete(chat, message, call):
        raise bad_request(
            "message can't be deleted for everyone" if chat.kind == "private" else "message can't be deleted"
        )
    spend(world, call, chat)
    with world.database.transaction():
        _take_away(world, chat, message)
    return True


@method("deleteMessages")
def delete_messages(world: World, call: Call) -> bool:
    """Messages that are not there, or may not be deleted, are skipped."""
    chat = chat_of(world, call, write=True)
    ids = call.data("message_ids", "message identifiers")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise bad_request(
            "message identifiers are not specified" if not ids else "too many message identifiers specified"
        )
    spend(world, call, chat)
    with world.database.transaction():
        for message in filter(None, (world.messages.get(chat.id, number) for number in ids)):
            if _may_delete(chat, message, call):
                _take_away(world, chat, message)
    return True


def _take_away(world: World, chat: Chat, message: Message) -> None:
    world.messages.delete(message)
    if message.id in chat.pinned:
        world.chats.change(chat, pinned=[number for number in chat.pinned if number != message.id])


@method("pinChatMessage")
def pin(world: World, call: Call) -> bool:
    """Groups and channels get a service message about it, which takes a message id of its own."""
    chat = chat_of(world, call, write=True)
    message = message_of(world, call, chat, "pin")
    may_pin(chat)
    spend(world, call, chat)
    if message.id in chat.pinned[-1:]:
        return True
    with world.database.transaction():
        world.chats.change(chat, pinned=[*(number for number in chat.pinned if number != message.id), message.id])
        if chat.kind != "private":
            add(world, call, chat, {"service": {"pinned": message.id}})
    return True


@method("unpinChatMessage")
def unpin(world: World, call: Call) -> bool:
    """Without message_id: the newest pinned message."""
    chat = chat_of(world, call, write=True)
    may_pin(chat)
    if not chat.pinned:
        raise bad_request("message to unpin not found")
    target = message_of(world, call, chat, "unpin").id if call.number("message_id") else chat.pinned[-1]
    if target not in chat.pinned:
        raise bad_request("message to unpin not found")
    spend(world, call, chat)
    world.chats.change(chat, pinned=[number for number in chat.pinned if number != target])
    return True


@method("setMessageReaction")
def set_reaction(world: World, call: Call) -> bool:
    """The bot's own reaction; bots have one at most."""
    chat = chat_of(world, call)
    message = message_of(world, call, chat, "react")
    wanted = call.data("reaction", "reaction types") or []
    if chat.kind == "channel":
        may_post(chat)
    if not isinstance(wanted, list) or len(wanted) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(one.get("type") != "emoji" or not one.get("emoji") for one in wanted):
        raise bad_request("REACTION_INVALID")
    spend(world, call, chat)
    acts.bot_reacted(world, message, wanted[0]["emoji"] if wanted else "")
    return True
