"""A post as a template's files, to be laid into content/ by a person: the program itself never writes there."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from publisher.compose.models import Post, Version
from publisher.compose.templates import Template, load


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a template says beyond the post: its name, where the fact comes from, when it may be said again."""

    slug: str
    source: str
    tags: Sequence[str] = ()
    repeat_after_days: int | None = None
    expires_after_days: int | None = None


def texts(post: Post, wanted: Wanted) -> dict[str, str]:
    """By language the whole file."""
    return {version.language: _text(post, version, wanted) for version in post.versions.all()}


def _text(post: Post, version: Version, wanted: Wanted) -> str:
    matter: dict[str, Any] = {
        "language": version.language,
        "kind": post.kind,
        "title": post.title,
        "tags": list(wanted.tags),
        "repeat_after_days": wanted.repeat_after_days,
        "expires_after_days": wanted.expires_after_days,
        "source": wanted.source,
        "tone": "forewarn",
        "single_language_reason": post.single_language_reason,
        "buttons": [dict(button) for button in version.buttons],
        "poll": _poll(version.poll),
    }
    said = {key: value for key, value in matter.items() if value not in (None, "", [], {})}
    front = yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=110)
    return f"---\n{front}---\n{version.body.strip()}\n"


def _poll(poll: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (poll or {}).items() if value not in (None, "")}


def checked(files: Mapping[str, str], slug: str, link_hosts: Sequence[str]) -> Template:
    """Read back exactly as `publisher check` reads it. Raises FlawedFile."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / slug).mkdir()
        for language, text in files.items():
            (Path(folder) / slug / f"{language}.md").write_text(text, encoding="utf-8")
        return load(Path(folder), slug, link_hosts)


def packed(files: Mapping[str, str], slug: str) -> bytes:
    """A zip with the template's folder in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for language, text in files.items():
            archive.writestr(f"{slug}/{language}.md", text)
    return buffer.getvalue()
