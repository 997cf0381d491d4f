"""The weekly page of a chief: in the browser, and in every form it is passed on in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from publisher.console.access import needs
from publisher.console.views.report_asked import Asked, week_of
from publisher.people.access import May
from publisher.report.card import week_card
from publisher.report.csv_lines import as_csv
from publisher.report.data import as_data
from publisher.report.page import WeekPage
from publisher.report.page_html import as_html
from publisher.report.page_week import week_page
from publisher.report.pdf import week_pdf
from publisher.report.weekly import week
from publisher.report.weekly_records import Week
from publisher.report.xlsx import as_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Form:
    type: str
    make: Callable[[WeekPage, Week], bytes]


FORMS = {
    "pdf": Form("application/pdf", lambda page, _record: week_pdf(page)),
    "xlsx": Form(XLSX, lambda page, _record: as_xlsx(page)),
    "csv": Form("text/csv; charset=utf-8", lambda page, _record: as_csv(page)),
    "png": Form("image/png", lambda page, _record: week_card(page)),
    "html": Form("text/html; charset=utf-8", lambda page, _record: as_html(page).encode()),
    "json": Form("application/json", lambda _page, record: in_json(record)),
}


def in_json(record: Week) -> bytes:
    return json.dumps(as_data(record), ensure_ascii=False, indent=2).encode()


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    asked, language = week_of(request), language_of(request)
    page = week_page(_record(asked), language)
    facts = {"page": page, "asked": asked, "behind": reverse("report_readings"), "language": language}
    return render(request, "console/report_week.html", facts)


@require_safe
@needs(May.REPORT)
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """The PDF and the picture open in the browser; the rest is saved."""
    if kind not in FORMS:
        raise Http404
    asked, language = week_of(request), language_of(request)
    record = _record(asked)
    form = FORMS[kind]
    response = HttpResponse(form.make(week_page(record, language), record), content_type=form.type)
    how = "inline" if kind in ("pdf", "png") else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{file_name(asked, language, kind)}"'
    return response


def _record(asked: Asked) -> Week:
    return week(asked.place, asked.day, asked.now)


def file_name(asked: Asked, language: str, kind: str) -> str:
    where = f"-{asked.place.pk}" if asked.place else ""
    return f"report{where}-{asked.day:%Y-%m-%d}-{language}.{kind}"


def language_of(request: HttpRequest) -> str:
    """The reader's own, or the one asked for: a chief may pass on the other."""
    wanted = request.GET.get("language", "")
    return wanted if wanted in ("kk", "ru", "en") else request.LANGUAGE_CODE
