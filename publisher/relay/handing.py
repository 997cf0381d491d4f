"""Hands due posts to people: who is asked, when they are reminded, when the deputy is asked too, when it is given up.

Every step is a conditional change, so two clocks do no harm. A delivery with people is `people`, never `sending`: no
machine has anything on the wire, and a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from publisher.compose.models import Status
from publisher.connectors import CONNECTORS
from publisher.connectors.whatsapp_relay import WhatsAppRelaySettings
from publisher.deliver import consent, films, pauses, phones
from publisher.deliver.border import now as clock
from publisher.deliver.models import Account, Attempt, Change, ChangeKind, ChangeState, Channel, Delivery, Part, State
from publisher.relay.models import Duty, Relay, Task, TaskKind, TaskState

AT_ONCE = 200
WORKER = "people"
CHANGES_WAIT = timedelta(days=2)
KIND = {ChangeKind.EDIT: TaskKind.CORRECT, ChangeKind.WITHDRAW: TaskKind.WITHDRAW}


def rules_of(account: Account) -> WhatsAppRelaySettings:
    given = settings.CONFIG.accounts.get(account.pk)
    return given if isinstance(given, WhatsAppRelaySettings) else WhatsAppRelaySettings(type="whatsapp_relay")


def by_people() -> QuerySet[Account]:
    types = [key for key, connector in CONNECTORS.items() if connector.description.by_people]
    return Account.objects.filter(type__in=types, key__in=settings.CONFIG.accounts)


def groups() -> QuerySet[Channel]:
    """Where people post: always, or while the phone of the group's gateway is out of use."""
    both = Q(account__in=by_people()) | Q(account__phone__fall_back=True, account__in=consent.needing_consent())
    return Channel.objects.filter(both)


def relays_of(channel: Channel) -> list[Relay]:
    """Whom to ask, in order."""
    duties = Duty.objects.filter(channel=channel, relay__active=True).select_related("relay")
    return [duty.relay for duty in duties]


def hand_out(now: datetime) -> int:
    """Due deliveries of these accounts go to their first relay; returns how many."""
    handed = 0
    for account in by_people().filter(paused_at=None):
        handed += _hand_all(account, _due(account, now), now)
    for account in phones.fallen_back():  # only what certainly was not sent is waiting
        with_people = _due(account, now).filter(channel__duties__relay__active=True, part=Part.MAIN).distinct()
        handed += _hand_all(account, with_people, now)
    return handed


def _hand_all(account: Account, rows: QuerySet[Delivery], now: datetime) -> int:
    due = films.with_films(rows, account).select_related("channel__account", "post")
    return sum(_hand(delivery, now) for delivery in pauses.current().open(due)[:AT_ONCE])


def _due(account: Account, now: datetime) -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(state=State.WAITING, held="", due_at__lte=now, post__status=Status.APPROVED)
    open_now = Q(not_before=None) | Q(not_before__lte=now)
    return waiting.filter(open_now, channel__account=account, channel__off_reason="").order_by("-priority", "due_at")


def _hand(delivery: Delivery, now: datetime) -> bool:
    late = timedelta(minutes=settings.CONFIG.delivery.late_tolerance_minutes)
    if delivery.expires_at and delivery.expires_at <= now:
        return not _end(delivery, State.WAITING, State.EXPIRED, "expired")
    if not delivery.late_ok and now - max(delivery.due_at, delivery.created_at) > late:
        minutes = settings.CONFIG.delivery.late_tolerance_minutes
        return not _end(delivery, State.WAITING, State.FAILED, "too_late", minutes=minutes)
    relays = relays_of(delivery.channel)
    if not relays:
        return not _end(delivery, State.WAITING, State.FAILED, "no_relay")
    with transaction.atomic():
        mine = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING)
        if not mine.update(state=State.PEOPLE, attempts_made=F("attempts_made") + 1, worker=WORKER):
            return False
        delivery.refresh_from_db()
        Attempt.objects.create(
            delivery=delivery, number=delivery.attempts_made, worker=WORKER, claimed_at=now, started_at=now
        )
        _ask(delivery, relays[0], now)
    return True


def _ask(delivery: Delivery, relay: Relay, now: datetime) -> None:
    rules = rules_of(delivery.channel.account)
    until = now + timedelta(minutes=rules.give_up_after)
    if delivery.expires_at:
        until = min(until, delivery.expires_at)
    try:
        with transaction.atomic():
            Task.objects.create(delivery=delivery, relay=relay, given_at=now, until=until)
    except IntegrityError:
        return  # asked already


def follow_up(now: datetime) -> None:
    """Reminders, deputies, the end of waiting; and links to what is not needed any more are taken back."""
    _take_back(now)
    _pass_on(now)
    asked = dict(_open_posts().values_list("delivery").annotate(last=Max("given_at")).order_by())
    for task in _open_posts().select_related("delivery__channel__account", "relay"):
        delivery, rules = task.delivery, rules_of(task.delivery.channel.account)
        if task.until <= now:
            give_up(delivery, now)
        elif now - asked[task.delivery_id] >= timedelta(minutes=rules.deputy_after) and ask_next(delivery, now):
            asked[task.delivery_id] = now
        if task.reminded_at is None and now - task.given_at >= timedelta(minutes=rules.remind_after):
            Task.objects.filter(pk=task.pk, state=TaskState.OPEN).update(reminded_at=now, noticed_at=None)
    _ask_for_changes(now)


def _open_posts() -> QuerySet[Task]:
    return Task.objects.filter(state=TaskState.OPEN, kind=TaskKind.POST)


def _take_back(now: datetime) -> None:
    """Cancelled, expired or settled otherwise: whoever opens the link is told not to post."""
    gone = _open_posts().exclude(delivery__state=State.PEOPLE)
    gone.update(state=TaskState.TAKEN_BACK, ended_at=now)
    done = Task.objects.filter(state=TaskState.OPEN, change__isnull=False).exclude(change__state=ChangeState.BY_HAND)
    done.update(state=TaskState.TAKEN_BACK, ended_at=now)
    for delivery in Delivery.objects.filter(state=State.PEOPLE, expires_at__lte=now):
        _end(delivery, State.PEOPLE, State.EXPIRED, "expired")
        _close(delivery, now, TaskState.TAKEN_BACK)


def _pass_on(now: datetime) -> None:
    """Whoever had it was switched off meanwhile: without this it would lie with nobody for good."""
    asked = Task.objects.filter(delivery=OuterRef("pk"), state=TaskState.OPEN, kind=TaskKind.POST)
    for delivery in Delivery.objects.filter(~Exists(asked), state=State.PEOPLE).select_related("channel__account"):
        could_not(delivery, now)


def ask_next(delivery: Delivery, now: datetime) -> bool:
    """The first relay who was not asked yet for this attempt; the earlier ones may still do it."""
    number = delivery.attempts_made
    begun = delivery.attempts.filter(number=number).values_list("claimed_at", flat=True).first() or now
    asked = set(Task.objects.filter(delivery=delivery, given_at__gte=begun).values_list("relay", flat=True))
    following = next((relay for relay in relays_of(delivery.channel) if relay.pk not in asked), None)
    if following is None:
        return False
    _ask(delivery, following, now)
    return True


def give_up(delivery: Delivery, now: datetime) -> None:
    """Nobody said anything in time: a person of ours decides."""
    with transaction.atomic():
        if _end(delivery, State.PEOPLE, State.FAILED, "relay_silent"):
            _close(delivery, now, TaskState.MISSED)


def _end(delivery: Delivery, before: State, state: State, reason: str, **values: object) -> bool:
    mine = Delivery.objects.filter(pk=delivery.pk, state=before)
    changed = mine.update(state=state, error_reason=reason, error_values=values, worker="")
    if changed and before == State.PEOPLE:
        end_attempt(delivery, reason)
    return bool(changed)


def end_attempt(delivery: Delivery, outcome: str) -> None:
    Attempt.objects.filter(delivery=delivery, number=delivery.attempts_made, ended_at=None).update(
        ended_at=clock(), outcome=outcome[:20], reason="" if outcome == "sent" else outcome
    )


def _close(delivery: Delivery, now: datetime, state: TaskState) -> None:
    Task.objects.filter(delivery=delivery, state=TaskState.OPEN, kind=TaskKind.POST).update(state=state, ended_at=now)


def could_not(delivery: Delivery, now: datetime) -> None:
    """One said that they cannot: the next is asked at once; with nobody left a person of ours decides."""
    if ask_next(delivery, now) or Task.objects.filter(delivery=delivery, state=TaskState.OPEN).exists():
        return
    _end(delivery, State.PEOPLE, State.FAILED, "relay_cannot")


def _ask_for_changes(now: datetime) -> None:
    """A correction or withdrawal goes the same way, first to whoever posted it, with its own tick."""
    waiting = Change.objects.filter(state=ChangeState.BY_HAND, kind__in=KIND, tasks=None)
    told = Task.objects.filter(delivery=OuterRef("delivery"), kind=TaskKind.POST, state=TaskState.DONE)
    theirs = Q(delivery__channel__account__in=by_people()) | Q(Exists(told))
    mine = waiting.filter(theirs).select_related("delivery__channel")
    for change in mine[:AT_ONCE]:
        for relay in _who_changes(change)[:1]:
            given = {"delivery": change.delivery, "relay": relay, "kind": KIND[ChangeKind(change.kind)]}
            Task.objects.get_or_create(change=change, **given, defaults={"given_at": now, "until": now + CHANGES_WAIT})


def _who_changes(change: Change) -> Sequence[Relay]:
    """WhatsApp lets only the sender, or an administrator of the group, delete a message for everybody."""
    posted = Task.objects.filter(delivery=change.delivery, kind=TaskKind.POST, state=TaskState.DONE, relay__active=True)
    first = [task.relay for task in posted.select_related("relay")]
    return [*first, *(relay for relay in relays_of(change.delivery.channel) if relay not in first)]
