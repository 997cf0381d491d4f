"""What must be settled before a colleague is asked to approve, beside what the texts themselves say (checks.py)."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from publisher.compose.checks import Finding, graded
from publisher.compose.models import Post
from publisher.compose.pictures import looked_at


def before_approval(post: Post) -> list[Finding]:
    return graded([*_pictures(post), *_reused(post)], settings.CONFIG.checks)


def blocking(post: Post) -> list[Finding]:
    return [finding for finding in before_approval(post) if finding.severity == "error"]


def _pictures(post: Post) -> Iterator[Finding]:
    """Once for each file, so that its name is told."""
    for file in looked_at(post):
        if file.open:
            yield Finding("pictures_unchecked", "error", "", {"name": file.upload.name, "count": len(file.open)})


def _reused(post: Post) -> Iterator[Finding]:
    if post.reused and not (post.reused_source.strip() and post.reused_permission.strip()):
        yield Finding("permission_missing", "error")
