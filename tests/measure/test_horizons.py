"""Many V_h at once say exactly what one V_h says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.connectors.base import Metric
from publisher.measure import horizons
from publisher.measure.appointments import make_for
from publisher.measure.models import Appointment, Horizon, Reading
from publisher.measure.readings import Known, at_horizon

OFFSETS = st.integers(-8 * 3600, 8 * 3600) | st.sampled_from([-6 * 3600, 6 * 3600, -6 * 3600 - 1, 6 * 3600 + 1, 0])
READINGS = st.lists(st.tuples(OFFSETS, st.integers(0, 999), st.sampled_from(["mtproto", "public-page"])), max_size=6)


@pytest.fixture
def asked(telegram, send):
    messages = [send(telegram, str(n), language=f"{n:02}") for n in range(3)]
    make_for(*messages)
    Appointment.objects.update(state="taken")
    telegram.url = "https://t.me/akkaiyn"
    telegram.save()
    return messages


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(taken=st.lists(READINGS, min_size=3, max_size=3))
def test_the_same_as_one_by_one(asked, after, taken):
    Reading.objects.all().delete()
    for message, rows in zip(asked, taken, strict=True):
        seen = {}
        for offset, value, source in rows:
            seen[offset, source] = value  # one snapshot of each moment and source
        for (offset, source), value in seen.items():
            at = after(hours=72) + timedelta(seconds=offset)
            Reading.objects.create(delivery=message, metric="views", value=value, at=at, source=source)
    found = horizons.values(Metric.VIEWS, Horizon.THREE_DAYS, after(hours=-1), after(hours=1))
    for message in asked:
        one = at_horizon(message, Metric.VIEWS, Horizon.THREE_DAYS)
        many = found.get(message.pk)
        assert (
            (one.value, one.at, one.source) == (many.value, many.at, many.source)
            if isinstance(one, Known)
            else (many is None)
        )


def test_a_moment_within_a_second_is_compared_exactly(asked, after):
    at = after(hours=72) - timedelta(hours=6)
    Reading.objects.create(delivery=asked[0], metric="views", value=7, at=at, source="mtproto")
    early = at - timedelta(microseconds=1)
    Reading.objects.create(delivery=asked[1], metric="views", value=7, at=early, source="mtproto")
    found = horizons.values(Metric.VIEWS, Horizon.THREE_DAYS, after(hours=-1), after(hours=1))
    assert set(found) == {asked[0].pk}


def test_what_is_told_on_every_change_is_not_asked_here(after):
    with pytest.raises(ValueError, match="told on every change"):
        horizons.values(Metric.REACTIONS, Horizon.DAY, after(), after(hours=1))
