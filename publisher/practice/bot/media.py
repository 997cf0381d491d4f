"""Photos and films in a call: an upload in the same request, or the id of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from publisher.practice.bot.call import Call
from publisher.practice.bot.errors import WRONG_FILE, bad_request
from publisher.practice.files import Stored, Upload
from publisher.practice.limits import PHOTO, PHOTO_RATIO, PHOTO_SIDES, THUMBNAIL, THUMBNAIL_SIDE
from publisher.practice.world import World


@dataclass(frozen=True)
class Incoming:
    """Media checked but not stored yet; `cover` and `thumbnail` only with a film."""

    kind: str
    file: Upload | Stored
    details: dict[str, Any]
    thumbnail: Upload | None = None
    cover: Upload | Stored | None = None


def incoming(world: World, call: Call, kind: str, item: dict[str, Any], field: str = "media") -> Incoming:
    """The media of one photo or film. `item` holds its parameters, `field` names the one with the file."""
    file = _found(world, call, item.get(field), field, kind)
    if kind == "photo":
        _check_photo(file)
    if kind != "video":
        return Incoming(kind, file, {})
    names = ("width", "height", "duration", "start_timestamp")
    details: dict[str, Any] = {name: _whole(item.get(name)) for name in names}
    details["supports_streaming"] = str(item.get("supports_streaming", "")).lower() in ("true", "1")
    cover = (
        _found(world, call, item["cover"], "cover", "photo") if item.get("cover") or "cover" in call.uploads else None
    )
    if cover:
        _check_photo(cover)
    return Incoming(kind, file, details, _thumbnail(call, item.get("thumbnail")), cover)


def kept(world: World, call: Call, media: Incoming) -> dict[str, Any]:
    """Store what was uploaded and give the message's own description of it."""
    details = {name: value for name, value in media.details.items() if value}
    sides = {name: media.details[name] for name in ("width", "height", "duration") if media.details.get(name)}
    found = details | {"kind": media.kind, "file": _kept(world, call, media.file, media.kind, sides)}
    if isinstance(media.file, Stored) and media.kind == "video":
        stored = {"width": media.file.width, "height": media.file.height, "duration": media.file.duration}
        found = {name: value for name, value in stored.items() if value} | found
    if media.thumbnail:
        found["thumbnail"] = _kept(world, call, media.thumbnail, "thumbnail", {})
    elif isinstance(media.file, Stored) and (earlier := world.database.recall(f"thumbnail {media.file.id}")):
        found["thumbnail"] = earlier
    if media.cover:
        found["cover"] = _kept(world, call, media.cover, "photo", {})
    if media.thumbnail:
        world.database.remember(f"thumbnail {found['file']}", found["thumbnail"])
    return found


def _whole(value: Any) -> int:
    try:
        return int(float(value or 0))
    except (TypeError, ValueError):
        return 0


def _found(world: World, call: Call, value: Any, field: str, kind: str) -> Upload | Stored:
    name = value.removeprefix("attach://") if isinstance(value, str) and value.startswith("attach://") else field
    if name in call.uploads and (value is None or name != field or value == f"attach://{name}"):
        upload = call.uploads[name]
        if not upload.size:
            raise bad_request("file must be non-empty")
        return upload
    if not value:
        raise bad_request(f"there is no {kind} in the request")
    stored = world.files.get(str(value))
    if stored is None or stored.owner != str(call.bot):
        raise bad_request(WRONG_FILE)
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return stored


def _check_photo(file: Upload | Stored) -> None:
    if isinstance(file, Stored):
        return
    if file.size > PHOTO:
        raise bad_request(f"file of size {file.size} bytes is too big for a photo; the maximum size is {PHOTO} bytes")
    sides = file.sides()
    if sides is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(sides) > PHOTO_SIDES or max(sides) > PHOTO_RATIO * min(sides):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _thumbnail(call: Call, value: Any) -> Upload | None:
    """A thumbnail that breaks the rules is ignored, as Telegram does: JPEG, below 200 kB, no side over 320."""
    name = value.removeprefix("attach://") if isinstance(value, str) and value else "thumbnail"
    upload = call.uploads.get(name)
    if upload is None or upload.size > THUMBNAIL or upload.head(2) != b"\xff\xd8":
        return None
    sides = upload.sides()
    return upload if sides and max(sides) <= THUMBNAIL_SIDE else None


def _kept(world: World, call: Call, file: Upload | Stored, kind: str, sides: dict[str, int]) -> str:
    if isinstance(file, Stored):
        return file.id
    if kind == "video":
        mime = file.mime if file.mime.startswith("video/") else "video/mp4"
    elif kind == "document":
        mime = file.mime
    else:
        mime = {b"\x89PN": "image/png", b"RIF": "image/webp"}.get(file.head(3), "image/jpeg")
        size = file.sides()
        sides = {"width": size[0], "height": size[1]} if size else {}
    taken = {name for name, upload in call.uploads.items() if upload is file}
    stored = world.files.keep(replace(file, mime=mime), str(call.bot), kind, **sides)
    for name in taken:
        del call.uploads[name]
    return stored.id
