"""What holds for every page: its language, how long a log-in lasts, who must set up a second factor first, headers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import is_valid_path, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from publisher.console import arrivals
from publisher.console.views import errors
from publisher.people import factors, visits
from publisher.people.models import Visit

Reply = Callable[[HttpRequest], HttpResponse]
# What somebody may use who still has to set up a second factor.
ON_THE_WAY = {
    *("security", "security_app", "security_passkey", "security_passkey_options", "security_codes", "factor_remove"),
    *("passkey_options", "password", "logout", "login", "language", "help", "healthz"),
}
UNUSED = ("camera", "microphone", "geolocation", "payment", "usb", "midi", "serial", "display-capture")
PERMISSIONS = ", ".join(f"{name}=()" for name in UNUSED)


class UserLanguage:
    """The person's own; before log-in the one chosen on the page; Kazakh where none was.

    The browser's own wish is not asked: office computers say English or Russian without anybody meaning it.
    """

    def __init__(self, get_response: Reply) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(_language(request))
        request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


def _language(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return request.user.language
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class LogInFirst(LoginRequiredMiddleware):
    """After the log-in back to the page. What was sent meanwhile is lost, and its address is no page to go to."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., object]) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        login = str(self.get_login_url(view_func))
        return redirect_to_login(_came_from(request), login, self.get_redirect_field_name(view_func))


def _came_from(request: HttpRequest) -> str:
    """Our own page with the form; Today where the browser does not tell."""
    told = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(told, {request.get_host()}, require_https=request.is_secure())
    return urlsplit(told)._replace(scheme="", netloc="").geturl() if ours and told else reverse("today")


class ButtonsOnly:
    """Whoever opens a button's address (a restored tab, the language changed) sees no white page, but what to do."""

    def __init__(self, get_response: Reply) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        empty = response.status_code == 405 and not response.content
        if request.method != "GET" or not empty or request.headers.get("HX-Request"):
            return response
        return errors.only_a_button(request, _page_above(request.path))


def _page_above(path: str) -> str:
    while path.count("/") > 1:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if is_valid_path(path):
            return path
    return reverse("today")


class Visits:
    """Ends a log-in after its time. A page that only refreshes itself keeps nobody logged in."""

    def __init__(self, get_response: Reply) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        visit = _visit(request)
        if visits.is_over(visit):
            logout(request)
            messages.info(request, gettext("You were logged out because some time had passed. Please log in again."))
            return _to(request, "login")
        request.visit = visit
        response = self.get_response(request)
        if not _looks_by_itself(request):
            visits.seen(visit)
        return _not_kept(response)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Whose role needs a second factor sets it up before anything else."""
        name = request.resolver_match.url_name
        if not request.user.is_authenticated or name in ON_THE_WAY:
            return None
        if factors.must_have(request.user) and not factors.has_one(request.user):
            return _to(request, "security")
        return None


def _looks_by_itself(request: HttpRequest) -> bool:
    """The page asks, not the person; so does the editor, which also says whether anything was typed since."""
    if not request.headers.get("HX-Request"):
        return False
    asks = request.resolver_match and request.resolver_match.url_name == "keep"
    return request.method == "GET" or bool(asks and request.POST.get("changed") == "0")


def _not_kept(response: HttpResponse) -> HttpResponse:
    """Pages stay in no browser's cache: the next person at the computer must not find them by “back”."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _visit(request: HttpRequest) -> Visit:
    """A session from before there were visits, or one whose key Django renewed, is taken on."""
    key = request.session.session_key
    found = Visit.objects.filter(session_key=key).first()
    agent = request.META.get("HTTP_USER_AGENT", "")
    return found or visits.begin(request.user, key, agent, arrivals.address_of(request))


def _to(request: HttpRequest, name: str) -> HttpResponse:
    """The whole page goes there, also when only a part of it asked."""
    return HttpResponseClientRedirect(reverse(name)) if request.headers.get("HX-Request") else redirect(name)


class Permissions:
    """No page of ours needs the computer's camera, microphone or whereabouts."""

    def __init__(self, get_response: Reply) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
