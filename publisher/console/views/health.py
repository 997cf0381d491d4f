"""For a watchman outside: does the program do its work, may it, and in numbers. Tells no secret."""

from __future__ import annotations

import ipaddress
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from publisher import metrics as numbers
from publisher import readiness
from publisher.deliver import status

PROXIED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
page = numbers.Page()


@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    try:
        health = status.health()
    except DatabaseError:
        return JsonResponse({"ok": False, "problems": ["database"], "overdue": None}, status=503)
    body = {
        "ok": health.ok,
        "problems": list(health.problems),
        "overdue": health.overdue,
        "paused": list(health.paused),
    }
    return JsonResponse(body, status=200 if health.ok else 503)


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Not for taking the console out of a proxy: a restored copy is not ready until somebody opens the console."""
    checks = readiness.checks()
    ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """With the token of config.yaml; where there is none, to this very computer alone."""
    token = settings.CONFIG.metrics.token.get_secret_value()
    if token and not _knows(request, token):
        refused = HttpResponse("A token is needed.\n", "text/plain", status=401)
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    if not token and not _from_this_computer(request):
        return HttpResponse("Set metrics: token: in config.yaml to read this from elsewhere.\n", "text/plain", 403)
    try:
        return HttpResponse(page.text(), numbers.CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", "text/plain", 503)


def _knows(request: HttpRequest, token: str) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())


def _from_this_computer(request: HttpRequest) -> bool:
    """A proxy on this computer brings the whole world from 127.0.0.1: its headers and the name asked for tell."""
    if any(header in request.headers for header in PROXIED):
        return False
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return _loopback(request.META.get("REMOTE_ADDR", "")) and (host == "localhost" or _loopback(host.strip("[]")))


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
