"""Style sheets, scripts and icons leave compressed: a quarter of the bytes over a village's mobile line."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

SUFFIXES = {".css", ".js", ".svg"}


class CompressedStatic(WhiteNoiseMiddleware):
    """Compressed once, at the first start, into var/; the packages' own folders may not be writable."""

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        if Path(path).suffix not in SUFFIXES:
            return super().get_static_file(path, url, stat_cache)
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        return StaticFile(path, headers.items(), encodings={"gzip": str(_smaller(Path(path)))})


def _smaller(path: Path) -> Path:
    """Named by its content: two processes starting at once write the same, and an upgrade writes anew."""
    content = path.read_bytes()
    target = settings.HOME.folder("compressed") / f"{hashlib.sha256(content).hexdigest()[:32]}.gz"
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        draft.write_bytes(gzip.compress(content, 9, mtime=0))
        draft.replace(target)
    return target
