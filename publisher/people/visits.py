"""Log-ins that last: on which device, since when; ending one from another place, and after its time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from publisher.people import throttle
from publisher.people.audit import Actor, note
from publisher.people.models import User, Visit

log = logging.getLogger(__name__)
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last used" is kept
# The first that fits; Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("YaBrowser", "Yandex Browser"), ("Firefox", "Firefox"))
BROWSERS += (("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
SYSTEMS += (("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))


def begin(user: User, session_key: str, agent: str, address: str | None) -> Visit:
    now = timezone.now()
    _tidy(now)
    visit, _new = Visit.objects.update_or_create(
        session_key=session_key,
        defaults={"user": user, "began_at": now, "seen_at": now, "device": device_of(agent), "address": address},
    )
    return visit


def of(user: User) -> QuerySet[Visit]:
    return Visit.objects.filter(
        user=user, began_at__gt=timezone.now() - _longest(), seen_at__gt=timezone.now() - _idle()
    )


def is_over(visit: Visit) -> bool:
    """A visit ends after its hours, and earlier when nobody does anything."""
    now = timezone.now()
    return now > visit.began_at + _longest() or now > visit.seen_at + _idle()


def seen(visit: Visit) -> None:
    """A database that cannot write just now must not keep anybody from a page that only reads."""
    now = timezone.now()
    if now > visit.seen_at + SEEN_EVERY:
        try:
            Visit.objects.filter(pk=visit.pk).update(seen_at=now)
        except DatabaseError:
            log.warning("The visit %s was not noted.", visit.pk)


def end(visit: Visit, actor: Actor) -> None:
    _end([visit])
    user = visit.user
    note(actor, "signed_out_there", f"user:{user.username}", district=user.district, device=visit.device)


def end_others(user: User, session_key: str | None) -> int:
    """All but this one; all of them with None."""
    others = list(Visit.objects.filter(user=user).exclude(session_key=session_key or ""))
    _end(others)
    return len(others)


def renamed(before: str | None, after: str) -> None:
    """Django gives a session a new key when the password changes; it stays the same visit."""
    Visit.objects.filter(session_key=before or "").update(session_key=after)


def forget(session_key: str | None) -> None:
    Visit.objects.filter(session_key=session_key or "").delete()


def _end(rows: list[Visit]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in rows:
        store(row.session_key).delete()
    Visit.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _tidy(now: datetime) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    _end(list(Visit.objects.filter(began_at__lt=now - _longest())))  # with its session, or it would begin anew
    throttle.forget_old()


def _longest() -> timedelta:
    return timedelta(hours=settings.CONFIG.security.session_hours)


def _idle() -> timedelta:
    return timedelta(minutes=settings.CONFIG.security.idle_minutes)


def device_of(agent: str) -> str:
    """“Chrome, Windows”: enough for people to know their own devices by."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(word for word in (browser, system) if word) or "?"
