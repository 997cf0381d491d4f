"""The line below a post that tells its code, where config.yaml wants one. A later stage fills this in at its start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.compose.models import Post


def _none(_post: Post, _give: bool) -> str:
    return ""


_line: Callable[[Post, bool], str] = _none


def install(line: Callable[[Post, bool], str]) -> None:
    global _line
    _line = line


def line_below(post: Post, *, give: bool = False) -> str:
    """Markdown of its own paragraph; empty: none is wanted.

    `give`: the post is about to be sent and gets its code now, if it has none yet; before, dots stand for it.
    """
    return _line(post, give)
