"""May this bot do that here? Checked in the order of the real server: chat, membership, rights, speed."""

from __future__ import annotations

from publisher.practice.bot.call import Call
from publisher.practice.bot.errors import bad_request, forbidden, migrated, too_many
from publisher.practice.chats import Chat
from publisher.practice.limits import PER_BOT, PER_GROUP, PER_PERSON
from publisher.practice.messages import Message
from publisher.practice.world import World


def chat_of(world: World, call: Call, name: str = "chat_id", *, write: bool = False) -> Chat:
    """The chat a call names. Reading a public channel needs no membership; writing does."""
    wanted = call.text(name).strip()
    if not wanted:
        raise bad_request(f"{name} is empty")
    chat = world.chats.find(wanted)
    if chat is None:
        raise bad_request("chat not found")
    if chat.moved_to:
        raise migrated(chat.moved_to)
    _membership(chat, write)
    return chat


def kicked(chat: Chat) -> Exception:
    if chat.kind == "private":
        return forbidden("bot was blocked by the user")
    return forbidden(f"bot was kicked from the {chat.kind} chat")


def _membership(chat: Chat, write: bool) -> None:
    if chat.bot == "kicked" and (write or chat.kind != "private"):
        raise kicked(chat)
    if chat.bot == "left" and (write or not chat.username):
        if chat.kind == "private":
            raise forbidden("bot can't initiate conversation with a user")
        raise forbidden(f"bot is not a member of the {chat.kind} chat")


def may_post(chat: Chat) -> None:
    if chat.kind == "channel" and not chat.may("can_post_messages"):
        raise bad_request("need administrator rights in the channel chat")
    if chat.kind in ("group", "supergroup") and "can_send_messages" in chat.missing:
        raise bad_request("not enough rights to send text messages to the chat")


def may_edit(chat: Chat, message: Message, call: Call) -> None:
    own = message.sender == str(call.bot)
    if chat.kind == "channel" and not (chat.may("can_edit_messages") or (own and chat.may("can_post_messages"))):
        raise bad_request("message can't be edited")
    if (chat.kind != "channel" and not own) or "service" in message.body or "forward_origin" in message.body:
        raise bad_request("message can't be edited")


def may_pin(chat: Chat) -> None:
    right = "can_edit_messages" if chat.kind == "channel" else "can_pin_messages"
    if chat.kind != "private" and not chat.may(right):
        raise bad_request("not enough rights to manage pinned messages in the chat")


def message_of(world: World, call: Call, chat: Chat, what: str, name: str = "message_id") -> Message:
    message_id = call.number(name)
    if message_id <= 0:
        raise bad_request("message identifier is not specified")
    message = world.messages.get(chat.id, message_id)
    if message is None:
        raise bad_request(f"message to {what} not found")
    return message


def spend(world: World, call: Call, chat: Chat, amount: int = 1) -> None:
    """Count against the documented speeds. Edits, pins and deletions count like messages."""
    place = PER_PERSON if chat.kind == "private" else PER_GROUP
    full = world.rates.take({f"bot {call.bot}": PER_BOT, f"chat {call.bot} {chat.id}": place}, amount)
    if full:
        world.database.count("telegram 429")
        raise too_many(full[1])
