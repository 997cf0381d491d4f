"""What happens at every log-in and log-out, whichever way it came about."""

from __future__ import annotations

import logging
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from publisher.console.proof import now_fresh
from publisher.people import visits
from publisher.people.audit import SYSTEM, note
from publisher.people.models import User

log = logging.getLogger(__name__)


@receiver(user_logged_in)
def arrived(request: HttpRequest, user: User, **_: Any) -> None:
    if not request.session.session_key:
        request.session.create()
    now_fresh(request)
    visits.begin(user, request.session.session_key, request.META.get("HTTP_USER_AGENT", ""), address_of(request))


@receiver(user_logged_out)
def left(request: HttpRequest, **_: Any) -> None:
    visits.forget(request.session.session_key)


@receiver(user_login_failed)
def refused(request: HttpRequest | None = None, credentials: dict[str, Any] | None = None, **_: Any) -> None:
    """Whose account it was; a name that nobody has is not written down, since it may be a password typed too early."""
    person = _known((credentials or {}).get("username"))
    who = f"person {person.pk}" if person else "an unknown name"
    log.warning("Log-in refused: %s from %s", who, address_of(request) if request else "?")


@receiver(user_locked_out)
def locked_out(request: HttpRequest, username: str = "", ip_address: str = "", **_: Any) -> None:
    person = _known(username)
    if person:
        note(SYSTEM, "locked_out", f"user:{person.username}", district=person.district, address=str(ip_address))


def _known(username: object) -> User | None:
    return User.objects.filter(username__iexact=str(username or "")).select_related("district").first()


def address_of(request: HttpRequest) -> str | None:
    """uvicorn puts the real one there when a proxy is trusted."""
    return request.META.get("REMOTE_ADDR") or None
