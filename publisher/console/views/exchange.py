"""What other programs get: tokens, events, feeds; and each person's own calendar address."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.api import tokens, webhooks
from publisher.api.models import CalendarKey, OutState, Token, Webhook
from publisher.compose.refusal import Refusal
from publisher.console.access import needs, own_account
from publisher.console.forms.exchange import TokenForm, WebhookForm
from publisher.console.proof import sure
from publisher.people.access import May, reach
from publisher.people.audit import user_actor
from publisher.people.models import User


def _mine(user: User, rows: QuerySet) -> QuerySet:  # type: ignore[type-arg]
    """Those of the person's own districts; one of all districts is for whoever works for all."""
    keys = reach(user)
    if keys is None:
        return rows
    return rows.filter(Q(district__in=keys) | Q(region=user.region_id, region__isnull=False))


@require_safe
@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, TokenForm(None, request.user), WebhookForm(None, request.user))


def _page(
    request: HttpRequest, token_form: TokenForm, hook_form: WebhookForm, shown: str = "", what: str = ""
) -> HttpResponse:
    dead, waiting = Q(rows__state=OutState.DEAD), Q(rows__state=OutState.WAITING)
    hooks = Webhook.objects.select_related("district", "region")
    facts = {
        "tokens": _mine(request.user, Token.objects.filter(revoked_at=None).select_related("district", "region")),
        "hooks": _mine(request.user, hooks).annotate(
            dead=Count("rows", filter=dead), waiting=Count("rows", filter=waiting)
        ),
        "token_form": token_form,
        "hook_form": hook_form,
        "shown": shown,
        "what": what,
        "base": settings.CONFIG.site.public_url.rstrip("/"),
        "embed_on": settings.CONFIG.interface.embed_on,
    }
    response = render(request, "console/exchange.html", facts)
    if shown:
        response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs(May.MANAGE)
@sure
def token_add(request: HttpRequest) -> HttpResponse:
    """It is shown on this page only: we keep nothing but its hash."""
    form = TokenForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form, WebhookForm(None, request.user))
    data = form.cleaned_data
    actor = user_actor(request.user)
    _row, given = tokens.make(data["name"], data["scopes"], actor, data["district"], data["region"])
    return _page(request, TokenForm(None, request.user), WebhookForm(None, request.user), given, "token")


@require_POST
@needs(May.MANAGE)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    tokens.revoke(get_object_or_404(_mine(request.user, Token.objects.all()), pk=pk), user_actor(request.user))
    messages.success(request, gettext("Revoked. The program that used it gets no answer any more."))
    return redirect("exchange")


@require_POST
@needs(May.MANAGE)
@sure
def hook_add(request: HttpRequest) -> HttpResponse:
    form = WebhookForm(request.POST, request.user)
    if form.is_valid():
        data = form.cleaned_data
        actor = user_actor(request.user)
        try:
            _row, secret = webhooks.make(
                data["name"], data["url"], data["events"], actor, data["district"], data["region"]
            )
        except Refusal as refusal:
            form.add_error("url", str(refusal))
        else:
            return _page(request, TokenForm(None, request.user), WebhookForm(None, request.user), secret, "hook")
    return _page(request, TokenForm(None, request.user), form)


def _hook(request: HttpRequest, pk: int) -> Webhook:
    found: Webhook = get_object_or_404(_mine(request.user, Webhook.objects.all()), pk=pk)
    return found


@require_POST
@needs(May.MANAGE)
def hook_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    webhooks.switch(_hook(request, pk), on, user_actor(request.user))
    messages.success(request, gettext("Switched on.") if on else gettext("Switched off."))
    return redirect("exchange")


@require_POST
@needs(May.MANAGE)
def hook_again(request: HttpRequest, pk: int) -> HttpResponse:
    number = webhooks.again(_hook(request, pk), user_actor(request.user))
    words = ngettext("%(n)s event is tried again.", "%(n)s events are tried again.", number)
    messages.success(request, words % {"n": number})
    return redirect("exchange")


@own_account
def calendar_key(request: HttpRequest) -> HttpResponse:
    """The address of one's own calendar for a phone or an office program; a new one makes the earlier void."""
    address = ""
    if request.method == "POST":
        key = tokens.calendar_key(request.user, user_actor(request.user))
        address = f"{settings.CONFIG.site.public_url.rstrip('/')}{reverse('feed_calendar', args=[key])}"
    known = CalendarKey.objects.filter(user=request.user).first()
    response = render(request, "console/calendar_key.html", {"address": address, "known": known})
    response["Cache-Control"] = "no-store"
    return response
