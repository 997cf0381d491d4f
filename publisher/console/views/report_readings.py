"""Where a number comes from: the readings behind it, each with its source and moment."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from publisher.connectors.base import Metric
from publisher.console.access import needs
from publisher.measure.models import Horizon
from publisher.people.access import May, everywhere, may
from publisher.people.models import District, Region, User
from publisher.report import behind
from publisher.report.page_readings import readings_page
from publisher.report.values import Behind


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    """A panel over the report, or a page of its own; another district's figures do not exist."""
    asked = _asked(request)
    start = _whole(request.GET.get("start", "0"))
    listed = behind.listing(asked, timezone.now(), start)
    page = readings_page(asked, listed, request.LANGUAGE_CODE)
    following = start + len(listed.lines)
    more = urlencode(asked.as_query() | {"start": str(following)}) if listed.lines and following < listed.total else ""
    facts = {"readings": page, "more": more, "start": start}
    panel = request.headers.get("HX-Request") == "true"
    return render(request, "console/_readings.html" if panel else "console/report_readings.html", facts)


def _asked(request: HttpRequest) -> Behind:
    try:
        asked = Behind.of_query(request.GET.dict())
        Metric(asked.metric or Metric.VIEWS), Horizon(asked.horizon or Horizon.THREE_DAYS)  # ValueError: no such one
        whose = behind.place(asked)
    except (ValueError, TypeError, District.DoesNotExist, Region.DoesNotExist):
        raise Http404 from None
    if not _within(request.user, whose):
        raise Http404
    return asked


def _within(user: User, whose: District | Region | None) -> bool:
    if isinstance(whose, District):
        return may(user, May.REPORT, whose.pk)
    if isinstance(whose, Region):
        return everywhere(user) or user.region_id == whose.pk
    return everywhere(user)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Http404
    return int(text)
