"""The monthly report's figures, gathered."""

from __future__ import annotations

from datetime import date, datetime

from publisher.people.models import District
from publisher.report.monthly_records import Month


def month(district: District | None, first_of_month: date, now: datetime) -> Month:
    """The month of the district's zone; raises ValueError when the day is not its first."""
    raise NotImplementedError
