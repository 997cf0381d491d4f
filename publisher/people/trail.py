"""Reading the audit trail: a part of it, and as a file to take along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from publisher.people.models import AuditEntry, District, User

COLUMNS = ("number", "at", "actor", "verb", "subject", "district", "before", "after", "detail", "hash")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so


def lines(
    *,
    start: date | None = None,
    end: date | None = None,
    person: User | None = None,
    verb: str = "",
    subject: str = "",
    district: District | None = None,
    words: str = "",
) -> QuerySet[AuditEntry]:
    """Days are counted by the site's clock; both belong to the span. `subject`: post:12, or a kind: post."""
    rows = AuditEntry.objects.select_related("district").order_by("-number")
    if start:
        rows = rows.filter(at__gte=_begin_of(start))
    if end:
        rows = rows.filter(at__lt=_begin_of(end + timedelta(days=1)))
    if person:
        rows = rows.filter(actor=person)
    if verb:
        rows = rows.filter(verb=verb)
    if subject:
        rows = rows.filter(subject=subject) if ":" in subject else rows.filter(subject__startswith=f"{subject}:")
    if district:
        rows = rows.filter(district=district)
    if words:
        rows = rows.filter(Q(actor_name__icontains=words) | Q(subject__icontains=words))
    return rows


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.CONFIG.site.time_zone))


def as_csv(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    """With the mark by which spreadsheets know UTF-8; no cell of it is a formula."""
    yield "\ufeff"
    yield _csv_line(COLUMNS)
    for row in _oldest_first(rows):
        yield _csv_line(_cell(value) for value in _record(row).values())


def as_json(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    yield "["
    for place, row in enumerate(_oldest_first(rows)):
        yield ("," if place else "") + "\n" + json.dumps(_record(row), ensure_ascii=False)
    yield "\n]\n"


WRITERS: dict[str, Callable[[QuerySet[AuditEntry]], Iterator[str]]] = {"csv": as_csv, "json": as_json}


def _oldest_first(rows: QuerySet[AuditEntry]) -> Iterator[AuditEntry]:
    return rows.order_by("number").iterator(chunk_size=2000)


def _record(row: AuditEntry) -> dict[str, object]:
    values = (row.number, row.at.isoformat(), row.actor_name, row.verb, row.subject, row.district_id)
    return dict(zip(COLUMNS, (*values, row.before, row.after, row.detail, row.hash), strict=True))


def _csv_line(cells: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
