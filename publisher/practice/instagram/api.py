"""Routes below /instagram: the page, the start page, the query for one post, the files; and faults on request.

instaloader is pointed here by `api_url`; the host that was meant comes in a header. Faults are set by
POST /practice/api/instagram/faults with [{"match": part of “METHOD path doc_id”, "status", "body", "times"}].
"""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aiohttp import web
from PIL import Image, ImageDraw

from publisher.practice.instagram import pages
from publisher.practice.world import WORLD

ROOT = "/instagram"
ONE_POST = "27128499623469141"
LOG = web.AppKey("instagram_log", list[str])
FAULTS = web.AppKey("instagram_faults", list[dict[str, Any]])


def routes() -> list[web.RouteDef]:
    return [
        web.post("/practice/api/instagram/faults", set_faults),
        web.get("/practice/api/instagram/log", asked),
        web.get(ROOT + "/", _unless_faulty(start_page)),
        web.post(ROOT + "/api/graphql", _unless_faulty(query)),
        web.get(ROOT + "/v/{name}", _unless_faulty(picture)),
        web.get(ROOT + "/o1/v/{name}", _unless_faulty(film)),
        web.get(ROOT + "/{name}/", _unless_faulty(page)),
    ]


def prepare(app: web.Application) -> None:
    app[LOG], app[FAULTS] = [], []


async def set_faults(request: web.Request) -> web.Response:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    request.app[FAULTS][:] = await request.json()
    return web.json_response({})


async def asked(request: web.Request) -> web.Response:
    return web.json_response({"asked": request.app[LOG]})


def _unless_faulty(answer: Any) -> Any:
    async def answered(request: web.Request) -> web.StreamResponse:
        form = await request.post() if request.method == "POST" else {}
        key = f"{request.method} {request.path.removeprefix(ROOT)} {form.get('doc_id', '')}".strip()
        request.app[LOG].append(key)
        for fault in request.app[FAULTS]:
            if fault["match"] in key and fault.get("times", 1) != 0:
                fault["times"] = fault.get("times", 1) - 1
                return _faulty(request, fault)
        found: web.StreamResponse = await answer(request)
        return found

    return answered


def _faulty(request: web.Request, fault: dict[str, Any]) -> web.Response:
    if fault.get("reset") and request.transport is not None:
        request.transport.abort()
    body = fault.get("body", {"message": "", "status": "fail"})
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return web.Response(status=fault.get("status", 200), text=text, content_type=kind, headers=fault.get("headers"))


async def start_page(request: web.Request) -> web.Response:
    tokens = '["LSD",[],{"token":"AVqPracticeLsd"},323], {"IG_USER_EIMU":"0"}'
    text = f"<!DOCTYPE html><html><body><script>requireLazy([{tokens}])</script></body></html>"
    cookie = "csrftoken=practice; Domain=.instagram.com; Path=/"
    return web.Response(text=text, content_type="text/html", headers={"Set-Cookie": cookie})


async def page(request: web.Request) -> web.Response:
    account = pages.ACCOUNTS.get(request.match_info["name"])
    if account is None:
        raise web.HTTPNotFound
    world = request.app[WORLD]
    line = {"is_private": False, "polaris_ordered_timeline_connection": pages.timeline(world, account)}
    pieces = [{"xig_user_by_username": piece} for piece in (pages.facts(world, account), line)]
    scripts = "".join(f'<script type="application/json" data-sjs>{json.dumps(_boxed(p))}</script>' for p in pieces)
    return web.Response(text=f"<!DOCTYPE html><html><body>{scripts}</body></html>", content_type="text/html")


def _boxed(data: dict[str, Any]) -> dict[str, Any]:
    inner = {"__bbox": {"complete": True, "result": {"data": data, "extensions": {"is_final": True}}}}
    loader = ["RelayPrefetchedStreamCache", "next", [], ["adp_Preloader_practice", inner]]
    return {"require": [["ScheduledServerJS", "handle", None, [{"__bbox": {"require": [loader]}}]]]}


async def query(request: web.Request) -> web.Response:
    form = await request.post()
    if form.get("doc_id") != ONE_POST:
        raise web.HTTPBadRequest(text=json.dumps({"message": "unknown query", "status": "fail"}))
    code = json.loads(str(form.get("variables") or "{}")).get("shortcode")
    item = pages.item_of(request.app[WORLD], str(code))
    info = {"items": [pages.whole(item)] if item else []}
    return web.json_response({"data": {"xdt_api__v1__media__shortcode__web_info": info}, "status": "ok"})


async def picture(request: web.Request) -> web.Response:
    drawn = await asyncio.to_thread(_drawn, request.match_info["name"])
    return web.Response(body=drawn, content_type="image/jpeg")


def _drawn(name: str) -> bytes:
    canvas = Image.new("RGB", (1080, 1350), "#20438a")
    ImageDraw.Draw(canvas).text((80, 600), f"СЫНАҚ / СТЕНД\n{name}", fill="white", font_size=64)
    file = io.BytesIO()
    canvas.save(file, "JPEG", quality=80)
    return file.getvalue()


async def film(request: web.Request) -> web.Response:
    return web.Response(body=await asyncio.to_thread(_filmed), content_type="video/mp4")


def _filmed() -> bytes:
    """One second of blue, H.264 in MP4."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(path, "w") as container:
            stream = container.add_stream("libx264", rate=Fraction(25), options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 320, 568, "yuv420p"
            for n in range(25):
                image = Image.new("RGB", (320, 568), (32, 67, 100 + 4 * n))
                container.mux(stream.encode(av.VideoFrame.from_image(image)))
            container.mux(stream.encode())
        return path.read_bytes()
