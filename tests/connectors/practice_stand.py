"""Files for the practice platforms to take, and the account they know us by."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PIL import Image

from publisher.connectors.base import Media

TOKEN = "100200300:practice"
PLACES = ("telegram", "whatsapp")


def picture(folder: Path) -> Media:
    path = folder / "card.jpg"
    Image.new("RGB", (640, 360), "navy").save(path)
    return Media(path, "photo", "image/jpeg", path.stat().st_size, _sha(path), 640, 360)


def film(folder: Path) -> Media:
    path, still = folder / "film.mp4", folder / "still.jpg"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 400)
    Image.new("RGB", (180, 320), "navy").save(still)
    return Media(path, "video", "video/mp4", path.stat().st_size, _sha(path), 720, 1280, 31.6, thumbnail=still)


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
