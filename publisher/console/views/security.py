"""The own account's safety: second factor, recovery codes, where one is logged in."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from publisher.console.access import own_account
from publisher.console.forms.session import AppForm, PasskeyNameForm
from publisher.console.proof import passkey_answer, remember, site_of, sure
from publisher.people import factors, passkeys, visits
from publisher.people.audit import user_actor
from publisher.people.models import Factor, Visit


@require_safe
@own_account
def show(request: HttpRequest) -> HttpResponse:
    user = request.user
    facts = {
        "factors": user.second_factors.all(),
        "has_app": user.second_factors.filter(kind=Factor.APP).exists(),
        "codes_left": factors.recovery_codes_left(user),
        "must_have": factors.must_have(user),
        "passkeys": site_of(request).possible,
        "passkey_form": PasskeyNameForm(),
        "visits": visits.of(user),
        "here": request.session.session_key,
    }
    return render(request, "console/security.html", facts)


@own_account
@never_cache
@sensitive_post_parameters("code")
@sure
def app(request: HttpRequest) -> HttpResponse:
    """The secret stays in the session until the app has shown that it knows it."""
    secret = request.session.setdefault("new_secret", factors.new_secret())
    form = AppForm(request.POST if request.POST.get("app_code") else None)
    if form.is_valid():
        if factors.set_app(request.user, secret, form.cleaned_data["app_code"], user_actor(request.user)):
            del request.session["new_secret"]
            return _added(request)
        form.add_error("app_code", gettext("This code is not right. Is the phone's clock right? Try the next code."))
    code = segno.make(factors.app_address(request.user, secret), micro=False)
    facts = {"form": form, "secret": secret, "picture": code.svg_data_uri(scale=5, border=2)}
    return render(request, "console/security_app.html", facts)


def _added(request: HttpRequest) -> HttpResponse:
    """With the first second factor come the codes for the day it is lost; other devices log in anew with it."""
    visits.end_others(request.user, request.session.session_key)
    if factors.recovery_codes_left(request.user):
        messages.success(request, gettext("Added. From now on it is asked for at log-in."))
        return redirect("security")
    return _codes(request)


def _codes(request: HttpRequest) -> HttpResponse:
    codes = factors.new_recovery_codes(request.user, user_actor(request.user))
    response = render(request, "console/security_codes.html", {"codes": codes})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@own_account
@sure
def codes(request: HttpRequest) -> HttpResponse:
    """Shown this once: we keep only their hashes."""
    if not factors.has_one(request.user):
        messages.error(request, gettext("Set up an app or a passkey first; the codes stand in for it."))
        return redirect("security")
    return _codes(request)


@require_POST
@own_account
@sure
def passkey_options(request: HttpRequest) -> HttpResponse:
    site = site_of(request)
    if not site.possible:
        return JsonResponse({}, status=409)
    return JsonResponse(remember(request, lambda: passkeys.begin_adding(site, request.user)))


@require_POST
@own_account
@sure
def passkey(request: HttpRequest) -> HttpResponse:
    """Adding one: the form brings what the device answered; without an answer, somebody just proved who they are."""
    if not request.POST.get("credential"):
        messages.info(request, gettext("Thank you. Now press “Add a passkey” once more."))
        return redirect("security")
    form = PasskeyNameForm(request.POST)
    try:
        state, answer = passkey_answer(request)
        name = form.cleaned_data["name"] if form.is_valid() else gettext("Passkey")
        passkeys.add(site_of(request), request.user, state, answer, name, user_actor(request.user))
    except passkeys.NotProven:
        messages.error(request, gettext("The passkey could not be added. Try again, or use an app."))
        return redirect("security")
    return _added(request)


@require_POST
@own_account
@sure
def remove(request: HttpRequest, factor: int) -> HttpResponse:
    row = get_object_or_404(request.user.second_factors.all(), pk=factor)
    if factors.must_have(request.user) and request.user.second_factors.count() == 1:
        messages.error(
            request, gettext("Your role needs a second factor. Add another one first, then remove this one.")
        )
        return redirect("security")
    factors.remove(row, user_actor(request.user))
    messages.success(request, gettext("Removed."))
    return redirect("security")


@require_POST
@own_account
def end_visit(request: HttpRequest, visit: int) -> HttpResponse:
    """No question before this one: whoever sees a stranger there should not have to search for a code."""
    visits.end(get_object_or_404(Visit, user=request.user, pk=visit), user_actor(request.user))
    messages.success(request, gettext("Signed out there."))
    return redirect("security")


@require_POST
@own_account
def end_others(request: HttpRequest) -> HttpResponse:
    visits.end_others(request.user, request.session.session_key)
    messages.success(request, gettext("Signed out everywhere else."))
    return redirect("security")
