"""What a relay says: posted, cannot, how many have seen it. Their word counts, also when it comes late."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from publisher.compose.models import Status
from publisher.connectors import base
from publisher.connectors.base import Metric
from publisher.deliver import actions, listeners
from publisher.deliver.changes import BY_PEOPLE
from publisher.deliver.models import Change, ChangeKind, ChangeState, Delivery, State
from publisher.measure.record import keep
from publisher.people.audit import Actor, note
from publisher.relay import handing
from publisher.relay.models import Task, TaskKind, TaskState

SOURCE = "relay"
MAY_STAND = (State.PEOPLE, State.FAILED, State.EXPIRED, State.CANCELLED)


def opened(task: Task, now: datetime) -> None:
    Task.objects.filter(pk=task.pk, opened_at=None).update(opened_at=now)


def done(task: Task, now: datetime, members: int | None = None, *, revision: int = 0) -> bool:
    """Posted, corrected or deleted. False when somebody said so before: then nothing is counted twice.

    `revision`: of the wording that the page showed. When it has changed meanwhile, a correction is asked for.
    """
    with transaction.atomic():
        said = Task.objects.filter(pk=task.pk).exclude(state=TaskState.DONE)
        said.update(state=TaskState.DONE, ended_at=now, revision=revision or task.delivery.revision)
        changed = _posted(task, now, revision) if task.kind == TaskKind.POST else _changed(task)
        if members is not None:
            readings = [base.Reading(Metric.FOLLOWERS, members, now, SOURCE)]
            keep(readings, channel=task.delivery.channel)
    return changed


def _posted(task: Task, now: datetime, revision: int) -> bool:
    delivery = task.delivery
    receipt = {"ids": [f"{BY_PEOPLE}{task.pk}"], "url": "", "poll_id": ""}
    mine = Delivery.objects.filter(pk=delivery.pk, state__in=MAY_STAND)
    before = mine.values_list("state", flat=True).first()
    fields = {"receipt": receipt, "settled_by": task.relay.name, "worker": ""}
    if not mine.update(state=State.SENT, sent_at=now, error_reason="", error_detail="", error_values={}, **fields):
        return False
    delivery.refresh_from_db()
    handing.end_attempt(delivery, "sent")
    others = Task.objects.filter(delivery=delivery, state=TaskState.OPEN, kind=TaskKind.POST)
    others.update(state=TaskState.TAKEN_BACK, ended_at=now)
    _note(task, "relay_posted")
    for tell in listeners.on_sent:
        tell(delivery)
    if before == State.CANCELLED or delivery.post.status in (Status.CANCELLED, Status.WITHDRAWN):
        _by_hand(delivery, ChangeKind.WITHDRAW, "cannot_withdraw", now)
    elif revision and revision != delivery.post.revision:
        Delivery.objects.filter(pk=delivery.pk).update(revision=revision)
        _by_hand(delivery, ChangeKind.EDIT, "cannot_edit", now)
    return True


def _by_hand(delivery: Delivery, kind: ChangeKind, reason: str, now: datetime) -> None:
    """It was cancelled, or worded anew, while a person had it in hand; now it stands there as it was."""
    asked = {"revision": delivery.post.revision, "due_at": now, "asked_by": delivery.post.author_name}
    Change.objects.create(delivery=delivery, kind=kind, state=ChangeState.BY_HAND, error_reason=reason, **asked)


def _changed(task: Task) -> bool:
    return bool(task.change and actions.done_by_hand(task.change, Actor(task.relay.name)))


def cannot(task: Task, reason: str, now: datetime) -> None:
    """The next is asked at once."""
    with transaction.atomic():
        mine = Task.objects.filter(pk=task.pk, state=TaskState.OPEN)
        if not mine.update(state=TaskState.CANNOT, ended_at=now, reason=reason[:300]):
            return
        _note(task, "relay_cannot", reason=reason[:300])
        if task.kind == TaskKind.POST:
            handing.could_not(task.delivery, now)


def seen_by(task: Task, count: int, now: datetime) -> None:
    """As the relay's own phone shows it under “message info”."""
    keep([base.Reading(Metric.READ, count, now, SOURCE)], delivery=task.delivery)


def _note(task: Task, verb: str, **more: object) -> None:
    post, channel = task.delivery.post, task.delivery.channel
    actor = Actor(task.relay.name)
    note(actor, verb, f"post:{post.pk}", district=post.district, channel=channel.key, **more)
