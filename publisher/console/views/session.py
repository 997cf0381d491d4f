"""Getting in and out: log-in, the one-time link, the own password, the language of the pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
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
from publisher.console.forms.session import LoginForm, OwnPasswordForm, WelcomeForm
from publisher.people import invitations

BACKEND = "django.contrib.auth.backends.ModelBackend"


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


@require_POST
@own_account
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


@method_decorator(own_account, name="dispatch")
class OwnPassword(PasswordChangeView):
    template_name = "console/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("today")

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        messages.success(self.request, gettext("Your password is changed."))
        return super().form_valid(form)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = invitations.look(token)
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


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Kept with the person; before log-in in a cookie."""
    wanted, back = request.POST.get("language", ""), request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else reverse("today"))
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
        )
        if request.user.is_authenticated:
            request.user.language = wanted
            request.user.save(update_fields=["language"])
    return response
