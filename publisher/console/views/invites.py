"""Invitations to a channel: an address of the platform's own for each poster, with a code to print and a count."""

from __future__ import annotations

import io

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.connectors.errors import ConnectorError
from publisher.console.access import needs, within
from publisher.deliver.models import Channel
from publisher.measure import joining
from publisher.measure.models import InviteLink
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.sentences import say


def _channel(request: HttpRequest, pk: int) -> Channel:
    return within(request, Channel.objects.select_related("account", "district"), pk=pk)


def _invite(request: HttpRequest, pk: int, invite: int) -> InviteLink:
    return get_object_or_404(
        InviteLink.objects.select_related("channel__district"), pk=invite, channel=_channel(request, pk)
    )


@require_POST
@needs(May.WRITE)
def add(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    try:
        joining.make(channel, request.POST.get("label", ""), user_actor(request.user))
    except ConnectorError as error:
        messages.error(request, str(say(error.reason, getattr(error, "values", None))))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("The invitation is made. Its code can be printed."))
    return redirect("channel", pk)


@require_safe
@needs(May.VIEW)
def code(request: HttpRequest, pk: int, invite: int, kind: str) -> HttpResponse:
    link = _invite(request, pk, invite)
    if kind not in ("svg", "png"):
        raise Http404
    drawn, mime = io.BytesIO(), "image/png" if kind == "png" else "image/svg+xml"
    segno.make(link.url, error="m").save(drawn, kind=kind, scale=12, border=4)
    reply = HttpResponse(drawn.getvalue(), content_type=mime)
    reply["Content-Disposition"] = f'attachment; filename="invite-{link.pk}.{kind}"'
    return reply


@require_POST
@needs(May.WRITE)
def end(request: HttpRequest, pk: int, invite: int) -> HttpResponse:
    link = _invite(request, pk, invite)
    try:
        joining.end(link, user_actor(request.user))
    except ConnectorError as error:
        messages.error(request, str(say(error.reason, getattr(error, "values", None))))
    else:
        messages.success(request, gettext("Nobody gets in by this invitation any more."))
    return redirect("channel", pk)
