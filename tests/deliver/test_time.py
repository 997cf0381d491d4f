"""Time limits of the platforms, and a computer's clock that is set or slept through."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.connectors.base import Receipt
from publisher.connectors.telegram import Telegram
from publisher.deliver import bulk, changes, corrections, dispatch, record, status
from publisher.deliver.models import Change, ChangeKind, ChangeState, Delivery, State

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
