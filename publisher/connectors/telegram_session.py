"""Numbers that a bot is not given, read with a press-office account of Telegram (MTProto, through Telethon).

Views, forwards, comments and reactions of our own channels' messages, a hundred at a time, and the statistics that
Telegram shows the channel's administrators. Publishes nothing and looks at nobody else's chats. Off until an
administrator has read the notice and logged in (telegram_login.py); the session is given by whoever keeps it.
Shapes: Telethon 1.45's own types; nothing here was tried against the live service.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, TypeVar

import httpx
from pydantic import Field, SecretStr

from publisher.connectors import telegram_session_shapes as shapes
from publisher.connectors.base import (
    Connector,
    Description,
    Limits,
    Measures,
    Metric,
    Reading,
    Receipt,
    Settings,
    Target,
)
from publisher.connectors.errors import AccessLost, ConnectorError, Refused, TargetGone
from publisher.connectors.telegram_session_errors import classified
from publisher.connectors.telegram_session_shapes import Counts, Facts, Peer, Repost, Statistics

T = TypeVar("T")
AT_ONCE = 100  # messages of one request (messages.getMessagesViews)
TIMEOUT = 30.0  # seconds
DIALOGS = 5  # pages of a hundred chats that are looked through for our channels
REPOSTS = 50
GRAPHS = {"sources": "views_by_source_graph", "languages": "languages_graph"}


class TelegramSessionSettings(Settings, frozen=True):
    """`api_id` and `api_hash` come from my.telegram.org. `gap`: seconds between two requests."""

    type: Literal["telegram_session"]
    api_url: str = ""  # Telethon knows the servers
    api_id: int = Field(ge=1)
    api_hash: SecretStr
    gap: float = Field(1.0, ge=0, le=60)


def new_client(settings: TelegramSessionSettings, session: str, *, updates: bool = False) -> Any:
    """One client that never sleeps by itself, never repeats and never reconnects: we decide. Not connected yet."""
    from telethon import TelegramClient
    from telethon.sessions import StringSession

    logging.getLogger("telethon").setLevel(logging.WARNING)  # below that it writes down requests and answers
    return TelegramClient(
        StringSession(session),
        settings.api_id,
        settings.api_hash.get_secret_value(),
        timeout=10,
        request_retries=1,
        connection_retries=1,
        auto_reconnect=False,
        flood_sleep_threshold=0,
        receive_updates=updates,
        lang_code="ru",  # the names of sources and languages in statistics come in it
        device_model="Press office",
        app_version="1",
    )


class TelegramSession(Connector, Measures):
    settings_type: ClassVar[type[Settings]] = TelegramSessionSettings
    description: ClassVar[Description] = Description(
        key="telegram_session",
        label="Telegram (session)",
        markup="entities",
        limits=Limits(text=4096, caption=1024, units="utf16"),
        metrics=frozenset({Metric.FOLLOWERS, Metric.VIEWS, Metric.FORWARDS, Metric.REPLIES, Metric.REACTIONS}),
        risks="A log-in of a person's account: whoever has it can read that account's chats.",
    )

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` is not used: Telethon speaks its own protocol. A stand-in takes the place of `new_client`."""
        assert isinstance(settings, TelegramSessionSettings)
        self.settings = settings
        self._session = ""
        self._client: Any = None
        self._one = asyncio.Lock()
        self._last = 0.0

    async def use(self, session: str) -> None:
        """The log-in to work with; another one than before ends the old connection."""
        if session != self._session:
            await self._close()
            self._session = session

    async def __aexit__(self, *exc: object) -> None:
        await self._close()

    async def check(self, target: str = "") -> Target:
        """Who we are; with a target: that channel as this session sees it."""
        from telethon.tl import functions, types

        if target:
            peer = await self.find(target, "")
            facts = await self.facts(peer)
            return Target(target, target, "channel", members=facts.followers)
        found = await self._ask(functions.users.GetUsersRequest([types.InputUserSelf()]))
        me = next(iter(found), None)
        if me is None:
            raise AccessLost("nobody is logged in", reason="session_lost")
        return Target(str(me.id), name_of(me), "private")

    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """One at a time; `counts` is for many."""
        peer, now = await self.find(target, ""), datetime.now(UTC)
        if receipt is None:
            followers = (await self.facts(peer)).followers
            return () if followers is None else (Reading(Metric.FOLLOWERS, followers, now, shapes.SOURCE),)
        first = int(receipt.ids[0])
        found = await self.counts(peer, [first])
        return found[first].readings(now) if first in found else ()

    async def known(self) -> dict[str, Peer]:
        """The channels this account is in, by our target."""
        from telethon.tl import functions, types

        found: dict[str, Peer] = {}
        before, last, peer = None, 0, types.InputPeerEmpty()
        for _ in range(DIALOGS):
            page = await self._ask(functions.messages.GetDialogsRequest(before, last, peer, AT_ONCE, 0))
            found |= {one.target: one for one in shapes.peers_in(page.chats)}
            dated = [message for message in page.messages if getattr(message, "date", None)]
            if type(page).__name__ != "DialogsSlice" or not dated:
                break
            before, last = dated[-1].date, dated[-1].id
        return found

    async def find(self, target: str, username: str) -> Peer:
        """A public channel by its name, also when the account is not in it; else among the account's chats."""
        from telethon.tl import functions

        if username:
            with suppress(TargetGone):
                answer = await self._ask(functions.contacts.ResolveUsernameRequest(username))
                for peer in shapes.peers_in(answer.chats):
                    if peer.target == target:
                        return peer
        found = (await self.known()).get(target)
        if found is None:
            raise TargetGone("not among the account's chats", reason="session_not_in")
        return found

    async def facts(self, peer: Peer) -> Facts:
        from telethon.tl import functions

        return shapes.facts_in(await self._ask(functions.channels.GetFullChannelRequest(_channel(peer))))

    async def counts(self, peer: Peer, ids: Sequence[int]) -> dict[int, Counts]:
        """Of up to AT_ONCE messages in two requests; looking does not count as a view."""
        from telethon.tl import functions, types

        address = types.InputPeerChannel(peer.id, peer.access_hash)
        views = await self._ask(functions.messages.GetMessagesViewsRequest(address, list(ids), increment=False))
        wanted = [types.InputMessageID(number) for number in ids]
        standing = await self._ask(functions.channels.GetMessagesRequest(_channel(peer), wanted))
        try:
            return shapes.counts_in(ids, views, standing)
        except Exception as cause:  # an answer of another shape
            raise classified(cause) from None

    async def reposts(self, peer: Peer, message_id: int) -> list[Repost]:
        from telethon.tl import functions

        asked = functions.stats.GetMessagePublicForwardsRequest(_channel(peer), message_id, "", REPOSTS)
        answer = await self._ask(asked, statistics=True)
        return _read(lambda: shapes.reposts_in(answer))

    async def half_after(self, peer: Peer, message_id: int, sent_at: datetime) -> int | None:
        """Hours after which a message had half of its views, by Telegram's graph of it."""
        from telethon.tl import functions

        answer = await self._ask(functions.stats.GetMessageStatsRequest(_channel(peer), message_id), statistics=True)
        graph = await self._graph(answer.views_graph)
        return _read(lambda: shapes.half_after(graph, sent_at)) if graph else None

    async def statistics(self, peer: Peer) -> Statistics:
        from telethon.tl import functions

        answer = await self._ask(functions.stats.GetBroadcastStatsRequest(_channel(peer)), statistics=True)
        graphs: dict[str, Mapping[str, int]] = {}
        for name, attribute in GRAPHS.items():
            graph = await self._graph(getattr(answer, attribute))
            if graph:
                graphs[name] = graph.sums()
        return _read(lambda: shapes.statistics_in(answer, graphs))

    async def _graph(self, given: Any) -> shapes.Graph | None:
        """Telegram hands large graphs out by a second request."""
        from telethon.tl import functions

        if type(given).__name__ == "StatsGraphAsync":
            given = await self._ask(functions.stats.LoadAsyncGraphRequest(given.token), statistics=True)
        return _read(lambda: shapes.graph_in(given))

    async def _ask(self, request: Any, *, statistics: bool = False) -> Any:
        """One request after another, with a gap between them. Statistics may live in another data centre."""
        async with self._one:
            await asyncio.sleep(max(0.0, self._last + self.settings.gap - time.monotonic()))
            try:
                client = await self._connected()
                async with asyncio.timeout(TIMEOUT):
                    return await (_elsewhere if statistics else _here)(client, request)
            except Exception as cause:
                error = classified(cause)
                if not isinstance(error, Refused | TargetGone):
                    await self._close()
                raise error from None
            finally:
                self._last = time.monotonic()

    async def _connected(self) -> Any:
        if not self._session:
            raise AccessLost("nobody is logged in", reason="session_lost")
        if self._client is None:
            self._client = new_client(self.settings, self._session)
        if not self._client.is_connected():
            await self._client.connect()
        return self._client

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, asyncio.TimeoutError):
                await client.disconnect()


def name_of(user: Any) -> str:
    return " ".join(part for part in (user.first_name, user.last_name) if part) or str(user.username or user.id)


def _channel(peer: Peer) -> Any:
    from telethon.tl import types

    return types.InputChannel(peer.id, peer.access_hash)


async def _here(client: Any, request: Any) -> Any:
    return await client(request)


async def _elsewhere(client: Any, request: Any) -> Any:
    """As Telethon's own get_stats does it, which knows only two of the three requests."""
    from telethon.errors import StatsMigrateError

    try:
        return await client(request)
    except StatsMigrateError as moved:
        sender = await client._borrow_exported_sender(moved.dc)
        try:
            return await sender.send(request)
        finally:
            await client._return_exported_sender(sender)


def _read(understand: Callable[[], T]) -> T:
    """Whatever does not look as it should is an error, never none."""
    try:
        return understand()
    except ConnectorError:
        raise
    except Exception as cause:
        raise classified(cause) from None
