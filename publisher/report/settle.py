"""Works out once what each message had at 24 h, 72 h and 7 days, so that a country's report need not read millions.

A row is made when its appointment is over and made anew when a later reading comes in (typed in by hand, imported).
Until the clock has come by, reports read such messages themselves: they never show anything else than the readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery, Part, State
from publisher.measure.metrics import AFTER, FROM_PEOPLE, TOLERANCE
from publisher.measure.models import Appointment, AppointmentState, Horizon, Reading
from publisher.measure.readings import Gathered, Known
from publisher.report.models import Mark, Settled
from publisher.report.past import METRICS, forget

HORIZONS = (Horizon.DAY, Horizon.THREE_DAYS, Horizon.WEEK)
RECENT = timedelta(days=30)
AT_ONCE = 500
SEEN, REACHED = "readings", "settled_back_to"


def settle(now: datetime, *, most: int = 20 * AT_ONCE) -> int:
    """One step of the clock: what changed, what is recent, then a piece further back. Returns the rows made."""
    since = _last_run(now) - RECENT
    made = _anew(now)
    recent = _lacking(sent().filter(sent_at__gte=since), now)
    made += _compute(recent[:most], now)
    return made + _further_back(now, most - min(len(recent), most))


def sent() -> QuerySet[Delivery]:
    """Messages that went out, withdrawn ones too."""
    return Delivery.objects.filter(part=Part.MAIN, sent_at__isnull=False, state__in=[State.SENT, State.WITHDRAWN])


def changed_since() -> set[int]:
    """Messages with readings that settling has not seen yet: their rows are not to be trusted."""
    mark = Mark.objects.filter(name=SEEN).first()
    if mark is None:  # nothing was ever settled, so there is no row to distrust
        return set()
    rows = Reading.objects.filter(pk__gt=mark.value - _overlap(), delivery__isnull=False)
    return set(rows.values_list("delivery", flat=True).order_by())


def _overlap() -> int:
    """PostgreSQL numbers rows before they are committed, so a few that were looked at are looked at again."""
    return 1_000 if connection.vendor == "postgresql" else 0


def _last_run(now: datetime) -> datetime:
    """After a long stop the messages of that time are recent too."""
    mark = Mark.objects.filter(name=SEEN).first()
    return min(mark.at, now) if mark else now


def _anew(now: datetime) -> int:
    """Rows of changed messages that show something else by now. The mark moves last: a broken step is repeated."""
    top = Reading.objects.aggregate(top=Max("pk"))["top"] or 0
    made = sum(_replace(some, now) for some in _pieces(sorted(changed_since())))
    Mark.objects.update_or_create(name=SEEN, defaults={"value": top, "at": now})
    return made


def _replace(changed: Sequence[int], now: datetime) -> int:
    with transaction.atomic():
        there = {(row.delivery_id, row.horizon): row for row in Settled.objects.filter(delivery__in=changed)}
        fresh = computed(sorted({delivery for delivery, _horizon in there}), now) if there else []
        same = {key for row in fresh if (key := (row.delivery_id, row.horizon)) in there and _alike(row, there[key])}
        Settled.objects.filter(pk__in=[row.pk for key, row in there.items() if key not in same]).delete()
        made = [row for row in fresh if (row.delivery_id, row.horizon) not in same]
        forget(row.sent_at for key, row in there.items() if key not in same)
        return _keep(made)


def _alike(one: Settled, other: Settled) -> bool:
    names = (*METRICS, "reactions_floor", "reasons", "seen_at", "sources")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def settled_back_to(now: datetime) -> datetime:
    """Everything since then has its rows, as far as it is over."""
    mark = Mark.objects.filter(name=REACHED).first()
    return datetime.fromtimestamp(mark.value, UTC) if mark else now - RECENT


def _further_back(now: datetime, most: int) -> int:
    """Older messages, the newest of them first; the mark tells how far back everything has its rows."""
    mark = Mark.objects.filter(name=REACHED).first()
    before = settled_back_to(now)
    rows = list(sent().filter(sent_at__lt=before).order_by("-sent_at").values_list("pk", "sent_at")[:most])
    if not rows:
        return 0
    made = _compute(_lacking(sent().filter(sent_at__lt=before, sent_at__gte=rows[-1][1]), now), now)
    reached = ceil(rows[-1][1].timestamp())  # upwards: none of that second is left out
    if mark and reached >= mark.value:
        reached = mark.value - 1
    Mark.objects.update_or_create(name=REACHED, defaults={"value": reached})
    return made


def _lacking(rows: QuerySet[Delivery], now: datetime) -> list[int]:
    """Messages for which a horizon is over that has no row yet."""
    wanted = Q()
    for horizon in HORIZONS:
        wanted |= _over(horizon, now) & ~Exists(Settled.objects.filter(delivery=OuterRef("pk"), horizon=horizon))
    return list(rows.filter(wanted).order_by("-sent_at", "-id").values_list("pk", flat=True))


def _over(horizon: Horizon, now: datetime) -> Q:
    """Its appointment was kept or missed; one without an appointment is over when its window is."""
    mine = Appointment.objects.filter(delivery=OuterRef("pk"), horizon=horizon)
    done = Exists(mine.exclude(state=AppointmentState.WAITING))
    never = ~Exists(mine) & Q(sent_at__lt=now - AFTER[horizon] - TOLERANCE[horizon])
    return Q(sent_at__lt=now - AFTER[horizon] + TOLERANCE[horizon]) & (done | never)


def _compute(deliveries: Sequence[int], now: datetime) -> int:
    made = 0
    for some in _pieces(deliveries):
        rows = computed(some, now)
        with transaction.atomic():
            made += _keep(rows)
    return made


def _keep(rows: Sequence[Settled]) -> int:
    """What was added up of these days is forgotten, and added up anew."""
    forget(row.sent_at for row in rows)
    return len(Settled.objects.bulk_create(rows, ignore_conflicts=True))


def computed(deliveries: Sequence[int], now: datetime, horizons: Iterable[Horizon] = HORIZONS) -> list[Settled]:
    """From the readings: a row for each message and horizon that is over."""
    messages = list(sent().filter(pk__in=deliveries).select_related("channel__account"))
    gathered = Gathered(sent().filter(pk__in=deliveries), now)
    waiting = set(
        Appointment.objects.filter(delivery__in=deliveries, state=AppointmentState.WAITING).values_list(
            "delivery", "horizon"
        )
    )
    return [
        _row(message, horizon, gathered)
        for message in messages
        for horizon in horizons
        if (message.pk, horizon) not in waiting and is_over(message, horizon, gathered, now)
    ]


def is_over(message: Delivery, horizon: Horizon, gathered: Gathered, now: datetime) -> bool:
    if gathered.asked(message, horizon) is not None:
        return True
    assert message.sent_at is not None
    return message.sent_at < now - AFTER[horizon] - TOLERANCE[horizon]


def _row(message: Delivery, horizon: Horizon, gathered: Gathered) -> Settled:
    numbers = {metric: gathered.at_horizon(message, metric, horizon) for metric in METRICS}
    known = {metric: n for metric, n in numbers.items() if isinstance(n, Known)}
    reacted = known.get(Metric.REACTIONS)
    return Settled(
        delivery_id=message.pk,
        post_id=message.post_id,
        channel_id=message.channel_id,
        horizon=horizon,
        language=message.language,
        sent_at=message.sent_at,
        reactions_floor=bool(reacted and reacted.source == FROM_PEOPLE),
        seen_at=max((n.at for n in known.values()), default=None),
        sources=",".join(sorted({n.source for n in known.values()}))[:120],
        reasons={m: n.reason for m, n in numbers.items() if not isinstance(n, Known)},
        **{metric: n.value for metric, n in known.items()},
    )


def _pieces(rows: Sequence[int]) -> Iterable[Sequence[int]]:
    return (rows[n : n + AT_ONCE] for n in range(0, len(rows), AT_ONCE))
