"""The addresses below /v<NN.N>/: who asks, what may go wrong on request, the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from publisher.practice.cloud import looking, media
from publisher.practice.cloud.errors import CloudApiError, parameter, too_many, unauthorized, unknown_object
from publisher.practice.cloud.payloads import PHONE_KEY
from publisher.practice.cloud.sending import send
from publisher.practice.faults import AFTER, BEFORE, Fault
from publisher.practice.faults import Request as Asked
from publisher.practice.files import CHUNK
from publisher.practice.trouble import instead, late
from publisher.practice.world import WORLD, World

VERSION = r"/v{version:\d+\.\d+}"
MEDIA_ID_DIGITS = 16
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    return [
        web.post(VERSION + r"/{phone:\d+}/messages", messages),
        web.post(VERSION + r"/{phone:\d+}/media", upload),
        web.get(VERSION + r"/{phone:\d+}/groups", groups),
        web.get(VERSION + r"/{id}", details),
        web.delete(VERSION + r"/{id}", forget),
        web.get("/whatsapp_business/attachments/{id}", download),
    ]


def _guarded(request: web.Request) -> World:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else request.query.get("access_token", "")
    if not token or token == "revoked" or token.endswith(":revoked"):
        raise unauthorized()
    return request.app[WORLD]


async def _carried_out(
    request: web.Request, world: World, asked: Asked, work: Callable[[], dict[str, Any]]
) -> web.StreamResponse:
    """Count it, let faults strike before and after, do it."""
    world.database.count(f"whatsapp {asked.method}")
    if fault := world.faults.strike(asked, BEFORE):
        heard = instead(request, fault)
        return _refused(fault) if heard is None else heard
    reply = web.json_response(work())
    heard = await late(request, world.faults.strike(asked, AFTER), reply)
    if heard is not None:
        return heard
    raise CloudApiError(2, status=500)


def _refused(fault: Fault) -> web.StreamResponse:
    match fault.kind:
        case "flood":
            raise too_many(fault.retry_after)
        case "revoked":
            raise unauthorized()
        case "server_error":
            raise CloudApiError(1, status=500)
    raise CloudApiError(131041, "The group does not exist, or this phone number is not in it.")


def _answering(handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except CloudApiError as refusal:
            return web.json_response(refusal.body(), status=refusal.status, headers=refusal.headers)

    return answer


@_answering
async def messages(request: web.Request) -> web.StreamResponse:
    world, phone = _guarded(request), request.match_info["phone"]
    try:
        asked = await request.json()
    except ValueError:
        raise parameter("The request body is not JSON.") from None
    if not isinstance(asked, dict):
        raise parameter("The request body is not a JSON object.")
    if world.database.recall(PHONE_KEY) != phone:
        world.database.remember(PHONE_KEY, phone)
    target = Asked("whatsapp", "messages", frozenset({str(asked.get("to", ""))}))
    return await _carried_out(request, world, target, lambda: send(world, phone, asked))


@_answering
async def upload(request: web.Request) -> web.StreamResponse:
    world, phone = _guarded(request), request.match_info["phone"]
    fields, file = await media.receive(world, request)
    try:
        return await _carried_out(
            request, world, Asked("whatsapp", "media"), lambda: media.keep(world, phone, fields, file)
        )
    finally:
        if file:
            file.drop()


@_answering
async def groups(request: web.Request) -> web.StreamResponse:
    world, query = _guarded(request), request.query
    return await _carried_out(
        request,
        world,
        Asked("whatsapp", "groups"),
        lambda: looking.groups(world, query.get("limit", ""), query.get("after", "")),
    )


@_answering
async def details(request: web.Request) -> web.StreamResponse:
    """The same address serves a group, a media id and a phone number, as on the Graph API."""
    world, wanted = _guarded(request), request.match_info["id"]
    fields, origin = request.query.get("fields", ""), f"{request.scheme}://{request.host}"
    chat = world.chats.get(wanted, "whatsapp")
    if chat is not None and chat.kind == "group":
        if chat.moved_to or chat.bot != "administrator":
            raise CloudApiError(131041, "The group does not exist, or this phone number is not in it.")
        asked = Asked("whatsapp", "group", frozenset({wanted}))
        return await _carried_out(request, world, asked, lambda: looking.group(world, chat, fields))
    if stored := world.files.get(wanted):
        asked = Asked("whatsapp", "media_info")
        return await _carried_out(request, world, asked, lambda: media.describe(stored, origin))
    if not wanted.isdigit() or len(wanted) >= MEDIA_ID_DIGITS:
        raise unknown_object(wanted)
    return await _carried_out(request, world, Asked("whatsapp", "phone"), lambda: looking.phone(wanted, fields))


@_answering
async def forget(request: web.Request) -> web.StreamResponse:
    world, wanted = _guarded(request), request.match_info["id"]
    if not world.database.run("DELETE FROM files WHERE id = ? AND kind LIKE 'media-%'", wanted):
        raise unknown_object(wanted)
    return web.json_response({"success": True})


@_answering
async def download(request: web.Request) -> web.StreamResponse:
    world = _guarded(request)
    stored = world.files.get(request.match_info["id"])
    if stored is None:
        raise unknown_object(request.match_info["id"])
    return web.FileResponse(world.files.location(stored), chunk_size=CHUNK, headers={"Content-Type": stored.mime})
