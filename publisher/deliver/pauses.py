"""The stop button: everything, one district, or one account. What is due meanwhile waits until a person decides.

A stop is never followed by a flood: on resume everything whose moment has passed is held, and nothing of it goes out
until somebody says for each post whether to send it, move it or drop it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from publisher.compose.refusal import Refusal
from publisher.deliver import deployment
from publisher.deliver.border import now
from publisher.deliver.consent import refuse_unaccepted
from publisher.deliver.models import Account, Attempt, Delivery, Pause, State
from publisher.people.audit import SYSTEM, Actor, note
from publisher.people.models import District

EVERYTHING, RESTORED = "all", "restored"
HELD = {RESTORED: "restored"}
"""The sentence's code for what is held after a stop; otherwise `paused_meanwhile`."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What people stopped, read once for a pass. An account's own stop is on its row."""

    everything: bool
    districts: frozenset[str]

    def __bool__(self) -> bool:
        return self.everything or bool(self.districts)

    def open(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The deliveries that no stop holds back."""
        if self.everything:
            return rows.none()
        if not self.districts:
            return rows
        return rows.exclude(post__district__in=self.districts).exclude(channel__district__in=self.districts)


def current() -> Stopped:
    scopes = set(Pause.objects.values_list("scope", flat=True))
    districts = frozenset(key for kind, _, key in (scope.partition(":") for scope in scopes) if kind == "district")
    return Stopped(bool(scopes & {EVERYTHING, RESTORED}), districts)


def holds_back(delivery_id: int) -> bool:
    """A stop that came between the claim and the request."""
    stopped = current()
    return bool(stopped) and not stopped.open(Delivery.objects.filter(pk=delivery_id)).exists()


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop as people see it. `reason` is their own words; `code` a sentence's, where the program stopped."""

    scope: str
    key: str
    reason: str
    code: str
    by: str
    since: datetime

    @property
    def kind(self) -> str:
        return self.scope.partition(":")[0]


def stops(districts: Collection[str] | None = None) -> list[Stop]:
    """Everything that stands still by a person's will, for the people of some districts or for all."""
    rows = Pause.objects.order_by("at")
    shared = {EVERYTHING, RESTORED}
    mine = [row for row in rows if districts is None or row.scope in shared | {_district(key) for key in districts}]
    found = [
        Stop(row.scope, row.scope.partition(":")[2], row.reason, HELD.get(row.scope, ""), row.by, row.at)
        for row in mine
    ]
    accounts = Account.objects.exclude(paused_at=None).filter(key__in=settings.CONFIG.accounts).order_by("key")
    for account in accounts:
        by_person = account.pause_reason == "by_person"
        reason, code = (account.pause_detail, "") if by_person else ("", account.pause_reason)
        if account.paused_at:
            found.append(
                Stop(f"account:{account.key}", account.key, reason, code, account.paused_by, account.paused_at)
            )
    return found


def _district(key: str) -> str:
    return f"district:{key}"


def stop(scope: str, reason: str, actor: Actor) -> None:
    """`scope`: all, district:KEY or account:KEY. What a worker has taken but not begun is taken back."""
    if not reason.strip():
        raise Refusal("reason_missing")
    with transaction.atomic():
        _begin(scope, reason.strip(), actor, now())
        take_back(Delivery.objects.filter(_rows(scope)))
        note(actor, "stopped", scope, district=_district_of(scope), reason=reason.strip())


def _begin(scope: str, reason: str, actor: Actor, moment: datetime) -> None:
    kind, _, key = scope.partition(":")
    if kind == "account":
        fields = {"pause_reason": "by_person", "pause_detail": reason, "paused_by": actor.name}
        Account.objects.filter(pk=key).update(paused_at=moment, **fields)
    else:
        Pause.objects.update_or_create(scope=scope, defaults={"reason": reason, "by": actor.name, "at": moment})


def fence_a_copy() -> None:
    """At every start: a restored or copied database sends nothing until a person confirms it."""
    if not deployment.is_ours() and not Pause.objects.filter(scope=RESTORED).exists():
        fence("The database was restored or copied.", SYSTEM)


def fence(reason: str, actor: Actor) -> None:
    """Nothing goes out until a person confirms that the original does not run any more."""
    with transaction.atomic():
        _begin(RESTORED, reason, actor, now())
        take_back(Delivery.objects.filter(_rows(RESTORED)))
        note(actor, "stopped", RESTORED, reason=reason)


def resume(scope: str, actor: Actor) -> int:
    """Go on; returns how many deliveries are held for a person, because their moment came during the stop."""
    kind, _, key = scope.partition(":")
    with transaction.atomic():
        held, before = 0, _why_stopped(scope)
        if kind == "account":
            refuse_unaccepted(key)
            ended = Account.objects.filter(pk=key).exclude(paused_at=None)
            changed = ended.update(paused_at=None, pause_reason="", pause_detail="", paused_by="")
        else:
            changed = Pause.objects.filter(scope=scope).delete()[0]
        if changed:
            held = _hold(scope, now())
            note(actor, "resumed", scope, district=_district_of(scope), before=before, held=held)
    if changed and scope == RESTORED:
        deployment.confirm()  # last: should we die before it, the next start asks again
    return held


def _why_stopped(scope: str) -> dict[str, str]:
    """For the audit trail: the stop that ends now."""
    return next(({"reason": stop.reason, "by": stop.by} for stop in stops() if stop.scope == scope), {})


def _hold(scope: str, moment: datetime) -> int:
    late = Delivery.objects.filter(_rows(scope), state=State.WAITING, held="", due_at__lte=moment)
    return late.update(held=HELD.get(scope, "paused_meanwhile"))


def take_back(rows: QuerySet[Delivery]) -> None:
    """Nothing of these has left: whoever holds one finds at `begin` that it is not theirs any more."""
    for row in rows.filter(state=State.CLAIMED):
        mine = Delivery.objects.filter(pk=row.pk, state=State.CLAIMED, attempts_made=row.attempts_made)
        if mine.update(state=State.WAITING, lease_until=None, worker=""):
            last = Attempt.objects.filter(delivery=row, number=row.attempts_made)
            last.update(ended_at=now(), outcome="taken_back")


def _rows(scope: str) -> Q:
    kind, _, key = scope.partition(":")
    if kind == "account":
        return Q(channel__account=key)
    return Q(post__district=key) | Q(channel__district=key) if kind == "district" else Q()


def _district_of(scope: str) -> District | None:
    kind, _, key = scope.partition(":")
    return District.objects.filter(pk=key).first() if kind == "district" else None


def waiting_behind(scope: str) -> tuple[int, int]:
    """How many deliveries wait behind a stop: all of them, and those whose moment has passed."""
    rows = Delivery.objects.filter(_rows(scope), state=State.WAITING, held="")
    return rows.count(), rows.filter(due_at__lte=now()).count()


# What was held


def backlog(districts: Collection[str] | None = None) -> QuerySet[Delivery]:
    """Held after a stop, until a person decides."""
    rows = Delivery.objects.filter(state=State.WAITING).exclude(held="")
    rows = rows if districts is None else rows.filter(post__district__in=districts)
    return rows.select_related("post__district", "channel__account").order_by("due_at", "id")


def send_now(rows: QuerySet[Delivery], actor: Actor) -> int:
    """They go out as if they were due now."""
    return _decide(rows, "sent_anyway", actor, late_ok=True)


def move(rows: QuerySet[Delivery], due_at: datetime, actor: Actor) -> int:
    if due_at <= now():
        raise Refusal("in_the_past", at=due_at.strftime("%d.%m.%Y %H:%M"))
    over = rows.filter(expires_at__lte=due_at).order_by("expires_at").first()
    if over and over.expires_at:
        end = over.expires_at.astimezone(over.post.district.zone)
        raise Refusal("after_its_end", at=end.strftime("%d.%m.%Y %H:%M"))
    return _decide(rows, "moved", actor, due_at=due_at)


def drop(rows: QuerySet[Delivery], actor: Actor) -> int:
    return _decide(rows, "dropped", actor, state=State.CANCELLED)


def _decide(rows: QuerySet[Delivery], verb: str, actor: Actor, **fields: object) -> int:
    with transaction.atomic():
        found: Sequence[Delivery] = list(rows)
        mine = Delivery.objects.filter(pk__in=[row.pk for row in found], state=State.WAITING).exclude(held="")
        changed = mine.update(held="", not_before=None, **fields)
        for post in {row.post_id: row.post for row in found}.values():
            keys = sorted({row.channel.key for row in found if row.post_id == post.pk})
            note(actor, verb, f"post:{post.pk}", district=post.district, channels=keys)
    return changed
