"""`publisher check`: everything people write, validated; with `--live`, every account and channel asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.conf import settings

from publisher.compose import templates
from publisher.config import Home
from publisher.connectors.errors import ConnectorError
from publisher.deliver import channels
from publisher.deliver.border import db
from publisher.deliver.models import Channel
from publisher.plan import check as plan_check
from publisher.render import layouts
from publisher.sentences import say
from publisher.yamlfile import Flaw, FlawedFile


def check_files(home: Home) -> Iterator[Flaw]:
    """config.yaml was read before this runs; here are content/, schedules/ and media/."""
    yield from _flaws(lambda: templates.load_all(home.content))
    yield from _flaws(lambda: plan_check.check(home))
    yield from _flaws(lambda: layouts.load_all(home.media))


def _flaws(read: Callable[[], object]) -> Iterable[Flaw]:
    try:
        read()
    except FlawedFile as error:
        return error.flaws
    return ()


async def check_live() -> list[str]:
    """One line for every account or channel that would not take a post."""
    problems = [line for key in settings.CONFIG.accounts async for line in _account(key)]
    for channel in await db(lambda: list(Channel.objects.select_related("account"))):
        if channel.account_id in settings.CONFIG.accounts:
            error = await channels.check(channel)
            problems += [f"{channel.key}: {say(error.reason)} ({error.detail})"] if error else []
    return problems


async def _account(key: str):  # type: ignore[no-untyped-def]
    try:
        async with channels.connector_for(key) as connector:
            await connector.check()
    except ConnectorError as error:
        yield f"{key}: {say(error.reason)} ({error.detail})"
