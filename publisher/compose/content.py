"""The whole of a post as plain data: what a snapshot keeps, and what two people's changes are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from publisher.compose.message import LANGUAGES, VersionLike
from publisher.compose.models import Post

DETAILS = (
    *("title", "kind", "urgent", "pin", "expires_at", "publish_at", "channel_keys", "single_language_reason"),
    *("made_with_ai", "reused", "reused_source", "reused_permission"),
)
MOMENTS = ("expires_at", "publish_at")
PARTS = ("body", "buttons", "poll")
Flat = Mapping[str, Any]


def content_of(post: Post) -> dict[str, Any]:
    """Every detail by its name, every part of a language as body_kk, buttons_ru, poll_en, and the files."""
    flat = details_as_data({name: getattr(post, name) for name in DETAILS})
    for version in post.versions.all():
        flat |= version_as_data(version)
    flat["media"] = [list(row) for row in post.media.values_list("upload__sha256", "language")]
    return flat


def details_as_data(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _iso(value) if name in MOMENTS else value for name, value in details.items()}


def version_as_data(version: VersionLike) -> dict[str, Any]:
    given = {"body": version.body.strip(), "buttons": list(map(dict, version.buttons)), "poll": version.poll}
    return {f"{part}_{version.language}": value for part, value in given.items()}


def detail_from_data(name: str, value: Any) -> Any:
    return parse_datetime(value) if name in MOMENTS and value else value or None if name in MOMENTS else value


def languages_in(flat: Flat) -> list[str]:
    return [language for language in LANGUAGES if flat.get(f"body_{language}")]


def _iso(moment: datetime | None) -> str | None:
    """To the minute, as people set it."""
    return moment.replace(second=0, microsecond=0).isoformat() if moment else None
