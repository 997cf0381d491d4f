"""Settled rows never show anything else than the readings, whatever came in and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from publisher.measure.models import Appointment, Horizon, Reading
from publisher.measure.retention import thin
from publisher.report.messages import Messages, tallied
from publisher.report.models import Mark, Settled
from publisher.report.monthly import month
from publisher.report.scope import Scope
from publisher.report.settle import settle
from publisher.report.weekly import week
from tests.report.conftest import LATER, SENT

FIRST, LAST = SENT - timedelta(days=400), SENT + timedelta(days=30)
HORIZONS = [Horizon.DAY, Horizon.THREE_DAYS, Horizon.WEEK]


def rows(horizon=Horizon.THREE_DAYS, now=LATER):
    """Without where the numbers came from, which only settled rows keep for good."""
    return [replace(row, sources="", seen_at=None) for row in Messages(Scope(), now).rows(FIRST, LAST, horizon)]


@pytest.mark.parametrize("horizon", HORIZONS)
def test_settled_rows_show_what_the_readings_show(mixed, horizon):
    before = rows(horizon)
    assert settle(LATER) > 100
    assert rows(horizon) == before
    assert len(before) == 61


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_database_adds_up_what_the_rows_add_up_to(mixed, horizon):
    settle(LATER)
    asked = Messages(Scope(), LATER)
    together = [replace(row, language="") for row in asked.rows(FIRST, LAST, horizon)]
    assert asked.tallies(FIRST, LAST, horizon) == tallied(together)


def test_the_reports_are_the_same_with_and_without_settled_rows(mixed, district):
    monday, first = date(2026, 11, 23), date(2026, 11, 1)
    before = week(district, monday, LATER), month(None, first, LATER)
    settle(LATER)
    assert (week(district, monday, LATER), month(None, first, LATER)) == before


def test_a_young_message_is_not_settled_until_its_moment_is_over(mixed):
    settle(LATER)
    assert not Settled.objects.filter(delivery=mixed, horizon="72h").exists()
    assert Settled.objects.filter(delivery=mixed, horizon="24h").count() == 0  # its appointment still waits
    assert rows()[-1].growing
    assert rows()[-1].numbers["views"] == 70


def test_a_number_typed_in_later_shows_at_once_and_is_settled_by_the_next_step(mixed):
    settle(LATER)
    row = Settled.objects.filter(horizon="72h", views=None, channel__key="tg").first()
    Reading.objects.create(
        delivery_id=row.delivery_id,
        metric="views",
        value=777,
        at=row.sent_at + timedelta(hours=72),
        source="hand",
        by="A",
    )
    Appointment.objects.filter(delivery=row.delivery_id, horizon="72h").update(state="taken")
    shown = {one.delivery: one.numbers["views"] for one in rows()}
    assert shown[row.delivery_id] == 777
    assert settle(LATER) == 1
    assert Settled.objects.get(delivery=row.delivery_id, horizon="72h").views == 777
    assert {one.delivery: one.numbers["views"] for one in rows()} == shown


def test_settling_twice_makes_nothing_new(mixed):
    settle(LATER)
    assert settle(LATER) == 0


def test_the_years_before_are_settled_bit_by_bit(mixed):
    before = rows()
    steps = [settle(LATER, most=7) for _ in range(40)]
    assert steps[-1] == 0
    assert rows() == before
    assert Settled.objects.filter(horizon="72h").count() == 60
    assert Mark.objects.get(name="settled_back_to").value


def test_thinning_changes_no_figure(mixed, public, district):
    for hour in range(1, 200):
        Reading.objects.create(
            delivery=mixed, metric="views", value=hour, at=LATER - timedelta(hours=200 - hour), source="public-page"
        )
        Reading.objects.create(
            channel=public, metric="followers", value=900 + hour, at=SENT + timedelta(hours=hour), source="bot-api"
        )
    monday = date(2026, 11, 23)
    before = week(district, monday, LATER)
    assert thin(LATER + timedelta(days=60)) > 100
    assert week(district, monday, LATER) == before


def test_nothing_to_settle_costs_few_queries(mixed, django_assert_max_num_queries):
    settle(LATER)
    with django_assert_max_num_queries(25):  # PostgreSQL looks at the newest readings once more
        settle(LATER)


def test_what_went_out_while_the_clock_stood_still_is_settled_too(public, went):
    settle(SENT)
    late = went(public, SENT + timedelta(days=1))
    settle(SENT + timedelta(days=60))
    assert Settled.objects.filter(delivery=late).count() == 3
