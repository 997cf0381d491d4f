"""Objects as the Bot API writes them (shapes checked against the 10.1 description)."""

from __future__ import annotations

from typing import Any

from publisher.practice.chats import RIGHTS, Chat
from publisher.practice.messages import Message
from publisher.practice.world import World

RESIDENT = 5_000_000_000


def user_json(bot: int) -> dict[str, Any]:
    return {"id": bot, "is_bot": True, "first_name": "Practice bot", "username": f"practice_{bot}_bot"}


def resident_json(number: int, name: str = "Practice resident") -> dict[str, Any]:
    return {"id": RESIDENT + number, "is_bot": False, "first_name": name, "language_code": "kk"}


def chat_json(chat: Chat) -> dict[str, Any]:
    found: dict[str, Any] = {"id": int(chat.id), "type": chat.kind}
    if chat.username:
        found["username"] = chat.username
    return found | ({"first_name": chat.title} if chat.kind == "private" else {"title": chat.title})


def poll_json(message: Message) -> dict[str, Any]:
    poll = message.poll or {}
    options = [
        {"persistent_id": str(n), "text": text, "voter_count": message.votes[n]}
        for n, text in enumerate(poll["options"])
    ]
    found = {key: value for key, value in poll.items() if key not in ("options", "bot") and value not in (None, "")}
    return found | {"options": options, "total_voter_count": poll_voters(message)}


def poll_voters(message: Message) -> int:
    """In a poll with several answers the most chosen option stands for the number of voters."""
    multiple = (message.poll or {}).get("allows_multiple_answers")
    return (max if multiple else sum)(message.votes or [0])


def file_json(world: World, file_id: str) -> dict[str, Any]:
    stored = world.files.get(file_id)
    if stored is None:
        return {"file_id": file_id, "file_unique_id": "AQADgone"}
    return {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size}


def picture_json(world: World, file_id: str) -> dict[str, Any]:
    stored = world.files.get(file_id)
    sides = {"width": stored.width, "height": stored.height} if stored else {"width": 0, "height": 0}
    return file_json(world, file_id) | sides


def media_json(world: World, media: dict[str, Any]) -> dict[str, Any]:
    if media["kind"] == "photo":
        return {"photo": [picture_json(world, media["file"])]}
    stored = world.files.get(media["file"])
    if media["kind"] == "document":
        about = {"mime_type": stored.mime, "file_name": stored.name} if stored else {}
        return {"document": file_json(world, media["file"]) | about}
    video = file_json(world, media["file"]) | {key: media.get(key, 0) for key in ("width", "height", "duration")}
    if stored:
        video |= {"mime_type": stored.mime, "file_name": stored.name}
    if media.get("thumbnail"):
        video["thumbnail"] = picture_json(world, media["thumbnail"])
    if media.get("cover"):
        video["cover"] = [picture_json(world, media["cover"])]
    if media.get("start_timestamp"):
        video["start_timestamp"] = media["start_timestamp"]
    return {"video": video}


def message_json(world: World, message: Message, *, deep: bool = True) -> dict[str, Any]:
    """A Message; `deep` adds the message it replies to."""
    chat = world.chats.get(message.chat)
    if chat is None:
        raise LookupError(message.chat)
    found = {"message_id": message.id, "date": int(message.sent_at), "chat": chat_json(chat)} | _sender(message, chat)
    found |= _content(world, message)
    if message.edited_at:
        found["edit_date"] = int(message.edited_at)
    if message.album:
        found["media_group_id"] = message.album
    target = world.messages.get(message.chat, message.body["reply_to"]) if message.body.get("reply_to") else None
    if deep and target:
        found["reply_to_message"] = message_json(world, target, deep=False)
    return found


def _sender(message: Message, chat: Chat) -> dict[str, Any]:
    if message.sender == "resident":
        return {"from": message.body["from"]}
    if chat.kind == "channel":
        return {"sender_chat": chat_json(chat)}
    return {"from": user_json(int(message.sender))}


def _content(world: World, message: Message) -> dict[str, Any]:
    body = message.body
    found: dict[str, Any] = {}
    if "service" in body:
        pinned = world.messages.get(message.chat, body["service"]["pinned"])
        return {"pinned_message": message_json(world, pinned, deep=False)} if pinned else {}
    text, entities = ("caption", "caption_entities") if "media" in body else ("text", "entities")
    if "media" in body:
        found |= media_json(world, body["media"])
    if "poll" in body:
        found["poll"] = poll_json(message)
    if message.text:
        found[text] = message.text
    if body.get("entities"):
        found[entities] = body["entities"]
    if body.get("keyboard"):
        found["reply_markup"] = {"inline_keyboard": body["keyboard"]}
    if body.get("link_preview"):
        found["link_preview_options"] = body["link_preview"]
    for name in ("forward_origin", "show_caption_above_media", "has_media_spoiler", "has_protected_content"):
        if body.get(name):
            found[name] = body[name]
    return found


def full_chat_json(world: World, chat: Chat) -> dict[str, Any]:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    found = chat_json(chat) | {
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    if chat.username:
        found["active_usernames"] = [chat.username]
    if chat.description:
        found["description"] = chat.description
    pinned = world.messages.get(chat.id, chat.pinned[-1]) if chat.pinned else None
    return found | ({"pinned_message": message_json(world, pinned, deep=False)} if pinned else {})


def member_json(chat: Chat, bot: int) -> dict[str, Any]:
    """The bot's own membership, with its rights."""
    user: dict[str, Any] = {"user": user_json(bot)}
    if chat.kind == "private":
        return {"status": "member"} | user
    if chat.bot == "kicked":
        return {"status": "kicked", "until_date": 0} | user
    if chat.bot != "administrator":
        return {"status": chat.bot} | user
    return {"status": "administrator", "can_be_edited": False, "is_anonymous": False} | user | _rights(chat)


def _rights(chat: Chat) -> dict[str, bool]:
    absent = {"supergroup": {"can_post_messages", "can_edit_messages"}, "channel": {"can_pin_messages"}}
    names = [name for name in RIGHTS if name not in absent.get(chat.kind, set())]
    return {name: name not in chat.missing and name != "can_promote_members" for name in names}
