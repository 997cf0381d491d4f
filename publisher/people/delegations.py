"""Substitutes for holidays: who approves in whose place, from which day to which."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.people.audit import Actor, note
from publisher.people.models import Delegation, User

LONGEST = timedelta(days=62)


def today_of(user: User) -> date:
    """By the clock of the person's district."""
    zone = user.district.zone if user.district_id else ZoneInfo(settings.CONFIG.site.time_zone)
    return timezone.now().astimezone(zone).date()


def now_for(substitute: User) -> list[Delegation]:
    """Those that hold today. Asked several times for one page, so the answer is kept with the person's object."""
    kept = getattr(substitute, "_stands_in_now", None)
    if kept is None:
        rows = Delegation.objects.filter(substitute=substitute, ended_at=None).select_related("who__district")
        kept = [row for row in rows.filter(to_day__gte=_yesterday()) if holds(row)]
        substitute._stands_in_now = kept
    return kept


def _yesterday() -> date:
    """Somewhere on earth it is still yesterday; `holds` looks exactly."""
    return timezone.now().date() - timedelta(days=1)


def holds(row: Delegation) -> bool:
    return row.ended_at is None and row.from_day <= today_of(row.who) <= row.to_day


def is_to_come(row: Delegation) -> bool:
    return row.ended_at is None and today_of(row.who) < row.from_day


def flaw(who: User, substitute: User, from_day: date, to_day: date) -> str:
    """A sentence code, or nothing. Who may be chosen at all is the form's matter."""
    if to_day < from_day or to_day < today_of(who):
        return "days_backwards"
    if to_day - from_day > LONGEST:
        return "too_long_away"
    if who.pk == substitute.pk:
        return "own_substitute"
    others = who.delegations.filter(ended_at=None, from_day__lte=to_day, to_day__gte=from_day)
    return "substitute_already" if others.exists() else ""


def make(who: User, substitute: User, from_day: date, to_day: date, actor: Actor) -> Delegation:
    with transaction.atomic():
        row = Delegation.objects.create(
            who=who, substitute=substitute, from_day=from_day, to_day=to_day, made_by=actor.name
        )
        _note(row, "delegated", actor)
    return row


def end(row: Delegation, actor: Actor) -> None:
    """At once; what the substitute approved until now stays approved."""
    with transaction.atomic():
        if Delegation.objects.filter(pk=row.pk, ended_at=None).update(ended_at=timezone.now()):
            _note(row, "delegation_ended", actor)


def _note(row: Delegation, verb: str, actor: Actor) -> None:
    note(
        actor,
        verb,
        f"user:{row.who.username}",
        district=row.who.district,
        substitute=row.substitute.username,
        from_day=row.from_day,
        to_day=row.to_day,
    )
