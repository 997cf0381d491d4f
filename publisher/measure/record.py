"""Takes down what platforms tell of their own accord and what the collector asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from publisher.connectors import base
from publisher.connectors.base import Metric
from publisher.deliver import responses
from publisher.deliver.models import Channel, Delivery
from publisher.measure import appointments, joining
from publisher.measure.metrics import BY_RANK, FROM_PEOPLE, PEOPLE_KEPT, RANKS
from publisher.measure.models import PersonStatus, Reading
from publisher.measure.whose import with_message

AT_ONCE = 500  # messages of one statement


@dataclass(frozen=True, slots=True)
class Answer:
    """What was told of one message, and the appointment it is for."""

    delivery_id: int
    appointment_id: int
    readings: tuple[base.Reading, ...]


def record_event(account_key: str, event: base.Event) -> None:
    """The one listener this stage registers: numbers and statuses; everything else is somebody else's."""
    if isinstance(event, base.Counted):
        record_counted(account_key, event)
    elif isinstance(event, base.Status):
        record_status(account_key, event)
    elif isinstance(event, base.Reacted):
        record_reacted(account_key, event)
    elif isinstance(event, base.Joined):
        joining.record_joined(account_key, event)
    elif isinstance(event, base.Threaded):
        joining.record_thread(account_key, event)
    elif isinstance(event, base.Commented):
        joining.record_comment(event)


def record_counted(account_key: str, event: base.Counted) -> bool:
    """Keep a full snapshot; False when it is about a message that is not ours. The same event twice changes nothing."""
    if event.message_id or event.poll_id:
        delivery = _delivery_of(account_key, event)
        if delivery is not None:
            keep(event.readings, delivery=delivery)
        return delivery is not None
    channel = Channel.objects.filter(account_id=account_key, target=event.target).first()
    if channel is not None:
        keep(event.readings, channel=channel)
    return channel is not None


def keep(readings: Iterable[base.Reading], *, delivery: Delivery | None = None, channel: Channel | None = None) -> int:
    """Store snapshots. One with the same metric, moment and source replaces the earlier: nothing adds up twice."""
    rows = list(readings)
    with transaction.atomic():
        mine = Reading.objects.filter(delivery=delivery, channel=channel)
        for metric, at, source in {(r.metric, r.at, r.source) for r in rows}:
            mine.filter(metric=metric, at=at, source=source).delete()
        made = [
            Reading(
                delivery=delivery,
                channel=channel,
                metric=r.metric,
                label=r.label[:120],
                value=r.value,
                at=r.at,
                source=r.source,
            )
            for r in rows
        ]
        Reading.objects.bulk_create(made)
    return len(rows)


def keep_answers(answers: Sequence[Answer], now: datetime) -> int:
    """Readings and the appointments they belong to, together or not at all; returns how many were taken.

    People's confirmations count as a snapshot at this moment. A few statements, however many messages.
    """
    if not answers:
        return 0
    with transaction.atomic():
        taken = appointments.take([answer.appointment_id for answer in answers], now)
        mine = [answer for answer in answers if answer.appointment_id in taken]
        people = _people_of([answer.delivery_id for answer in mine], now)
        comments = joining.comments_of([answer.delivery_id for answer in mine], now)
        said = _said_of([answer.delivery_id for answer in mine], now)
        told = {
            answer.delivery_id: [
                *answer.readings,
                *people.get(answer.delivery_id, ()),
                *comments[answer.delivery_id],
                *said.get(answer.delivery_id, ()),
            ]
            for answer in mine
        }
        _keep_all(told)
    return len(mine)


def _keep_all(told: Mapping[int, Sequence[base.Reading]]) -> None:
    """As `keep`, for many messages: what is told again for the same metric, moment and source replaces the earlier."""
    rows = [(delivery, r) for delivery, readings in told.items() for r in readings]
    again = {(delivery, r.metric, r.at, r.source) for delivery, r in rows}
    standing = Reading.objects.filter(delivery__in=list(told), at__in={r.at for _, r in rows})
    found = standing.values_list("pk", "delivery", "metric", "at", "source") if rows else ()
    doubled = [pk for pk, *what in found if tuple(what) in again]
    if doubled:
        Reading.objects.filter(pk__in=doubled).delete()
    made = (
        Reading(delivery_id=delivery, metric=r.metric, label=r.label[:120], value=r.value, at=r.at, source=r.source)
        for delivery, r in rows
    )
    Reading.objects.bulk_create(made, batch_size=AT_ONCE)


def _people_of(deliveries: Sequence[int], at: datetime) -> dict[int, list[base.Reading]]:
    people: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = PersonStatus.objects.filter(delivery__in=deliveries)
    for delivery, rank, emoji in rows.values_list("delivery", "rank", "emoji"):
        people[delivery].append((rank, emoji))
    reacted = Reading.objects.filter(delivery__in=list(people), metric=Metric.REACTIONS, source=FROM_PEOPLE)
    before = set(reacted.values_list("delivery", flat=True)) if people else set()
    return {
        delivery: [
            base.Reading(metric, count, at, FROM_PEOPLE, label)
            for metric, label, count in from_people(found, reacted_before=delivery in before)
        ]
        for delivery, found in people.items()
    }


def _said_of(deliveries: Sequence[int], at: datetime) -> dict[int, list[base.Reading]]:
    """Votes and replies that were told one by one."""
    found = responses.counts(deliveries)
    return {
        delivery: [base.Reading(metric, count, at, FROM_PEOPLE, label) for metric, label, count in rows]
        for delivery, rows in found.items()
    }


def record_status(account_key: str, event: base.Status) -> bool:
    """How far a message got with one person; the rank only rises, whatever order the news comes in."""
    rank = RANKS.get(event.state, 0)
    delivery = _of_status(account_key, event) if rank and event.person else None
    if delivery is None or _too_late(delivery, event.at):
        return False
    PersonStatus.objects.get_or_create(delivery=delivery, person=event.person)
    PersonStatus.objects.filter(delivery=delivery, person=event.person, rank__lt=rank).update(rank=rank)
    return True


def record_reacted(account_key: str, event: base.Reacted) -> bool:
    """One person's reaction as it stands now; an empty one takes theirs back."""
    mine = Delivery.objects.filter(channel__account_id=account_key)
    delivery = with_message(mine, event.target, event.message_id) if event.person else None
    if delivery is None or _too_late(delivery, event.at):
        return False
    PersonStatus.objects.update_or_create(delivery=delivery, person=event.person, defaults={"emoji": event.emoji[:20]})
    return True


def _too_late(delivery: Delivery, at: datetime) -> bool:
    """What people did is forgotten by then, and would be counted anew from nothing."""
    return delivery.sent_at is not None and at - delivery.sent_at > PEOPLE_KEPT


def from_people(people: Iterable[tuple[int, str]], *, reacted_before: bool) -> list[tuple[Metric, str, int]]:
    """Metric, label and count from each person's rank and emoji: lower bounds, for confirmations get lost.

    A count of none is absent; only a reaction that was counted and then taken back leaves a 0.
    """
    rows = list(people)
    counts = [(metric, "", sum(rank >= least for rank, _ in rows)) for least, metric in BY_RANK]
    emoji = Counter(emoji for _, emoji in rows if emoji)
    found = [count for count in counts if count[2]] + [(Metric.REACTIONS, e, n) for e, n in sorted(emoji.items())]
    return [*found, (Metric.REACTIONS, "", 0)] if reacted_before and not emoji else found


def people_counts(delivery: Delivery, at: datetime) -> Sequence[base.Reading]:
    """What people's confirmations and reactions add up to at this moment."""
    mine = [delivery.pk]
    return [*_people_of(mine, at).get(delivery.pk, ()), *_said_of(mine, at).get(delivery.pk, ())]


def _of_status(account_key: str, event: base.Status) -> Delivery | None:
    """By our own key, which comes back even when the answer to the request was lost; else by the message's id."""
    mine = Delivery.objects.filter(channel__account_id=account_key)
    try:
        key = UUID(event.key)
    except ValueError:
        return with_message(mine, event.target, event.message_id)
    return mine.filter(key=key).first()


def _delivery_of(account_key: str, event: base.Counted) -> Delivery | None:
    mine = Delivery.objects.filter(channel__account_id=account_key)
    if event.poll_id:
        return mine.filter(receipt__poll_id=event.poll_id).first()
    return with_message(mine, event.target, event.message_id)
