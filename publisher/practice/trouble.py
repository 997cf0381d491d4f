"""How a connection goes wrong below HTTP."""

from __future__ import annotations

from aiohttp import web

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


def html(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")
