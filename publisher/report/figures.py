"""The figures of a period: what was published, what is known about it, and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from publisher.connectors import CONNECTORS
from publisher.connectors.base import Metric
from publisher.deliver.models import Channel, Delivery, Part, State
from publisher.measure import reader
from publisher.measure.metrics import OF_A_POST
from publisher.measure.models import Horizon
from publisher.measure.readings import Gathered, Known, Number, Unknown, followers_near, gives
from publisher.people.models import District, Region
from publisher.plan.models import Slot, SlotState
from publisher.report.as_json import as_json
from publisher.report.records import ChannelFigures, Gap, Message, PublishedPost, Report, Total, Trouble

__all__ = ["as_json", "build"]

AT = Horizon.THREE_DAYS
NEAR_BOUNDARY = timedelta(hours=24)  # how far from midnight a count of followers still stands for it
TROUBLES = (State.UNKNOWN, State.FAILED, State.WITHDRAWN, State.EXPIRED)


def build(start: date, end: date, district: District | Region | None = None, *, now: datetime | None = None) -> Report:
    """Everything for the days from start to end in the district's zone; a region, or all, in the site's."""
    made_at = now or timezone.now()
    zone = district.zone if district else ZoneInfo(settings.TIME_ZONE)
    first, last = bounds(start, end, zone)
    channels = list(_in_district(Channel.objects.select_related("account"), district).order_by("key"))
    read = reader.channels_seen()
    given = {channel.key: gives(channel, read) for channel in channels}
    posts = published(_in_district(Delivery.objects.all(), district, "post__"), first, last, made_at)
    messages = [message for post in posts for message in post.messages]
    counted = _channels(channels, given, Counter(m.channel for m in messages), first, min(last, made_at))
    return Report(
        start=start,
        end=end,
        zone=zone.key,
        district=district,
        made_at=made_at,
        practice=settings.CONFIG.practice,
        metrics=tuple(metric for metric in OF_A_POST if any(metric in metrics for metrics in given.values())),
        posts=tuple(posts),
        channels=counted,
        totals=totals_of(messages),
        followers=sum_changes(counted),
        troubles=troubles_of(district, first, last, made_at),
        gaps=(*_never_given(channels, given), *_not_known(messages, given), *_uncounted(counted)),
    )


def bounds(start: date, end: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The period [first, last) in UTC: from midnight of the first day to midnight after the last."""
    midnights = (datetime.combine(day, time(), zone) for day in (start, end + timedelta(days=1)))
    first, last = (moment.astimezone(UTC) for moment in midnights)
    return first, last


def total(numbers: Iterable[Number]) -> Total:
    """An unknown number never adds anything and never counts as 0; it makes the sum a lower bound."""
    rows = list(numbers)
    known = [n for n in rows if isinstance(n, Known)]
    if not known:
        return Total(None, 0, len(rows))
    at_least = len(known) < len(rows) or any(n.at_least for n in known)
    at_horizon = sum(bool(n.horizon) for n in known)
    return Total(sum(n.value for n in known), len(known), len(rows), at_horizon, at_least)


def totals_of(messages: Sequence[Message]) -> dict[Metric, Total]:
    metrics = [m for m in OF_A_POST if any(m in message.numbers for message in messages)]
    return {m: total(message.numbers[m] for message in messages if m in message.numbers) for m in metrics}


def published(deliveries: QuerySet[Delivery], first: datetime, last: datetime, now: datetime) -> list[PublishedPost]:
    """Posts with a message that went out in the period, the earliest first; also those withdrawn afterwards."""
    sent = deliveries.filter(
        part=Part.MAIN, sent_at__gte=first, sent_at__lt=last, state__in=[State.SENT, State.WITHDRAWN]
    )
    gathered = Gathered(sent, now)
    by_post: dict[int, list[Delivery]] = {}
    for delivery in sent.select_related("post", "channel__account").order_by("sent_at", "id"):
        by_post.setdefault(delivery.post_id, []).append(delivery)
    return [_post(rows, gathered) for rows in by_post.values()]


def _post(rows: Sequence[Delivery], gathered: Gathered) -> PublishedPost:
    post = rows[0].post
    messages = tuple(_message(delivery, gathered) for delivery in rows)
    spoken = {message.language for message in messages}
    languages = tuple(language for language in ("kk", "ru", "en") if language in spoken)
    return PublishedPost(post.pk, post.title, post.kind, messages[0].sent_at, languages, messages, totals_of(messages))


def _message(delivery: Delivery, gathered: Gathered) -> Message:
    assert delivery.sent_at is not None
    asked_for = [m for m in OF_A_POST if m != Metric.POLL_VOTES or gathered.has_poll(delivery)]
    return Message(
        delivery=delivery.pk,
        channel=delivery.channel.key,
        channel_title=str(delivery.channel),
        language=delivery.language,
        state=delivery.state,
        sent_at=delivery.sent_at,
        url=(delivery.receipt or {}).get("url", ""),
        numbers={metric: gathered.best(delivery, metric, AT) for metric in asked_for},
    )


Given = Mapping[str, frozenset[Metric]]  # by a channel's key


def _channels(
    channels: Sequence[Channel], given: Given, messages: Mapping[str, int], first: datetime, last: datetime
) -> tuple[ChannelFigures, ...]:
    """Followers at both ends of the period, each with the moment it was really read."""
    starts, ends = followers_near(first, NEAR_BOUNDARY), followers_near(last, NEAR_BOUNDARY)
    return tuple(_channel(c, given[c.key], messages.get(c.key, 0), starts.get(c.pk), ends.get(c.pk)) for c in channels)


def _channel(
    channel: Channel, given: frozenset[Metric], messages: int, start: Known | None, end: Known | None
) -> ChannelFigures:
    missing = Unknown("not_read_in_time" if Metric.FOLLOWERS in given else "not_given")
    change, reason = change_between(start or missing, end or missing)
    percent = change / start.value * 100 if change is not None and start and start.value else None
    return ChannelFigures(
        key=channel.key,
        title=str(channel),
        platform=platform_of(channel),
        kind=channel.platform_kind,
        languages=tuple(channel.languages),
        on=not channel.off_reason,
        messages=messages,
        start=start or missing,
        end=end or missing,
        change=change,
        change_reason=reason,
        percent=percent,
    )


def change_between(start: Number, end: Number) -> tuple[int | None, str]:
    """The difference, or why there is none. One reading alone tells nothing about change."""
    if isinstance(start, Unknown):
        return None, start.reason
    if isinstance(end, Unknown):
        return None, end.reason
    if start.at >= end.at:
        return None, "single_reading"
    return end.value - start.value, ""


def sum_changes(channels: Sequence[ChannelFigures]) -> Total:
    known = [c.change for c in channels if c.change is not None]
    return Total(sum(known) if known else None, len(known), len(channels))


def platform_of(channel: Channel) -> str:
    connector = CONNECTORS.get(channel.account.type)
    return connector.description.label if connector else channel.account.type


def _never_given(channels: Sequence[Channel], given: Given) -> list[Gap]:
    """What a platform's road cannot give at all, on any of the channels: said once, not for every message."""
    roads: dict[str, tuple[str, set[Metric]]] = {}
    for channel in channels:
        roads.setdefault(channel.account.type, (platform_of(channel), set()))[1].update(given[channel.key])
    every = (*OF_A_POST, Metric.FOLLOWERS)
    return [
        Gap(platform, metric, "not_given", road=road)
        for road, (platform, metrics) in roads.items()
        for metric in every
        if metric not in metrics
    ]


def _not_known(messages: Sequence[Message], given: Given) -> list[Gap]:
    """What a platform can give but did not, for how many messages of a channel, and why."""
    count = Counter(
        (message.channel_title, metric, number.reason)
        for message in messages
        for metric, number in message.numbers.items()
        if isinstance(number, Unknown) and metric in given.get(message.channel, ())
    )
    return [Gap(where, metric, reason, n) for (where, metric, reason), n in sorted(count.items())]


def _uncounted(channels: Sequence[ChannelFigures]) -> list[Gap]:
    rows = [(c, number) for c in channels for number in (c.start, c.end)]
    missing = Counter((c.title, n.reason) for c, n in rows if isinstance(n, Unknown) and n.reason != "not_given")
    return [Gap(where, Metric.FOLLOWERS, reason, n) for (where, reason), n in missing.items()]


def troubles_of(
    district: District | Region | None, first: datetime, last: datetime, now: datetime
) -> tuple[Trouble, ...]:
    found = [*_failed(district, first, last), *_silent(district, first, min(last, now))]
    return tuple(sorted(found, key=lambda trouble: trouble.at))


def _failed(district: District | Region | None, first: datetime, last: datetime) -> list[Trouble]:
    rows = _in_district(Delivery.objects.select_related("post", "channel"), district, "post__")
    in_period = Q(sent_at=None, due_at__gte=first, due_at__lt=last) | Q(sent_at__gte=first, sent_at__lt=last)
    return [
        Trouble(
            title=f"{d.post.title} ({d.language})",
            where=str(d.channel),
            state=d.state,
            at=d.sent_at or d.due_at,
            reason=d.error_reason,
            values=d.error_values,
            post=d.post_id,
        )
        for d in rows.filter(in_period, state__in=TROUBLES)
    ]


def _silent(district: District | Region | None, first: datetime, last: datetime) -> list[Trouble]:
    missed = _in_district(Slot.objects.filter(state=SlotState.MISSED, at__gte=first, at__lt=last), district)
    return [
        Trouble(str(s.rule.get("name", s.plan)), ", ".join(s.channel_keys), s.state, s.at, s.reason, post=s.post_id)
        for s in missed
    ]


def _in_district(rows: QuerySet[Any], district: District | Region | None, path: str = "") -> QuerySet[Any]:
    if district is None:
        return rows
    return rows.filter(**{f"{path}district__region" if isinstance(district, Region) else f"{path}district": district})
