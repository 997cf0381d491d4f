"""Relays as officers see them: adding, switching off, their order in a group, how promptly they post."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db import transaction
from django.utils import timezone

from publisher.deliver.models import Channel
from publisher.people.audit import Actor, note
from publisher.people.models import District
from publisher.relay.models import Duty, Relay, Task, TaskKind, TaskState, new_code

LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Promptness:
    """Of the last 90 days. `typical`: the median time from asking to the tick, None when nothing was posted."""

    asked: int
    posted: int
    missed: int
    typical: timedelta | None


@transaction.atomic
def add(name: str, district: District, language: str, email: str, actor: Actor) -> Relay:
    relay = Relay.objects.create(name=name, district=district, language=language, email=email)
    note(actor, "relay_added", f"relay:{relay.pk}", district=district)
    return relay


@transaction.atomic
def switch(relay: Relay, on: bool, actor: Actor) -> None:
    """Switched off: asked for nothing any more, and open links lead nowhere."""
    Relay.objects.filter(pk=relay.pk).update(active=on)
    if not on:
        open_ones = Task.objects.filter(relay=relay, state=TaskState.OPEN)
        open_ones.update(state=TaskState.TAKEN_BACK, ended_at=timezone.now())
    note(actor, "relay_on" if on else "relay_off", f"relay:{relay.pk}", district=relay.district)


@transaction.atomic
def put(channel: Channel, relays: Iterable[Relay], actor: Actor) -> None:
    """Exactly these, in this order."""
    order = list(relays)
    Duty.objects.filter(channel=channel).delete()
    Duty.objects.bulk_create(Duty(channel=channel, relay=relay, place=place) for place, relay in enumerate(order))
    names = [relay.pk for relay in order]
    note(actor, "relays_of_channel", f"channel:{channel.key}", district=channel.district, relays=names)


def forget_chat(relay: Relay, actor: Actor) -> None:
    """Another phone, another person: the chat is no longer theirs, and the old link no longer connects."""
    Relay.objects.filter(pk=relay.pk).update(telegram_chat="", greeted_at=None, start_code=new_code())
    note(actor, "relay_chat_forgotten", f"relay:{relay.pk}", district=relay.district)


def promptness(relays: Iterable[Relay], now: datetime) -> dict[int, Promptness]:
    rows = Task.objects.filter(relay__in=list(relays), kind=TaskKind.POST, given_at__gte=now - LOOKED_BACK)
    by_relay: dict[int, list[Task]] = {}
    for task in rows:
        by_relay.setdefault(task.relay_id, []).append(task)
    return {pk: _promptness(tasks) for pk, tasks in by_relay.items()}


def _promptness(tasks: list[Task]) -> Promptness:
    done = [task.ended_at - task.given_at for task in tasks if task.state == TaskState.DONE and task.ended_at]
    missed = sum(task.state in (TaskState.MISSED, TaskState.CANNOT) for task in tasks)
    return Promptness(len(tasks), len(done), missed, median(done) if done else None)
