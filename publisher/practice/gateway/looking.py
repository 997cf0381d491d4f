"""What the linked phone is in, and what stands there."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from publisher.practice.chats import Chat
from publisher.practice.gateway import wire
from publisher.practice.gateway.errors import missing
from publisher.practice.gateway.sending import message_of
from publisher.practice.world import World

THERE = ("administrator", "member")


def _chat(world: World, chat_id: str, kind: str = "") -> Chat:
    chat = world.chats.get(chat_id, "gateway")
    if chat is None or chat.moved_to or kind not in ("", chat.kind):
        raise missing("group" if kind == "group" else "chat")
    return chat


def _ours(world: World, kind: str) -> list[Chat]:
    return [chat for chat in world.chats.all() if (chat.platform, chat.kind) == ("gateway", kind) and chat.bot in THERE]


def groups(world: World, request: web.Request) -> list[dict[str, Any]]:
    return [wire.group(world, chat) for chat in _ours(world, "group")]


def group(world: World, request: web.Request) -> dict[str, Any]:
    return wire.group(world, _chat(world, request.match_info["group"], "group"))


def participants(world: World, request: web.Request) -> list[dict[str, Any]]:
    """Nobody, when we were put out."""
    chat = _chat(world, request.match_info["group"], "group")
    return wire.participants(world, chat) if chat.bot in THERE else []


def channels(world: World, request: web.Request) -> list[dict[str, Any]]:
    role = request.query.get("role", "")
    return [found for chat in _ours(world, "channel") if role in ("", (found := wire.channel(chat))["role"])]


def messages(world: World, request: web.Request) -> list[dict[str, Any]]:
    """The newest first."""
    chat = _chat(world, request.match_info["chat"])
    size = int(request.query.get("limit") or 10)
    found = [wire.message(world, chat, one) for one in reversed(world.messages.recent(chat.id, 1000))]
    if request.query.get("filter.fromMe") == "true":
        found = [one for one in found if one["fromMe"]]
    return found[:size]


def message(world: World, request: web.Request) -> dict[str, Any]:
    """By its whole id, or by its last part alone."""
    chat, wanted = _chat(world, request.match_info["chat"]), request.match_info["message"]
    full = wanted if "_" in wanted else wire.own_id(chat, wanted)
    return wire.message(world, chat, message_of(world, chat, full))


def preview(world: World, request: web.Request) -> list[dict[str, Any]]:
    """As the channel's public page shows it: views and reactions."""
    chat = _chat(world, request.match_info["channel"], "channel")
    recent = reversed(world.messages.recent(chat.id, int(request.query.get("limit") or 10)))
    return [
        {"reactions": one.reactions, "message": wire.message(world, chat, one), "viewCount": one.views}
        for one in recent
    ]
