"""How things stand, for people, for the command line and for /healthz. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from publisher.compose.models import Post, Status
from publisher.deliver import films, outcomes, pace, pauses
from publisher.deliver.border import now
from publisher.deliver.models import Account, Channel, Delivery, Heartbeat, State
from publisher.sentences import say

OVERDUE = timedelta(seconds=60)
Row = TypeVar("Row", bound=Model)
STANDSTILL = timedelta(seconds=45)  # a clock or worker that has not been heard of for so long stands still


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    problems: tuple[str, ...]
    overdue: int = 0
    paused: tuple[str, ...] = ()  # what people stopped: all, restored, district:KEY, account:KEY


def beat(name: str) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now()})


def stopped(name: str) -> None:
    """A clean end: nobody is to wait for its next beat."""
    Heartbeat.objects.filter(name=name).delete()


def health() -> Health:
    """Fails when the clock or every worker stands still, or something is overdue although nothing holds it back."""
    moment = now()
    late = overdue(moment).count()
    problems = [*standing_still(moment), *(["overdue"] if late else [])]
    return Health(not problems, tuple(problems), late, tuple(stop.scope for stop in pauses.stops()))


def standing_still(moment: datetime) -> list[str]:
    """The parts of the program that have not been heard of lately, as codes of problems."""
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    alive = {name.split(":")[0] for name, at in beats.items() if moment - at < STANDSTILL}
    return [f"{part}_stands_still" for part in ("clock", "worker") if part not in alive]


def overdue(moment: datetime | None = None) -> QuerySet[Delivery]:
    """Due more than 60 s ago, still not sent, and nothing known holds it back."""
    moment = moment or now()
    late = Delivery.objects.filter(
        state__in=[State.WAITING, State.CLAIMED],
        held="",
        due_at__lt=moment - OVERDUE,
        post__status=Status.APPROVED,
        channel__off_reason="",
        channel__account__paused_at=None,
    )
    late = pauses.current().open(late).exclude(not_before__gt=moment)
    late = late.exclude(channel__account__in=pace.slow_accounts(), due_at__gte=moment - pace.PATIENCE)
    if films.any_unfinished():
        late = late.exclude(pk__in=films.waiting(late).values("pk"))
    return late.select_related("channel", "post")


def needs_person(districts: Collection[str] | None = None) -> QuerySet[Delivery]:
    """Unknown, failed, expired, or held after a stop: a person answers each."""
    held = Q(state=State.WAITING) & ~Q(held="")
    rows = Delivery.objects.filter(held | Q(state__in=[State.UNKNOWN, State.FAILED, State.EXPIRED]))
    return among_few(rows, districts).select_related("post", "channel").order_by("-priority", "due_at")


def coming(districts: Collection[str] | None = None) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(state__in=[State.WAITING, State.CLAIMED, State.SENDING, State.PEOPLE], held="")
    return _of(rows, districts).select_related("post", "channel").order_by("-priority", "due_at", "id")


def next_out(number: int, districts: Collection[str] | None = None) -> list[Delivery]:
    """The first of coming(), without sorting all that waits: what is on its way, then what is due first."""
    under_way = Delivery.objects.filter(state__in=[State.CLAIMED, State.SENDING, State.PEOPLE], held="")
    waiting = Delivery.objects.filter(state=State.WAITING, held="").order_by("due_at", "id")
    found = [*among_few(under_way, districts).order_by("due_at", "id")[:number]]
    found += among_few(waiting, districts)[: number - len(found)]
    return sorted(found, key=lambda row: (-row.priority, row.due_at, row.pk))


def gone_out(since: datetime, districts: Collection[str] | None = None) -> QuerySet[Delivery]:
    # Said by what it is not, so that the database begins at the moment: nearly everything there ever was is "sent".
    never = [state for state in State if state not in (State.SENT, State.WITHDRAWN)]
    rows = Delivery.objects.filter(sent_at__gte=since).exclude(state__in=never)
    return among_few(rows, districts).order_by("-sent_at")


def among_few(rows: QuerySet[Row], districts: Collection[str] | None, path: str = "post__district_id") -> QuerySet[Row]:
    """Of these districts, where another condition leaves few rows: a database without a hint would begin at the
    district, and look at everything that it ever published."""
    if districts is None:
        return rows
    return cast(QuerySet[Row], rows.alias(whose=Coalesce(F(path), Value(""))).filter(whose__in=districts))


def _of(rows: QuerySet[Delivery], districts: Collection[str] | None) -> QuerySet[Delivery]:
    """None: of all districts there are."""
    return rows if districts is None else rows.filter(post__district__in=districts)


def channels_off(districts: Collection[str] | None = None) -> QuerySet[Channel]:
    rows = Channel.objects.exclude(off_reason="")
    return rows if districts is None else rows.filter(district__in=districts)


def accounts_paused() -> QuerySet[Account]:
    return Account.objects.exclude(paused_at=None).filter(key__in=settings.CONFIG.accounts)


def public_state(delivery: Delivery) -> str:
    """Claimed is an inner step: nothing has left, so for everybody else it waits."""
    return str(State.WAITING) if delivery.state == State.CLAIMED else str(delivery.state)


def show(post: Post) -> dict[str, Any]:
    """The JSON of `publisher show`: scripts rely on these names."""
    deliveries = (
        post.deliveries.select_related("channel").order_by("due_at", "id").prefetch_related("attempts", "changes")
    )
    return {
        "id": post.pk,
        "kind": post.kind,
        "title": post.title,
        "status": post.status,
        "revision": post.revision,
        "urgent": post.urgent,
        "district": post.district_id,
        "author": post.author_name,
        "approved_by": post.approved_by,
        "expires_at": _iso(post.expires_at),
        "languages": list(post.versions.values_list("language", flat=True)),
        "deliveries": [delivery_json(delivery) for delivery in deliveries],
        "changed": [_place_json(place) for place in outcomes.of(post)],
    }


def _place_json(place: outcomes.Place) -> dict[str, Any]:
    """Where the last correction or withdrawal worked, followed in reply, is under way, or is for people."""
    return {
        "channel": place.delivery.channel.key,
        "language": place.delivery.language,
        "part": place.delivery.part,
        "kind": place.change.kind,
        "outcome": place.outcome,
        "what": place.what,
        "do": place.do,
        "follow_up": place.change.follow_up_id,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "channel": delivery.channel.key,
        "language": delivery.language,
        "part": delivery.part,
        "state": public_state(delivery),
        "due_at": _iso(delivery.due_at),
        "sent_at": _iso(delivery.sent_at),
        "receipt": delivery.receipt,
        "attempts": [
            {
                "number": attempt.number,
                "started_at": _iso(attempt.started_at),
                "ended_at": _iso(attempt.ended_at),
                "outcome": attempt.outcome,
                "detail": attempt.detail,
            }
            for attempt in delivery.attempts.all()
        ],
        "held": delivery.held,
        "error": _error(delivery.held or delivery.error_reason, delivery.error_values, delivery.error_detail),
        "changes": [
            {
                "kind": change.kind,
                "state": change.state,
                "done_at": _iso(change.done_at),
                "follow_up": change.follow_up_id,
                "error": None if change.follow_up_id else _error(change.error_reason, {}, change.error_detail),
            }
            for change in delivery.changes.all()
        ],
    }


def _error(reason: str, values: dict[str, object], detail: str) -> dict[str, str] | None:
    if not reason:
        return None
    sentence = say(reason, values)
    return {"reason": reason, "what": sentence.what, "do": sentence.do, "detail": detail}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def queue_rows(districts: Collection[str] | None = None) -> list[dict[str, Any]]:
    """What `publisher queue` prints: what needs a person first, then what is to come."""
    parts = (needs_person(districts), coming(districts))
    rows = (row for part in parts for row in part.prefetch_related("attempts", "changes").iterator(1000))
    return [{"post": row.post_id, "title": row.post.title, **delivery_json(row)} for row in rows]
