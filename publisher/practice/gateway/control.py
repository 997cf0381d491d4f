"""The trainer's hold on linked phones, /practice/api/phones/…: scanning, restriction, ban, log-out, dead webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from publisher.practice.gateway import telling
from publisher.practice.gateway.sessions import Session, Sessions
from publisher.practice.world import WORLD

API = r"/practice/api/phones/{session:[\w-]+}"


def routes() -> list[web.RouteDef]:
    return [web.get(API, show), web.post(API, act)]


def _data(session: Session) -> dict[str, Any]:
    plain = ("name", "status", "linked", "passkey", "confirm", "restricted_until", "banned", "deaf")
    found = {name: getattr(session, name) for name in plain}
    return found | {"passkey_answer": session.passkey_answer if session.challenge else None}


async def show(request: web.Request) -> web.Response:
    session = request.app[WORLD].phones.get(request.match_info["session"])
    if session is None:
        raise web.HTTPNotFound(text='{"error": "no such session"}', content_type="application/json")
    return web.json_response(_data(session))


async def act(request: web.Request) -> web.Response:
    """{do, seconds?}; `do` is one of ACTS."""
    world, name = request.app[WORLD], request.match_info["session"]
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text='{"error": "send application/json"}', content_type="application/json")
    asked = await request.json()
    session = world.phones.get(name) or Session(name)
    act_on = ACTS.get(str(asked.get("do", "")))
    if act_on is None:
        words = json.dumps({"error": f"unknown: {asked.get('do')}"})
        raise web.HTTPBadRequest(text=words, content_type="application/json")
    changed = act_on(world.phones, session, float(asked.get("seconds") or 3600))
    return web.json_response(_data(telling.status(world, changed)))


def _restrict(phones: Sessions, session: Session, seconds: float) -> Session:
    return phones.save(replace(session, restricted_until=time.time() + seconds))


ACTS: dict[str, Callable[[Sessions, Session, float], Session]] = {
    "link": lambda phones, session, _: phones.let_in(session),
    "scan": lambda phones, session, _: phones.scanned(session),
    "want_passkey": lambda phones, session, _: phones.save(replace(session, passkey=True)),
    "want_confirmation": lambda phones, session, _: phones.save(replace(session, passkey=True, confirm=True)),
    "restrict": _restrict,
    "lift": lambda phones, session, _: phones.save(replace(session, restricted_until=0.0, banned=False)),
    "ban": lambda phones, session, _: phones.to(session, "FAILED", banned=True),
    "log_out": lambda phones, session, _: phones.shut_out(session),
    "restart": lambda phones, session, _: phones.to(session, "STARTING"),
    "deafen": lambda phones, session, _: phones.save(replace(session, deaf=True)),
    "hear": lambda phones, session, _: phones.save(replace(session, deaf=False)),
}
