"""Weekly digests: what is owed, who sends it, what became of it. No network here (digests_sending.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from publisher.deliver import pauses
from publisher.deliver.border import now as clock
from publisher.deliver.models import Pause
from publisher.people.audit import Actor, note
from publisher.report.digests_models import Digest, DigestState, Piece, Road, Subscription, new_code

LEASE = timedelta(minutes=5)
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
GIVEN_UP = timedelta(days=3)  # after which last week's numbers are news to nobody
PIECES = {Road.TELEGRAM: (Piece.CARD, Piece.PDF), Road.EMAIL: (Piece.MAIL,)}
UNDER_WAY = (DigestState.WAITING, DigestState.SENDING)


def last_moment(subscription: Subscription, now: datetime) -> datetime:
    """The latest moment of the subscription that has come, in the place's own time."""
    zone = subscription.zone
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - subscription.weekday) % 7)
    moment = datetime.combine(day, time(subscription.hour), zone)
    return moment if moment <= now else datetime.combine(day - timedelta(days=7), time(subscription.hour), zone)


def week_before(subscription: Subscription, moment: datetime) -> date:
    """The Monday of the last week that was over at that moment."""
    day = moment.astimezone(subscription.zone).date()
    return day - timedelta(days=day.weekday() + 7)


def owe(now: datetime) -> int:
    """Write down what is owed by now. Of several missed moments only the latest: old numbers are news to nobody."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original sends it
        return 0
    made = 0
    for subscription in Subscription.objects.filter(on=True).select_related("district", "region"):
        moment = last_moment(subscription, now)
        if subscription.reachable and moment >= subscription.since:
            made += _write_down(subscription, week_before(subscription, moment), moment, now)
    return made


def _write_down(subscription: Subscription, week: date, moment: datetime, now: datetime, sample: str = "") -> int:
    """All pieces or none; another clock may have been faster."""
    if not sample and subscription.digests.filter(week=week, sample="").exists():
        return 0
    pieces = PIECES[Road(subscription.road)]
    try:
        with transaction.atomic():
            for piece in pieces:
                Digest.objects.create(subscription=subscription, week=week, piece=piece, sample=sample,
                                      owed_at=moment, not_before=now)  # fmt: skip
    except IntegrityError:
        return 0
    return len(pieces)


def ask_sample(subscription: Subscription, actor: Actor) -> None:
    """The last complete week, now; the week's own digest is owed all the same."""
    now = clock()
    _write_down(subscription, week_before(subscription, now), now, now, sample=new_code())
    note(actor, "digest_sample", f"subscription:{subscription.pk}", district=subscription.district)


def take(now: datetime, most: int = 1) -> list[Digest]:
    """Claim what may be sent now. A card goes before its PDF; nothing is claimed twice."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():
        return []
    earlier = Digest.objects.filter(
        subscription=OuterRef("subscription"), week=OuterRef("week"), sample=OuterRef("sample"),
        state__in=UNDER_WAY, pk__lt=OuterRef("pk"),
    )  # fmt: skip
    due = Digest.objects.filter(~Exists(earlier), state=DigestState.WAITING, not_before__lte=now)
    rows = due.select_related("subscription__district", "subscription__region")[:most]
    return [row for row in rows if _mine(row, now)]


def _mine(row: Digest, now: datetime) -> bool:
    waiting = Digest.objects.filter(pk=row.pk, state=DigestState.WAITING)
    return bool(waiting.update(state=DigestState.SENDING, lease_until=now + LEASE, tries=F("tries") + 1))


def sweep(now: datetime) -> int:
    """Whoever had it said nothing in time: it may have arrived. What waits for too long is given up."""
    lost = Digest.objects.filter(state=DigestState.SENDING, lease_until__lt=now)
    swept = lost.update(state=DigestState.UNKNOWN, reason="outcome_unknown", ended_at=now)
    old = Digest.objects.filter(state=DigestState.WAITING, owed_at__lt=now - GIVEN_UP)
    return swept + old.update(state=DigestState.FAILED, ended_at=now)


def sent(row: Digest, *, warned: bool) -> None:
    _end(row, DigestState.SENT, warned=warned, reason="", detail="")


def unknown(row: Digest, detail: str) -> None:
    _end(row, DigestState.UNKNOWN, reason="outcome_unknown", detail=detail)


def failed(row: Digest, reason: str, detail: str) -> None:
    _end(row, DigestState.FAILED, reason=reason, detail=detail)


def put_off(row: Digest, reason: str, detail: str, wait: timedelta | None = None) -> None:
    """Certainly not sent: it is tried again later."""
    row.refresh_from_db(fields=["tries"])
    pause = wait or BACK_OFF[min(max(row.tries, 1), len(BACK_OFF)) - 1]
    _mine_still(row).update(state=DigestState.WAITING, not_before=clock() + pause, lease_until=None,
                            reason=reason, detail=detail)  # fmt: skip


def _end(row: Digest, state: str, **more: object) -> None:
    _mine_still(row).update(state=state, ended_at=clock(), lease_until=None, **more)


def _mine_still(row: Digest):  # type: ignore[no-untyped-def]
    """An answer that comes after the lease still tells the truth about an unknown one; nothing else is overwritten."""
    return Digest.objects.filter(pk=row.pk, state__in=[DigestState.SENDING, DigestState.UNKNOWN], settled_by="")


def settle(row: Digest, *, arrived: bool, actor: Actor) -> bool:
    """A person looked: it is there, or it is to be sent again. False: it was settled meanwhile."""
    open_ones = Digest.objects.filter(pk=row.pk, state__in=[DigestState.UNKNOWN, DigestState.FAILED])
    now = clock()
    with transaction.atomic():
        if arrived:
            done = open_ones.update(state=DigestState.SENT, settled_by=actor.name, ended_at=now)
        else:
            done = open_ones.update(state=DigestState.WAITING, not_before=now, owed_at=now, tries=0, reason="")
        if done:
            verb = "digest_arrived" if arrived else "digest_again"
            note(actor, verb, f"subscription:{row.subscription_id}", week=row.week.isoformat(), piece=row.piece)
    return bool(done)


@transaction.atomic
def subscribe(subscription: Subscription, actor: Actor) -> Subscription:
    subscription.made_by = actor.name
    subscription.save()
    note(actor, "digest_on", f"subscription:{subscription.pk}", district=subscription.district, road=subscription.road)
    return subscription


@transaction.atomic
def switch(subscription: Subscription, on: bool, actor: Actor) -> None:
    """Switched on again, it waits for its next moment; what waits when it is switched off is not sent any more."""
    now = clock()
    Subscription.objects.filter(pk=subscription.pk).update(on=on, since=now)
    if not on:
        subscription.digests.filter(state=DigestState.WAITING).delete()
    note(actor, "digest_on" if on else "digest_off", f"subscription:{subscription.pk}", district=subscription.district)


def forget_chat(subscription: Subscription, actor: Actor) -> None:
    """A new link: the earlier one no longer connects anybody."""
    Subscription.objects.filter(pk=subscription.pk).update(chat="", greeted_at=None, start_code=new_code())
    note(actor, "digest_chat", f"subscription:{subscription.pk}", district=subscription.district)
    subscription.refresh_from_db()


def connected(code: str, chat: str) -> None:
    """Somebody opened the bot by a reader's link."""
    Subscription.objects.filter(start_code=code, road=Road.TELEGRAM).update(chat=chat, greeted_at=None)


def in_doubt(subscriptions: Sequence[Subscription]) -> list[Digest]:
    """What a person must look at: it may have arrived, or it was not sent."""
    states = Q(state=DigestState.UNKNOWN) | Q(state=DigestState.FAILED, settled_by="")
    rows = Digest.objects.filter(states, subscription__in=subscriptions, ended_at__gte=clock() - timedelta(days=30))
    return list(rows.select_related("subscription").order_by("-week", "id"))
