"""POST /{phone-number-id}/media and what is asked about a media id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from aiohttp import BodyPartReader, web

from publisher.practice import limits
from publisher.practice.cloud.errors import CloudApiError, parameter
from publisher.practice.files import CHUNK, Stored, Upload
from publisher.practice.world import World

TYPES: dict[str, tuple[str, int]] = {
    "image/jpeg": ("image", limits.WHATSAPP_IMAGE),
    "image/png": ("image", limits.WHATSAPP_IMAGE),
    "video/mp4": ("video", limits.WHATSAPP_VIDEO),
    "video/3gpp": ("video", limits.WHATSAPP_VIDEO),
    "application/pdf": ("document", limits.WHATSAPP_DOCUMENT),
    "text/plain": ("document", limits.WHATSAPP_DOCUMENT),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("document", limits.WHATSAPP_DOCUMENT),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("document", limits.WHATSAPP_DOCUMENT),
}


async def receive(world: World, request: web.Request) -> tuple[dict[str, str], Upload | None]:
    """The form and its file, streamed to disk; read to the end even when it is too big."""
    if not request.content_type.startswith("multipart/"):
        return {}, None
    fields: dict[str, str] = {}
    upload: Upload | None = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file" and upload is None:
            mime = part.headers.get("Content-Type", "application/octet-stream").split(";")[0].strip()
            upload = await world.files.receive(_pieces(part), part.filename or "file", mime, limits.WHATSAPP_DOCUMENT)
        elif part.name:
            fields[part.name] = (await part.read(decode=False)).decode("utf-8", "replace")
    return fields, upload


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(CHUNK):
        yield piece


def keep(world: World, phone: str, fields: dict[str, str], upload: Upload | None) -> dict[str, Any]:
    if fields.get("messaging_product") != "whatsapp":
        raise parameter("The parameter messaging_product is required.")
    if upload is None:
        raise parameter("The parameter file is required.")
    mime = upload.mime if upload.mime in TYPES else fields.get("type", upload.mime)
    if mime not in TYPES:
        raise parameter(
            f"Param file must be a file with one of the following types: {', '.join(TYPES)}. "
            f"Received file of type '{mime}'."
        )
    kind, most = TYPES[mime]
    if not upload.size or upload.size > most:
        raise CloudApiError(
            131053, f"File of {upload.size} bytes cannot be uploaded as {mime}: it must have 1 to {most} bytes."
        )
    sides = upload.sides() if kind == "image" else None
    if kind == "image" and sides is None:
        raise CloudApiError(131053, "The file is not a JPEG or PNG picture.")
    width, height = sides or (0, 0)
    stored = world.files.keep(replace(upload, mime=mime), phone, f"media-{kind}", width=width, height=height)
    return {"id": stored.id}


def describe(stored: Stored, origin: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "url": f"{origin}/whatsapp_business/attachments/{stored.id}",
        "mime_type": stored.mime,
        "sha256": stored.sha256,
        "file_size": stored.size,
        "id": stored.id,
    }
