"""Before a request: the files it carries, brought from the place that all machines share."""

from __future__ import annotations

import asyncio

from django.conf import settings

from publisher import storage
from publisher.connectors.base import Message
from publisher.connectors.errors import Refused, Unavailable


async def bring(message: Message) -> None:
    """Certainly nothing was sent yet: a place that does not answer is waited for, a broken file is refused."""
    if message.media and settings.CONFIG.files is not None:
        await asyncio.to_thread(_bring, message)


def _bring(message: Message) -> None:
    var = settings.HOME.var
    try:
        for media in message.media:
            if media.remote_id:
                continue
            storage.local(media.path.relative_to(var).as_posix(), media.sha256)
            if media.thumbnail:
                storage.local(media.thumbnail.relative_to(var).as_posix())
    except storage.NotReached as error:
        raise Unavailable(f"the shared place for files: {error}") from error
    except storage.Broken as error:
        raise Refused(str(error), reason="broken_media", why=str(error)) from error
