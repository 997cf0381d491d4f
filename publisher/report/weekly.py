"""The weekly page's figures, gathered."""

from __future__ import annotations

from datetime import date, datetime

from publisher.people.models import District
from publisher.report.weekly_records import Week


def week(district: District | None, monday: date, now: datetime) -> Week:
    """The seven days from `monday` in the district's zone; raises ValueError when it is no Monday."""
    raise NotImplementedError
