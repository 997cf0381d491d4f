"""The practice chats as residents see them, also from another computer: the practice server itself is local only."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from publisher.console.access import needs
from publisher.people.access import May

PASSED = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json")
PASSED += ("image/", "video/", "font/")
PATIENCE = 5.0  # seconds


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest, path: str = "") -> HttpResponse:
    if not settings.CONFIG.practice or ".." in path.split("/"):
        raise Http404
    port = settings.CONFIG.server.practice_port
    address = f"http://127.0.0.1:{port}/practice/{quote(path)}"
    try:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            answer = client.get(address, params=request.GET.dict(), headers=_passed_on(request))
    except httpx.HTTPError:
        return render(request, "console/practice_closed.html", status=503)
    kind = answer.headers.get("Content-Type", "")
    if not kind.startswith(PASSED):
        raise Http404
    response = HttpResponse(answer.content, status=answer.status_code, content_type=kind)
    for name in ("Content-Range", "Accept-Ranges", "Cache-Control"):
        if name in answer.headers:
            response[name] = answer.headers[name]
    return response


def _passed_on(request: HttpRequest) -> dict[str, str]:
    names = ("Range", "HX-Request", "Accept-Language")
    return {name: request.headers[name] for name in names if name in request.headers}
