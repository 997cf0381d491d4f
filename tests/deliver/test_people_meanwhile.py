"""What people decide while a worker has a delivery in hand, or after it went wrong: their word holds."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from publisher.compose import posts
from publisher.connectors.base import Receipt
from publisher.connectors.errors import OutcomeUnknown, Unavailable
from publisher.deliver import actions, dispatch, outcomes, record
from publisher.deliver.models import Bucket, Change, Channel, Delivery, Part, State
from publisher.people.audit import Actor

pytestmark = pytest.mark.django_db
ACTOR = Actor("Айгүл")


def claimed():
    Bucket.objects.all().delete()
    Channel.objects.update(used_at=None)
    (ticket,) = dispatch.claim("w", 10).tickets
    return ticket


@pytest.fixture
def in_hand(make_delivery):
    """A worker took it and brings its film to the platform, which takes minutes."""
    make_delivery()
    return claimed()


def delivery():
    return Delivery.objects.select_related("post").get(part=Part.MAIN)


def test_a_post_edited_meanwhile_goes_out_only_when_it_is_approved_again(in_hand):
    posts.save_versions(delivery().post, {"kk": "Бекітілмеген мәтін"}, ACTOR)
    assert not record.begin(in_hand)
    assert delivery().state == State.CLAIMED


def test_a_correction_meanwhile_is_what_goes_out(in_hand):
    """The worker has the wrong words in hand, and nobody would mend them afterwards."""
    actions.correct(delivery().post, ACTOR)
    assert not record.begin(in_hand)
    assert delivery().attempts.get().outcome == "taken_back"
    assert record.begin(claimed())


def lost(do):
    """People act while the request is on the wire, and its answer is lost."""
    ticket = claimed()
    assert record.begin(ticket)
    do(delivery().post, ACTOR)
    record.finish_error(ticket, OutcomeUnknown("cut"))
    return delivery()


@pytest.mark.parametrize("do", [actions.cancel, actions.withdraw])
def test_what_appeared_although_it_was_called_off_is_to_be_deleted(make_delivery, do):
    make_delivery()
    actions.settle(lost(do), True, ACTOR)
    assert Change.objects.get().kind == "withdraw"
    assert len(outcomes.of(delivery().post)) == 1


def test_what_was_called_off_and_did_not_appear_can_be_sent_after_all(make_delivery):
    make_delivery()
    actions.settle(lost(actions.cancel), False, ACTOR)
    assert actions.send_anyway(delivery(), ACTOR)
    ticket = claimed()
    assert record.begin(ticket)
    assert record.finish_sent(ticket, Receipt(("7",)))
    assert not Change.objects.exists()


def test_a_withdrawn_posts_failures_ask_nobody_any_more(make_delivery):
    failed = make_delivery(state=State.FAILED, error_reason="refused")
    actions.withdraw(failed.post, ACTOR)
    assert delivery().state == State.CANCELLED
    Delivery.objects.update(state=State.FAILED)
    assert not actions.send_anyway(failed, ACTOR)  # it would wait for good


def test_a_text_sent_after_all_brings_its_poll_along(make_delivery):
    failed = make_delivery(state=State.FAILED, error_reason="refused")
    poll = make_delivery(post=failed.post, part=Part.POLL)
    dispatch.claim("w", 10)
    actions.send_anyway(failed, ACTOR)
    assert record.finish_sent(claimed(), Receipt(("7",))) is False  # not begun yet
    poll.refresh_from_db()
    assert (poll.state, poll.late_ok, poll.error_reason) == (State.WAITING, True, "")


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_at_the_moment_of_a_failure_is_not_lost(in_hand, monkeypatch):
    """On PostgreSQL both work at once: the failure would put back into the queue what a person just cancelled."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one of them waits for the other anyway")
    post, end_attempt = delivery().post, record._end_attempt

    def cancel():
        actions.cancel(post, ACTOR)
        connection.close()

    person = threading.Thread(target=cancel)

    def meanwhile(*given):
        person.start()
        person.join(1)
        end_attempt(*given)

    monkeypatch.setattr(record, "_end_attempt", meanwhile)
    record.finish_error(in_hand, Unavailable("no connection"))
    person.join(10)
    assert delivery().state == State.CANCELLED
