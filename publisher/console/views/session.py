"""Getting in and out: log-in with its second step, the one-time link, the own password, the language of the pages."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from publisher.console.access import own_account
from publisher.console.forms.session import LoginForm, NewPasswordForm, OwnPasswordForm, WelcomeForm
from publisher.console.proof import passkey_answer, refused, remember, site_of, ways
from publisher.people import factors, invitations, passkeys, throttle, visits
from publisher.people.audit import note, user_actor
from publisher.people.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
SECOND_STEP = 5 * 60  # seconds between the password and the second step


@method_decorator(login_not_required, name="dispatch")
class LogIn(LoginView):
    template_name = "console/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True
    extra_context = {"site_name": settings.CONFIG.site.name}  # Django would put the host's name there

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """A page that refreshes itself after the session ended leads here as a whole, not into its own middle."""
        if request.htmx:
            return HttpResponseClientRedirect(reverse("login"))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            throttle.check(throttle.LOG_IN, request.POST.get("username", ""))
        except throttle.TooMany:
            return render(request, settings.AXES_LOCKOUT_TEMPLATE, status=429)
        return super().post(request, *args, **kwargs)

    def get_redirect_url(self) -> str:
        """Never to the log-in itself: whoever is inside already would go round in circles."""
        to: str = super().get_redirect_url()
        return "" if to.startswith(self.request.path) else to

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return {**super().get_context_data(**kwargs), "passkeys": site_of(self.request).possible}

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        throttle.failed(throttle.LOG_IN, form.data.get("username", ""))
        return super().form_invalid(form)

    def form_valid(self, form: LoginForm) -> HttpResponse:
        """The password was right; whoever has a second factor is not inside yet."""
        user = form.get_user()
        if not factors.has_one(user):
            return _enter(self.request, user, "password", self.get_success_url())
        self.request.session["half_in"] = {
            "user": user.pk,
            "password": user.get_session_auth_hash(),
            "until": time.time() + SECOND_STEP,
            "next": self.get_success_url(),
        }
        return redirect("login_second")


def _enter(request: HttpRequest, user: User, how: str, to: str) -> HttpResponse:
    """Django gives the session a new key here, so a key planted before is worth nothing."""
    request.session.pop("half_in", None)
    login(request, user, backend=BACKEND)
    note(user_actor(user), "logged_in", f"user:{user.username}", district=user.district, how=how)
    return redirect(to if to.startswith("/") else settings.LOGIN_REDIRECT_URL)


def _half_in(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago, in this browser."""
    kept = request.session.get("half_in") or {}
    if time.time() > kept.get("until", 0):
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == kept["password"] else None


@login_not_required
@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    user = _half_in(request)
    if user is None or request.user.is_authenticated:
        return redirect("login")
    status = 200
    if request.method == "POST":
        how = "passkey" if request.POST.get("credential") else "code"
        refusal = refused(request, user)
        if not refusal:
            return _enter(request, user, f"password, {how}", request.session["half_in"]["next"])
        messages.error(request, refusal)
        status = 403
    return render(request, "console/login_second.html", ways(request, user), status=status)


@login_not_required
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What to ask the browser's passkeys: the person's own, or before log-in whichever is for this site."""
    site = site_of(request)
    if not site.possible:
        return JsonResponse({}, status=409)
    user = request.user if request.user.is_authenticated else _half_in(request)
    return JsonResponse(remember(request, lambda: passkeys.begin_asking(site, user)))


@login_not_required
@require_POST
def passkey_log_in(request: HttpRequest) -> HttpResponse:
    """A passkey alone: the device has asked for a finger or a PIN."""
    try:
        user = passkeys.check(site_of(request), None, *passkey_answer(request))
    except passkeys.NotProven:
        messages.error(request, gettext("This passkey is not known here. Log in with your password."))
        return redirect("login")
    return _enter(request, user, "passkey", settings.LOGIN_REDIRECT_URL)


@require_POST
@own_account
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    response = redirect("login")
    if request.is_secure():  # browsers heed it with TLS only
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@method_decorator(own_account, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class OwnPassword(PasswordChangeView):
    """The old password is asked for, and guessing it here is limited like a log-in."""

    template_name = "console/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("security")

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            throttle.check(throttle.PROOF, request.user.pk)
        except throttle.TooMany:
            messages.error(request, gettext("Too many wrong answers. Wait 15 minutes, then try again."))
            return redirect("password")
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: OwnPasswordForm) -> HttpResponse:
        if "old_password" in form.errors:
            throttle.failed(throttle.PROOF, self.request.user.pk)
        return super().form_invalid(form)

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        before, user = self.request.session.session_key, self.request.user
        response = super().form_valid(form)
        visits.renamed(before, self.request.session.session_key)
        visits.end_others(user, self.request.session.session_key)
        note(user_actor(user), "password_changed", f"user:{user.username}", district=user.district)
        messages.success(self.request, gettext("Your password is changed. Other devices are logged out."))
        return response


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = invitations.look(token)
        if found.person:
            return _new_password(request, token, found.person)
        form = WelcomeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            language = get_language() or settings.LANGUAGE_CODE
            user = invitations.redeem(token, data["username"], data["name"], data["password"], language)
            login(request, user, backend=BACKEND)
            return redirect("today")
    except invitations.NotValid:
        return render(request, "console/invitation_not_valid.html", status=410)
    return render(request, "console/invitation.html", {"form": form, "invitation": found})


def _new_password(request: HttpRequest, token: str, person: User) -> HttpResponse:
    """Then they log in with it, and with their second factor if they have one."""
    form = NewPasswordForm(request.POST or None, person)
    if request.method == "POST" and form.is_valid():
        invitations.redeem_password(token, form.cleaned_data["password"])
        messages.success(request, gettext("Your password is changed. Log in with it."))
        return redirect("login")
    return render(request, "console/new_password.html", {"form": form, "person": person})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Kept with the person; before log-in in a cookie."""
    wanted, back = request.POST.get("language", ""), request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe and back.startswith("/") else reverse("today"))
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
        if request.user.is_authenticated:
            request.user.language = wanted
            request.user.save(update_fields=["language"])
    return response
