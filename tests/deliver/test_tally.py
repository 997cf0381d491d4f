"""The sums behind /metrics; here they run on PostgreSQL as well (tests/e2e/test_postgres.py)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.deliver.models import Attempt, Delivery
from publisher.tally import Tallies


@pytest.fixture
def sent(make_delivery):
    """An attempt that ended `late` seconds after its delivery's moment, `days` ago."""

    def make(late: float, days: float = 0.0) -> Attempt:
        delivery, due = make_delivery(), timezone.now() - timedelta(days=days, seconds=late)
        Delivery.objects.filter(pk=delivery.pk).update(due_at=due, created_at=due - timedelta(hours=1))
        ended = due + timedelta(seconds=late)
        return Attempt.objects.create(
            delivery=delivery, number=1, worker="w", claimed_at=due, ended_at=ended, outcome="sent"
        )

    return make


def test_the_database_itself_reckons_lateness_to_the_hundredth(sent):
    for late in (0.05, 0.25, 42.0):
        sent(late)
    tally = Tallies().read()
    assert {place: number for (urgent, place), number in tally.late.items() if not urgent} == {0: 1, 1: 1, 6: 1}
    assert tally.late_sum[False] == pytest.approx(42.3, abs=0.01)


def test_what_is_older_than_a_day_is_added_up_once_and_stays_counted(sent):
    tallies = Tallies()
    sent(1.5, days=3)
    assert tallies.read().outcomes["telegram-main", "sent"] == 1
    Attempt.objects.all().delete()  # old ones are not read again, so a counter never falls
    sent(1.5)
    assert tallies.read().outcomes["telegram-main", "sent"] == 2
