"""New material of the listed official pages becomes a draft with its author and source; a person decides about it."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from publisher.compose import posts
from publisher.compose.markdown import escape
from publisher.compose.models import Kind, Post, Upload
from publisher.compose.refusal import Refusal
from publisher.connectors.errors import ConnectorError
from publisher.connectors.instagram import Instagram, SeenPost
from publisher.deliver.border import db
from publisher.measure.models import Page, Piece, PieceState
from publisher.people.audit import SYSTEM
from publisher.render.uploads import accept

log = logging.getLogger(__name__)
KAZAKH = frozenset("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
SOURCE_LINE = {"kk": "Дереккөз: @{author}, Instagram", "ru": "Источник: @{author}, Instagram"}
MOST_FILES = 10


async def draft(connector: Instagram, piece: Piece, seen: SeenPost) -> Post | None:
    """None: somebody made one already. Files that cannot be had or used are left out, and the piece says so."""
    uploads, problem = await _files(connector, seen)
    return await db(_make, piece.pk, seen, uploads, problem)


async def _files(connector: Instagram, seen: SeenPost) -> tuple[list[Upload], str]:
    uploads, problem = [], ""
    with tempfile.TemporaryDirectory(dir=settings.HOME.folder("incoming")) as folder:
        for n, file in enumerate(seen.files[:MOST_FILES]):
            path = Path(folder) / f"{seen.code}-{n}.{'mp4' if file.kind == 'video' else 'jpg'}"
            try:
                await connector.fetch(file.url, path)
                uploads.append(await asyncio.to_thread(_accepted, path))
            except ConnectorError as error:
                problem = error.reason
            except Refusal as refusal:
                problem = refusal.code
    return uploads, problem


def _accepted(path: Path) -> Upload:
    """Inspected like any upload: what others publish is not trusted either."""
    return accept(path, path.name)


@transaction.atomic
def _make(piece_pk: int, seen: SeenPost, uploads: Sequence[Upload], problem: str) -> Post | None:
    piece = Piece.objects.select_for_update().select_related("page__district").get(pk=piece_pk)
    if piece.state != PieceState.SEEN:
        return None
    page = piece.page
    language = language_of(seen.caption)
    post = posts.blank(Kind.SCAM_WARNING, title_of(seen, page), page.district, SYSTEM)
    posts.save_versions(post, {language: body_of(seen, language)}, SYSTEM)
    posts.set_media(post, [(upload, "") for upload in uploads], SYSTEM)
    reused = {"reused": True, "reused_source": seen.url, "reused_permission": page.permission}
    posts.change(post, SYSTEM, **reused)
    Piece.objects.filter(pk=piece.pk).update(state=PieceState.DRAFTED, draft=post, problem=problem)
    return post


def language_of(text: str) -> str:
    """Kazakh has nine letters that Russian lacks; a text without any of them is taken for Russian."""
    return "kk" if KAZAKH & set(text) else "ru"


def title_of(seen: SeenPost, page: Page) -> str:
    first = seen.caption.strip().split("\n")[0][:100]
    return f"@{seen.author}: {first}" if first else f"@{seen.author} ({page})"


def body_of(seen: SeenPost, language: str) -> str:
    """Their words, with every mark taken literally, and whose they are."""
    words = "\n\n".join(escape(line) for line in seen.caption.strip().splitlines() if line.strip())
    return f"{words}\n\n{escape(SOURCE_LINE[language].format(author=seen.author))}".strip()


def leave(piece: Piece) -> bool:
    """A person does not want it."""
    return bool(Piece.objects.filter(pk=piece.pk, state=PieceState.SEEN).update(state=PieceState.LEFT))


def want(piece: Piece) -> bool:
    """A person wants one that was left out: it becomes a draft with the next look."""
    return bool(
        Piece.objects.filter(pk=piece.pk, state=PieceState.LEFT).update(
            state=PieceState.SEEN, next_at=None, tries=0, published_at=None
        )
    )
