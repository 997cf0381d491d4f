from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.connectors.base import Metric
from publisher.measure.appointments import make_for, take
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Appointment, Horizon, PersonStatus, Reading
from publisher.measure.readings import Asked, Known, Snapshot, Unknown, at_horizon, followers_near, latest, value_at

SENT = datetime(2026, 11, 24, 5, tzinfo=UTC)
DUE = SENT + timedelta(hours=72)
ALL = frozenset(Metric)
TAKEN = Asked(Horizon.THREE_DAYS, DUE, "taken", DUE + timedelta(minutes=1))


def snapshot(at: datetime, value: int) -> Snapshot:
    return Snapshot(at, "test", (("", value),))


def number(asked, taken, metric=Metric.VIEWS, given=ALL):
    return value_at(asked, taken, metric, given)


def test_a_reading_that_came_late_says_by_how_much():
    found = number(TAKEN, [snapshot(DUE + timedelta(hours=2), 7)])
    assert (found.value, found.late_by) == (7, timedelta(hours=2))
    assert number(TAKEN, [snapshot(DUE + timedelta(minutes=9), 7)]).late_by is None
    assert number(TAKEN, [snapshot(DUE - timedelta(hours=2), 7)]).late_by is None


def test_of_several_readings_the_nearest_to_the_moment_counts():
    rows = [snapshot(DUE - timedelta(hours=2), 1), snapshot(DUE + timedelta(minutes=9), 2)]
    assert number(TAKEN, rows) == Known(2, DUE + timedelta(minutes=9), "test", horizon="72h")


@pytest.mark.parametrize("horizon", list(Horizon))
@pytest.mark.parametrize("side", [-1, 1])
def test_the_window_includes_its_edges_and_nothing_beyond(horizon, side):
    due = SENT + AFTER[horizon]
    asked = Asked(horizon, due, "taken", due)
    edge = due + side * TOLERANCE[horizon]
    assert isinstance(number(asked, [snapshot(edge, 1)]), Known)
    assert number(asked, [snapshot(edge + side * timedelta(seconds=1), 1)]) == Unknown("not_given")


@given(
    st.lists(st.tuples(st.integers(-600, 600), st.integers(0, 10**6))),
    st.sampled_from([Metric.VIEWS, Metric.REACTIONS]),
)
def test_a_value_is_always_one_that_somebody_gave(minutes, metric):
    rows = sorted((snapshot(DUE + timedelta(minutes=m), v) for m, v in minutes), key=lambda s: s.at)
    found = number(TAKEN, rows, metric)
    if isinstance(found, Known):
        assert (found.value, found.at) in {(s.total, s.at) for s in rows}
    else:
        near = [m for m, _ in minutes if abs(m) <= 360]
        held = [m for m, _ in minutes if m <= 1]
        assert not near
        assert metric != Metric.REACTIONS or not held


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 5000))
def test_what_is_read_after_the_window_never_changes_the_value(values, later):
    rows = [snapshot(DUE + timedelta(seconds=n), v) for n, v in enumerate(values)]
    more = [*rows, snapshot(DUE + timedelta(hours=6, minutes=later), 7)]
    for metric in (Metric.VIEWS, Metric.REACTIONS):
        assert number(TAKEN, more, metric) == number(TAKEN, rows, metric)


def test_a_number_told_on_change_holds_until_the_appointment_and_keeps_its_own_time():
    early = SENT + timedelta(minutes=3)
    assert number(TAKEN, [snapshot(early, 4)], Metric.REACTIONS) == Known(4, early, "test", horizon="72h")


def test_a_number_that_is_asked_for_does_not_hold():
    assert number(TAKEN, [snapshot(SENT + timedelta(minutes=3), 4)], Metric.VIEWS) == Unknown("not_given")


def test_what_was_told_after_the_appointment_was_taken_does_not_belong_to_it():
    rows = [snapshot(DUE, 4), snapshot(DUE + timedelta(minutes=2), 9)]
    assert number(TAKEN, rows, Metric.REACTIONS).value == 4


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (TAKEN, "not_given"),
        (Asked(Horizon.THREE_DAYS, DUE, "waiting"), "not_yet"),
        (Asked(Horizon.THREE_DAYS, DUE, "missed", reason="reader_failed"), "reader_failed"),
        (None, "not_read_in_time"),
    ],
)
def test_a_number_that_never_came_is_unknown_with_its_reason(asked, reason):
    assert number(asked, [], Metric.REACTIONS) == Unknown(reason)


@pytest.mark.parametrize("asked", [None, TAKEN, Asked(Horizon.THREE_DAYS, DUE, "missed", reason="reader_failed")])
def test_what_the_road_cannot_give_is_always_called_so(asked):
    assert number(asked, [], Metric.VIEWS, frozenset({Metric.REACTIONS})) == Unknown("not_given")


def test_a_0_that_was_given_is_a_known_0():
    assert number(TAKEN, [snapshot(SENT, 0)], Metric.REACTIONS).value == 0


def test_emoji_of_one_snapshot_add_up_and_those_of_an_earlier_one_do_not(telegram, send, after):
    delivery = send(telegram)
    for minutes, label, value in ((5, "👍", 3), (5, "❤", 2), (9, "👍", 4)):
        Reading.objects.create(
            delivery=delivery, metric="reactions", label=label, value=value, at=after(minutes=minutes), source="bot-api"
        )
    assert latest(delivery, Metric.REACTIONS) == Known(4, after(minutes=9), "bot-api", parts=(("👍", 4),))


def test_reactions_that_telegram_never_told_are_unknown(telegram, send, after):
    delivery = send(telegram)
    make_for(delivery)
    take([Appointment.objects.get(horizon="1h").pk], after(hours=1))
    assert at_horizon(delivery, Metric.REACTIONS, Horizon.HOUR) == Unknown("not_given")
    assert at_horizon(delivery, Metric.VIEWS, Horizon.HOUR) == Unknown("not_given")
    assert at_horizon(delivery, Metric.REACTIONS, Horizon.DAY) == Unknown("not_yet")


def test_confirmations_count_at_once_and_are_lower_bounds(whatsapp, send):
    delivery = send(whatsapp)
    PersonStatus.objects.create(delivery=delivery, person="a", rank=2)
    PersonStatus.objects.create(delivery=delivery, person="b", rank=1, emoji="👍")
    delivered, read = latest(delivery, Metric.DELIVERED), latest(delivery, Metric.READ)
    assert (delivered.value, delivered.at_least, read.value, read.at_least) == (2, True, 1, True)
    assert latest(delivery, Metric.REACTIONS).parts == (("👍", 1),)
    assert latest(delivery, Metric.PLAYED) == Unknown("not_given")


def test_votes_belong_to_the_text_that_the_poll_came_with(telegram, send, after):
    text = send(telegram, "11")
    poll = send(telegram, "12", part="poll", post=text.post)
    for label, value in (("Yes", 3), ("No", 1)):
        Reading.objects.create(
            delivery=poll, metric="poll_votes", label=label, value=value, at=after(minutes=9), source="bot-api"
        )
    assert latest(text, Metric.POLL_VOTES).parts == (("Yes", 3), ("No", 1))


def test_followers_are_those_of_the_reading_nearest_to_the_moment(telegram, whatsapp, after):
    for hours, value in ((-30, 90), (-3, 100), (2, 104), (30, 120)):
        Reading.objects.create(channel=telegram, metric="followers", value=value, at=after(hours=hours), source="x")
    assert followers_near(after(), timedelta(hours=24)) == {telegram.pk: Known(104, after(hours=2), "x")}
    assert followers_near(after(days=9), timedelta(hours=24)) == {}
