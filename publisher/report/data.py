"""A week or a month as plain data for other programs: ISO times, codes for words, null where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from django.db.models import Model

from publisher.measure.readings import Known
from publisher.report.monthly_records import Month
from publisher.report.values import Behind
from publisher.report.weekly_records import Week

VERSION = 1  # of this shape: fields are added, never renamed or taken away without a new number


def as_data(record: Week | Month) -> dict[str, Any]:
    """The record field by field; a figure's `behind` is the query that lists its readings."""
    kind = "week" if isinstance(record, Week) else "month"
    return {"kind": kind, "version": VERSION, **_fields(record)}


def _fields(record: Any) -> dict[str, Any]:
    found = {field.name: plain(getattr(record, field.name)) for field in fields(record)}
    if hasattr(type(record), "at_least"):
        found["at_least"] = record.at_least
    if isinstance(record, Known):
        found["reason"] = None
    return found


def plain(value: Any) -> Any:
    if isinstance(value, Behind):
        return value.as_query()
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Model):  # a district or a region, by its key
        return value.pk
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
