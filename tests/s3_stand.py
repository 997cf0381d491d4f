"""A stand-in for a bucket: the few calls of S3 that the product makes, each request's signature only looked at for
being there. It proves our side of the conversation, not any provider's.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from aiohttp import web

NO_SUCH_KEY = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"


@dataclass
class Stand:
    bucket: str = "police"
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        name, query = request.match_info["name"], request.query
        self.asked.append(f"{request.method} {name}")
        if self.away:
            return web.Response(status=503, text="<Error><Code>SlowDown</Code><Message>Please wait</Message></Error>")
        if "AWS4-HMAC-SHA256" not in request.headers.get("Authorization", ""):
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        if request.method == "PUT":
            return await self._put(request, name, query)
        if request.method == "POST":
            return await self._several(name, query)
        return self._get(request, name)

    async def _put(self, request: web.Request, name: str, query) -> web.Response:
        data = _plain(await request.read(), request.headers)
        if "partNumber" in query:
            self.parts[query["uploadId"]][int(query["partNumber"])] = data
        else:
            self.objects[name] = data
        return web.Response(headers={"ETag": '"x"'})

    async def _several(self, name: str, query) -> web.Response:
        """A large file comes in parts."""
        if "uploads" in query:
            self.parts["u1"] = {}
            body = f"<InitiateMultipartUploadResult><Key>{escape(name)}</Key><UploadId>u1</UploadId>"
            return web.Response(text=f"{body}</InitiateMultipartUploadResult>", content_type="application/xml")
        found = self.parts.pop(query["uploadId"])
        self.objects[name] = b"".join(found[number] for number in sorted(found))
        body = f"<CompleteMultipartUploadResult><Key>{escape(name)}</Key></CompleteMultipartUploadResult>"
        return web.Response(text=body, content_type="application/xml")

    def _get(self, request: web.Request, name: str) -> web.Response:
        data = self.objects.get(name)
        if data is None:
            return web.Response(status=404, text="" if request.method == "HEAD" else NO_SUCH_KEY)
        headers = {"ETag": '"x"', "Last-Modified": "Fri, 27 Nov 2026 07:00:00 GMT"}
        wanted = request.headers.get("Range", "")
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            piece = data[int(first) : int(last) + 1 if last else None]
            headers["Content-Range"] = f"bytes {first}-{int(first) + len(piece) - 1}/{len(data)}"
            return web.Response(status=206, body=piece, headers=headers)
        if request.method == "HEAD":
            return web.Response(headers=headers | {"Content-Length": str(len(data))})
        return web.Response(body=data, headers=headers)


def _plain(data: bytes, headers) -> bytes:
    """The client may send its bytes in signed pieces: length in hex, the piece, and so on."""
    if "aws-chunked" not in headers.get("Content-Encoding", ""):
        return data
    found, rest = b"", data
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        length = int(head.split(b";")[0], 16)
        if not length:
            break
        found, rest = found + rest[:length], rest[length + 2 :]
    return found


@contextmanager
def bucket() -> Iterator[Stand]:
    stand, started, ended = Stand(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", f"/{stand.bucket}/{{name:.*}}", stand.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stand.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        started.set()
        await ended.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait(20)
    try:
        yield stand
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(20)
        loop.close()
