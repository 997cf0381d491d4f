"""Invite links: made and revoked by the bot; residents who come are told by which."""

from __future__ import annotations

import secrets
from typing import Any

from publisher.practice.bot.access import chat_of
from publisher.practice.bot.call import Call
from publisher.practice.bot.errors import bad_request
from publisher.practice.bot.registry import method
from publisher.practice.bot.wire import user_json
from publisher.practice.chats import Chat
from publisher.practice.world import World

LONGEST_NAME = 32


@method("createChatInviteLink")
def create_link(world: World, call: Call) -> dict[str, Any]:
    chat = _allowed(world, call)
    name = call.text("name")
    if len(name) > LONGEST_NAME:
        raise bad_request("invite link name is too long")
    link = f"https://t.me/+{secrets.token_urlsafe(12)}"
    made = {"invite_link": link, "name": name, "creator": user_json(call.bot), "creates_join_request": False}
    made |= {"is_primary": False, "is_revoked": False}
    world.database.remember(f"invites {chat.id}", [*links_of(world, chat), made])
    return made


@method("revokeChatInviteLink")
def revoke_link(world: World, call: Call) -> dict[str, Any]:
    chat, url = _allowed(world, call), call.text("invite_link")
    links = links_of(world, chat)
    found = next((link for link in links if link["invite_link"] == url), None)
    if found is None:
        raise bad_request("INVITE_HASH_EXPIRED")
    found["is_revoked"] = True
    world.database.remember(f"invites {chat.id}", links)
    return found


def _allowed(world: World, call: Call) -> Chat:
    chat = chat_of(world, call)
    if not chat.may("can_invite_users"):
        raise bad_request("not enough rights to manage chat invite link")
    return chat


def links_of(world: World, chat: Chat) -> list[dict[str, Any]]:
    return list(world.database.recall(f"invites {chat.id}") or [])
