"""What happens at every log-in and log-out, whichever way it came about."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from publisher.console.proof import now_fresh
from publisher.people import visits
from publisher.people.models import User


@receiver(user_logged_in)
def arrived(request: HttpRequest, user: User, **_: Any) -> None:
    if not request.session.session_key:
        request.session.create()
    now_fresh(request)
    visits.begin(user, request.session.session_key, request.META.get("HTTP_USER_AGENT", ""), address_of(request))


@receiver(user_logged_out)
def left(request: HttpRequest, **_: Any) -> None:
    visits.forget(request.session.session_key)


def address_of(request: HttpRequest) -> str | None:
    """uvicorn puts the real one there when a proxy is trusted."""
    return request.META.get("REMOTE_ADDR") or None
