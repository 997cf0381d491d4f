"""Looks at pages, one gentle request at a time. Any number of processes may: the row says when the next may go."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from publisher.connectors.base import Connector
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited
from publisher.connectors.instagram import Instagram, InstagramSettings
from publisher.connectors.instagram_budget import Budget
from publisher.deliver.border import db
from publisher.measure import pages, sourcing
from publisher.measure.models import PageRole, Watch
from publisher.measure.pages import Pace, Wanted

log = logging.getLogger(__name__)
OpenConnector = Callable[[str], AbstractAsyncContextManager[Connector]]
OURS_FOR = timedelta(minutes=2)  # a look that takes longer may be repeated by another process


async def look_around(now: datetime, open_connector: OpenConnector, pace: Pace) -> int:
    """At most one thing of each account; returns how many were looked at."""
    looked = 0
    for watch in await db(pages.watching, now):
        wanted = await db(pages.next_wanted, watch.account_id, now)
        if wanted and await db(_mine, watch, now):
            looked += await _look(watch, wanted, now, open_connector, pace)
    return looked


def _mine(watch: Watch, now: datetime) -> bool:
    """One process gets to look."""
    idle = Watch.objects.filter(Q(next_at=None) | Q(next_at__lte=now), pk=watch.pk)
    return bool(idle.update(next_at=now + OURS_FOR))


async def _look(watch: Watch, wanted: Wanted, now: datetime, open_connector: OpenConnector, pace: Pace) -> int:
    well = False
    pause = random.uniform(*pace.pause)
    try:
        async with open_connector(watch.account_id) as connector:
            assert isinstance(connector, Instagram)
            await _within_budget(watch, connector, wanted, now, pace)
        well = True
    except RateLimited as error:
        if error.reason == "instagram_budget":
            pause = error.retry_after
        else:
            await db(pages.refused, watch, error.reason, now, timedelta(seconds=error.retry_after))
    except AccessLost as error:
        log.warning("%s: %s. Nothing is asked for a day.", watch.account_id, error.detail)
        await db(pages.stopped, watch, error.reason, now)
    except ConnectorError as error:
        log.info("%s: %s (%s)", wanted.page.name, error.reason, error.detail)
        await db(pages.put_off, wanted, error.reason, now)
    await db(lambda: pages.breathe(watch, now + timedelta(seconds=pause), well=well))
    return int(well)


async def _within_budget(watch: Watch, connector: Instagram, wanted: Wanted, now: datetime, pace: Pace) -> None:
    settings = connector.settings
    assert isinstance(settings, InstagramSettings)
    connector.budget = Budget(settings.an_hour, settings.a_day, await db(pages.spent, watch.account_id, now))
    try:
        await _ask(connector, wanted, now, pace)
    finally:
        moments = [datetime.fromtimestamp(moment, UTC) for moment in connector.budget.fresh]
        await db(pages.remember_spent, watch.account_id, moments)


async def _ask(connector: Instagram, wanted: Wanted, now: datetime, pace: Pace) -> None:
    if wanted.piece is None:
        await db(pages.keep_page, wanted.page, await connector.newest(wanted.page.name), now, pace.every)
        return
    seen = await connector.look(wanted.piece.code)
    await db(pages.keep_piece, wanted.piece, seen, now)
    if wanted.page.role == PageRole.SOURCE:
        await sourcing.draft(connector, wanted.piece, seen)
