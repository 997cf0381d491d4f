"""The practice chats as residents see them, also from another computer: the practice server itself is local only."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from publisher.console.access import needs
from publisher.people.access import May

PASSED = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json")
PASSED += ("image/", "video/", "font/")
PATIENCE = 5.0  # seconds


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    if not settings.CONFIG.practice:
        raise Http404
    return render(request, "console/practice.html")


@require_safe
@needs(May.VIEW)
@xframe_options_sameorigin
def phones(request: HttpRequest, path: str = "") -> HttpResponse:
    """What the practice server shows, in a frame of the page above."""
    if not settings.CONFIG.practice or ".." in path.split("/"):
        raise Http404
    port = settings.CONFIG.server.practice_port
    address = f"http://127.0.0.1:{port}/practice/{quote(path)}"
    try:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            answer = client.get(
                address, params={"lang": request.LANGUAGE_CODE, **request.GET.dict()}, headers=_passed_on(request)
            )
    except httpx.HTTPError:
        return _framed(render(request, "console/practice_closed.html", status=503))
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code != 304 and not kind.startswith(PASSED):
        raise Http404
    response = HttpResponse(answer.content, status=answer.status_code, content_type=kind)
    for name in ("Content-Range", "Accept-Ranges", "Cache-Control", "ETag"):
        if name in answer.headers:
            response[name] = answer.headers[name]
    return _framed(response)


def _framed(response: HttpResponse) -> HttpResponse:
    """As strict as every page, but it may stand in a frame of ours."""
    response["Content-Security-Policy"] = (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    return response


def _passed_on(request: HttpRequest) -> dict[str, str]:
    names = ("Range", "If-None-Match", "Accept-Language")
    return {name: request.headers[name] for name in names if name in request.headers}
