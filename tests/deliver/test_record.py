from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.connectors.base import Receipt, Upload
from publisher.connectors.errors import (
    AccessLost,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from publisher.deliver import dispatch, listeners, record
from publisher.deliver.models import Account, Bucket, Change, Channel, Delivery, RemoteUpload, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(make_delivery):
    make_delivery()
    (ticket,) = dispatch.claim("w", 10).tickets
    return ticket


@pytest.fixture
def begun(ticket):
    assert record.begin(ticket)
    return ticket


def row(ticket):
    return Delivery.objects.get(pk=ticket.delivery_id)


def test_begin_marks_it_before_the_request(begun):
    assert row(begun).state == State.SENDING


def test_a_doubled_job_begins_only_once(begun):
    assert not record.begin(begun)


def test_a_cancelled_delivery_does_not_begin(ticket):
    Delivery.objects.update(state=State.CANCELLED)
    assert not record.begin(ticket)


def test_a_claim_whose_lease_ran_out_does_not_begin(ticket):
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not record.begin(ticket)


def test_sent_keeps_receipt_upload_and_last_id_and_tells_the_listeners(begun, monkeypatch):
    told = []
    monkeypatch.setattr(listeners, "on_sent", [told.append])
    record.finish_sent(begun, Receipt(("7",), "https://t.me/x/7", uploads=(Upload("ab", "file-1"),)))
    sent = row(begun)
    assert sent.state == State.SENT
    assert sent.receipt == {"ids": ["7"], "url": "https://t.me/x/7", "poll_id": ""}
    assert sent.channel.last_message_id == "7"
    assert RemoteUpload.objects.get().remote_id == "file-1"
    assert [d.pk for d in told] == [sent.pk]


def test_refused_fails_and_keeps_the_numbers_for_the_sentence(begun):
    record.finish_error(begun, Refused("too long", reason="text_too_long", limit=4096, found=4097))
    assert row(begun).state == State.FAILED
    assert row(begun).error_values == {"limit": 4096, "found": 4097}


def test_target_gone_fails_and_switches_the_channel_off(begun):
    record.finish_error(begun, TargetGone("kicked"))
    assert row(begun).state == State.FAILED
    assert Channel.objects.get().off_reason == "target_gone"


def test_a_moved_group_is_followed_and_the_post_goes_there(begun):
    record.finish_error(begun, TargetGone("moved", moved_to="-100777"))
    assert row(begun).state == State.WAITING
    assert Channel.objects.get().target == "-100777"
    assert Channel.objects.get().off_reason == ""


def test_lost_access_pauses_the_account_and_the_post_waits(begun):
    record.finish_error(begun, AccessLost("revoked"))
    assert row(begun).state == State.WAITING
    assert Account.objects.get(pk="telegram-main").pause_reason == "access_lost"


def test_rate_limited_blocks_that_chat_for_exactly_so_long(begun):
    before = timezone.now().timestamp()
    record.finish_error(begun, RateLimited("slow down", 17))
    chat = Bucket.objects.get(key=f"chat:telegram-main:{Channel.objects.get().target}")
    assert 17 <= chat.blocked_until - before < 18
    assert row(begun).state == State.WAITING
    assert row(begun).put_off == 0


def test_unavailable_is_tried_again_with_growing_pauses_and_ends_at_a_person(begun):
    Delivery.objects.update(put_off=5)
    record.finish_error(begun, Unavailable("no route"))
    pause = row(begun).not_before - timezone.now()
    assert timedelta(seconds=20) < pause < timedelta(seconds=40)
    Delivery.objects.update(state=State.SENDING, put_off=record.TRIES - 1)
    record.finish_error(begun, Unavailable("no route"))
    assert (row(begun).state, row(begun).error_reason) == (State.FAILED, "tried_too_often")


def test_an_unknown_outcome_is_never_queued_again(begun):
    record.finish_error(begun, OutcomeUnknown("cut"))
    assert row(begun).state == State.UNKNOWN
    assert dispatch.claim("w", 10).tickets == ()


def test_an_unknown_upload_before_the_post_was_begun_sent_nothing(ticket):
    record.finish_error(ticket, OutcomeUnknown("cut while uploading"))
    assert row(ticket).state == State.WAITING


def test_late_word_about_an_unknown_outcome_still_counts(begun):
    record.finish_error(begun, OutcomeUnknown("cut"))
    assert record.finish_sent(begun, Receipt(("8",)))
    assert row(begun).state == State.SENT


def test_word_about_an_older_attempt_changes_nothing(begun):
    Delivery.objects.update(attempts_made=2)
    assert not record.finish_sent(begun, Receipt(("8",)))
    assert row(begun).state == State.SENDING


def test_the_sweep_takes_a_claim_back_and_calls_a_send_unknown(make_delivery, make_channel):
    past = timezone.now() - timedelta(seconds=1)
    claimed = make_delivery(on=make_channel("a"), state=State.CLAIMED, lease_until=past, attempts_made=1)
    sending = make_delivery(on=make_channel("b"), state=State.SENDING, lease_until=past, attempts_made=1)
    assert record.sweep() == record.Swept(taken_back=1, unknown=1)
    claimed.refresh_from_db()
    sending.refresh_from_db()
    assert claimed.state == State.WAITING
    assert (sending.state, sending.error_reason) == (State.UNKNOWN, "worker_died")


def test_the_sweep_leaves_a_living_worker_alone_and_takes_a_dead_ones_rows_at_once(make_delivery, make_channel):
    later = timezone.now() + timedelta(seconds=60)
    make_delivery(on=make_channel("a"), state=State.SENDING, lease_until=later, worker="alive")
    make_delivery(on=make_channel("b"), state=State.SENDING, lease_until=later, worker="dead")
    assert record.sweep(frozenset({"dead"})) == record.Swept(0, 1)


def test_a_cancellation_on_the_wire_becomes_a_withdrawal(begun):
    Delivery.objects.update(cancel_requested=True)
    record.finish_sent(begun, Receipt(("9",)))
    assert Change.objects.get().kind == "withdraw"
