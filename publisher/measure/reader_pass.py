"""One pass of the press-office account: messages that are due, then channels' statistics, then who passed us on.

A hundred messages cost two requests. Whatever goes wrong is a state with a reason: a pause that Telegram demands is
kept to the second, a lost log-in asks for a person, a channel that cannot be seen goes the other roads.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import Q

from publisher.connectors.base import Connector
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Refused, TargetGone
from publisher.connectors.telegram_session import AT_ONCE, TelegramSession
from publisher.connectors.telegram_session_shapes import Counts, Facts, Peer, Repost, Statistics
from publisher.deliver.border import db
from publisher.deliver.models import Channel, Delivery, State
from publisher.deliver.record import receipt_of
from publisher.measure import appointments, reader
from publisher.measure.metrics import AFTER
from publisher.measure.models import Appointment, ChannelStatistics, Horizon, MessageLook, ReaderChannel
from publisher.measure.models import Repost as RepostRow
from publisher.measure.record import Answer, keep_answers

log = logging.getLogger(__name__)
OpenConnector = Callable[[str], AbstractAsyncContextManager[Connector]]
DAY = timedelta(days=1)
LOOKS = (Horizon.THREE_DAYS, Horizon.WEEK)
LOOKS_AT_ONCE = 10
FIRST_TRIES = 2  # afterwards the other roads take an appointment over
PUBLIC = re.compile(r"^https://t\.me/(?!c/|\+|joinchat/)([A-Za-z]\w{3,31})/?$")


async def read(now: datetime, open_connector: OpenConnector) -> int:
    """Returns how many appointments were taken."""
    return sum([await _account(key, now, open_connector) for key in await db(reader.waiting, now)])


async def _account(key: str, now: datetime, open_connector: OpenConnector) -> int:
    ready = await db(reader.take, key, now)
    if ready is None:
        return 0
    taken = 0
    try:
        async with open_connector(key) as connector:
            assert isinstance(connector, TelegramSession)
            await connector.use(ready.session)
            await _find_channels(connector, key, now)
            taken = await _read_messages(connector, key, now)
            await _look_at_channels(connector, key, now)
            await _look_at_messages(connector, key, now)
    except RateLimited as error:
        await db(reader.told_to_wait, key, error.retry_after, error.reason, now)
    except AccessLost as error:
        log.warning("%s: the log-in is lost (%s).", key, error.detail)
        await db(reader.lost, key, error.reason, now)
    except ConnectorError as error:
        log.info("%s: %s (%s)", key, error.reason, error.detail)
        await db(reader.silent, key, error.reason, now)
    else:
        await db(reader.well, key, now)
    return taken


async def _find_channels(connector: TelegramSession, key: str, now: datetime) -> None:
    """Which of our channels this account can see: its own chats in a few requests, public ones by their name."""
    wanted = await db(_unknown, now)
    known = await connector.known() if wanted else {}
    for channel in wanted:
        peer, problem = known.get(channel.target), ""
        name = _username(channel)
        try:
            peer = peer or (await connector.find(channel.target, name) if name else None)
        except TargetGone as error:
            problem = error.reason
        if peer is None and not problem:  # private, and not among its chats: there is nothing more to ask
            problem = "session_not_in"
        await db(_found, channel, key, peer, problem, now)


def _unknown(now: datetime) -> list[Channel]:
    rows = Channel.objects.filter(account__type="telegram", off_reason="", target__startswith="-100")
    again = Q(reader__peer=None) | ~Q(reader__problem="")
    return list(rows.filter(Q(reader=None) | (again & Q(reader__next_at__lte=now))).order_by("key"))


def _username(channel: Channel) -> str:
    found = PUBLIC.match(channel.url)
    return found[1] if found else ""


def _found(channel: Channel, key: str, peer: Peer | None, problem: str, now: datetime) -> None:
    told = {"peer": peer.id, "access_hash": peer.access_hash} if peer else {"peer": None, "access_hash": None}
    given = {**told, "account_id": key, "problem": problem, "next_at": now if peer else now + DAY}
    ReaderChannel.objects.update_or_create(channel=channel, defaults=given)


async def _read_messages(connector: TelegramSession, key: str, now: datetime) -> int:
    taken = 0
    for row, due in await db(_due_by_channel, key, now):
        for some in _in_hundreds(due):
            try:
                found = await connector.counts(_peer(row), [number for one in some for number in _ids(one.delivery)])
            except TargetGone as error:
                await db(_gone, row, error.reason, now)
                break
            except Refused:
                await db(_put_off, some)
                continue
            taken += await db(_keep, some, found, now)
    return taken


def _due_by_channel(key: str, now: datetime) -> list[tuple[ReaderChannel, list[Appointment]]]:
    rows = {row.channel_id: row for row in ReaderChannel.objects.filter(account=key, problem="", peer__isnull=False)}
    found: dict[int, list[Appointment]] = defaultdict(list)
    for appointment in appointments.due(now, rows):
        if appointment.delivery.state == State.SENT and appointment.tries < FIRST_TRIES:
            found[appointment.delivery.channel_id].append(appointment)
    return [(rows[channel], due) for channel, due in found.items()]


def _ids(delivery: Delivery) -> list[int]:
    return [int(number) for number in receipt_of(delivery).ids if number.isdigit()]


def _in_hundreds(due: Sequence[Appointment]) -> Iterator[list[Appointment]]:
    """As many whole messages as one request carries; an album has an id for each picture."""
    some: list[Appointment] = []
    size = 0
    for one in due:
        count = len(_ids(one.delivery))
        if some and size + count > AT_ONCE:
            yield some
            some, size = [], 0
        some, size = [*some, one], size + count
    if some:
        yield some


def _peer(row: ReaderChannel) -> Peer:
    return Peer(row.peer or 0, row.access_hash or 0)


def _keep(due: Sequence[Appointment], found: dict[int, Counts], now: datetime) -> int:
    """A message that stands there no more leaves its appointment open, until its window closes."""
    answers, missing = [], []
    for one in due:
        counts = _whole([found[number] for number in _ids(one.delivery) if number in found])
        if counts is None:
            missing.append(one)
        else:
            answers.append(Answer(one.delivery_id, one.pk, counts.readings(now)))
    _put_off(missing)
    return keep_answers(answers, now)


def _whole(parts: Sequence[Counts]) -> Counts | None:
    """Of an album the first picture's counters; reactions may land on any of its pictures."""
    if not parts:
        return None
    told = [part.reactions for part in parts if part.reactions is not None]
    reactions: dict[str, int] = defaultdict(int)
    for one in told:
        for label, value in one.items():
            reactions[label] += value
    first = parts[0]
    return Counts(first.views, first.forwards, first.replies, dict(reactions) if told else None)


def _put_off(due: Sequence[Appointment]) -> None:
    appointments.try_again([one.pk for one in due])


def _gone(row: ReaderChannel, reason: str, now: datetime) -> None:
    ReaderChannel.objects.filter(pk=row.pk).update(problem=reason, next_at=now + DAY)


async def _look_at_channels(connector: TelegramSession, key: str, now: datetime) -> None:
    """Once a day: may we see the statistics, and what do they say?"""
    for row in await db(_channels_to_look_at, key, now):
        try:
            facts = await connector.facts(_peer(row))
            told = await connector.statistics(_peer(row)) if facts.statistics else None
        except TargetGone as error:
            await db(_gone, row, error.reason, now)
        except Refused:
            await db(_keep_facts, row, Facts(None, statistics=False), None, now)
        else:
            await db(_keep_facts, row, facts, told, now)


def _channels_to_look_at(key: str, now: datetime) -> list[ReaderChannel]:
    rows = ReaderChannel.objects.filter(account=key, problem="", peer__isnull=False)
    return list(rows.filter(Q(next_at=None) | Q(next_at__lte=now)).order_by("next_at")[:LOOKS_AT_ONCE])


def _keep_facts(row: ReaderChannel, facts: Facts, told: Statistics | None, now: datetime) -> None:
    given = {"statistics": told is not None, "looked_at": now, "next_at": now + DAY}
    ReaderChannel.objects.filter(pk=row.pk).update(**given)
    if told is not None:
        data = asdict(told)
        since, until = data.pop("since"), data.pop("until")
        kept = {"since": since, "until": until, "data": data}
        ChannelStatistics.objects.update_or_create(channel_id=row.pk, at=now, defaults=kept)


async def _look_at_messages(connector: TelegramSession, key: str, now: datetime) -> None:
    for look, row in await db(_messages_to_look_at, key, now):
        reposts: list[Repost] = []
        half = None
        try:
            number = _ids(look.delivery)[0]
            reposts = await connector.reposts(_peer(row), number)
            half = await connector.half_after(_peer(row), number, look.delivery.sent_at) if row.statistics else None
        except (Refused, TargetGone) as error:
            log.info("Statistics of message %s: %s", look.pk, error.reason)
        await db(_keep_look, look, reposts, half, now)


def _messages_to_look_at(key: str, now: datetime) -> list[tuple[MessageLook, ReaderChannel]]:
    """Three and seven days after: then most of what will happen has happened."""
    _make_looks(key, now)
    due = MessageLook.objects.filter(next_at__lte=now, delivery__channel__reader__account=key)
    due = due.filter(delivery__channel__reader__problem="", delivery__state=State.SENT)
    rows = due.select_related("delivery__channel__reader").order_by("next_at")[:LOOKS_AT_ONCE]
    return [(look, look.delivery.channel.reader) for look in rows]


def _make_looks(key: str, now: datetime) -> None:
    first, last = AFTER[LOOKS[0]], AFTER[LOOKS[-1]]
    sent = Delivery.objects.filter(channel__reader__account=key, channel__reader__peer__isnull=False, part="main")
    sent = sent.filter(state=State.SENT, sent_at__lte=now - first, sent_at__gte=now - last - DAY, look=None)
    rows = [MessageLook(delivery=one, next_at=one.sent_at + first) for one in sent.order_by("sent_at")[:500]]
    MessageLook.objects.bulk_create(rows, ignore_conflicts=True)


def _keep_look(look: MessageLook, reposts: Sequence[Repost], half: int | None, now: datetime) -> None:
    rows = [
        RepostRow(delivery_id=look.pk, title=one.title[:200], url=one.url, at=one.at, views=one.views)
        for one in reposts
    ]
    RepostRow.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["views", "url"], unique_fields=["delivery", "title", "at"]
    )
    later = [look.delivery.sent_at + AFTER[horizon] for horizon in LOOKS]
    given = {"looks": look.looks + 1, "next_at": next((at for at in later if at > now), None)}
    MessageLook.objects.filter(pk=look.pk).update(**given, half_after=look.half_after if half is None else half)
