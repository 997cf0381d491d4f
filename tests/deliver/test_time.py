"""Time limits of the platforms, and a computer's clock that is set or slept through."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.connectors.base import Receipt
from publisher.connectors.telegram import Telegram
from publisher.deliver import actions, bulk, changes, corrections, dispatch, record, status
from publisher.deliver.models import Change, ChangeKind, ChangeState, Delivery, State
from publisher.people.audit import Actor

pytestmark = pytest.mark.django_db
LIMIT = Telegram.description.limits.withdraw_within


@pytest.fixture
def ask(make_delivery):
    """A change of a message that has stood there for so long."""

    def make(kind, stood: timedelta) -> Change:
        sent_at = timezone.now() - stood
        standing = make_delivery(state=State.SENT, sent_at=sent_at, receipt={"ids": ["5"]})
        return Change.objects.create(delivery=standing, kind=kind, due_at=timezone.now(), asked_by="x")

    return make


def test_a_withdrawal_past_the_platforms_limit_is_for_a_person(ask):
    change = ask(ChangeKind.WITHDRAW, LIMIT + timedelta(minutes=1))
    assert changes.take(5) == []
    change.refresh_from_db()
    assert (change.state, change.error_reason) == (ChangeState.BY_HAND, "too_old_to_delete")


def test_a_withdrawal_within_the_limit_is_asked_for(ask):
    ask(ChangeKind.WITHDRAW, LIMIT - timedelta(minutes=1))
    assert len(changes.take(5)) == 1


def test_a_correction_has_no_end_where_the_platform_names_none(ask):
    ask(ChangeKind.EDIT, timedelta(days=400))
    assert len(changes.take(5)) == 1


@pytest.mark.parametrize(("replies", "state"), [(True, ChangeState.FOLLOWED_UP), (False, ChangeState.BY_HAND)])
def test_a_correction_past_a_platforms_limit_follows_in_reply_or_is_for_a_person(ask, monkeypatch, replies, state):
    hour = replace(Telegram.description.limits, edit_within=timedelta(hours=1), replies=replies)
    for module in (changes, corrections):
        monkeypatch.setattr(module, "limits_of", lambda account: hour)
    change = ask(ChangeKind.EDIT, timedelta(hours=2))
    assert changes.take(5) == []
    change.refresh_from_db()
    assert (change.state, change.error_reason) == (state, "too_old_to_edit")


@pytest.fixture
def shift(monkeypatch):
    """Set the database's clock by so much."""

    def by(amount: timedelta) -> None:
        for module in (bulk, dispatch, record, status):
            monkeypatch.setattr(module, "now", lambda: timezone.now() + amount)

    return by


def claimed():
    return list(dispatch.claim("w", 10).tickets)


def test_a_clock_set_back_an_hour_sends_nothing_early_and_nothing_twice(make_delivery, shift):
    delivery = make_delivery()
    (ticket,) = claimed()
    assert record.begin(ticket)
    shift(-timedelta(hours=1))
    record.sweep()
    assert claimed() == []
    assert Delivery.objects.get().state == State.SENDING
    assert record.finish_sent(ticket, Receipt(("5",)))
    shift(timedelta())
    assert claimed() == []
    assert Delivery.objects.get(pk=delivery.pk).attempts_made == 1


def test_what_is_due_after_the_clock_was_set_back_waits_for_its_moment(make_delivery, shift):
    make_delivery()
    shift(-timedelta(hours=1))
    assert claimed() == []
    shift(timedelta())
    assert len(claimed()) == 1


def test_a_clock_set_forward_makes_a_request_on_the_wire_unknown_and_its_answer_still_counts(make_delivery, shift):
    make_delivery()
    (ticket,) = claimed()
    assert record.begin(ticket)
    shift(timedelta(hours=1))
    assert record.sweep().unknown == 1
    assert claimed() == []
    assert record.finish_sent(ticket, Receipt(("5",)))
    assert Delivery.objects.get().state == State.SENT


def test_after_the_computer_slept_a_person_is_asked_about_what_is_too_late(make_delivery, shift):
    delivery = make_delivery()
    shift(timedelta(hours=9))
    assert claimed() == []
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_reason) == (State.FAILED, "too_late")
    assert [row.pk for row in status.needs_person()] == [delivery.pk]


def test_of_all_that_a_computer_slept_through_nothing_is_sent_or_lost_and_each_says_what_to_do(
    make_delivery, make_channel, shift
):
    """Three posts of the night in two channels, and one of the morning: that one goes out."""
    other = make_channel("other")
    slept = [make_delivery(late_s=3), make_delivery(late_s=2), make_delivery(on=other, late_s=1)]
    due_at = timezone.now() + timedelta(hours=9)
    morning = make_delivery(on=other, late_s=0, due_at=due_at - timedelta(minutes=5))
    Delivery.objects.filter(pk=morning.pk).update(created_at=timezone.now())
    shift(timedelta(hours=9))
    sent = [ticket.delivery_id for _ in range(4) for ticket in claimed()]
    assert sent == [morning.pk]
    assert {row.pk for row in status.needs_person()} == {row.pk for row in slept}
    for row in status.queue_rows():
        if row["state"] == State.FAILED:
            assert row["error"]["reason"] == "too_late"
            assert row["error"]["do"]


@pytest.mark.parametrize("answer", ["send_anyway", "drop"])
def test_what_was_slept_through_goes_out_or_not_as_a_person_says(make_delivery, shift, answer):
    delivery = make_delivery()
    shift(timedelta(hours=9))
    assert claimed() == []
    getattr(actions, answer)(delivery, Actor("Айгүл"))
    assert len(claimed()) == (answer == "send_anyway")


def test_what_expired_during_sleep_says_so(make_delivery, shift):
    delivery = make_delivery(expires_at=timezone.now() + timedelta(hours=3))
    shift(timedelta(hours=9))
    dispatch.expire()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_reason) == (State.EXPIRED, "expired")
    assert [row.pk for row in status.needs_person()] == [delivery.pk]


def test_a_request_that_the_computer_slept_through_is_unknown_and_asked_about(make_delivery, shift):
    make_delivery()
    (ticket,) = claimed()
    assert record.begin(ticket)
    shift(timedelta(hours=9))
    assert record.sweep().unknown == 1
    assert claimed() == []
    assert [row.state for row in status.needs_person()] == [State.UNKNOWN]


def test_a_correction_slept_through_is_made_when_the_computer_wakes(ask, shift):
    change = ask(ChangeKind.EDIT, timedelta(minutes=1))
    shift(timedelta(hours=9))
    assert [order.change_id for order in changes.take(5)] == [change.pk]


def test_what_is_late_within_its_tolerance_goes_out_after_sleep(make_delivery, shift):
    make_delivery()
    shift(timedelta(minutes=50))
    assert len(claimed()) == 1


def test_a_claim_whose_worker_slept_may_not_begin(make_delivery, shift):
    make_delivery()
    (ticket,) = claimed()
    shift(timedelta(minutes=5))
    assert not record.begin(ticket)
    assert record.sweep().taken_back == 1
