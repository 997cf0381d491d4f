"""One open connector per account and process, opened when first needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

from publisher.connectors.base import Connector
from publisher.deliver.channels import connector_for


class Connections:
    """Used as an async context manager around the life of a process."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._open: dict[str, Connector] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def get(self, account_key: str) -> Connector:
        """Raises a ConnectorError when the platform does not let us in."""
        async with self._locks.setdefault(account_key, asyncio.Lock()):
            if account_key not in self._open:
                connector = connector_for(account_key)
                self._open[account_key] = await self._stack.enter_async_context(connector)
            return self._open[account_key]

    @asynccontextmanager
    async def lend(self, account_key: str) -> AsyncIterator[Connector]:
        yield await self.get(account_key)
