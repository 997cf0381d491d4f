"""The addresses of the pages, and the rules every answer of a page obeys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from publisher.practice.chats import Chat
from publisher.practice.files import CHUNK, SHOWN
from publisher.practice.pages import overview, preview
from publisher.practice.pages.html import Safe
from publisher.practice.pages.phone import inside
from publisher.practice.pages.view import View
from publisher.practice.pages.words import LANGUAGES, Words, chosen
from publisher.practice.world import WORLD

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", home),
        web.get("/practice", home),
        web.get("/practice/", chats),
        web.get("/practice/live", chats_live),
        web.get("/practice/chats/{chat}", chat),
        web.get("/practice/chats/{chat}/live", chat_live),
        web.get("/practice/media/{file}", media),
        web.get("/practice/static/{name}", static),
        web.get("/s/{username:[A-Za-z]\\w*}", preview.page),
    ]


@web.middleware
async def protected(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No script, style or file but our own, whatever a message says."""
    reply = await handler(request)
    if not reply.prepared and request.path.startswith(("/practice", "/s/")):
        reply.headers.setdefault("Content-Security-Policy", POLICY)
        reply.headers.setdefault("X-Content-Type-Options", "nosniff")
        reply.headers.setdefault("Referrer-Policy", "no-referrer")
    return reply


async def home(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("practice/")


def _view(request: web.Request, up: str) -> View:
    asked = request.query.get("lang", "")
    language = chosen(asked, request.headers.get("Accept-Language", ""))
    return View(request.app[WORLD], Words(language), up, f"?lang={asked}" if asked in LANGUAGES else "")


def _chat(request: web.Request) -> Chat:
    world, name = request.app[WORLD], request.match_info["chat"]
    found = world.chats.find(name) or world.chats.get(name)
    if found is None:
        raise web.HTTPNotFound(text="No such chat")
    return found


def _page(text: Safe | str) -> web.Response:
    return web.Response(text=str(text), content_type="text/html", headers={"Cache-Control": "no-cache"})


def _fragment(request: web.Request, mark: str, draw: Callable[[], Safe]) -> web.Response:
    """A part of a page; nothing is drawn or sent when the asker already has this state of it."""
    tag = f'"{mark}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(text=draw(), content_type="text/html", headers=headers)


async def chats(request: web.Request) -> web.Response:
    return _page(overview.all_chats(_view(request, "")))


async def chats_live(request: web.Request) -> web.Response:
    view = _view(request, "")
    mark = "-".join(str(chat.version) for chat in view.world.chats.all())
    return _fragment(request, f"{mark}-{view.words.language}", lambda: overview.chat_list(view))


async def chat(request: web.Request) -> web.Response:
    return _page(overview.one_chat(_view(request, "../"), _chat(request)))


async def chat_live(request: web.Request) -> web.Response:
    """The inside of a phone. `at=list`: for the page with all phones, whose addresses are one step shorter."""
    together = request.query.get("at") == "list"
    view = replace(_view(request, "" if together else "../"), together=together)
    shown = _chat(request)
    mark = f"{shown.version}-{view.words.language}-{view.today():%H%M}"
    return _fragment(request, mark, lambda: inside(view, shown))


async def media(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    stored = world.files.by_unique(request.match_info["file"])
    if stored is None:
        raise web.HTTPNotFound(text="No such file")
    shown = stored.mime in SHOWN
    headers = {
        "Content-Type": stored.mime if shown else "application/octet-stream",
        "Content-Disposition": "inline" if shown else "attachment",
        "Cache-Control": "max-age=31536000, immutable",
    }
    return web.FileResponse(world.files.location(stored), chunk_size=CHUNK, headers=headers)


async def static(request: web.Request) -> web.StreamResponse:
    path = STATIC / Path(request.match_info["name"]).name
    if path.suffix not in TYPES or not path.is_file():
        raise web.HTTPNotFound(text="No such file")
    headers = {"Content-Type": f"{TYPES[path.suffix]}; charset=utf-8", "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)
