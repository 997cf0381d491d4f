"""`publisher check`: everything people write, validated; with `--live`, every account and channel asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from publisher import storage
from publisher.compose import templates
from publisher.config import Home
from publisher.connectors.errors import ConnectorError
from publisher.deliver import channels
from publisher.deliver.border import db
from publisher.deliver.models import Channel
from publisher.hotline import patterns
from publisher.measure import reader, routes
from publisher.plan import check, files
from publisher.render import kit, leaflets, profiles
from publisher.sentences import say
from publisher.yamlfile import Flaw, FlawedFile

T = TypeVar("T")


def check_files(home: Home) -> list[Flaw]:
    """config.yaml was read before this runs; here are content/, schedules/ and media/."""
    flaws: list[Flaw] = []
    found = _read(flaws, lambda: templates.load_all(home.content, settings.CONFIG.link_hosts))
    plans = _read(flaws, lambda: files.load_all(home.schedules)) or {}
    flaws += check.unknown_districts(plans.values(), settings.CONFIG.districts)
    flaws += check.unknown_templates(plans.values(), found) if found is not None else []
    _read(flaws, lambda: patterns.load_all(home.content))
    flaws += profiles.check_profiles(home.media)
    return flaws + kit.check_media(home.media) + leaflets.check_leaflets(home.media)


def check_channels(home: Home) -> list[Flaw]:
    """Whether the plans' channels exist; only a deployment with a database can tell."""
    plans = files.load_all(home.schedules)
    return check.unknown_channels(plans.values(), channels.known(), settings.CONFIG.districts)


def _read(flaws: list[Flaw], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except FlawedFile as error:
        flaws += error.flaws
    return None


async def check_live() -> list[str]:
    """One line for every account or channel that would not take a post."""
    problems = [line for key in settings.CONFIG.accounts async for line in _account(key)]
    for channel in await db(lambda: list(Channel.objects.select_related("account"))):
        if channel.account_id in settings.CONFIG.accounts:
            error = await channels.check(channel)
            problems += [f"{channel.key}: {say(error.reason)} ({error.detail})"] if error else []
    return problems + await asyncio.to_thread(_shared_place)


def _shared_place() -> list[str]:
    try:
        there = storage.place()
        if there is not None:
            there.has("uploads")
    except storage.NotReached as error:
        return [f"files: {say('storage_away').what} ({error})"]
    return []


async def _account(key: str) -> AsyncIterator[str]:
    """A reading account is asked by its own log-in, which the database keeps: what is known of it is told instead."""
    if settings.CONFIG.accounts[key].type == reader.TYPE:
        trouble = await db(routes.trouble_of, key, timezone.now())
        if trouble and trouble != "reader_off":
            yield f"{key}: {say(trouble)}"
        return
    try:
        async with channels.connector_for(key) as connector:
            await connector.check()
    except ConnectorError as error:
        yield f"{key}: {say(error.reason)} ({error.detail})"
