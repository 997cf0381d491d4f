from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.connectors.base import Receipt
from publisher.deliver import actions, changes, dispatch, pauses, record, status
from publisher.deliver.models import Account, Change, ChangeKind, Delivery, State
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry, District

pytestmark = pytest.mark.django_db
ACTOR = Actor("Айгүл")
SCOPES = ["all", "district:akkaiyn", "account:telegram-main"]


def claimed():
    return [ticket.delivery_id for ticket in dispatch.claim("w", 10).tickets]


@pytest.mark.parametrize("scope", SCOPES)
def test_nothing_due_goes_out_during_a_stop(make_delivery, scope):
    make_delivery()
    pauses.stop(scope, "жалған мәтін", ACTOR)
    assert claimed() == []
    assert dispatch.is_idle()


@pytest.mark.parametrize("scope", SCOPES)
def test_on_resume_what_came_due_is_held_and_what_is_to_come_goes_out_at_its_time(make_delivery, scope):
    late, later = make_delivery(), make_delivery(late_s=-3600)
    pauses.stop(scope, "тексеру", ACTOR)
    assert pauses.resume(scope, ACTOR) == 1
    assert claimed() == []
    assert [row.pk for row in pauses.backlog()] == [late.pk]
    later.refresh_from_db()
    assert later.held == ""


def test_a_stop_of_one_district_leaves_the_others_alone(make_delivery, make_channel, make_post, district):
    other = District.objects.get(pk="esil")
    elsewhere = make_channel("esil-news")
    elsewhere.district = other
    elsewhere.save()
    theirs = make_delivery(on=elsewhere, post=make_post())
    theirs.post.district = other
    theirs.post.save()
    make_delivery()
    pauses.stop("district:akkaiyn", "тексеру", ACTOR)
    assert claimed() == [theirs.pk]


def test_a_claimed_delivery_is_taken_back_and_its_worker_may_not_begin(make_delivery):
    delivery = make_delivery()
    (ticket,) = dispatch.claim("w", 10).tickets
    pauses.stop("all", "тексеру", ACTOR)
    assert not record.begin(ticket)
    delivery.refresh_from_db()
    assert delivery.state == State.WAITING


def test_a_stop_that_comes_between_the_claim_and_the_request_holds_it_back(make_delivery):
    make_delivery()
    (ticket,) = dispatch.claim("w", 10).tickets
    pauses.Pause.objects.create(scope="district:akkaiyn", reason="x", by="y", at=timezone.now())
    assert not record.begin(ticket)


def test_what_is_on_the_wire_is_recorded_during_a_stop(make_delivery):
    make_delivery()
    (ticket,) = dispatch.claim("w", 10).tickets
    assert record.begin(ticket)
    pauses.stop("all", "тексеру", ACTOR)
    assert record.finish_sent(ticket, Receipt(("1",)))


def test_what_expires_during_a_stop_says_so(make_delivery):
    past = make_delivery(expires_at=timezone.now() - timedelta(seconds=1))
    pauses.stop("all", "тексеру", ACTOR)
    assert dispatch.expire() == 1
    past.refresh_from_db()
    assert (past.state, past.error_reason) == (State.EXPIRED, "expired")


@pytest.mark.parametrize("kind", ChangeKind.values)
def test_during_a_stop_only_withdrawals_go_on(make_delivery, kind):
    standing = make_delivery(state=State.SENT, receipt={"ids": ["5"]})
    Change.objects.create(delivery=standing, kind=kind, due_at=timezone.now(), asked_by="x")
    pauses.stop("all", "тексеру", ACTOR)
    assert len(changes.take(5)) == (1 if kind == ChangeKind.WITHDRAW else 0)


def test_a_restored_copy_changes_nothing_on_the_platforms(make_delivery):
    standing = make_delivery(state=State.SENT, receipt={"ids": ["5"]})
    Change.objects.create(delivery=standing, kind=ChangeKind.WITHDRAW, due_at=timezone.now(), asked_by="x")
    pauses.fence("copy", ACTOR)
    assert changes.take(5) == []


def test_the_backlog_is_sent_moved_or_dropped_by_a_person(make_delivery, make_channel):
    rows = [make_delivery(on=make_channel(name)) for name in ("a", "b", "c")]
    pauses.stop("all", "тексеру", ACTOR)
    pauses.resume("all", ACTOR)
    tomorrow = timezone.now() + timedelta(days=1)
    for row, decide in zip(rows, [pauses.send_now, lambda r, a: pauses.move(r, tomorrow, a), pauses.drop], strict=True):
        assert decide(pauses.backlog().filter(pk=row.pk), ACTOR) == 1
    assert claimed() == [rows[0].pk]
    rows[1].refresh_from_db()
    rows[2].refresh_from_db()
    assert (rows[1].due_at, rows[1].held) == (tomorrow, "")
    assert rows[2].state == State.CANCELLED
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"stopped", "resumed", "sent_anyway", "moved", "dropped"} <= verbs


def test_the_backlog_is_not_moved_into_the_past(make_delivery):
    make_delivery()
    pauses.stop("all", "тексеру", ACTOR)
    pauses.resume("all", ACTOR)
    with pytest.raises(Refusal) as refused:
        pauses.move(pauses.backlog(), timezone.now(), ACTOR)
    assert refused.value.code == "in_the_past"
    Delivery.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    with pytest.raises(Refusal) as refused:
        pauses.move(pauses.backlog(), timezone.now() + timedelta(hours=2), ACTOR)
    assert refused.value.code == "after_its_end"
    assert pauses.backlog().count() == 1


def test_send_now_on_one_held_delivery_lets_that_one_go(make_delivery, make_channel):
    one = make_delivery(on=make_channel("a"))
    make_delivery(on=make_channel("b"))
    pauses.stop("all", "тексеру", ACTOR)
    pauses.resume("all", ACTOR)
    assert actions.send_anyway(one, ACTOR)
    assert claimed() == [one.pk]


def test_a_stop_needs_a_reason(db):
    with pytest.raises(Refusal) as refused:
        pauses.stop("all", "  ", ACTOR)
    assert refused.value.code == "reason_missing"
    assert not pauses.stops()


def test_health_stays_good_and_names_the_stops(make_delivery):
    make_delivery(late_s=300)
    status.beat("clock")
    status.beat("worker:x")
    pauses.stop("all", "тексеру", ACTOR)
    pauses.stop("account:telegram-main", "тексеру", ACTOR)
    health = status.health()
    assert (health.ok, health.paused) == (True, ("all", "account:telegram-main"))


def test_an_account_stopped_by_hand_says_by_whom_and_why(accounts):
    pauses.stop("account:telegram-main", "жаңа бот", ACTOR)
    (stop,) = pauses.stops()
    assert (stop.kind, stop.key, stop.by, stop.reason, stop.code) == (
        "account",
        "telegram-main",
        "Айгүл",
        "жаңа бот",
        "",
    )
    assert Account.objects.get(pk="telegram-main").pause_reason == "by_person"


def test_what_is_held_needs_a_person_and_is_not_to_come(make_delivery):
    held = make_delivery()
    pauses.stop("all", "тексеру", ACTOR)
    pauses.resume("all", ACTOR)
    assert [row.pk for row in status.needs_person()] == [held.pk]
    assert not status.coming().exists()
    assert not status.overdue().exists()
    (shown,) = status.show(Delivery.objects.get().post)["deliveries"]
    assert (shown["state"], shown["held"], shown["error"]["reason"]) == (
        "waiting",
        "paused_meanwhile",
        "paused_meanwhile",
    )


def test_to_resume_what_was_not_stopped_holds_nothing(make_delivery):
    delivery = make_delivery()
    assert pauses.resume("all", ACTOR) == 0
    assert claimed() == [delivery.pk]


def test_a_held_post_that_is_cancelled_waits_for_nobody(make_delivery):
    held = make_delivery()
    pauses.stop("all", "тексеру", ACTOR)
    pauses.resume("all", ACTOR)
    actions.cancel(held.post, ACTOR)
    assert not status.needs_person().exists()
