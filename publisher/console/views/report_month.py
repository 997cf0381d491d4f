"""The monthly report, districts beside each other, campaigns, and the questions that are asked every month."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, override
from django.views.decorators.http import require_safe

from publisher.console.access import districts_of, needs
from publisher.console.views.report_asked import Asked, month_of_request
from publisher.console.views.report_week import XLSX, Form, language_of
from publisher.people.access import May
from publisher.report import page_districts, page_month_parts, page_questions
from publisher.report import questions as asking
from publisher.report.csv_lines import as_csv
from publisher.report.data import as_data
from publisher.report.monthly import month
from publisher.report.monthly_records import Campaign, Month
from publisher.report.page import Chart, MonthPage
from publisher.report.page_campaigns import campaigns_page
from publisher.report.page_html import as_html
from publisher.report.page_month import month_page
from publisher.report.page_words import days, titled
from publisher.report.pdf import campaigns_pdf, districts_pdf, month_pdf
from publisher.report.scope import Scope
from publisher.report.xlsx import as_xlsx

FORMS = {
    "pdf": Form("application/pdf", lambda page, _record: month_pdf(page)),
    "xlsx": Form(XLSX, lambda page, _record: as_xlsx(page)),
    "csv": Form("text/csv; charset=utf-8", lambda page, _record: as_csv(page)),
    "html": Form("text/html; charset=utf-8", lambda page, _record: as_html(page).encode()),
    "json": Form(
        "application/json",
        lambda _page, record: json.dumps(as_data(record), ensure_ascii=False, indent=2).encode(),
    ),
}


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    asked, language = month_of_request(request), language_of(request)
    page = month_page(_record(asked), language)
    facts = {
        "page": page,
        "asked": asked,
        "behind": reverse("report_readings"),
        "language": language,
        "charts": [(f"chart-{chart.key}", drawn(chart)) for chart in page.charts],
    }
    return render(request, "console/report_month.html", facts)


def drawn(chart: Chart) -> dict[str, object]:
    """What report.js draws; the same numbers stand in the table under it."""
    return {
        "kind": chart.kind,
        "title": chart.title,
        "labels": chart.labels,
        "marks": chart.marks,
        "series": [{"name": one.name, "values": one.values, "texts": one.texts} for one in chart.series],
    }


def _file(page: MonthPage, record: Month, kind: str, pdf: Callable[[], bytes], name: str) -> HttpResponse:
    """The districts' and the campaigns' page in a form: all but the PDF are made like the month's."""
    if kind not in FORMS:
        raise Http404
    content = pdf() if kind == "pdf" else FORMS[kind].make(page, record)  # type: ignore[arg-type]
    response = HttpResponse(content, content_type=FORMS[kind].type)
    how = "inline" if kind == "pdf" else "attachment"
    where = f"-{page.head.district_key}" if page.head.district_key else ""
    named = f"{name}{where}-{page.head.start:%Y-%m}-{page.head.language}.{kind}"
    response["Content-Disposition"] = f'{how}; filename="{named}"'
    return response


@require_safe
@needs(May.REPORT)
def download(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in FORMS:
        raise Http404
    asked, language = month_of_request(request), language_of(request)
    record, form = _record(asked), FORMS[kind]
    response = HttpResponse(form.make(month_page(record, language), record), content_type=form.type)  # type: ignore[arg-type]
    how = "inline" if kind == "pdf" else "attachment"
    where = f"-{asked.place.pk}" if asked.place else ""
    response["Content-Disposition"] = f'{how}; filename="report{where}-{asked.day:%Y-%m}-{language}.{kind}"'
    return response


def _record(asked: Asked) -> Month:
    return month(asked.place, asked.day, asked.now)


def _beside(request: HttpRequest, asked: Asked) -> Month | None:
    """Only for whoever sees several: one district has nothing to be compared with."""
    if len(districts_of(request.user)) < 2:
        return None
    wide = asked.place if not asked.district_key else request.user.region
    return month(wide, asked.day, asked.now)


@require_safe
@needs(May.REPORT)
def districts(request: HttpRequest) -> HttpResponse:
    asked, language = month_of_request(request), language_of(request)
    record = _beside(request, asked)
    funnel = record.funnel if record else None
    with override(language):
        facts = {
            "asked": asked,
            "language": language,
            "behind": reverse("report_readings"),
            "table": page_districts.funnel_table(funnel, language) if funnel else None,
            "sentences": page_districts.sentences(funnel, language) if funnel else (),
            "drawn": page_districts.chart(funnel, language) if funnel else None,
        }
    return render(request, "console/report_districts.html", facts | {"charts": facts["drawn"] is not None})


@require_safe
@needs(May.REPORT)
def districts_file(request: HttpRequest, kind: str) -> HttpResponse:
    asked, language = month_of_request(request), language_of(request)
    record = _beside(request, asked)
    if record is None or record.funnel is None:
        raise Http404
    page, funnel = page_districts.districts_page(record, language), record.funnel
    return _file(page, record, kind, lambda: districts_pdf(page, funnel), "districts")


@require_safe
@needs(May.REPORT)
def campaigns_file(request: HttpRequest, kind: str) -> HttpResponse:
    asked, language = month_of_request(request), language_of(request)
    record = _record(asked)
    page = campaigns_page(record, language)
    return _file(page, record, kind, lambda: campaigns_pdf(page), "campaigns")


@require_safe
@needs(May.REPORT)
def campaigns(request: HttpRequest) -> HttpResponse:
    asked, language = month_of_request(request), language_of(request)
    record = _record(asked)
    with override(language):
        shown = [_campaign(row, language) for row in record.campaigns]
    return render(request, "console/report_campaigns.html", {"asked": asked, "language": language, "campaigns": shown,
                  "studies": page_month_parts.questions(record.studies)})  # fmt: skip


def _campaign(row: Campaign, language: str) -> dict[str, object]:
    from publisher.report import page_words as say

    key = f"campaign:{row.plan}"
    return {
        "title": titled(row.names, language, row.plan),
        "days": days(row.starts, row.ends),
        "told": page_month_parts.told(row),
        "verdict": row.verdict,
        "figures": (
            say.plain(f"{key}:posts", gettext("Posts"), row.posts),
            say.plain(f"{key}:messages", gettext("Messages"), row.messages),
            say.of_sum(f"{key}:views", gettext("Views"), row.views),
            say.of_sum(f"{key}:before", gettext("Consultations in the 8 weeks before"), row.calls_before),
            say.of_sum(f"{key}:during", gettext("Consultations during"), row.calls_during),
        ),
        "caveats": [page_month_parts.caveat(code) for code in row.caveats],
    }


@require_safe
@needs(May.REPORT)
def questions(request: HttpRequest) -> HttpResponse:
    asked, language = month_of_request(request), language_of(request)
    scope = Scope(asked.place)
    okrugs = page_questions.okrugs(scope.districts)
    chosen = next((one for one in okrugs if str(one.pk) == request.GET.get("okrug", "")), None)
    wanted = request.GET.get("ask", "ruse" if not request.GET.get("okrug") else "okrug")
    spoken = request.GET.get("spoken", "kk") if request.GET.get("spoken") in ("kk", "ru") else "kk"
    with override(language):
        answer = None
        if wanted == "ruse":
            rows = asking.which_ruse_grew(asked.place, asked.day, asked.now)
            answer = page_questions.grown(rows, scope.zone, language)
        elif wanted == "hours":
            answer = page_questions.best_hours(asking.best_hours(asked.place, spoken, asked.now))
        elif wanted == "okrug" and (chosen or okrugs):
            lacking = asking.what_an_okrug_does_not_get(chosen or okrugs[0], asked.now)
            answer = page_questions.not_reached(lacking, asked.now, language)
    facts = {"asked": asked, "answer": answer, "wanted": wanted, "okrugs": okrugs, "spoken": spoken,
             "chosen": chosen or (okrugs[0] if okrugs else None), "behind": reverse("report_readings")}  # fmt: skip
    return render(request, "console/report_questions.html", facts)
