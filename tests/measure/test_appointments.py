from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.deliver import listeners
from publisher.deliver.models import Account, State
from publisher.measure.appointments import close_missed, due, make_for, make_missing, take, try_again
from publisher.measure.metrics import TOLERANCE
from publisher.measure.models import Appointment, Horizon

LATE = {"1h": timedelta(minutes=15), "24h": timedelta(hours=2), "72h": timedelta(hours=6), "7d": timedelta(hours=12)}


@pytest.fixture
def delivery(telegram, send):
    made = send(telegram)
    make_for(made)
    return made


def states() -> dict[str, tuple[str, str]]:
    return {a.horizon: (a.state, a.reason) for a in Appointment.objects.all()}


def test_a_sent_message_is_to_be_read_four_times(delivery, after):
    assert list(Appointment.objects.values_list("horizon", "due_at")) == [
        ("1h", after(hours=1)),
        ("24h", after(hours=24)),
        ("72h", after(hours=72)),
        ("7d", after(days=7)),
    ]


def test_making_them_twice_makes_them_once(delivery):
    make_for(delivery)
    assert Appointment.objects.count() == 4


def test_a_poll_and_a_message_that_did_not_go_out_have_none(telegram, send):
    text = send(telegram)
    make_for(send(telegram, part="poll", post=text.post))
    text.sent_at = None
    make_for(text)
    assert not Appointment.objects.exists()


def test_delivering_tells_us_of_sent_messages():
    assert make_for in listeners.on_sent


def test_a_message_found_standing_there_later_gets_them_too(telegram, send):
    now = timezone.now()
    send(telegram, at=now - timedelta(days=2))
    send(telegram, at=now - timedelta(days=9))
    send(telegram, at=now, state=State.UNKNOWN)
    assert make_missing(now) == 1
    assert make_missing(now) == 0
    assert Appointment.objects.count() == 4


@pytest.mark.parametrize("horizon", Horizon.values)
def test_a_reading_counts_until_the_edge_of_its_tolerance_and_not_after(delivery, horizon):
    edge = Appointment.objects.get(horizon=horizon).due_at + LATE[horizon]
    assert TOLERANCE[Horizon(horizon)] == LATE[horizon]
    close_missed(edge)
    assert horizon in {a.horizon for a in due(edge)}
    assert horizon not in {a.horizon for a in due(edge + timedelta(seconds=1))}
    close_missed(edge + timedelta(seconds=1))
    assert states()[horizon] == ("missed", "not_read_in_time")


def test_nothing_is_due_before_its_moment(delivery, after):
    assert due(after(minutes=59, seconds=59)) == []
    assert [a.horizon for a in due(after(hours=1))] == ["1h"]


def test_a_platform_that_does_not_answer_is_asked_at_growing_distances(delivery, after):
    asked = []
    for minute in range(16):
        for appointment in due(after(hours=1, minutes=minute)):
            asked.append(minute)
            try_again([appointment.pk])
    assert asked == [0, 1, 3, 7, 15]


def test_what_was_tried_in_vain_says_that_the_reader_failed(delivery, after):
    try_again([Appointment.objects.get(horizon="1h").pk])
    close_missed(after(hours=2))
    assert states()["1h"] == ("missed", "reader_failed")


def test_a_paused_account_is_named_as_the_reason(delivery, after):
    Account.objects.update(paused_at=after(minutes=5))
    close_missed(after(hours=2))
    assert states()["1h"] == ("missed", "paused_then")


def test_a_withdrawn_message_is_not_read_any_more(delivery, after):
    delivery.state = State.WITHDRAWN
    delivery.save()
    assert close_missed(after(hours=1)) == 1
    assert states()["1h"] == ("missed", "withdrawn_before")
    assert states()["24h"] == ("waiting", "")


def test_an_appointment_is_taken_once(delivery, after):
    pk = Appointment.objects.get(horizon="1h").pk
    assert take([pk], after(hours=1)) == {pk}
    assert take([pk], after(hours=1, minutes=1)) == set()
    assert Appointment.objects.get(pk=pk).taken_at == after(hours=1)


def test_a_taken_appointment_is_never_missed_afterwards(delivery, after):
    take([Appointment.objects.get(horizon="1h").pk], after(hours=1))
    close_missed(after(days=30))
    assert states()["1h"] == ("taken", "")
