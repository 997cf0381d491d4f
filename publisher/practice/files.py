"""Uploaded files: streamed to disk in small pieces, counted by their real bytes, kept once per content."""

from __future__ import annotations

import base64
import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from publisher.practice.database import Database

CHUNK = 1 << 16
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4", "video/3gpp": ".3gp"}
SHOWN = frozenset(SUFFIXES)  # what the pages may show as itself; everything else is a plain download


@dataclass(frozen=True)
class Upload:
    """A received file that is not registered yet. Past the `limit` only the counting went on."""

    path: Path
    size: int
    sha256: str
    name: str
    mime: str
    over: bool

    def head(self, count: int = 16) -> bytes:
        with self.path.open("rb") as file:
            return file.read(count)

    def sides(self) -> tuple[int, int] | None:
        """Width and height of a picture in pixels; None when it is none."""
        try:
            with Image.open(self.path, formats=("JPEG", "PNG", "WEBP")) as image:
                return image.width, image.height
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
            return None

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Stored:
    n: int
    id: str
    unique_id: str
    owner: str  # bot id or phone number id: nobody else can use the id
    kind: str  # photo, video, thumbnail, image, document
    path: str
    mime: str
    name: str
    size: int
    sha256: str
    width: int
    height: int
    duration: int
    created_at: float

    @property
    def public_path(self) -> str:
        return f"{self.kind}s/file_{self.n}{SUFFIXES.get(self.mime, Path(self.name).suffix)}"


class Files:
    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob("incoming-*"):  # from a server killed while it received
            left_over.unlink()

    async def receive(self, pieces: AsyncIterator[bytes], name: str, mime: str, limit: int) -> Upload:
        """Write the pieces to disk as they come; memory stays flat whatever the size."""
        handle, path = tempfile.mkstemp(dir=self._folder, prefix="incoming-")
        size, digest = 0, hashlib.sha256()
        with os.fdopen(handle, "wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size <= limit:
                    digest.update(piece)
                    file.write(piece)
        return Upload(Path(path), size, digest.hexdigest(), name, mime, size > limit)

    def keep(
        self, upload: Upload, owner: str, kind: str, *, width: int = 0, height: int = 0, duration: int = 0
    ) -> Stored:
        """Give the upload a place and an id of its own. The same content is stored once."""
        target = self._folder / f"{upload.sha256}{SUFFIXES.get(upload.mime, '')}"
        os.replace(upload.path, target)
        unique = f"AQAD{upload.sha256[:12]}"
        n = self._database.insert(
            "INSERT INTO files (id, unique_id, owner, kind, path, mime, name, size, sha256, width, height, duration,"
            " created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            f"incoming-{time.time_ns()}",
            unique,
            owner,
            kind,
            target.name,
            upload.mime,
            upload.name,
            upload.size,
            upload.sha256,
            width,
            height,
            duration,
            time.time(),
        )
        self._database.run("UPDATE files SET id = ? WHERE n = ?", _file_id(n, kind, upload.sha256), n)
        return self._require(n)

    def get(self, file_id: str) -> Stored | None:
        row = self._database.one("SELECT * FROM files WHERE id = ?", file_id)
        return _stored(row) if row else None

    def by_unique(self, unique_id: str) -> Stored | None:
        row = self._database.one("SELECT * FROM files WHERE unique_id = ? ORDER BY n LIMIT 1", unique_id)
        return _stored(row) if row else None

    def by_number(self, n: int) -> Stored | None:
        row = self._database.one("SELECT * FROM files WHERE n = ?", n)
        return _stored(row) if row else None

    def location(self, stored: Stored) -> Path:
        return self._folder / stored.path

    def _require(self, n: int) -> Stored:
        stored = self.by_number(n)
        if not stored:
            raise LookupError(n)
        return stored


def _stored(row: sqlite3.Row) -> Stored:
    return Stored(**dict(row))


def _file_id(n: int, kind: str, sha256: str) -> str:
    """WhatsApp media ids are 16 digits; Telegram's begin with letters that tell the kind."""
    if kind.startswith("media-"):
        return f"9{n:07d}{int(sha256[:8], 16) % 10**8:08d}"
    start = {"photo": "AgACAgIAAx", "video": "BAACAgIAAx", "thumbnail": "AAMCAgADGQ"}.get(kind, "BQACAgIAAx")
    return start + base64.urlsafe_b64encode(f"{n}:{sha256[:18]}".encode()).decode().rstrip("=")
