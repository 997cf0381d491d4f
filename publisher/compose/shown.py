"""Which file a platform gets in the place of each of a post's files. The studio above fills this in when it starts.

Preview, checks and the sender all ask here, so what was approved is what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from publisher.connectors.base import Description

if TYPE_CHECKING:
    from publisher.compose.models import Post, PostMedia, Upload


@dataclass(frozen=True, slots=True)
class Shown:
    """`upload` is what is sent. While it is `waiting` or has `failed` it is the original, which is never sent.
    `note` is a sentence's code: what the platform's limit made of the file."""

    upload: Upload
    state: Literal["ready", "waiting", "failed"] = "ready"
    note: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


class Studio(Protocol):
    def shown(
        self, post: Post, files: Sequence[PostMedia], language: str, description: Description
    ) -> Sequence[Shown]: ...

    def covered(self, post: Post) -> Sequence[object]:
        """What approval covers beside the files themselves, as JSON; empty: nothing."""
        ...


class AsUploaded:
    """Without a studio every file goes out as it came."""

    def shown(self, post: Post, files: Sequence[PostMedia], language: str, description: Description) -> Sequence[Shown]:
        return [Shown(file.upload) for file in files]

    def covered(self, post: Post) -> Sequence[object]:
        return ()


_studio: Studio = AsUploaded()


def install(studio: Studio) -> None:
    global _studio
    _studio = studio


def files_of(post: Post, language: str, description: Description) -> Sequence[Shown]:
    """In order: the post's files for every language and for this one."""
    rows = list(post.media.filter(language__in=["", language]).select_related("upload"))
    return _studio.shown(post, rows, language, description) if rows else ()


def covered(post: Post) -> Sequence[object]:
    return _studio.covered(post)
