"""People: who works here, and the one-time links by which they come in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from publisher.console.access import districts_of, needs, within
from publisher.console.forms import Dressed
from publisher.console.looks import ROLES
from publisher.console.proof import sure
from publisher.people import invitations
from publisher.people.access import May, within_reach
from publisher.people.audit import note, user_actor
from publisher.people.models import District, Role, User


class InvitationForm(Dressed, forms.Form):
    """Whoever works for one district invites only into that district."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), required=False, empty_label=_("All districts")
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        field = self.fields["district"]
        field.queryset = districts_of(user)
        if user.district_id:
            field.required, field.empty_label = True, None


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
    token = invitations.invite(data["role"], data["district"], actor=user_actor(request.user))
    response = _page(request, InvitationForm(None, request.user), invitations.link(token))
    response["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, form: InvitationForm, link: str = "") -> HttpResponse:
    people = within_reach(request.user, User.objects.select_related("district")).order_by("-is_active", "username")
    facts = {"people": people, "form": form, "link": link, "roles": [(role.label, ROLES[role]) for role in Role]}
    return render(request, "console/people.html", facts)


@require_POST
@needs(May.MANAGE)
@sure
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody is deleted: what they wrote and approved keeps their name."""
    person = within(request, User.objects.all(), pk=pk)
    if person.pk == request.user.pk:
        messages.error(request, gettext("You cannot switch yourself off."))
        return redirect("people")
    person.is_active = request.POST.get("on") == "yes"
    person.save(update_fields=["is_active"])
    verb = "person_on" if person.is_active else "person_off"
    note(user_actor(request.user), verb, f"user:{person.username}", district=person.district)
    return redirect("people")
