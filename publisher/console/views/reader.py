"""The press-office account that reads Telegram's numbers: the notice, the switch, logging in by a code, logging out."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from publisher.compose.refusal import Refusal
from publisher.connectors.errors import ConnectorError
from publisher.connectors.telegram_login import Step
from publisher.console.access import needs
from publisher.console.proof import sure
from publisher.deliver.models import Account
from publisher.measure import reader, routes
from publisher.measure.models import ChannelStatistics, ReaderChannel, ReaderLogin, Watch
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.sentences import say


def facts(account: Account) -> dict[str, object]:
    """For the account's page."""
    now = timezone.now()
    rows = ReaderChannel.objects.filter(account=account).select_related("channel__district")
    return {
        "watch": Watch.objects.filter(pk=account.pk).first(),
        "login": ReaderLogin.objects.filter(pk=account.pk).first(),
        "trouble": routes.trouble_of(account.pk, now),
        "read": rows.order_by("channel__key"),
        "with_statistics": ChannelStatistics.objects.filter(channel__reader__account=account).count(),
        "now": now,
    }


def _account(key: str) -> Account:
    return get_object_or_404(Account, key=key, type=reader.TYPE, key__in=reader.accounts())


@require_POST
@needs(May.MANAGE)
@sure
def switch(request: HttpRequest, key: str) -> HttpResponse:
    account, on = _account(key), request.POST.get("on") == "yes"
    if on and request.POST.get("read") != "yes":
        messages.error(request, gettext("Tick that you have read the notice first."))
        return redirect("account", key)
    reader.switch(account, on, user_actor(request.user), timezone.now())
    words = gettext("Switched on. Now log in with a code.") if on else gettext("Reading by this account is off.")
    messages.success(request, words)
    return redirect("account", key)


@require_POST
@needs(May.MANAGE)
@never_cache
@sure
def code(request: HttpRequest, key: str) -> HttpResponse:
    """The code, and after it what became of it; the part of the page asks again by itself."""
    account = _account(key)
    try:
        step = reader.log_in_step(account.pk, user_actor(request.user), timezone.now())
    except (ConnectorError, Refusal) as error:
        reader.give_up(account.pk)
        return _step(request, account, why=_why(error))
    return _shown(request, account, step)


def _why(error: ConnectorError | Refusal) -> object:
    return error.sentence if isinstance(error, Refusal) else say(error.reason)


def _shown(request: HttpRequest, account: Account, step: Step) -> HttpResponse:
    if step.state == "done":
        messages.success(request, gettext("Logged in as %(name)s. The first numbers come soon.") % {"name": step.name})
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    picture = segno.make(step.url, micro=False).svg_data_uri(scale=5, border=2) if step.url else ""
    return _step(request, account, step=step, picture=picture)


def _step(request: HttpRequest, account: Account, **more: object) -> HttpResponse:
    return render(request, "console/_reader_step.html", {"account": account, **more})


@require_POST
@needs(May.MANAGE)
@never_cache
@sensitive_post_parameters("cloud_password")
@sure
def password(request: HttpRequest, key: str) -> HttpResponse:
    """The account's own second step. It is handed on and kept nowhere."""
    account, given = _account(key), request.POST.get("cloud_password", "")
    try:
        step = reader.password_step(account.pk, given, user_actor(request.user), timezone.now())
    except (ConnectorError, Refusal) as error:
        again = getattr(error, "reason", "") == "session_password_wrong"
        if not again:
            reader.give_up(account.pk)
        return _step(request, account, why=_why(error), step=Step("password", "") if again else None)
    return _shown(request, account, step)


@require_POST
@needs(May.MANAGE)
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """A log-in half made is thrown away."""
    reader.give_up(_account(key).pk)
    return redirect("account", key)


@require_POST
@needs(May.MANAGE)
@sure
def out(request: HttpRequest, key: str) -> HttpResponse:
    account = _account(key)
    try:
        reader.log_out(account.pk, user_actor(request.user))
    except ConnectorError as error:
        words = gettext("Logged out here. Telegram could not be told: end this device in Telegram's own settings.")
        messages.warning(request, f"{words} {say(error.reason)}")
    else:
        messages.success(request, gettext("Logged out; nothing of the log-in is kept."))
    return redirect("account", key)
