"""People: who works here, what each may do, and the one-time links by which they come in and back in."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.handover import hand_over, unfinished_of
from publisher.console.access import needs
from publisher.console.forms.people import InvitationForm, LeavingForm
from publisher.console.looks import ROLES
from publisher.console.proof import sure
from publisher.people import factors, invitations, staff, visits
from publisher.people.access import May, colleagues
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, Role, User


@require_safe
@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, InvitationForm(None, request.user))


@require_POST
@needs(May.MANAGE)
@sure
def invite(request: HttpRequest) -> HttpResponse:
    """The link is shown on this page only: we keep nothing but its hash."""
    form = InvitationForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form)
    data = form.cleaned_data
    actor = user_actor(request.user)
    token = invitations.invite(data["role"], data["district"], region=data["region"], actor=actor)
    response = _page(request, InvitationForm(None, request.user), invitations.link(token))
    response["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, form: InvitationForm, link: str = "") -> HttpResponse:
    rows = User.objects.select_related("district", "region").prefetch_related("second_factors")
    people = colleagues(request.user, rows).order_by("-is_active", "username")
    facts = {"people": people, "form": form, "link": link, "roles": [(role.label, ROLES[role]) for role in Role]}
    return render(request, "console/people.html", facts)


def _person(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(colleagues(request.user, User.objects.select_related("district", "region")), pk=pk)


@require_safe
@needs(May.MANAGE)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, _person(request, pk))


def _as_it_is(person: User) -> dict[str, object]:
    return {"role": person.role, "district": person.district_id, "region": person.region_id}


def _one(request: HttpRequest, person: User, link: str = "") -> HttpResponse:
    facts = {
        "person": person,
        "form": InvitationForm(
            None, request.user, {"role": person.role, "district": person.district_id, "region": person.region_id}
        ),
        "leaving": LeavingForm(None, request.user, person),
        "unfinished": unfinished_of(person).count(),
        "factors": person.second_factors.all(),
        "visits": visits.of(person),
        "link": link,
        "trail": AuditEntry.objects.filter(subject=f"user:{person.username}")[:50],
        "roles": [(role.label, ROLES[role]) for role in Role],
    }
    return render(request, "console/person.html", facts)


@require_POST
@needs(May.MANAGE)
@sure
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody changes their own rights: a slip there could not be undone by themselves."""
    person, form = _person(request, pk), InvitationForm(request.POST, request.user)
    if person.pk == request.user.pk:
        messages.error(request, gettext("You cannot change your own role. Another administrator does it."))
    elif not form.is_valid():
        messages.error(request, gettext("Choose a role and a district."))
    else:
        data = form.cleaned_data
        _done(
            request,
            lambda: staff.change(person, data["role"], data["district"], user_actor(request.user), data["region"]),
            gettext("Changed. They log in again and then have the new rights."),
        )
    return redirect("person", pk)


@require_POST
@needs(May.MANAGE)
@sure
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switching off, with what is not finished handed over; and on again."""
    person, on = _person(request, pk), request.POST.get("on") == "yes"
    if person.pk == request.user.pk:
        messages.error(request, gettext("You cannot switch yourself off."))
        return redirect("people")
    actor = user_actor(request.user)
    form = LeavingForm(request.POST, request.user, person)
    words = gettext("Switched on.") if on else gettext("Switched off.")
    if _done(request, lambda: staff.switch(person, on, actor), words) and not on and form.is_valid():
        _hand_over(request, person, form.cleaned_data["taker"])
    return redirect("people")


def _hand_over(request: HttpRequest, person: User, taker: User | None) -> None:
    if taker is None:
        return
    moved = hand_over(person, taker, user_actor(request.user))
    words = ngettext("%(n)s post went to %(name)s.", "%(n)s posts went to %(name)s.", moved)
    messages.success(request, words % {"n": moved, "name": taker})


@require_POST
@needs(May.MANAGE)
@sure
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """For somebody whose phone and recovery codes are gone."""
    person = _person(request, pk)
    if person.pk == request.user.pk:
        messages.error(request, gettext("Your own second factor is looked after on the page of your account's safety."))
    else:
        factors.remove_all(person, user_actor(request.user))
        visits.end_others(person, None)
        messages.success(request, gettext("Reset. They log in with the password and set it up anew."))
    return redirect("person", pk)


@require_POST
@needs(May.MANAGE)
@sure
def password_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Shown here once, to be given to the person; the administrator never learns the password."""
    person = _person(request, pk)
    token = invitations.for_new_password(person, user_actor(request.user))
    response = _one(request, person, invitations.link(token))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs(May.MANAGE)
def sign_out(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    staff.sign_out_everywhere(person, user_actor(request.user))
    messages.success(request, gettext("Signed out everywhere."))
    return redirect("person", pk)


def _done(request: HttpRequest, act: Callable[[], object], words: str) -> bool:
    try:
        act()
    except staff.LastAdministrator:
        words = gettext("This is the last administrator of all districts. Make another one first.")
        messages.error(request, words)
        return False
    messages.success(request, words)
    return True
