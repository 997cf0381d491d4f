"""One call of the Bot API: GET or POST, JSON, urlencoded or multipart, with files streamed to disk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from publisher.practice.bot.errors import BotApiError, bad_request, too_large
from publisher.practice.files import CHUNK, Files, Upload
from publisher.practice.limits import UPLOAD
from publisher.practice.text import Formatted, TextError, formatted

FIELD = 1 << 20  # bytes of one ordinary field


@dataclass
class Call:
    method: str
    bot: int
    params: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.params.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        """Like the server: what is no number counts as 0."""
        try:
            return int(str(self.params.get(name, default)).strip())
        except ValueError:
            return 0

    def flag(self, name: str, default: bool = False) -> bool:
        if name not in self.params:
            return default
        return str(self.params[name]).strip().lower() in ("true", "yes", "1")

    def data(self, name: str, what: str) -> Any:
        """A JSON-serialised parameter, or None."""
        value = self.params.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def formatted(self, text: str, entities: str) -> Formatted:
        self.no_parse_mode(self.params)
        return cleaned(self.text(text), self.data(entities, "entities"))

    @staticmethod
    def no_parse_mode(values: dict[str, Any]) -> None:
        if str(values.get("parse_mode") or "").lower() not in ("", "none"):
            raise bad_request("the practice platform takes formatting as entities; parse_mode is not supported")

    def drop_uploads(self) -> None:
        """Forget files that no message took."""
        for upload in self.uploads.values():
            upload.drop()


def cleaned(text: Any, entities: Any) -> Formatted:
    try:
        return formatted(str(text or ""), entities)
    except TextError as refusal:
        raise bad_request(str(refusal)) from None


async def received(request: web.Request, call: Call, files: Files) -> None:
    """Read query and body into the call. The body is always read to its end, so that a refusal reaches the sender."""
    call.params.update(request.query)
    kind = request.content_type
    if request.method == "GET" or not request.body_exists:
        return
    if kind.startswith("multipart/"):
        await _multipart(request, call, files)
    elif kind == "application/json":
        call.params.update(_json(await _body(request)))
    else:
        call.params.update(await request.post())


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large() from None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(found, dict):
        raise bad_request("can't parse JSON object")
    return {key: value for key, value in found.items() if value is not None}


async def _multipart(request: web.Request, call: Call, files: Files) -> None:
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            raise BotApiError(400, "Bad Request: can't parse multipart body")
        if part.filename is None:
            call.params[part.name] = (await part.read(decode=False))[:FIELD].decode("utf-8", "replace")
            continue
        mime = part.headers.get("Content-Type", "application/octet-stream")
        upload = await files.receive(_pieces(part), part.filename, mime, UPLOAD)
        call.uploads[part.name] = upload
        total += upload.size
    if total > UPLOAD or any(upload.over for upload in call.uploads.values()):
        raise too_large()


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(CHUNK):
        yield piece
