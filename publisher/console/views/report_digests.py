"""Weekly digests: who gets them, a sample at once, what became of the last ones."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.connectors.errors import ConnectorError
from publisher.console.access import needs
from publisher.console.forms.digests import DigestForm
from publisher.deliver import channels
from publisher.people.access import May, everywhere, reach
from publisher.people.audit import user_actor
from publisher.people.models import User
from publisher.report import digests
from publisher.report.digests_models import Digest, Road, Subscription
from publisher.report.digests_sending import account_for

LAST = 6  # digests of a reader that the page shows


def within_reach(user: User) -> QuerySet[Subscription]:
    """A district's people see that district's readers; a region's also the region's own; the rest sees all."""
    rows = Subscription.objects.select_related("district", "region")
    if everywhere(user):
        return rows
    mine = rows.filter(district__in=reach(user) or ())
    return mine | rows.filter(region=user.region) if user.region_id else mine


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, DigestForm(None, request.user))


def _page(request: HttpRequest, form: DigestForm, **more: object) -> HttpResponse:
    readers = list(within_reach(request.user))
    given = {
        "readers": [(reader, _last(reader)) for reader in readers],
        "doubts": digests.in_doubt(readers),
        "form": form,
        "mail": settings.CONFIG.mail is not None or settings.CONFIG.practice,
        **more,
    }
    return render(request, "console/report_digests.html", given, status=422 if form.is_bound else 200)


def _last(reader: Subscription) -> list[Digest]:
    return list(reader.digests.order_by("-id")[:LAST])


@require_POST
@needs(May.APPROVE)
def add(request: HttpRequest) -> HttpResponse:
    form = DigestForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form)
    reader = digests.subscribe(form.subscription(), user_actor(request.user))
    if reader.reachable:
        messages.success(request, gettext("Added. Send a sample now, to see that it arrives."))
        return redirect("report_digests")
    return _connect(request, reader)


@require_POST
@needs(May.APPROVE)
def connect(request: HttpRequest, pk: int) -> HttpResponse:
    """A link with which the reader opens the bot on their own phone. An earlier one stops working."""
    reader = _reader(request, pk)
    if reader.road != Road.TELEGRAM:
        raise Http404
    digests.forget_chat(reader, user_actor(request.user))
    return _connect(request, reader)


def _connect(request: HttpRequest, reader: Subscription) -> HttpResponse:
    account = account_for(reader.district)
    try:
        found = async_to_sync(channels.look_up)(account.key, "") if account else None
    except ConnectorError:
        found = None
    if not found or not found.url:
        messages.error(request, gettext("The Telegram bot does not answer now. Try again later, or use e-mail."))
        return redirect("report_digests")
    bot = found.url.rstrip("/").rsplit("/", 1)[-1]
    link = f"https://t.me/{bot}?start={reader.start_code}"
    return _page(request, DigestForm(None, request.user), connecting=reader, link=link)


@require_POST
@needs(May.APPROVE)
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    reader = _reader(request, pk)
    if not reader.reachable:
        messages.error(request, gettext("%(name)s is not connected yet: there is nowhere to send it.")
                       % {"name": reader})  # fmt: skip
    else:
        digests.ask_sample(reader, user_actor(request.user))
        messages.success(request, gettext("A sample goes out to %(name)s within a minute.") % {"name": reader})
    return redirect("report_digests")


@require_POST
@needs(May.APPROVE)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    reader, on = _reader(request, pk), request.POST.get("on") == "yes"
    digests.switch(reader, on, user_actor(request.user))
    words = gettext("%(name)s gets the digest again.") if on else gettext("%(name)s gets no digest any more.")
    messages.success(request, words % {"name": reader})
    return redirect("report_digests")


@require_POST
@needs(May.APPROVE)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """A person looked whether it is there."""
    row = get_object_or_404(Digest, pk=pk, subscription__in=within_reach(request.user))
    arrived = request.POST.get("arrived") == "yes"
    if digests.settle(row, arrived=arrived, actor=user_actor(request.user)):
        words = gettext("Noted: it arrived.") if arrived else gettext("It is sent again within a minute.")
        messages.success(request, words)
    return redirect("report_digests")


def _reader(request: HttpRequest, pk: int) -> Subscription:
    return get_object_or_404(within_reach(request.user), pk=pk)
