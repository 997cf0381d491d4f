"""The deployment's numbers in Prometheus' text format, read from the database when they are asked for.

Whichever process answers, it answers for all of them: nothing is counted in memory. Labels hold keys of config.yaml,
states and codes; never a chat's id, a title, a person or a number to dial.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from publisher.deliver import pauses, silence, status
from publisher.deliver.border import now
from publisher.deliver.models import Account, Bucket, Change, ChangeState, Channel, Delivery, Heartbeat, State
from publisher.measure.models import Appointment, AppointmentState
from publisher.render.models import JobState, RenderJob
from publisher.tally import BUCKETS, Tallies, Tally

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
KEPT = 5.0  # seconds an answer is kept: an impatient watcher must not become load
WATCHED = (State.CLAIMED, State.SENDING, State.UNKNOWN, State.FAILED)
BACKUPS = "publisher-*.tar"


class Numbers(Collector):
    """Everything of one deployment. Raises DatabaseError when the database is away; then there is no answer."""

    def __init__(self) -> None:
        self.tallies = Tallies()

    def collect(self) -> Iterator[Metric]:
        moment = now()
        yield from _queue(moment)
        yield from _sent(self.tallies.read())
        yield from _limits(moment.timestamp())
        yield from _stopped()
        yield from _signs_of_life(moment)
        yield from _other_work(moment)
        yield from _disk()


class Page:
    """The text of the page, made at most every few seconds."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(Numbers())
        ProcessCollector(registry=self._registry)  # of the process that answers, alone
        self._lock = threading.Lock()
        self._made_at, self._text = float("-inf"), b""

    def text(self) -> bytes:
        with self._lock:
            if time.monotonic() - self._made_at > KEPT:
                self._text, self._made_at = generate_latest(self._registry), time.monotonic()
            return self._text


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"publisher_{name}", words, value=value)


def _gauges(name: str, words: str, labels: list[str], rows: Iterable[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(f"publisher_{name}", words, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _queue(moment: datetime) -> Iterator[Metric]:
    waiting = Delivery.objects.filter(state=State.WAITING).aggregate(
        waiting_later=Count("pk", filter=Q(held="", due_at__gt=moment)),
        waiting_due=Count("pk", filter=Q(held="", due_at__lte=moment)),
        waiting_held=Count("pk", filter=~Q(held="")),
        put_off=Count("pk", filter=Q(held="", not_before__gt=moment)),
    )
    put_off = waiting.pop("put_off")
    rows = Delivery.objects.filter(state__in=WATCHED).values_list("state").annotate(Count("pk")).order_by()
    depth = dict.fromkeys(map(str, WATCHED), 0) | dict(rows) | waiting
    yield _gauges("deliveries", "Deliveries by state; held ones wait for a person.", ["state"], _by_one(depth))
    yield _gauge("deliveries_put_off", "Waiting deliveries that a limit or a failure put off for now.", put_off)
    late = status.overdue(moment).aggregate(number=Count("pk"), first=Min("due_at"))
    yield _gauge("overdue_deliveries", "Due for more than a minute though nothing holds them back.", late["number"])
    yield _gauge("oldest_overdue_seconds", "How long the oldest of them has been due.", _age(moment, late["first"]))
    unknown = Delivery.objects.filter(state=State.UNKNOWN).aggregate(first=Min("due_at"))["first"]
    yield _gauge("oldest_unknown_seconds", "How long ago the oldest unknown one was due.", _age(moment, unknown))


def _by_one(numbers: dict[str, int]) -> list[tuple[list[str], float]]:
    return [([key], number) for key, number in sorted(numbers.items())]


def _age(moment: datetime, since: datetime | None) -> float:
    return max((moment - since).total_seconds(), 0.0) if since else 0.0


def _sent(tally: Tally) -> Iterator[Metric]:
    words = (
        "Attempts that ended for good, by the error's kind. Unknown ones are not among them: they may turn into sent."
    )
    outcomes = CounterMetricFamily("publisher_attempts", words, labels=["account", "outcome"])
    for (account, outcome), number in sorted(tally.outcomes.items()):
        outcomes.add_metric([account, outcome], number)
    yield outcomes
    late = HistogramMetricFamily(
        "publisher_delivery_lateness_seconds",
        "From the planned moment to the platform's answer, of what went out by itself.",
        labels=["priority"],
    )
    for urgent, name in ((False, "ordinary"), (True, "urgent")):
        late.add_metric([name], _cumulative(tally, urgent), tally.late_sum[urgent])
    yield late


def _cumulative(tally: Tally, urgent: bool) -> list[tuple[str, float]]:
    found, total = [], 0
    for place, edge in enumerate([*map(str, BUCKETS), "+Inf"]):
        total += tally.late[urgent, place]
        found.append((edge, float(total)))
    return found


def _limits(at: float) -> Iterator[Metric]:
    """Chats are counted, never named: a WhatsApp target may be a person's number."""
    accounts = list(settings.CONFIG.accounts)
    rows = Bucket.objects.filter(Q(blocked_until__gt=at) | Q(full_at__gt=at)).values_list(
        "key", "full_at", "blocked_until"
    )
    found = list(rows)
    blocked = {key: until - at for key, _, until in found if until > at}
    booked = [(key, full - at) for key, full, _ in found if full > at]
    yield _gauges(
        "account_blocked_seconds",
        "How long the platform told the whole account to wait (429).",
        ["account"],
        [([account], blocked.get(f"account:{account}", 0.0)) for account in accounts],
    )
    yield _gauges(
        "chats_blocked",
        "Chats that the platform told to wait (429); the others go on.",
        ["account"],
        [([account], sum(key.startswith(f"chat:{account}:") for key in blocked)) for account in accounts],
    )
    yield _gauges(
        "account_pace_booked_seconds",
        "How far ahead the account's permitted pace is used up.",
        ["account"],
        [([a], max((s for key, s in booked if key.startswith(f"account:{a}:")), default=0.0)) for a in accounts],
    )


def _stopped() -> Iterator[Metric]:
    rows = Account.objects.filter(key__in=settings.CONFIG.accounts).values_list("key", "paused_at", "pause_reason")
    yield _gauges(
        "account_paused",
        "1: nothing goes out through the account. The reason is a code; by_person: somebody pressed stop.",
        ["account", "reason"],
        [([key, reason if paused_at else ""], float(paused_at is not None)) for key, paused_at, reason in rows],
    )
    silent = set(silence.known().values_list("account", flat=True))
    yield _gauges(
        "account_silent",
        "1: the platform does not answer, so it is left alone and asked again by itself (circuit breaker).",
        ["account"],
        [([account], float(account in silent)) for account in settings.CONFIG.accounts],
    )
    stops = [(stop.kind, stop.key) for stop in pauses.stops() if stop.kind != "account"]
    yield _gauges(
        "stopped",
        "1: stopped by people (all, a district) or fenced after a restore (restored).",
        ["kind", "key"],
        [([kind, key], 1.0) for kind, key in stops],
    )
    channels = Channel.objects.values_list("district").annotate(
        on=Count("pk", filter=Q(off_reason="")), off=Count("pk", filter=~Q(off_reason=""))
    )
    yield _gauges(
        "channels",
        "Channels by district; off: muted, or lost to us.",
        ["district", "state"],
        [
            ([district, state], number)
            for district, on, off in channels.order_by()
            for state, number in (("on", on), ("off", off))
        ],
    )


def _signs_of_life(moment: datetime) -> Iterator[Metric]:
    beats: dict[str, list[float]] = {"clock": [], "worker": []}
    for name, at in Heartbeat.objects.values_list("name", "at"):
        beats.setdefault(name.partition(":")[0], []).append(_age(moment, at))
    alive = status.STANDSTILL.total_seconds()
    yield _gauges(
        "heartbeat_age_seconds",
        "Since the last sign of life of the liveliest clock and worker; absent: none was ever heard of.",
        ["part"],
        [([part], min(ages)) for part, ages in sorted(beats.items()) if ages],
    )
    yield _gauges(
        "parts_alive",
        "Clocks and workers heard of within 45 seconds, on all machines.",
        ["part"],
        [([part], sum(age < alive for age in ages)) for part, ages in sorted(beats.items())],
    )


def _other_work(moment: datetime) -> Iterator[Metric]:
    jobs = RenderJob.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING, JobState.FAILED])
    states = {str(state): 0 for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)}
    states |= dict(jobs.values_list("state").annotate(Count("pk")).order_by())
    yield _gauges("render_jobs", "Films to be made, by state.", ["state"], _by_one(states))
    oldest = jobs.filter(state=JobState.QUEUED).aggregate(first=Min("order__created_at"))["first"]
    yield _gauge("oldest_render_job_seconds", "How long the oldest film has waited.", _age(moment, oldest))
    readings = Appointment.objects.filter(state=AppointmentState.WAITING, due_at__lte=moment).aggregate(
        number=Count("pk"), first=Min("due_at")
    )
    yield _gauge("readings_due", "Readings whose moment has come and that are not taken yet.", readings["number"])
    yield _gauge(
        "oldest_reading_due_seconds", "How long the oldest of them has been due.", _age(moment, readings["first"])
    )
    open_changes = [ChangeState.WAITING, ChangeState.DOING, ChangeState.BY_HAND]
    changes = dict.fromkeys(map(str, open_changes), 0)
    rows = Change.objects.filter(state__in=open_changes).values_list("state").annotate(Count("pk"))
    changes |= dict(rows.order_by())
    yield _gauges("changes", "Corrections, withdrawals and pins that are not done yet.", ["state"], _by_one(changes))


def _disk() -> Iterator[Metric]:
    """Of the machine that answers."""
    usage = shutil.disk_usage(settings.HOME.var)
    yield _gauge("disk_free_bytes", "Free space where the deployment's folder lies.", usage.free)
    made = [path.stat().st_mtime for path in settings.HOME.folder("backups").glob(BACKUPS)]
    if made:
        yield _gauge("backup_age_seconds", "Since the newest file in var/backups.", max(time.time() - max(made), 0.0))
    yield _gauges(
        "info",
        "Always 1; whether this is practice, and the kind of database.",
        ["practice", "database"],
        [([str(settings.CONFIG.practice).lower(), settings.CONFIG.database.partition(":")[0]], 1.0)],
    )
