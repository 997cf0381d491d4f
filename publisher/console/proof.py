"""“Is it really you?”: the second step of a log-in, and once more before a step that matters.

Steps that matter (people, tokens, ending a stop) carry `@sure`. Whoever proved themselves within FRESH passes; others
see a question first, which holds what they had filled in, so that nothing is lost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from publisher.console.access import View
from publisher.people import factors, passkeys, throttle
from publisher.people.models import Factor, User

FRESH = 15 * 60  # seconds
ANSWERS = ("credential", "code", "current_password")


def sure(view: View) -> View:
    """The mark `asks_again` stays readable, so that a test finds a sensitive view without it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return _ask(request) or view(request, *args, **kwargs)

    guarded.asks_again = True
    return guarded


def is_fresh(request: HttpRequest) -> bool:
    return time.time() - request.session.get("proven_at", 0) < FRESH


def now_fresh(request: HttpRequest) -> None:
    request.session["proven_at"] = time.time()


def _ask(request: HttpRequest) -> HttpResponse | None:
    """None: just proven, go on."""
    if request.method == "POST" and any(request.POST.get(name) for name in ANSWERS):
        refusal = refused(request, request.user)
        if not refusal:
            now_fresh(request)
            return redirect(request.get_full_path()) if request.POST.get("asked_as") == "GET" else None
        messages.error(request, refusal)
    response = render(request, "console/sure.html", {"kept": _kept(request), **ways(request, request.user)})
    response["Cache-Control"] = "no-store"
    if request.headers.get("HX-Request"):  # a part of a page asked: the question takes the whole page
        response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
    return response


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What was filled in, to be sent again together with the answer."""
    own = {"csrfmiddlewaretoken", "asked_as", *ANSWERS}
    kept = [(name, value) for name, values in request.POST.lists() if name not in own for value in values]
    return [*kept, ("asked_as", request.POST.get("asked_as") or request.method or "GET")]


def ways(request: HttpRequest, user: User) -> dict[str, bool]:
    """How this person can prove it here."""
    has_one = factors.has_one(user)
    return {
        "by_password": not has_one,
        "by_code": has_one,
        "by_app": user.second_factors.filter(kind=Factor.APP).exists(),
        "by_passkey": passkeys.known_at(site_of(request), user),
    }


def refused(request: HttpRequest, user: User) -> str:
    """Empty when the answer is right; else what to tell. Wrong ones count against the person and the address."""
    try:
        throttle.check(throttle.PROOF, user.pk)
    except throttle.TooMany:
        return gettext("Too many wrong answers. Wait 15 minutes, then try again.")
    if _right(request, user):
        throttle.succeeded(throttle.PROOF, user.pk)
        return ""
    throttle.failed(throttle.PROOF, user.pk)
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
    return gettext("That was not right. Try again.")


def _right(request: HttpRequest, user: User) -> bool:
    given = request.POST
    if given.get("credential"):
        return _right_passkey(request, user)
    if given.get("code"):
        return factors.right_code(user, given["code"][:40])
    return not factors.has_one(user) and user.check_password(given.get("current_password", ""))


def _right_passkey(request: HttpRequest, user: User) -> bool:
    try:
        passkeys.check(site_of(request), user, *passkey_answer(request))
    except passkeys.NotProven:
        return False
    return True


def site_of(request: HttpRequest) -> passkeys.Site:
    """The host was checked against ALLOWED_HOSTS."""
    return passkeys.Site(f"{request.scheme}://{request.get_host()}", settings.CONFIG.site.name)


def remember(request: HttpRequest, asked: Callable[[], tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """A challenge is good for one answer in this session."""
    options, request.session["passkey"] = asked()
    return options


def passkey_answer(request: HttpRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was asked, and what the browser answered."""
    state = request.session.pop("passkey", None)
    try:
        answer = json.loads(request.POST.get("credential", ""))
    except ValueError:
        answer = None
    if not isinstance(state, dict) or not isinstance(answer, dict):
        raise passkeys.NotProven("nothing was asked, or nothing answered")
    return state, answer
