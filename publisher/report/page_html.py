"""A report as a file that stands alone: to be mailed, printed or kept. It loads nothing."""

from __future__ import annotations

from pathlib import Path

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from publisher.report.page import MonthPage, WeekPage

STYLE = Path(__file__).parent / "static/report/week.css"


def as_html(page: WeekPage | MonthPage) -> str:
    body = "report/_week.html" if isinstance(page, WeekPage) else "report/_month.html"
    with override(page.head.language):
        css = mark_safe(STYLE.read_text(encoding="utf-8"))  # our own file
        return render_to_string("report/alone.html", {"page": page, "body": body, "css": css, "alone": True})
