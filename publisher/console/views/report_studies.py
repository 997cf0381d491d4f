"""Questions written down before their answer can be known: the list, a new one, and giving one up."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.console.access import needs
from publisher.console.forms.studies import StudyForm, needed
from publisher.console.moments import spoken
from publisher.hotline.patterns import catalogue
from publisher.people.access import May, everywhere, reach, within_reach
from publisher.people.audit import user_actor
from publisher.people.models import User
from publisher.report import studies
from publisher.report.models import Study
from publisher.report.monthly_records import StudyState
from publisher.report.page_month_parts import answered


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with what the data say to it by now. `own`: this person may give it up."""

    study: Study
    state: StudyState
    words: str
    ruse: str
    own: bool


def _near(user: User) -> QuerySet[Study]:
    """Of the districts within reach, and those about all districts."""
    rows = Study.objects.select_related("district")
    return rows if everywhere(user) else within_reach(user, rows) | rows.filter(district=None)


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, **more: object) -> HttpResponse:
    now, keys, known = timezone.now(), reach(request.user), catalogue().patterns
    rows = []
    for study in _near(request.user).order_by("-starts", "-pk"):
        state = studies.state_of(study, now)
        ruse = known[study.pattern].name.of(spoken()) if study.pattern in known else study.pattern
        rows.append(Shown(study, state, answered(state), ruse, keys is None or study.district_id in keys))
    return render(request, "console/report_studies.html", {"rows": rows, **more}, status=422 if more else 200)


@needs(May.APPROVE)
def add(request: HttpRequest) -> HttpResponse:
    """Asked twice: what is written down cannot be changed afterwards."""
    now = timezone.now()
    given = request.POST if request.method == "POST" else None
    form = StudyForm(given, request.user, timezone.localdate(now))
    if given is None or not form.is_valid() or "change" in given:
        status = 422 if form.is_bound and not form.is_valid() else 200
        return render(request, "console/report_study_new.html", {"form": form}, status=status)
    if "sure" not in given:
        return _once_more(request, form)
    studies.register(actor=user_actor(request.user), **form.cleaned_data)
    messages.success(request, gettext("Written down. It stands under the month's report until the data answer it."))
    return redirect("report_studies")


def _once_more(request: HttpRequest, form: StudyForm) -> HttpResponse:
    """What was chosen, and how much there is to go by."""
    now, study = timezone.now(), form.study()
    weeks, events = studies.kept(study, now)
    facts = {
        "form": form,
        "given": [(name, form[name].value() or "") for name in form.fields],
        "weeks": weeks,
        "events": events,
        "late": study.starts <= timezone.localdate(now),
        "needed": needed(),
    }
    return render(request, "console/report_study_sure.html", facts)


@require_POST
@needs(May.APPROVE)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """It stays on every page with the reason. One about all districts is given up only by who sees all of them."""
    study = get_object_or_404(within_reach(request.user, Study.objects.all()), pk=pk)
    why = request.POST.get("why", "").strip()
    if not why:
        return _page(request, without_reason=study.pk)
    if studies.drop(study, why, user_actor(request.user)):
        messages.success(request, gettext("Given up. It stays in the reports with your reason."))
    else:
        messages.info(request, gettext("Somebody has given it up already."))
    return redirect("report_studies")
