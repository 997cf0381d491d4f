"""For a watchman outside: does the program do its work? Tells no secret."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from publisher.deliver import status


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
