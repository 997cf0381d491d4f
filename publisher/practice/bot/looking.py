"""Methods that only look, and small settings."""

from __future__ import annotations

from typing import Any

from publisher.practice.bot.access import chat_of
from publisher.practice.bot.call import Call
from publisher.practice.bot.errors import BotApiError, bad_request
from publisher.practice.bot.registry import method
from publisher.practice.bot.wire import RESIDENT, file_json, full_chat_json, member_json, resident_json, user_json
from publisher.practice.limits import DOWNLOAD, LONG_POLL
from publisher.practice.updates import ConflictError
from publisher.practice.world import World

OWNER = 1


@method("getMe")
def get_me(world: World, call: Call) -> dict[str, Any]:
    names = ("can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business", "has_main_web_app")
    more = ("has_topics_enabled", "allows_users_to_create_topics", "can_manage_bots")
    return user_json(call.bot) | {"can_join_groups": True} | dict.fromkeys((*names, *more), False)


@method("getChat")
def get_chat(world: World, call: Call) -> dict[str, Any]:
    return full_chat_json(world, chat_of(world, call))


@method("getChatMemberCount")
def get_member_count(world: World, call: Call) -> int:
    return chat_of(world, call).members


@method("getChatMember")
def get_member(world: World, call: Call) -> dict[str, Any]:
    """The bot itself is answered even after it was kicked from a public chat, like everywhere else as a member."""
    chat = chat_of(world, call)
    user = call.number("user_id")
    if user == call.bot:
        return member_json(chat, call.bot)
    if user == RESIDENT + OWNER and chat.kind != "private":
        return _owner()
    if RESIDENT < user <= RESIDENT + chat.members:
        return {"status": "member", "user": resident_json(user - RESIDENT)}
    raise bad_request("user not found")


def _owner() -> dict[str, Any]:
    return {"status": "creator", "user": resident_json(OWNER, "Press office"), "is_anonymous": False}


@method("getChatAdministrators")
def get_administrators(world: World, call: Call) -> list[dict[str, Any]]:
    chat = chat_of(world, call)
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    bot = [member_json(chat, call.bot)] if chat.bot == "administrator" else []
    return [_owner(), *bot]


@method("getFile")
def get_file(world: World, call: Call) -> dict[str, Any]:
    stored = world.files.get(call.text("file_id"))
    if stored is None or stored.owner != str(call.bot):
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > DOWNLOAD:
        raise bad_request("file is too big")
    return file_json(world, stored.id) | {"file_path": stored.public_path}


@method("getUpdates")
async def get_updates(world: World, call: Call) -> list[dict[str, Any]]:
    kinds = call.data("allowed_updates", "allowed updates")
    if isinstance(kinds, list):
        world.updates.allow(call.bot, [str(kind) for kind in kinds])
    limit = min(max(call.number("limit", 100), 1), 100)
    timeout = min(max(call.number("timeout"), 0), LONG_POLL)
    try:
        return await world.updates.get(call.bot, call.number("offset"), limit, timeout)
    except ConflictError:
        raise BotApiError(
            409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        ) from None


@method("deleteWebhook")
def delete_webhook(world: World, call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        world.updates.drop(call.bot)
    return True


@method("getWebhookInfo")
def get_webhook_info(world: World, call: Call) -> dict[str, Any]:
    info = {"url": "", "has_custom_certificate": False, "pending_update_count": world.updates.pending(call.bot)}
    allowed = world.updates.allowed(call.bot)
    return info | ({"allowed_updates": allowed} if allowed else {})


@method("setMyCommands")
def set_commands(world: World, call: Call) -> bool:
    commands = call.data("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    world.database.remember(f"commands {call.bot}", commands)
    return True


@method("answerCallbackQuery")
def answer_callback(world: World, call: Call) -> bool:
    """A press can be answered once."""
    key = f"callback {call.text('callback_query_id')}"
    if not world.database.recall(key):
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    world.database.run("DELETE FROM meta WHERE key = ?", key)
    return True
