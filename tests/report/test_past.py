"""What is added up of past weeks and months never shows anything else than the readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F

from publisher.measure.models import Appointment, Horizon, Reading
from publisher.report.messages import Messages, tallied
from publisher.report.models import Past, PastSum, Settled
from publisher.report.monthly import month
from publisher.report.past_making import ANEW, add_up
from publisher.report.scope import Scope
from publisher.report.settle import settle
from publisher.report.weekly import week
from tests.report.conftest import LATER, SENT

HORIZONS = [Horizon.DAY, Horizon.THREE_DAYS, Horizon.WEEK]


def weeks(scope: Scope) -> list:
    return scope.weeks_before(date(2026, 12, 7), 30)


def all_of(now=LATER) -> int:
    made = 0
    while step := add_up(now):
        made += step
    return made


def told(scope: Scope, horizon: Horizon) -> tuple:
    """By week and channel; views and moments without their order."""
    asked, spans = Messages(scope, LATER), weeks(scope)
    return asked.tallies_in(spans, horizon), sorted(asked.views_in(spans, horizon)), asked.moments_in(spans)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_sums_of_past_weeks_are_those_of_the_raw_readings(mixed, district, horizon):
    scopes = [Scope(), Scope(district)]
    raw = [told(scope, horizon) for scope in scopes]
    assert any(tallies for tallies, _views, _moments in raw)
    settle(LATER)
    settled = [told(scope, horizon) for scope in scopes]
    assert all_of() > 15
    assert settled == raw
    assert [told(scope, horizon) for scope in scopes] == raw


def test_sums_of_a_month_are_those_of_its_messages(mixed):
    settle(LATER)
    all_of()
    scope = Scope()
    span = scope.moment(date(2026, 9, 1)), scope.moment(date(2026, 10, 1))
    rows = [replace(row, language="") for row in Messages(scope, LATER).rows(*span, Horizon.WEEK)]
    assert rows
    assert Messages(scope, LATER).tallies_in([span], Horizon.WEEK) == [tallied(rows)]


def test_the_reports_are_the_same_with_and_without_them(mixed, district):
    monday, first = date(2026, 11, 23), date(2026, 11, 1)
    before = week(district, monday, LATER), month(None, first, LATER)
    settle(LATER)
    all_of()
    assert (week(district, monday, LATER), month(None, first, LATER)) == before


@pytest.mark.skipif(
    connection.vendor == "postgresql", reason="looks at the newest 1,000 readings again, and here there are no more"
)
def test_they_are_used(mixed, django_assert_num_queries):
    settle(LATER)
    all_of()
    scope = Scope()
    asked, spans = (
        Messages(scope, LATER),
        [span for span in weeks(scope) if Past.objects.filter(first=span[0]).exists()],
    )
    assert len(spans) > 15
    with django_assert_num_queries(2):
        assert any(asked.tallies_in(spans, Horizon.WEEK))


def in_october() -> Settled:
    last = SENT - timedelta(days=30)
    return Settled.objects.filter(horizon="72h", views__isnull=False, sent_at__lt=last).latest("sent_at")


def type_in(row: Settled) -> None:
    at = row.sent_at + timedelta(hours=72)
    Reading.objects.filter(delivery=row.delivery_id, metric="views").delete()
    Reading.objects.create(delivery_id=row.delivery_id, metric="views", value=99_999, at=at, source="hand", by="A")
    Appointment.objects.filter(delivery=row.delivery_id, horizon="72h").update(state="taken")


def test_a_number_typed_in_later_shows_at_once_and_is_added_up_by_the_next_step(mixed):
    settle(LATER)
    many = all_of()
    type_in(in_october())
    shown = told(Scope(), Horizon.THREE_DAYS)
    assert max(views for _channel, _at, views in shown[1]) == 99_999
    settle(LATER)
    assert Past.objects.count() < many
    assert told(Scope(), Horizon.THREE_DAYS) == shown
    all_of()
    assert Past.objects.count() == many
    assert told(Scope(), Horizon.THREE_DAYS) == shown


def test_a_message_found_to_have_gone_out_then_counts_at_once(mixed, public, went):
    settle(LATER)
    all_of()
    went(public, SENT - timedelta(days=60), views=4_321)
    shown = told(Scope(), Horizon.THREE_DAYS)
    assert 4_321 in [views for _channel, _at, views in shown[1]]
    add_up(LATER)
    assert told(Scope(), Horizon.THREE_DAYS) == shown


def test_nothing_is_added_up_before_it_is_settled_and_over(mixed):
    all_of()
    assert not PastSum.objects.exists()  # only weeks without any message
    Past.objects.all().delete()
    settle(SENT)
    all_of(SENT)
    newest = Past.objects.latest("last")
    assert newest.last <= SENT - timedelta(days=7)


def test_a_wrong_sum_does_not_last(mixed):
    settle(LATER)
    all_of()
    before = views()
    PastSum.objects.update(views=F("views") + 1)
    for _ in range(Past.objects.count()):
        add_up(LATER + ANEW + timedelta(hours=1))
    assert before.items() <= views().items()


def views() -> dict:
    rows = PastSum.objects.values_list("past__first", "past__last", "horizon", "channel", "views")
    return {tuple(key): number for *key, number in rows}


def test_weeks_begin_at_midnight_of_the_sites_zone(mixed):
    settle(LATER)
    all_of()
    edges = {
        at.astimezone(ZoneInfo("Asia/Almaty")).strftime("%H:%M") for at in Past.objects.values_list("first", flat=True)
    }
    assert edges == {"00:00"}
