"""The month speaks of months and of seven days, where the week speaks of weeks and of 72 hours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils.translation import override

from publisher.report.monthly import OF_MONTHS
from publisher.report.page_formulas import formula
from publisher.report.page_month import month_page
from publisher.report.page_week import week_page
from publisher.report.values import Compared
from tests.report import months, weeks

REASONS = ("too_few_weeks", "not_over", "growing")
WEEKS = {"kk": ("апта", "72 сағат"), "ru": ("недел", "72 ч"), "en": ("week", "72 h")}


def notes(page) -> list[str]:
    return [figure.note for figure in (*page.three, *page.part("response").figures)]


def not_compared(record, reason: str):
    """All that is compared, for once compared with nothing."""

    def alone(found: Compared) -> Compared:
        return replace(found, usual=None, verdict="not_compared", reason=reason)

    def each(thing):
        names = [name for name in thing.__dataclass_fields__ if isinstance(getattr(thing, name), Compared)]
        return replace(thing, **{name: alone(getattr(thing, name)) for name in names})

    return replace(record, headline=each(record.headline), response=each(record.response))


@pytest.mark.parametrize("language", WEEKS)
@pytest.mark.parametrize("reason", REASONS)
def test_why_a_month_is_not_compared_is_said_of_months(db, language, reason):
    page = month_page(not_compared(months.full(), reason), language)
    response = next(part for part in page.parts if part.key == "response")
    said = " ".join(figure.note for figure in (*page.three, *response.figures)).lower()
    assert said
    assert not [word for word in WEEKS[language] if word in said]
    of_week = " ".join(notes(week_page(not_compared(weeks.full(), reason), language))).lower()
    assert any(word in of_week for word in WEEKS[language])


@pytest.mark.parametrize("language", WEEKS)
def test_young_messages_of_a_month_are_younger_than_seven_days(db, language):
    record = months.full()
    growing = replace(record.headline.views, now=weeks.total(9_460, 17, 43, growing=19))
    until = replace(record.period, growing_until=record.period.last)
    page = month_page(replace(record, period=until, headline=replace(record.headline, views=growing)), language)
    lines = next(part for part in page.parts if part.key == "unknown").lines
    young = next(line.what for line in lines if line.what.endswith(": 19"))
    assert "7" in young
    assert "72" not in young


def test_the_month_says_how_its_own_figures_are_made():
    with override("en"):
        said = [formula(code) for code in OF_MONTHS]
    assert said[0][0] == "Views within 7 days"
    assert "8 months before" in dict(said)["Usual"]
