"""House visits: rounds, coverage by okrug, what was printed and handed over; and the list of okrugs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.console.access import districts_of, needs, within
from publisher.console.forms.hotline import CodesForm, ListForm, PrintedForm, RoundForm, VisitForm, VolunteerForm
from publisher.hotline import okrugs, visits
from publisher.hotline.models import HouseVisits, Okrug, VisitRound, Volunteer
from publisher.people.access import May, within_reach
from publisher.people.audit import note, user_actor
from publisher.people.models import District

LATEST = 15


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    return _list(request, RoundForm(None, request.user))


def _list(request: HttpRequest, form: RoundForm) -> HttpResponse:
    rows = within_reach(request.user, VisitRound.objects.select_related("district"))
    known = Okrug.objects.filter(district__in=districts_of(request.user), listed=True)
    given = {"rounds": [(row, totals(visits.coverage(row))) for row in rows[:30]], "form": form}
    given["okrugs"] = known.count()
    return render(request, "console/hotline/visits.html", given, status=422 if form.is_bound else 200)


def totals(covers: Any) -> dict[str, int]:
    """`left` counts the okrugs whose households are known."""
    return {
        "visited": sum(one.visited for one in covers),
        "printed": sum(one.printed for one in covers),
        "handed": sum(one.handed for one in covers),
        "left": sum(one.left or 0 for one in covers),
        "households": sum(one.households or 0 for one in covers),
        "untouched": sum(not one.visited for one in covers),
        "okrugs": len(covers),
    }


@require_POST
@needs(May.DESK)
def add(request: HttpRequest) -> HttpResponse:
    form = RoundForm(request.POST, request.user)
    if not form.is_valid():
        return _list(request, form)
    round = form.round(str(request.user))
    round.save()
    note(user_actor(request.user), "round_begun", f"round:{round.pk}", district=round.district)
    return redirect("round", round.pk)


def _round(request: HttpRequest, pk: int) -> VisitRound:
    return within(request, VisitRound.objects.select_related("district"), pk=pk)


@require_safe
@needs(May.REPORT)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _round(request, pk))


def _page(request: HttpRequest, round: VisitRound, status: int = 200, **given: Any) -> HttpResponse:
    district = round.district
    covers = visits.coverage(round)
    facts: dict[str, Any] = {
        "round": round,
        "covers": covers,
        "totals": totals(covers),
        "latest": round.visits.select_related("okrug", "volunteer")[:LATEST],
        "volunteers": Volunteer.objects.filter(okrug__district=district).select_related("okrug"),
        "printed_form": PrintedForm(None, district),
        "codes_form": CodesForm(),
        "without_code": sum(one.link is None for one in covers),
        "visit_form": VisitForm(None, district),
        "volunteer_form": VolunteerForm(None, district),
    }
    return render(request, "console/hotline/round.html", facts | given, status=status)


@require_POST
@needs(May.DESK)
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    round = _round(request, pk)
    form = PrintedForm(request.POST, round.district)
    if not form.is_valid():
        return _page(request, round, 422, printed_form=form)
    data = form.cleaned_data
    visits.print_leaflets(round, data["okrug"], data["printed"], data["link"], user_actor(request.user))
    messages.success(request, gettext("Saved."))
    return redirect("round", round.pk)


@require_POST
@needs(May.DESK)
def codes(request: HttpRequest, pk: int) -> HttpResponse:
    round = _round(request, pk)
    form = CodesForm(request.POST)
    if form.is_valid():
        try:
            count = visits.make_codes(round, form.cleaned_data["url"], user_actor(request.user))
        except Refusal as refusal:
            form.add_error("url", str(refusal))
        else:
            words = ngettext("%(count)s code is made.", "%(count)s codes are made.", count)
            messages.success(request, words % {"count": count})
            return redirect("round", round.pk)
    return _page(request, round, 422, codes_form=form)


@require_POST
@needs(May.DESK)
def record(request: HttpRequest, pk: int) -> HttpResponse:
    round = _round(request, pk)
    form = VisitForm(request.POST, round.district)
    if form.is_valid():
        try:
            visits.visited(round, **form.cleaned_data, actor=user_actor(request.user))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if not form.is_valid():
        return _page(request, round, 422, visit_form=form)
    messages.success(request, gettext("Saved."))
    return redirect("round", round.pk)


@require_POST
@needs(May.DESK)
def take_back(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    round = _round(request, pk)
    rows = HouseVisits.objects.filter(round=round).select_related("round__district", "okrug")
    visits.take_back(within(request, rows, "round__district", pk=row), user_actor(request.user))
    messages.success(request, gettext("The line is taken back."))
    return redirect("round", round.pk)


@require_POST
@needs(May.DESK)
def volunteer(request: HttpRequest, pk: int) -> HttpResponse:
    round = _round(request, pk)
    form = VolunteerForm(request.POST, round.district)
    if form.is_valid():
        try:
            with transaction.atomic():
                Volunteer.objects.create(**form.cleaned_data)
        except IntegrityError:
            form.add_error("name", gettext("There is one of this name in the okrug already."))
    if not form.is_valid():
        return _page(request, round, 422, volunteer_form=form)
    messages.success(request, gettext("Saved."))
    return redirect("round", round.pk)


@require_POST
@needs(May.DESK)
def volunteer_off(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Who goes no more; what they did stays."""
    round = _round(request, pk)
    found = within(request, Volunteer.objects.filter(okrug__district=round.district), "okrug__district", pk=row)
    found.active = not found.active
    found.save(update_fields=["active"])
    return redirect("round", round.pk)


@needs(May.DESK)
def okrug_list(request: HttpRequest) -> HttpResponse:
    """Shown, and replaced by a file; nothing is taken as long as one cell is wrong."""
    district = _district(request)
    given: dict[str, Any] = {"form": ListForm(request.POST or None, request.FILES or None), "district": district}
    given["form"].fields["file"].help_text = gettext("XLSX or CSV: қазақша, орысша, дворы, население.")
    if request.method == "POST" and given["form"].is_valid():
        file = given["form"].cleaned_data["file"]
        try:
            found = okrugs.read(file.name, file.read(), district)
        except Refusal as refusal:
            given["refused"] = str(refusal)
        else:
            if not found.faults:
                count = okrugs.take(found, district, user_actor(request.user))
                words = ngettext("%(count)s okrug is in the list.", "%(count)s okrugs are in the list.", count)
                messages.success(request, words % {"count": count})
                return redirect(f"{request.path}?district={district.pk}")
            given["faults"] = found.faults
    given["okrugs"] = okrugs.listed(district)
    given["districts"] = districts_of(request.user)
    return render(request, "console/hotline/okrugs.html", given)


def _district(request: HttpRequest) -> District:
    rows = districts_of(request.user)
    wanted = request.GET.get("district")
    return get_object_or_404(rows, pk=wanted) if wanted else (rows.first() or get_object_or_404(rows))
