"""Logging in to Telegram by showing a code that a phone scans, in steps that outlive a request and a process.

The half-made session is handed back after each step and given again for the next: nothing waits in memory. A token
lives about half a minute; scanned, Telegram says so to whoever is connected, and once more to the next who asks.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from publisher.connectors import telegram_session
from publisher.connectors.errors import AccessLost
from publisher.connectors.telegram_session import TelegramSessionSettings, name_of
from publisher.connectors.telegram_session_errors import PASSWORD_NEEDED, classified

CONNECTING = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Step:
    """`session` is a secret. scan: show `url` as a code until `until`; password: ask for the second step's; done."""

    state: Literal["scan", "password", "done"]
    session: str
    url: str = ""
    until: datetime | None = None
    name: str = ""


async def scan(settings: TelegramSessionSettings, before: Step | None, wait: float) -> Step:
    """A first code, or what became of the one shown: the same while it is good, a new one, or who logged in."""
    async with _client(settings, before.session if before else "") as client:
        left = (before.until - datetime.now(UTC)).total_seconds() if before and before.until else 0.0
        if before and left > 1 and not await _was_scanned(client, min(wait, left)):
            return before
        return await _asked(client)


async def give_password(settings: TelegramSessionSettings, session: str, password: str) -> Step:
    """The second step of accounts that have one. Raises Refused when it is wrong; Telegram gets a proof of it only."""
    from telethon.password import compute_check
    from telethon.tl import functions

    async with _client(settings, session) as client:
        asked = await client(functions.account.GetPasswordRequest())
        proof = await asyncio.to_thread(compute_check, asked, password)
        answer = await client(functions.auth.CheckPasswordRequest(proof))
        return Step("done", client.session.save(), name=name_of(answer.user))


async def log_out(settings: TelegramSessionSettings, session: str) -> None:
    """Telegram forgets this log-in. One that is gone already is as good."""
    from telethon.tl import functions

    with suppress(AccessLost):
        async with _client(settings, session) as client:
            await client(functions.auth.LogOutRequest())


@asynccontextmanager
async def _client(settings: TelegramSessionSettings, session: str) -> AsyncIterator[Any]:
    client = telegram_session.new_client(settings, session, updates=True)
    try:
        async with asyncio.timeout(CONNECTING):
            await client.connect()
        yield client
    except Exception as cause:
        raise classified(cause) from None
    finally:
        with suppress(OSError, asyncio.TimeoutError):
            await client.disconnect()


async def _was_scanned(client: Any, wait: float) -> bool:
    from telethon import events
    from telethon.tl import types

    heard = asyncio.Event()

    async def hear(_update: object) -> None:
        heard.set()

    client.add_event_handler(hear, events.Raw(types.UpdateLoginToken))
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(heard.wait(), wait)
    return heard.is_set()


async def _asked(client: Any) -> Step:
    from telethon.tl import functions, types

    try:
        answer = await client(functions.auth.ExportLoginTokenRequest(client.api_id, client.api_hash, []))
        if isinstance(answer, types.auth.LoginTokenMigrateTo):  # the account lives in another data centre
            await client._switch_dc(answer.dc_id)
            answer = await client(functions.auth.ImportLoginTokenRequest(answer.token))
    except Exception as cause:
        error = classified(cause)
        if error.reason == PASSWORD_NEEDED:
            return Step("password", client.session.save())
        raise error from None
    if isinstance(answer, types.auth.LoginTokenSuccess):
        return Step("done", client.session.save(), name=name_of(answer.authorization.user))
    token = base64.urlsafe_b64encode(answer.token).decode().rstrip("=")
    until = max(answer.expires.astimezone(UTC), datetime.now(UTC) + timedelta(seconds=5))
    return Step("scan", client.session.save(), f"tg://login?token={token}", until)
