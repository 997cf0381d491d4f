"""What platforms tell of their own accord. Public, so nothing is believed before the signature is checked."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from publisher.connectors.base import Hears, Hook
from publisher.connectors.errors import ConnectorError
from publisher.deliver import events
from publisher.deliver.channels import connector_for

LARGEST = 1_000_000  # bytes; the platforms' own are a few kilobytes
log = logging.getLogger(__name__)


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "POST"])
def whatsapp(request: HttpRequest, account_key: str) -> HttpResponse:
    if account_key not in settings.CONFIG.accounts:
        raise Http404
    connector = connector_for(account_key)
    if not isinstance(connector, Hears):
        raise Http404
    return _challenge(request, connector) if request.method == "GET" else _take(request, account_key, connector)


def _challenge(request: HttpRequest, connector: Hears) -> HttpResponse:
    try:
        return HttpResponse(connector.answer_challenge(request.GET.dict()), content_type="text/plain")
    except ConnectorError:
        return HttpResponse(status=403)


def _take(request: HttpRequest, account_key: str, connector: Hears) -> HttpResponse:
    """The answer is quick and empty: a platform that waits sends everything again."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        told = connector.hear(Hook(request.body, dict(request.headers)))
    except ConnectorError as error:
        log.warning("A webhook for %s was turned away: %s", account_key, error.reason)
        return HttpResponse(status=403)
    events.record(account_key, told)
    return HttpResponse(status=200)
