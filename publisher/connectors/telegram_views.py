"""Views of a public channel's messages, which the Bot API does not give, from the channel's preview page.

Read gently: a page holds about twenty messages and serves them all for a minute; between two pages lies a second.
A page that cannot be understood is an error and never a 0. From 1,000 views on the page gives three digits only
(1.2K); such readings carry a source of their own.
"""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from publisher.connectors.base import Metric, Reading, Receipt
from publisher.connectors.errors import Unavailable
from publisher.connectors.telegram_preview import PAGE_BYTES, TIMEOUT, Block, shown

SOURCE, ROUNDED = "public-page", "public-page-rounded"
SILENT = "public_page_silent"
FRESH = 60.0  # seconds a page serves
ON_A_PAGE = 16  # messages that a page surely holds; it has about twenty
APART = 1.0  # seconds between two requests
PLACE = re.compile(r"^https://t\.me/(?!c/)([A-Za-z]\w{3,31})/(\d+)$")
COUNT = re.compile(r"^(\d+(?:\.\d+)?)([KM]?)$")
TIMES = {"": 1, "K": 1_000, "M": 1_000_000}
Blocks = dict[int, Block]


class PublicPages:
    """One process's looks at preview pages."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._kept: dict[tuple[str, int], tuple[float, Blocks | Unavailable]] = {}
        self._silent: tuple[float, Unavailable] | None = None
        self._one = asyncio.Lock()
        self._last = 0.0

    async def views(self, receipt: Receipt) -> Reading | None:
        """None: the channel is not public, or the page does not show the message (any more)."""
        place = PLACE.match(receipt.url)
        if not place:
            return None
        name, message = place[1].lower(), int(place[2])
        async with self._one:
            block = await self._block(name, message)
        return None if block is None or block.service else _reading(block)

    async def _block(self, name: str, message: int) -> Block | None:
        """Messages are asked for the oldest first, so a page is taken that has the following ones on it as well."""
        newest = await self._page(name, 0)
        if message in newest or not newest or message > min(newest):
            return newest.get(message)
        for blocks in self._known(name):
            if blocks and min(blocks) <= message <= max(blocks):
                return blocks.get(message)
        found = await self._page(name, min(message + ON_A_PAGE, min(newest)))
        if found and message < min(found):  # albums fill a page sooner
            found = await self._page(name, message + 1)
        return found.get(message)

    def _known(self, name: str) -> list[Blocks]:
        """This channel's pages that still serve."""
        return [kept[1] for (of, _), kept in self._kept.items() if of == name and not isinstance(kept[1], Unavailable)]

    async def _page(self, name: str, before: int) -> Blocks:
        """A page that was not understood is not asked for again at once; while the site is silent, none is."""
        now = time.monotonic()
        self._kept = {key: kept for key, kept in self._kept.items() if now - kept[0] < FRESH}
        if self._silent and now - self._silent[0] < FRESH:
            raise self._silent[1]
        if (name, before) not in self._kept:
            await asyncio.sleep(max(0.0, self._last + APART - now))
            self._last = time.monotonic()
            self._kept[name, before] = (self._last, await self._tried(name, before))
        found = self._kept[name, before][1]
        if isinstance(found, Unavailable):
            raise found
        return found

    async def _tried(self, name: str, before: int) -> Blocks | Unavailable:
        try:
            return await self._fetched(name, before)
        except Unavailable as error:
            if error.reason == SILENT:
                self._silent = (time.monotonic(), error)
            return error

    async def _fetched(self, name: str, before: int) -> Blocks:
        asked = {"before": before} if before else {}
        try:
            reply = await self._http.get(f"/s/{name}", params=asked, timeout=TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(type(error).__name__, reason=SILENT) from None
        if reply.is_redirect:  # an unknown or private channel leads away
            return {}
        if reply.status_code != httpx.codes.OK or len(reply.content) > PAGE_BYTES:
            raise Unavailable(str(reply.status_code), reason=SILENT)
        if "</html>" not in reply.text[-200:]:  # cut off in the middle: 2.31K may read 2
            raise Unavailable("the page is cut off", reason=SILENT)
        page = shown(reply.text)
        if not page.blocks and not page.empty:
            raise Unavailable("no messages in the page", reason="public_page_changed")
        return {block.id: block for block in page.blocks}


def _reading(block: Block) -> Reading:
    found = COUNT.match(block.views.strip())
    if not found or block.counters != 1 or block.bubbles > 1:
        raise Unavailable(f"views of {block.id}", reason="public_page_changed")
    value = int(Decimal(found[1]) * TIMES[found[2]])
    return Reading(Metric.VIEWS, value, datetime.now(UTC), ROUNDED if found[2] else SOURCE)
