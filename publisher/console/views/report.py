"""The report of a period: on the page, as a file to print or mail, as data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from publisher.console.access import districts_of, needs
from publisher.console.forms import Dressed
from publisher.people.access import May
from publisher.people.models import District, User
from publisher.report.as_json import as_json
from publisher.report.figures import build
from publisher.report.html import as_html, context

A_WEEK = timedelta(days=6)
LONGEST = timedelta(days=750)


class PeriodForm(Dressed, forms.Form):
    start = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    end = forms.DateField(label=_("To"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), required=False, empty_label=_("All districts")
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        for name in ("start", "end"):
            self.fields[name].input_formats = ["%Y-%m-%d"]
        field = self.fields["district"]
        field.queryset = districts_of(user)
        self.region = user.region
        if user.district_id:
            field.required, field.empty_label = True, None
        elif user.region_id:
            field.empty_label = _("The whole region")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        data["place"] = data.get("district") or self.region  # never wider than the person's own reach
        if start and end and start > end:
            self.add_error("end", _("The end lies before the beginning."))
        elif start and end and end - start > LONGEST:
            self.add_error("end", _("Two years at most."))
        return data


def _form(request: HttpRequest) -> PeriodForm:
    """Without a question asked: the last seven days."""
    today = _today(request.user.district)
    usual = {"start": today - A_WEEK, "end": today, "district": request.user.district_id or ""}
    return PeriodForm({**usual, **request.GET.dict()}, request.user)


def _today(district: District | None) -> date:
    zone = district.zone if district else ZoneInfo(settings.TIME_ZONE)
    return timezone.now().astimezone(zone).date()


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    facts: dict[str, object] = {"form": form}
    if form.is_valid():
        report = build(form.cleaned_data["start"], form.cleaned_data["end"], form.cleaned_data["place"])
        facts |= context(report, request.LANGUAGE_CODE)
        facts["query"] = request.GET.urlencode()
    return render(request, "console/report.html", facts)


@require_safe
@needs(May.REPORT)
def download(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in ("html", "json"):
        raise Http404
    form = _form(request)
    if not form.is_valid():
        return render(request, "console/report.html", {"form": form}, status=400)
    start, end = form.cleaned_data["start"], form.cleaned_data["end"]
    report = build(start, end, form.cleaned_data["place"])
    if kind == "json":
        response: HttpResponse = JsonResponse(as_json(report), json_dumps_params={"ensure_ascii": False, "indent": 2})
    else:
        response = HttpResponse(as_html(report, request.LANGUAGE_CODE))
    response["Content-Disposition"] = f'attachment; filename="report-{start:%Y-%m-%d}-{end:%Y-%m-%d}.{kind}"'
    return response
