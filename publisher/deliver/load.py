"""How much one channel bears: people leave a channel that talks too much. Limits are data of config.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings

from publisher.deliver.models import Channel, Delivery, Part, State
from publisher.people.models import District

COUNTED = (State.WAITING, State.CLAIMED, State.SENDING, State.PEOPLE, State.SENT, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Crowded:
    """With this post the channel would have `found` in the day or week around its moment."""

    channel: Channel
    span: Literal["day", "week"]
    found: int
    limit: int


def crowded(channels: Sequence[Channel], when: datetime, but: int | None = None) -> list[Crowded]:
    """`but`: the post itself, which is counted once whether it is queued already or not."""
    limits = settings.CONFIG.residents
    zones = {district.pk: district.zone for district in District.objects.all()}
    queued = _queued(channels, when, but)
    asked = (limits.most_a_day, limits.most_a_week)
    return [
        one
        for channel in channels
        for one in _of(channel, when.astimezone(zones[channel.district_id]), queued[channel.pk], *asked)
    ]


def _queued(channels: Sequence[Channel], when: datetime, but: int | None) -> dict[int, dict[int, datetime]]:
    """Channel → post → moment, of a week on either side; one question however many channels there are."""
    around = when - timedelta(days=7), when + timedelta(days=7)
    rows = Delivery.objects.filter(channel__in=channels, part=Part.MAIN, state__in=COUNTED, due_at__range=around)
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for channel, post, at in rows.exclude(post=but).order_by("due_at").values_list("channel", "post", "due_at"):
        found[channel][post] = at
    return found


def _of(
    channel: Channel, local: datetime, posts: Mapping[int, datetime], day: int | None, week: int | None
) -> list[Crowded]:
    begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
    today = 1 + sum(begin <= at < begin + timedelta(days=1) for at in posts.values())
    busiest = _most_in_a_week([*posts.values(), local], local)
    told = [("day", today, day), ("week", busiest, week)]
    return [Crowded(channel, span, found, limit) for span, found, limit in told if limit and found > limit]  # type: ignore[arg-type]


def _most_in_a_week(moments: Sequence[datetime], mine: datetime) -> int:
    """Of any seven days in a row that hold the post."""
    starts = [at for at in moments if at <= mine]
    return max(sum(start <= at < start + timedelta(days=7) for at in moments) for start in starts)
