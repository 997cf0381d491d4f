"""The call centre's numbers, rises, new ruses and cases: for everybody who reads reports. Nothing about callers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.console.access import districts_of, needs, within
from publisher.console.forms.hotline import CaseForm, ClusterForm, ListForm
from publisher.console.moments import spoken
from publisher.hotline import alarms, cases, clusters, counts
from publisher.hotline.models import Alarm, Case, Cluster, Heard, Okrug
from publisher.hotline.patterns import catalogue
from publisher.people.access import May, within_reach
from publisher.people.audit import user_actor
from publisher.people.models import District
from publisher.yamlfile import FlawedFile

SPAN = timedelta(days=28)
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """`share` in percent of the largest, for the bar beside it."""

    name: str
    number: int
    share: int


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    district, known = _district(request), catalogue()
    today = timezone.now().astimezone(district.zone).date()
    now, before = _counts(district, today, 0), _counts(district, today, 1)
    names = {row.pk: row.name(spoken()) for row in Okrug.objects.filter(district=district)}
    given = {
        "district": district,
        "districts": districts_of(request.user),
        "now": now,
        "before": before,
        "ratio": _ratio(now),
        "patterns": _lines({known.name(key) or gettext("none of these"): n for key, n in now.by_pattern.items()}),
        "okrugs": _lines({names.get(key) or gettext("not told"): n for key, n in now.by_okrug.items()}),
        "heard": _lines({str(Heard(key).label): n for key, n in now.by_heard.items()}),
        "rises": [(row, alarms.words(row, known, spoken())) for row in alarms.open_for(request.user)],
        "clusters": [(row, _notes(row)) for row in clusters.open_for(request.user)],
        "cluster_form": ClusterForm(None),
    }
    return render(request, "console/hotline/hotline.html", given)


def _counts(district: District, today: Any, back: int) -> counts.Counts:
    end = today - SPAN * back
    return counts.count(district, end - SPAN + timedelta(days=1), end)


def _ratio(now: counts.Counts) -> str:
    """Near misses for each loss; nothing is claimed of fewer than ten together."""
    if now.near_misses + now.losses < 10 or not now.losses:
        return ""
    return f"{now.near_misses / now.losses:.1f}".replace(".", ",")


def _lines(counted: dict[str, int]) -> list[Line]:
    most = max(counted.values(), default=0)
    return [Line(name, number, round(100 * number / most)) for name, number in counted.items()]


def _notes(cluster: Cluster) -> list[str]:
    return list(cluster.consultations.exclude(note="").values_list("note", flat=True)[:5])


def _district(request: HttpRequest) -> District:
    rows = districts_of(request.user)
    wanted = request.GET.get("district")
    return get_object_or_404(rows, pk=wanted) if wanted else (rows.first() or get_object_or_404(rows))


@require_POST
@needs(May.WRITE)
def alarm_draft(request: HttpRequest, pk: int) -> HttpResponse:
    alarm = within(request, Alarm.objects.select_related("district", "okrug"), pk=pk)
    if alarm.post_id:
        return redirect("edit", alarm.post_id)
    try:
        return redirect("edit", alarms.draft(alarm, user_actor(request.user)).pk)
    except (Refusal, FlawedFile) as error:
        messages.error(request, str(error))
        return redirect("hotline")


@require_POST
@needs(May.WRITE)
def alarm_close(request: HttpRequest, pk: int) -> HttpResponse:
    alarm = within(request, Alarm.objects.select_related("district"), pk=pk)
    try:
        alarms.close(alarm, user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("Put aside. About this ruse nothing is said here for two weeks."))
    return redirect("hotline")


@require_POST
@needs(May.WRITE)
def cluster_name(request: HttpRequest, pk: int) -> HttpResponse:
    cluster, form = _cluster(request, pk), ClusterForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        clusters.name(cluster, data["name"], data["pattern"], user_actor(request.user))
        messages.success(request, gettext("Named."))
    else:
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
    return redirect("hotline")


@require_POST
@needs(May.WRITE)
def cluster_aside(request: HttpRequest, pk: int) -> HttpResponse:
    clusters.put_aside(_cluster(request, pk), user_actor(request.user))
    messages.success(request, gettext("Put aside."))
    return redirect("hotline")


def _cluster(request: HttpRequest, pk: int) -> Cluster:
    return within(request, Cluster.objects.select_related("district"), pk=pk)


@require_safe
@needs(May.REPORT)
def case_list(request: HttpRequest) -> HttpResponse:
    return _cases(request)


def _cases(request: HttpRequest, status: int = 200, **given: Any) -> HttpResponse:
    known = catalogue()
    rows = within_reach(request.user, Case.objects.select_related("district", "okrug"))[:SHOWN]
    facts: dict[str, Any] = {
        "cases": [(row, known.name(row.pattern)) for row in rows],
        "form": CaseForm(None, request.user),
        "district": _district(request),
        "districts": districts_of(request.user),
        "list_form": ListForm(),
    }
    facts |= given
    columns = gettext("XLSX or CSV with the columns дата, округ, уловка, сумма, номер. Other columns are refused.")
    facts["list_form"].fields["file"].help_text = columns
    return render(request, "console/hotline/cases.html", facts, status=status)


@require_POST
@needs(May.DESK)
def case_add(request: HttpRequest) -> HttpResponse:
    form = CaseForm(request.POST, request.user)
    if not form.is_valid():
        return _cases(request, 422, form=form)
    cases.add(form.case(), user_actor(request.user))
    messages.success(request, gettext("The case is counted."))
    return redirect("cases")


@require_POST
@needs(May.DESK)
def case_remove(request: HttpRequest, pk: int) -> HttpResponse:
    cases.remove(within(request, Case.objects.select_related("district"), pk=pk), user_actor(request.user))
    messages.success(request, gettext("The case is not counted any more."))
    return redirect("cases")


@require_POST
@needs(May.DESK)
def case_import(request: HttpRequest) -> HttpResponse:
    """All of the file or nothing, so that nobody has to find out which half came in."""
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return _cases(request, 422, list_form=form)
    file, district = form.cleaned_data["file"], _district(request)
    try:
        found = cases.read(file.name, file.read(), district)
    except Refusal as refusal:
        return _cases(request, 422, refused=str(refusal))
    if found.faults:
        return _cases(request, 422, faults=found.faults)
    count = cases.take(found, district, user_actor(request.user))
    words = ngettext("%(count)s case is new.", "%(count)s cases are new.", count) % {"count": count}
    messages.success(request, words)
    return redirect("cases")
