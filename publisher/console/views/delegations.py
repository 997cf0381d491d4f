"""Substitutes for holidays."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.console.access import needs
from publisher.console.forms.people import SubstituteForm
from publisher.console.proof import sure
from publisher.people import delegations
from publisher.people.access import May, colleagues, own_right
from publisher.people.audit import user_actor
from publisher.people.models import Delegation, User

SHOWN = 100


@require_safe
@needs(May.APPROVE)
def show(request: HttpRequest) -> HttpResponse:
    """A substitute sees the list; naming one is for whoever may approve by their own role."""
    chooses = own_right(request.user, May.APPROVE)
    return _page(request, SubstituteForm(None, request.user) if chooses else None)


@require_POST
@needs(May.APPROVE)
@sure
def add(request: HttpRequest) -> HttpResponse:
    if not own_right(request.user, May.APPROVE):
        raise PermissionDenied
    form = SubstituteForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form)
    data = form.cleaned_data
    delegations.make(data["who"], data["substitute"], data["from_day"], data["to_day"], user_actor(request.user))
    messages.success(request, gettext("Named. It begins and ends by itself."))
    return redirect("delegations")


def _page(request: HttpRequest, form: SubstituteForm | None) -> HttpResponse:
    mine = _near(request.user) | _everything().filter(substitute=request.user)
    rows = [(row, _state(row)) for row in mine[:SHOWN]]
    return render(request, "console/delegations.html", {"form": form, "rows": rows})


def _everything() -> QuerySet[Delegation]:
    return Delegation.objects.select_related("who__district", "who__region", "substitute")


def _near(user: User) -> QuerySet[Delegation]:
    """Of colleagues within reach, and the person's own."""
    return _everything().filter(who__in=colleagues(user, User.objects.all()))


def _state(row: Delegation) -> str:
    if row.ended_at:
        return "ended"
    return "now" if delegations.holds(row) else "to_come" if delegations.is_to_come(row) else "over"


@require_POST
@needs(May.APPROVE)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """By the approver themselves, or an administrator."""
    row = get_object_or_404(_near(request.user), pk=pk)
    if row.who_id != request.user.pk and not own_right(request.user, May.MANAGE):
        raise Http404
    delegations.end(row, user_actor(request.user))
    messages.success(request, gettext("Ended. What the substitute approved stays approved."))
    return redirect("delegations")
