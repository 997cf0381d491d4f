"""How a connection goes wrong below HTTP, on every practice platform alike."""

from __future__ import annotations

import asyncio

from aiohttp import web

from publisher.practice.faults import Fault

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Cut(web.Response):
    """Nothing is ever sent: the connection is already gone."""

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


def cut(request: web.Request) -> web.Response:
    """Cut the connection without a byte of an answer."""
    if request.transport:
        request.transport.abort()
    return Cut()


def instead(request: web.Request, fault: Fault) -> web.Response | None:
    """What comes in place of a refusal in the platform's own words; None: the platform words it."""
    match fault.kind:
        case "reset":
            return cut(request)
        case "bad_gateway":
            return html(BAD_GATEWAY, 502)
        case "garbage":
            return html("<html><body>practice: this is not JSON</body></html>", 200)
    return None


async def late(request: web.Request, fault: Fault | None, reply: web.StreamResponse) -> web.StreamResponse | None:
    """The message stands there; what the sender hears of it. None: the platform words its own error."""
    match fault.kind if fault else "":
        case "lost_answer":
            return cut(request)
        case "slow":
            await asyncio.sleep(fault.delay if fault else 0)
            return reply
        case "":
            return reply
    return None


def html(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")
