"""Gives out a stored picture or film: a known type, no sniffing, a name of ours, in pieces when asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/matroska": "mkv",  # these three are downloaded: no browser plays them
    "video/avi": "avi",
    "video/mpegts": "ts",
}
PIECE = 1 << 20  # bytes
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


def serve(request: HttpRequest, path: Path, mime: str) -> HttpResponseBase:
    """A browser that asks for a stretch (films do) gets at most one piece of it and comes again."""
    if mime not in SUFFIXES or not path.is_file():
        raise Http404
    size = path.stat().st_size
    wanted = RANGE.match(request.headers.get("Range", ""))
    response = _piece(path, size, wanted) if wanted else _whole(request, path, size)
    response["Content-Type"] = mime
    response["Content-Disposition"] = f'inline; filename="{path.stem[:16]}.{SUFFIXES[mime]}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'none'; sandbox"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def _piece(path: Path, size: int, wanted: re.Match[str]) -> HttpResponse:
    start = int(wanted[1])
    if start >= size or (wanted[2] and int(wanted[2]) < start):
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    end = min(int(wanted[2] or size - 1), size - 1, start + PIECE - 1)
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(end - start + 1)
    return HttpResponse(content, status=206, headers={"Content-Range": f"bytes {start}-{end}/{size}"})


def _whole(request: HttpRequest, path: Path, size: int) -> StreamingHttpResponse:
    """Under ASGI the pieces must come asynchronously, or Django would gather the whole film in memory first."""
    pieces = _async_pieces(path) if isinstance(request, ASGIRequest) else _pieces(path)
    return StreamingHttpResponse(pieces, headers={"Content-Length": str(size)})


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


async def _async_pieces(path: Path) -> AsyncIterator[bytes]:
    pieces = _pieces(path)
    while piece := await sync_to_async(next)(pieces, b""):
        yield piece
