"""The trainer's address, /practice/api/…: chats, faults, what stands where, and acting as a resident.

Changes want `Content-Type: application/json`, so that no foreign web page can make them through a browser.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from publisher.practice import acts, talkers
from publisher.practice.chats import RIGHTS, Chat, ChatError
from publisher.practice.clock import HOUR
from publisher.practice.cloud.hooks import Receiver
from publisher.practice.faults import Fault, FaultError
from publisher.practice.messages import Message
from publisher.practice.residents import Residents
from publisher.practice.world import WORLD, World

API = "/practice/api"
STATUSES = ("administrator", "member", "left", "kicked")


def routes() -> list[web.RouteDef]:
    one = API + "/chats/{chat}"
    return [
        web.get(API + "/chats", list_chats),
        web.post(API + "/chats", create_chat),
        web.get(one, show_chat),
        web.patch(one, change_chat),
        web.post(one + "/move", move_chat),
        web.get(one + "/messages", list_messages),
        web.post(one + "/messages", write),
        web.post(one + "/messages/{message}/acts", act),
        web.post(one + "/messages/{message}/press", press),
        web.get(API + "/judge", judge),
        web.get(API + "/counters", counters),
        web.delete(API + "/counters", reset_counters),
        web.get(API + "/faults", list_faults),
        web.post(API + "/faults", add_fault),
        web.delete(API + "/faults", clear_faults),
        web.delete(API + "/faults/{fault:\\d+}", clear_faults),
        web.post(API + "/residents", residents),
        web.post(API + "/talkers", talk),
        web.post("/practice/webhook", webhook),
    ]


def _refused(status: int, reason: str) -> web.HTTPException:
    kinds = {400: web.HTTPBadRequest, 404: web.HTTPNotFound, 415: web.HTTPUnsupportedMediaType}
    return kinds[status](text=json.dumps({"error": reason}, ensure_ascii=False), content_type="application/json")


async def _asked(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _refused(415, "send application/json")
    try:
        found = await request.json()
    except ValueError:
        raise _refused(400, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise _refused(400, "the body is not a JSON object")
    return found


def _chat(request: web.Request) -> Chat:
    chats, name = request.app[WORLD].chats, request.match_info["chat"]
    chat = chats.find(name) or chats.get(name)
    if chat is None:
        raise _refused(404, "no such chat")
    return chat


def _message(request: web.Request) -> Message:
    name = request.match_info["message"]
    chat = _chat(request)
    message = request.app[WORLD].messages.get(chat.id, int(name) if chat.platform == "telegram" else name)
    if message is None:
        raise _refused(404, "no such message")
    return message


def chat_data(world: World, chat: Chat) -> dict[str, Any]:
    plain = ("id", "platform", "kind", "title", "username", "description", "members", "bot", "moved_to", "version")
    people = [{"wa_id": person, "name": name} for person, name in world.chats.people(chat.id)]
    return {name: getattr(chat, name) for name in plain} | {
        "missing_rights": sorted(chat.missing),
        "pinned": list(chat.pinned),
        "participants": people,
        "deleted": world.messages.deleted_count(chat.id),
    }


def message_data(world: World, message: Message) -> dict[str, Any]:
    receipts = world.messages.receipts(message)
    told = {state: sum(state in states for states in receipts.values()) for state in ("delivered", "read")}
    plain = (
        "id",
        "text",
        "sender",
        "album",
        "sent_at",
        "edited_at",
        "deleted_at",
        "views",
        "forwards",
        "reactions",
        "votes",
    )
    return {name: getattr(message, name) for name in plain} | {"body": message.body, "receipts": told}


async def list_chats(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    return web.json_response({"chats": [chat_data(world, chat) for chat in world.chats.all()]})


async def create_chat(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    try:
        chat = world.chats.create(await _asked(request))
    except ChatError as refusal:
        raise _refused(400, str(refusal)) from None
    return web.json_response(chat_data(world, chat))


async def show_chat(request: web.Request) -> web.Response:
    return web.json_response(chat_data(request.app[WORLD], _chat(request)))


async def change_chat(request: web.Request) -> web.Response:
    """bot: administrator|member|left|kicked; missing_rights; title; description; members."""
    world, chat, asked = request.app[WORLD], _chat(request), await _asked(request)
    rights = asked.pop("missing_rights", None)
    if strange := set(asked) - {"bot", "title", "description", "members"} or set(rights or ()) - {
        *RIGHTS,
        "can_send_messages",
    }:
        raise _refused(400, f"unknown: {', '.join(sorted(strange))}")
    if asked.get("bot", "member") not in STATUSES:
        raise _refused(400, f"bot is one of {', '.join(STATUSES)}")
    if "bot" in asked or rights is not None:
        chat = acts.bot_status(world, chat, asked.pop("bot", chat.bot), rights)
    if "members" in asked:
        chat = acts.joined(world, chat, int(asked.pop("members")) - chat.members)
    return web.json_response(chat_data(world, world.chats.change(chat, **asked)))


async def move_chat(request: web.Request) -> web.Response:
    await _asked(request)
    world = request.app[WORLD]
    return web.json_response(chat_data(world, acts.moved(world, _chat(request))))


async def list_messages(request: web.Request) -> web.Response:
    world, deleted = request.app[WORLD], request.query.get("deleted") in ("1", "true")
    found = world.messages.every(_chat(request).id, deleted=deleted)
    return web.json_response({"messages": [message_data(world, message) for message in found]})


async def write(request: web.Request) -> web.Response:
    """A resident writes: {text, name?, resident?: number}."""
    world, chat, asked = request.app[WORLD], _chat(request), await _asked(request)
    text = str(asked.get("text") or "").strip()
    if not text:
        raise _refused(400, "text is empty")
    message = acts.wrote(world, chat, text, str(asked.get("name") or ""), int(asked.get("resident") or 2))
    return web.json_response(message_data(world, message))


async def act(request: web.Request) -> web.Response:
    """Numbers to reach: {views, forwards, reactions: {emoji: n}, votes: [n], delivered, read, by: {wa_id: emoji}}."""
    world, message, asked = request.app[WORLD], _message(request), await _asked(request)
    strange = set(asked) - {"views", "forwards", "reactions", "votes", "delivered", "read", "by"}
    if strange:
        raise _refused(400, f"unknown: {', '.join(sorted(strange))}")
    with world.database.transaction():
        message = acts.viewed(world, message, views=asked.get("views"), forwards=asked.get("forwards"))
        if "reactions" in asked:
            message = acts.reacted(world, message, asked["reactions"])
        if "votes" in asked:
            _check_votes(message, asked["votes"])
            message = acts.voted(world, message, asked["votes"])
        people = [person for person, _name in world.chats.people(message.chat)] or [message.chat]
        for state in ("delivered", "read"):
            acts.got(world, message, people[: int(asked.get(state) or 0)], state)
        for person, emoji in (asked.get("by") or {}).items():
            current = world.messages.get(message.chat, message.id)
            if current:
                acts.reacted_in_whatsapp(world, current, person, emoji)
    return web.json_response(message_data(world, _message(request)))


def _check_votes(message: Message, votes: Any) -> None:
    if not message.poll or len(votes) != len(message.votes):
        raise _refused(400, "votes has one number per option of a poll")


async def press(request: web.Request) -> web.Response:
    """A resident presses the button with this callback data: {data, resident?}."""
    world, message, asked = request.app[WORLD], _message(request), await _asked(request)
    buttons = [button for row in message.body.get("keyboard", []) for button in row]
    known = [button.get("callback_data") for button in buttons] + [c["id"] for c in message.body.get("choices", [])]
    if asked.get("data") not in known:
        raise _refused(400, "no such button")
    press_id = acts.pressed(world, message, str(asked["data"]), int(asked.get("resident") or 2))
    return web.json_response({"callback_query_id": press_id})


async def judge(request: web.Request) -> web.Response:
    """{"chats": {id: {"title", "messages", "texts": {text: times}}}}: what stands there, and how often."""
    world, only = request.app[WORLD], request.query.get("chat")
    found = {}
    for chat in world.chats.all():
        if only is None or only.lstrip("@") in (chat.id, chat.username):
            texts = world.messages.judge(chat.id)
            found[chat.id] = {"title": chat.title, "messages": sum(texts.values()), "texts": texts}
    return web.json_response({"chats": found})


async def counters(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    rows = world.database.all("SELECT name, n FROM counters ORDER BY name")
    return web.json_response({"counters": {row["name"]: row["n"] for row in rows}, "hooks": world.hooks.waiting()})


async def reset_counters(request: web.Request) -> web.Response:
    request.app[WORLD].database.run("DELETE FROM counters")
    return web.json_response({})


async def list_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": request.app[WORLD].faults.all()})


async def add_fault(request: web.Request) -> web.Response:
    try:
        fault = Fault.wanted(await _asked(request))
    except FaultError as refusal:
        raise _refused(400, str(refusal)) from None
    return web.json_response({"id": request.app[WORLD].faults.add(fault)})


async def clear_faults(request: web.Request) -> web.Response:
    number = request.match_info.get("fault")
    request.app[WORLD].faults.clear(int(number) if number else None)
    return web.json_response({})


async def residents(request: web.Request) -> web.Response:
    """{advance_hours}: put the residents' clock forward and let everybody act at once."""
    world, asked = request.app[WORLD], await _asked(request)
    world.clock.advance(float(asked.get("advance_hours") or 0) * HOUR)
    Residents(world).act(everybody=True)
    return web.json_response({"hours": round(world.clock.now() / HOUR, 3)})


async def talk(request: web.Request) -> web.Response:
    """The people who talk to the bot begin, or go on where they were."""
    await _asked(request)
    talkers.begin(request.app[WORLD])
    return web.json_response({"talkers": [talker.chat for talker in talkers.TALKERS]})


async def webhook(request: web.Request) -> web.Response:
    """{url, app_secret, verify_token?}: where WhatsApp's webhooks go; answers whether the handshake worked."""
    world, asked = request.app[WORLD], await _asked(request)
    if not str(asked.get("url", "")).startswith(("http://", "https://")) or not asked.get("app_secret"):
        raise _refused(400, "url and app_secret are needed")
    receiver = Receiver(str(asked["url"]), str(asked["app_secret"]), str(asked.get("verify_token") or ""))
    world.hooks.register(receiver)
    return web.json_response({"verified": await world.hooks.verify(receiver)})
