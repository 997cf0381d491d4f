"""Sessions and how a phone is linked: a code to scan or to type, and on some accounts a passkey besides."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from publisher.practice.gateway import telling, wire
from publisher.practice.gateway.errors import GatewayError, invalid, missing, not_working
from publisher.practice.gateway.sessions import Session, fresh_code
from publisher.practice.world import WORLD, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ONE = r"/api/sessions/{session:[\w-]+}"
AUTH = r"/api/{session:[\w-]+}/auth"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ123456789"


def routes(answering: Callable[[Handler], Handler]) -> list[web.RouteDef]:
    return [
        web.post("/api/sessions", answering(create)),
        web.get(ONE, answering(show)),
        web.put(ONE, answering(change)),
        *(web.post(f"{ONE}/{what}", answering(run)) for what in ("start", "stop", "restart", "logout")),
        web.get(AUTH + "/qr", answering(qr)),
        web.post(AUTH + "/request-code", answering(request_code)),
        web.get(AUTH + "/passkey/challenge", answering(challenge)),
        web.post(AUTH + "/passkey", answering(sign)),
        web.get(AUTH + "/passkey/confirmation", answering(confirmation)),
        web.post(AUTH + "/passkey/confirm", answering(confirm)),
    ]


def _session(request: web.Request, *statuses: str) -> tuple[World, Session]:
    world, name = request.app[WORLD], request.match_info["session"]
    session = world.phones.get(name)
    if session is None:
        raise missing(f'Session "{name}"')
    if statuses and session.status not in statuses:
        raise not_working(name, session.status)
    return world, session


async def _body(request: web.Request) -> dict[str, Any]:
    if not request.can_read_body:
        return {}
    try:
        found = await request.json()
    except ValueError:
        raise invalid("the body is not JSON") from None
    return found if isinstance(found, dict) else {}


def _hooks(asked: dict[str, Any]) -> list[dict[str, Any]]:
    hooks = (asked.get("config") or {}).get("webhooks") or []
    if any(not str(hook.get("url", "")).startswith(("http://", "https://")) for hook in hooks):
        raise invalid("config.webhooks.0.url must be a URL address")
    return list(hooks)


async def create(request: web.Request) -> web.StreamResponse:
    world, asked = request.app[WORLD], await _body(request)
    name = str(asked.get("name") or "default")
    if world.phones.get(name):
        raise GatewayError(422, {"message": f"Session '{name}' already exists. Use PUT to update it."})
    session = world.phones.save(Session(name, webhooks=_hooks(asked)))
    if asked.get("start", True):
        session = telling.status(world, world.phones.start(session))
    return web.json_response(_short(session), status=201)


async def show(request: web.Request) -> web.StreamResponse:
    _world, session = _session(request)
    return web.json_response(wire.session_info(session))


async def change(request: web.Request) -> web.StreamResponse:
    """A changed session starts again."""
    world, session = _session(request)
    session = world.phones.save(replace(session, webhooks=_hooks(await _body(request))))
    if session.status != "STOPPED":
        session = world.phones.to(session, "STARTING")
    return web.json_response(_short(session))


async def run(request: web.Request) -> web.StreamResponse:
    world, session = _session(request)
    match request.path.rpartition("/")[2]:
        case "start":
            session = world.phones.start(session)
        case "restart":
            session = world.phones.to(session, "STARTING", deaf=False)
        case "stop":
            session = world.phones.to(session, "STOPPED")
        case _:
            session = world.phones.to(session, "STARTING", linked=False)
    telling.status(world, session)
    return web.json_response(_short(session), status=201)


def _short(session: Session) -> dict[str, Any]:
    return {"name": session.name, "status": session.status, "config": {"webhooks": session.webhooks}}


async def qr(request: web.Request) -> web.StreamResponse:
    world, session = _session(request, "SCAN_QR_CODE")
    world.phones.save(replace(session, asked_at=session.asked_at or time.time(), codes=session.codes + 1))
    if request.query.get("format") != "raw":
        raise invalid("format must be raw in practice")
    return web.json_response({"value": fresh_code()})


async def request_code(request: web.Request) -> web.StreamResponse:
    world, session = _session(request, "SCAN_QR_CODE")
    number = str((await _body(request)).get("phoneNumber") or "")
    if not number.isdigit() or not 8 <= len(number) <= 15:
        raise invalid("phoneNumber must be a phone number")
    world.phones.save(replace(session, asked_at=session.asked_at or time.time()))
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    return web.json_response({"code": f"{letters[:4]}-{letters[4:]}"}, status=201)


async def challenge(request: web.Request) -> web.StreamResponse:
    _world, session = _session(request, "PASSKEY_REQUIRED")
    told = {"challenge": session.challenge, "timeout": 60_000, "rpId": "web.whatsapp.com"}
    allowed = [{"id": "cHJhY3RpY2U", "type": "public-key", "transports": ["internal", "hybrid"]}]
    return web.json_response(told | {"allowCredentials": allowed, "userVerification": "required", "extensions": {}})


async def sign(request: web.Request) -> web.StreamResponse:
    world, session = _session(request, "PASSKEY_REQUIRED")
    asked = await _body(request)
    if not _answers(session, asked):
        raise invalid("the passkey's answer is not one for this challenge")
    telling.status(world, world.phones.signed(session))
    return web.json_response({}, status=201)


def _answers(session: Session, asked: dict[str, Any]) -> bool:
    try:
        raw = str(asked["response"]["clientDataJSON"])
        told = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        return bool(told["challenge"] == session.challenge and told["type"] == "webauthn.get")
    except (KeyError, TypeError, ValueError):
        return False


async def confirmation(request: web.Request) -> web.StreamResponse:
    _session(request, "PASSKEY_CONFIRMATION_REQUIRED")
    return web.json_response({"code": "2746"})


async def confirm(request: web.Request) -> web.StreamResponse:
    world, session = _session(request, "PASSKEY_CONFIRMATION_REQUIRED")
    telling.status(world, world.phones.let_in(session))
    return web.json_response({}, status=201)
