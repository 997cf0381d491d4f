from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose.models import Status
from publisher.deliver import dispatch
from publisher.deliver.models import Account, Attempt, Bucket, Delivery, Part, State

pytestmark = pytest.mark.django_db


def claimed(room=10):
    return [ticket.delivery_id for ticket in dispatch.claim("w", room).tickets]


def forget_limits():
    Bucket.objects.all().delete()


def test_what_is_due_is_claimed_and_the_attempt_is_saved_first(make_delivery):
    due = make_delivery()
    assert claimed() == [due.pk]
    due.refresh_from_db()
    assert (due.state, due.attempts_made, due.worker) == (State.CLAIMED, 1, "w")
    assert Attempt.objects.get(delivery=due).number == 1


def test_the_future_waits(make_delivery):
    make_delivery(late_s=-60)
    assert claimed() == []


def test_a_moment_that_is_near_is_waited_for_exactly(make_delivery, monkeypatch):
    near = make_delivery(late_s=-60)
    monkeypatch.setattr(dispatch, "now", lambda: near.due_at - timedelta(seconds=0.125))
    assert dispatch.claim("w", 10).due_in == 0.125
    monkeypatch.setattr(dispatch, "now", lambda: near.due_at - timedelta(seconds=5))
    assert dispatch.claim("w", 10).due_in is None


def test_one_in_flight_per_channel_in_order_of_due_moment(make_delivery):
    later, sooner = make_delivery(late_s=1), make_delivery(late_s=5)
    assert claimed() == [sooner.pk]
    forget_limits()
    assert claimed() == []
    Delivery.objects.filter(pk=sooner.pk).update(state=State.SENT)
    assert claimed() == [later.pk]


def test_urgent_overtakes_what_waits_longer(make_delivery):
    make_delivery(late_s=50)
    urgent = make_delivery(late_s=1, priority=Delivery.URGENT)
    assert claimed() == [urgent.pk]


def test_the_last_places_are_kept_for_urgent_posts(make_delivery, make_channel):
    make_delivery()
    urgent = make_delivery(on=make_channel("other"), priority=Delivery.URGENT)
    assert claimed(room=dispatch.URGENT_SLOTS) == [urgent.pk]


def test_a_paused_account_holds_everything_back(make_delivery):
    make_delivery()
    Account.objects.update(paused_at=timezone.now())
    assert claimed() == []


def test_a_channel_that_is_off_holds_its_own_back(make_delivery, make_channel):
    make_delivery(on=make_channel("off", off_reason="target_gone"))
    on = make_delivery(on=make_channel("on"))
    assert claimed() == [on.pk]


def test_a_post_edited_after_approval_waits_for_it(make_delivery):
    due = make_delivery()
    due.post.status = Status.IN_REVIEW
    due.post.save()
    assert claimed() == []


def test_an_expired_warning_is_not_sent(make_delivery):
    past = make_delivery(expires_at=timezone.now() - timedelta(seconds=1))
    assert claimed() == []
    past.refresh_from_db()
    assert (past.state, past.error_reason) == (State.EXPIRED, "expired")


def test_what_is_late_beyond_the_tolerance_is_put_to_a_person(make_delivery):
    late = make_delivery(late_s=61 * 60)
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert claimed() == []
    late.refresh_from_db()
    assert (late.state, late.error_reason) == (State.FAILED, "too_late")


def test_a_person_may_send_it_although_it_is_late(make_delivery):
    late = make_delivery(late_s=61 * 60, late_ok=True)
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert claimed() == [late.pk]


def test_a_put_off_head_keeps_the_order_of_its_channel(make_delivery):
    make_delivery(late_s=9, not_before=timezone.now() + timedelta(minutes=1))
    make_delivery(late_s=1)
    assert claimed() == []


def test_the_limit_of_a_chat_holds_the_second_message(make_delivery):
    first = make_delivery()
    claimed()
    Delivery.objects.filter(pk=first.pk).update(state=State.SENT)
    make_delivery()
    passed = dispatch.claim("w", 10)
    assert passed.tickets == ()
    assert passed.wake_in > 0


def test_a_blocked_chat_does_not_stop_the_others(make_delivery, make_channel):
    blocked, free = make_channel("blocked", target="-1001"), make_channel("free", target="-1002")
    make_delivery(on=blocked)
    other = make_delivery(on=free)
    Bucket.objects.create(key="chat:telegram-main:-1001", blocked_until=timezone.now().timestamp() + 30)
    assert claimed() == [other.pk]


def test_never_more_than_thirty_a_second_for_an_account(make_delivery, make_channel):
    for number in range(60):
        make_delivery(on=make_channel(f"c{number}"))
    assert len(claimed(room=100)) <= 30


def test_a_poll_waits_for_its_text(make_delivery, make_post):
    post = make_post()
    main = make_delivery(post=post, state=State.UNKNOWN)
    make_delivery(post=post, part=Part.POLL)
    assert claimed() == []
    Delivery.objects.filter(pk=main.pk).update(state=State.SENT)
    Delivery.objects.filter(part=Part.POLL).update(due_at=timezone.now())
    assert len(claimed()) == 1


def test_a_poll_is_dropped_with_its_text(make_delivery, make_post):
    post = make_post()
    make_delivery(post=post, state=State.FAILED)
    poll = make_delivery(post=post, part=Part.POLL)
    assert claimed() == []
    poll.refresh_from_db()
    assert (poll.state, poll.error_reason) == (State.CANCELLED, "main_part_failed")


def test_idle_means_nothing_is_due_or_on_its_way(make_delivery):
    assert dispatch.is_idle()
    due = make_delivery()
    assert not dispatch.is_idle()
    Delivery.objects.filter(pk=due.pk).update(state=State.SENDING)
    assert not dispatch.is_idle()
    Delivery.objects.filter(pk=due.pk).update(state=State.UNKNOWN)
    assert dispatch.is_idle()
