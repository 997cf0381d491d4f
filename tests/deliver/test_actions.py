from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose.approval import digest_of
from publisher.compose.models import Status, Version
from publisher.compose.refusal import Refusal
from publisher.deliver import actions, status
from publisher.deliver.models import Change, Delivery, State
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry

pytestmark = pytest.mark.django_db
ACTOR = Actor("Айгүл")


def soon():
    return timezone.now() + timedelta(minutes=5)


def test_a_channel_gets_one_delivery_per_language_it_has(make_post, make_channel):
    both = make_channel("both")
    both.languages = ["kk", "ru"]
    both.save()
    made = actions.schedule(make_post(languages=("kk", "ru")), [both], soon(), actor=ACTOR)
    assert [delivery.language for delivery in made] == ["kk", "ru"]


def test_a_poll_becomes_a_delivery_of_its_own_where_the_platform_has_polls(make_post, make_channel):
    post = make_post()
    poll = {"question": "Не істейсіз?", "options": ["Аударамын", "Қоңырау шаламын"], "answer": 2, "explanation": ""}
    Version.objects.filter(post=post).update(poll=poll)
    post.approved_digest = digest_of(post)
    telegram, whatsapp = make_channel("t"), make_channel("w", account="whatsapp-main", target="group-1")
    made = actions.schedule(post, [telegram, whatsapp], soon(), actor=ACTOR)
    assert [(d.channel.key, d.part) for d in made] == [("t", "main"), ("t", "poll"), ("w", "main")]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda post, channel: setattr(post, "status", Status.DRAFT), "not_approved"),
        (lambda post, channel: setattr(channel, "off_reason", "target_gone"), "channel_off"),
        (lambda post, channel: setattr(channel, "languages", ["kk", "ru"]), "missing_language"),
        (lambda post, channel: post.versions.update(body="а" * 4097 + "{hotline}"), "text_too_long"),
        (lambda post, channel: post.versions.update(body="{hotlne}"), "unknown_variable"),
        (lambda post, channel: setattr(post, "expires_at", timezone.now()), "after_its_end"),
    ],
)
def test_everything_wrong_is_refused_before_anything_is_queued(make_post, channel, spoil, code):
    post = make_post()
    spoil(post, channel)
    post.approved_digest = digest_of(post)
    with pytest.raises(Refusal) as refused:
        actions.schedule(post, [channel], soon(), actor=ACTOR)
    assert refused.value.code == code
    assert not Delivery.objects.exists()


def test_an_edit_after_approval_is_not_queued(make_post, channel):
    post = make_post()
    post.versions.update(body="Басқа мәтін {hotline}")
    with pytest.raises(Refusal) as refused:
        actions.schedule(post, [channel], soon(), actor=ACTOR)
    assert refused.value.code == "not_approved"


def test_a_moment_in_the_past_is_refused(make_post, channel):
    with pytest.raises(Refusal) as refused:
        actions.schedule(make_post(), [channel], timezone.now() - timedelta(hours=1), actor=ACTOR)
    assert refused.value.code == "in_the_past"


def test_cancel_stops_what_waits_and_asks_for_what_is_on_the_wire(make_post, make_delivery, make_channel):
    post = make_post()
    waiting = make_delivery(post=post, on=make_channel("a"))
    sending = make_delivery(post=post, on=make_channel("b"), state=State.SENDING)
    assert actions.cancel(post, ACTOR) == 1
    waiting.refresh_from_db()
    sending.refresh_from_db()
    assert waiting.state == State.CANCELLED
    assert sending.cancel_requested


def test_an_unknown_delivery_cannot_be_cancelled_only_answered(make_delivery):
    unknown = make_delivery(state=State.UNKNOWN)
    actions.cancel(unknown.post, ACTOR)
    unknown.refresh_from_db()
    assert unknown.state == State.UNKNOWN
    assert actions.settle(unknown, False, ACTOR)
    unknown.refresh_from_db()
    assert unknown.state == State.FAILED


def test_a_settled_delivery_cannot_be_settled_again(make_delivery):
    unknown = make_delivery(state=State.UNKNOWN)
    assert actions.settle(unknown, True, ACTOR)
    assert not actions.settle(unknown, False, ACTOR)
    assert Delivery.objects.get().state == State.SENT


def test_withdraw_orders_a_deletion_wherever_it_stands(make_delivery):
    sent = make_delivery(state=State.SENT, receipt={"ids": ["5"]})
    actions.withdraw(sent.post, ACTOR)
    assert [(change.delivery_id, change.kind) for change in Change.objects.all()] == [(sent.pk, "withdraw")]
    sent.post.refresh_from_db()
    assert sent.post.status == Status.WITHDRAWN


def test_correct_orders_an_edit_and_what_waits_takes_the_new_wording(make_post, make_delivery, make_channel):
    post = make_post(revision=2)
    sent = make_delivery(post=post, on=make_channel("a"), state=State.SENT, receipt={"ids": ["5"]})
    waiting = make_delivery(post=post, on=make_channel("b"))
    assert [change.delivery_id for change in actions.correct(post, ACTOR)] == [sent.pk]
    waiting.refresh_from_db()
    assert waiting.revision == 2


def test_a_failed_delivery_is_sent_again_only_because_a_person_says_so(make_delivery):
    failed = make_delivery(state=State.FAILED)
    assert actions.send_anyway(failed, ACTOR)
    failed.refresh_from_db()
    assert (failed.state, failed.late_ok) == (State.WAITING, True)
    assert not actions.send_anyway(failed, ACTOR)


def test_a_sent_delivery_is_never_sent_again(make_delivery):
    sent = make_delivery(state=State.SENT)
    assert not actions.send_anyway(sent, ACTOR)


def test_everything_people_do_stands_in_the_audit_trail(make_post, channel, make_delivery):
    actions.schedule(make_post(), [channel], soon(), actor=ACTOR)
    actions.settle(make_delivery(state=State.UNKNOWN), True, ACTOR)
    assert list(AuditEntry.objects.values_list("actor_name", "verb").order_by("id")) == [
        ("Айгүл", "queued"),
        ("Айгүл", "appeared"),
    ]


def test_health_fails_when_clock_or_worker_stand_still_or_something_is_overdue(make_delivery):
    assert set(status.health().problems) == {"clock_stands_still", "worker_stands_still"}
    status.beat("clock")
    status.beat("worker:x")
    assert status.health().ok
    make_delivery(late_s=61)
    assert status.health().problems == ("overdue",)


def test_what_a_paused_account_holds_back_is_not_called_overdue(make_delivery):
    late = make_delivery(late_s=300)
    actions.pause_account(late.channel.account, "тексеру", ACTOR)
    assert not status.overdue().exists()


def test_show_has_the_names_that_scripts_rely_on(make_delivery):
    failed = make_delivery(state=State.FAILED, error_reason="target_gone", error_detail="kicked")
    shown = status.show(failed.post)
    assert {"id", "kind", "status", "deliveries"} <= shown.keys()
    (delivery,) = shown["deliveries"]
    names = {"channel", "language", "state", "due_at", "sent_at", "receipt", "attempts", "error"}
    assert names <= delivery.keys()
    assert delivery["error"]["detail"] == "kicked"


def test_an_inner_claim_is_shown_as_waiting(make_delivery):
    assert status.show(make_delivery(state=State.CLAIMED).post)["deliveries"][0]["state"] == "waiting"


def test_what_goes_out_next_is_the_beginning_of_all_that_is_to_come(make_delivery, make_channel):
    now = timezone.now()
    for n, state in enumerate([State.WAITING, State.WAITING, State.CLAIMED, State.PEOPLE, State.WAITING]):
        make_delivery(on=make_channel(f"c{n}"), state=state, due_at=now + timedelta(hours=9 - n))
    assert status.next_out(9) == list(status.coming())
    assert {row.state for row in status.next_out(2)} == {State.PEOPLE, State.CLAIMED}
    assert status.next_out(9, ["elsewhere"]) == []
    assert status.next_out(9, [Delivery.objects.first().post.district_id]) == list(status.coming())


def test_the_queue_costs_as_many_questions_for_many_as_for_few(
    make_delivery, make_channel, django_assert_max_num_queries
):
    for n in range(7):
        make_delivery(on=make_channel(f"c{n}"), due_at=soon())
    with django_assert_max_num_queries(6):
        assert len(status.queue_rows()) == 7
