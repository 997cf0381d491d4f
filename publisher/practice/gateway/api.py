"""The gateway's addresses below /api/: who asks, what may go wrong on request, the answer."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from publisher.practice.faults import AFTER, BEFORE, Fault
from publisher.practice.faults import Request as Asked
from publisher.practice.gateway import errors, linking, looking, sending, telling
from publisher.practice.gateway.errors import GatewayError, invalid, missing, not_working, unauthorized, whatsapp_said
from publisher.practice.gateway.sessions import Session
from publisher.practice.trouble import instead, late
from publisher.practice.world import WORLD, World

SESSION = r"/api/{session:[\w-]+}"
MESSAGE = SESSION + "/chats/{chat}/messages/{message}"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    sends = ("sendText", "sendImage", "sendVideo", "sendFile", "sendPoll")
    return [
        *linking.routes(answering),
        *(web.post(f"/api/{name}", answering(send)) for name in sends),
        web.get(SESSION + "/new-message-id", answering(_look(lambda world, request: {"id": sending.new_id()}))),
        web.get(SESSION + "/groups", answering(_look(looking.groups))),
        web.get(SESSION + "/groups/{group}", answering(_look(looking.group))),
        web.get(SESSION + "/groups/{group}/participants/v2", answering(_look(looking.participants))),
        web.get(SESSION + "/channels", answering(_look(looking.channels))),
        web.get(SESSION + "/channels/{channel}/messages/preview", answering(_look(looking.preview))),
        web.get(SESSION + "/chats/{chat}/messages", answering(_look(looking.messages))),
        web.get(MESSAGE, answering(_look(looking.message))),
        web.put(MESSAGE, answering(_change("edit", 200))),
        web.delete(MESSAGE, answering(_change("delete", 200))),
        web.post(MESSAGE + "/pin", answering(_change("pin", 201))),
        web.post(MESSAGE + "/unpin", answering(_change("unpin", 201))),
    ]


def answering(handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            key = request.headers.get("X-Api-Key", "")
            if not key or hmac.compare_digest(key.encode(), b"revoked"):
                raise unauthorized()
            return await handler(request)
        except GatewayError as refusal:
            return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)

    return answer


async def body_of(request: web.Request) -> dict[str, Any]:
    if not request.can_read_body:
        return {}
    try:
        found = await request.json()
    except ValueError:
        raise invalid("the body is not JSON") from None
    if not isinstance(found, dict):
        raise invalid("the body is not a JSON object")
    return found


def working(world: World, name: str) -> Session:
    session = world.phones.get(name)
    if session is None:
        raise missing(f'Session "{name}"')
    if session.status != "WORKING":
        raise not_working(name, session.status)
    return session


async def send(request: web.Request) -> web.StreamResponse:
    world, method = request.app[WORLD], request.path.rpartition("/")[2]
    asked = await body_of(request)
    session = working(world, str(asked.get("session") or "default"))
    if session.restricted:
        raise whatsapp_said(errors.RESTRICTED)
    upload = await sending.receive(world, method, asked)
    about = Asked("gateway", method, frozenset({str(asked.get("chatId", ""))}))
    return await carried_out(request, session, about, lambda: sending.send(world, method, asked, upload), 201)


def _look(found: Callable[[World, web.Request], Any]) -> Handler:
    async def look(request: web.Request) -> web.StreamResponse:
        world = request.app[WORLD]
        session = working(world, request.match_info["session"])
        about = Asked("gateway", request.path.rpartition("/")[2])
        return await carried_out(request, session, about, lambda: found(world, request), 200)

    return look


def _change(kind: str, status: int) -> Handler:
    async def change(request: web.Request) -> web.StreamResponse:
        world = request.app[WORLD]
        session = working(world, request.match_info["session"])
        asked = await body_of(request)
        about = Asked("gateway", kind, frozenset({request.match_info["chat"]}))
        return await carried_out(request, session, about, lambda: _changed(world, request, kind, asked), status)

    return change


def _changed(world: World, request: web.Request, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
    chat, message_id = sending.chat_of(world, request.match_info["chat"]), request.match_info["message"]
    if kind in ("edit", "pin"):
        return (sending.edit if kind == "edit" else sending.pin)(world, chat, message_id, asked)
    return (sending.delete if kind == "delete" else sending.unpin)(world, chat, message_id)


async def carried_out(
    request: web.Request, session: Session, asked: Asked, work: Callable[[], Any], status: int
) -> web.StreamResponse:
    """Count it, let faults strike before and after, do it."""
    world = request.app[WORLD]
    world.database.count(f"gateway {asked.method}")
    if fault := world.faults.strike(asked, BEFORE):
        heard = instead(request, fault)
        return _refused(world, session, fault) if heard is None else heard
    reply = web.json_response(work(), status=status)
    heard = await late(request, world.faults.strike(asked, AFTER), reply)
    if heard is not None:
        return heard
    raise whatsapp_said("timed out waiting for the server")


def _refused(world: World, session: Session, fault: Fault) -> web.StreamResponse:
    match fault.kind:
        case "flood":
            raise errors.too_many(fault.retry_after)
        case "revoked":
            telling.status(world, world.phones.shut_out(session))
            raise not_working(session.name, "SCAN_QR_CODE")
        case "restricted":
            raise whatsapp_said(errors.RESTRICTED)
        case "banned":
            raise whatsapp_said(errors.BANNED)
        case "announce_only":
            raise whatsapp_said(errors.ONLY_ADMINS)
        case "server_error":
            raise whatsapp_said("timed out waiting for the server")
    raise whatsapp_said(errors.NOT_A_PARTICIPANT)
