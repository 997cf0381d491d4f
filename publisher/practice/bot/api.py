"""The address /bot<token>/<method>: who asks, what may go wrong on request, the answer."""

from __future__ import annotations

import inspect
import re
from typing import Any

from aiohttp import web

from publisher.practice.bot import changing, inviting, looking, sending
from publisher.practice.bot.access import kicked
from publisher.practice.bot.call import Call, received
from publisher.practice.bot.errors import BotApiError, migrated, too_many, unauthorized
from publisher.practice.bot.registry import METHODS
from publisher.practice.faults import AFTER, BEFORE, Fault
from publisher.practice.faults import Request as Asked
from publisher.practice.files import CHUNK
from publisher.practice.trouble import instead, late
from publisher.practice.world import WORLD, World

TOKEN = re.compile(r"^(?P<bot>[1-9]\d{0,18}):(?P<secret>[A-Za-z0-9_-]{1,60})$")
__all__ = ["changing", "inviting", "looking", "routes", "sending"]


def routes() -> list[web.RouteDef]:
    return [
        web.route("*", "/bot{token}/{method}", answer),
        web.get("/file/bot{token}/{path:.+}", download),
    ]


def _bot(token: str) -> int:
    found = TOKEN.match(token)
    if not found:
        raise BotApiError(401, "Unauthorized: invalid token specified")
    if found["secret"] == "revoked":
        raise unauthorized()
    return int(found["bot"])


async def answer(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    call = Call(request.match_info["method"], 0)
    try:
        call.bot = _bot(request.match_info["token"])
        return await _answered(world, request, call)
    except BotApiError as refusal:
        return _reply(refusal.body(), refusal.code)
    finally:
        call.drop_uploads()


async def _answered(world: World, request: web.Request, call: Call) -> web.StreamResponse:
    await received(request, call, world.files)
    world.updates.known(call.bot)
    name, handler = METHODS.get(call.method.lower(), ("", None))
    if handler is None:
        world.database.count("telegram unknown method")
        raise BotApiError(404, "Not Found: method not found")
    world.database.count(f"telegram {name}")
    asked = _asked(world, name, call)
    if fault := world.faults.strike(asked, BEFORE):
        heard = instead(request, fault)
        return _refused(world, call, fault) if heard is None else heard
    result = handler(world, call)
    if inspect.isawaitable(result):
        result = await result
    reply = _reply({"ok": True, "result": result}, 200)
    heard = await late(request, world.faults.strike(asked, AFTER), reply)
    if heard is None:
        return _reply({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)
    return heard


def _reply(body: dict[str, Any], status: int) -> web.Response:
    return web.json_response(body, status=status)


def _asked(world: World, name: str, call: Call) -> Asked:
    chat = world.chats.find(call.text("chat_id").strip()) if call.text("chat_id") else None
    names = {call.text("chat_id").lstrip("@")} | ({chat.id, chat.username} if chat else set())
    return Asked("telegram", name, frozenset(names - {""}))


def _refused(world: World, call: Call, fault: Fault) -> web.StreamResponse:
    """What the sender reads of a request that was not accepted."""
    match fault.kind:
        case "flood":
            raise too_many(fault.retry_after)
        case "revoked":
            raise unauthorized()
        case "server_error":
            raise BotApiError(500, "Internal Server Error")
    chat = world.chats.find(call.text("chat_id"))
    if chat is None:
        raise BotApiError(400, "Bad Request: chat not found")
    raise kicked(chat) if fault.kind == "kicked" else migrated(world.chats.move(chat).id)


async def download(request: web.Request) -> web.StreamResponse:
    """A file by the path that getFile gave."""
    world = request.app[WORLD]
    try:
        bot = _bot(request.match_info["token"])
    except BotApiError as refusal:
        return _reply(refusal.body(), refusal.code)
    number = re.fullmatch(r"\w+/file_(\d+)(\.\w+)?", request.match_info["path"])
    stored = world.files.by_number(int(number[1])) if number else None
    if stored is None or stored.owner != str(bot):
        return _reply({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
    return web.FileResponse(world.files.location(stored), chunk_size=CHUNK)
