"""The studio's nightly tidying: half-made films of a killed computer, and finished ones that nothing shows."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from publisher.compose.models import Upload
from publisher.render import brands
from publisher.render.jobs import sweep
from publisher.render.models import RenderJob, RenderOrder

KEPT = timedelta(days=30)  # a finished film that nothing shows: it may be wanted again
KEPT_FOR_DISTRICTS = timedelta(days=90)  # an order for many districts, of which no post was made
BELOW = "renditions/"


@dataclass(frozen=True, slots=True)
class Tidied:
    files: int
    size: int  # bytes


def tidy_up(kept: timedelta = KEPT) -> Tidied:
    """Whatever a post shows, or showed, is kept for good. Safe while others render."""
    left = sweep(settings.RENDITIONS) + brands.tidy_up()
    RenderOrder.objects.filter(post=None, created_at__lt=timezone.now() - KEPT_FOR_DISTRICTS).delete()
    for upload in _shown_nowhere(kept):
        with suppress(ProtectedError):  # something else points to it
            upload.delete()
    files, size = _remove_unnamed(settings.RENDITIONS, _named(), kept)
    return Tidied(files + left, size)


def _shown_nowhere(kept: timedelta) -> QuerySet[Upload]:
    """Films of the studio whose order is gone, and which no post took up."""
    rows = Upload.objects.filter(path__startswith=BELOW, created_at__lt=timezone.now() - kept)
    return rows.filter(postmedia=None, made_by=None, fits=None)


def _named() -> set[str]:
    """Files that something points to, and the renditions they belong to."""
    paths = Upload.objects.filter(path__startswith=BELOW).values_list("path", flat=True)
    pictures = Upload.objects.filter(thumbnail__startswith=BELOW).values_list("thumbnail", flat=True)
    files = {path.removeprefix(BELOW) for path in (*paths, *pictures)}
    renditions = RenderJob.objects.exclude(name="").values_list("name", flat=True)
    return {name.partition(".")[0] for name in files} | set(renditions)


def _remove_unnamed(folder: Path, named: set[str], kept: timedelta) -> tuple[int, int]:
    files = size = 0
    for record in folder.glob("*.json"):
        if record.stem in named:
            continue
        parts = [record, *(path for path in folder.glob(f"{record.stem}.*") if path != record)]
        with suppress(OSError):
            if time.time() - max(path.stat().st_mtime for path in parts) < kept.total_seconds():
                continue
            for path in parts:  # the record first: without it nothing counts as finished
                size += path.stat().st_size
                path.unlink()
                files += 1
    return files, size
