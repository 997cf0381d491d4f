"""Where what stands cannot be changed, the right wording follows in reply; the rest is for a person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.approval import digest_of
from publisher.compose.models import PostMedia, Upload
from publisher.compose.refusal import Refusal
from publisher.connectors.base import NEVER, Receipt
from publisher.connectors.errors import Refused
from publisher.deliver import actions, changes, contents, dispatch, limits, outcomes, record
from publisher.deliver.models import Bucket, Change, ChangeKind, ChangeState, Delivery, Part, State
from publisher.people.audit import Actor

pytestmark = pytest.mark.django_db
ACTOR = Actor("Айгүл")


@pytest.fixture
def group(make_channel):
    return make_channel("group", account="whatsapp-main", target="Y2FwaV9ncm91cA")


@pytest.fixture
def standing(make_post, make_delivery, group):
    """A text that stands in a WhatsApp group, reworded and approved since."""

    def make(body="**Дұрыс мәтін** {hotline}", on=None, **fields):
        post = make_post(body=body, revision=2)
        sent = {"state": State.SENT, "sent_at": timezone.now(), "receipt": {"ids": ["wamid.1"]}, "revision": 1}
        return make_delivery(post=post, on=on or group, **{**sent, **fields})

    return make


def asked_for(standing):
    """As the worker does: the correction is ordered, then taken on, at whatever pace."""
    actions.correct(standing.post, ACTOR)
    return [order for _ in range(3) for order in _taken()]


def _taken():
    Bucket.objects.all().delete()
    return changes.take(5)


def correction():
    return Delivery.objects.select_related("post__district", "channel__account").get(part=Part.CORRECTION)


def claimed():
    Bucket.objects.all().delete()
    return list(dispatch.claim("w", 10).tickets)


def test_a_correction_follows_in_reply_where_nothing_can_be_edited(standing):
    delivery = standing()
    assert asked_for(delivery) == []
    change = Change.objects.get()
    assert (change.state, change.follow_up) == (ChangeState.FOLLOWED_UP, correction())
    message = contents.content_of(correction(), timezone.now())
    assert message.reply_to == "wamid.1"
    assert message.text.startswith("*Түзету*\n\n*Дұрыс мәтін*")


@pytest.mark.parametrize(("language", "word"), [("kk", "Түзету"), ("ru", "Исправление"), ("en", "Correction")])
def test_the_word_in_front_is_in_the_posts_language(make_post, make_delivery, group, language, word):
    post = make_post(languages=(language,))
    delivery = make_delivery(post=post, on=group, language=language, part=Part.CORRECTION)
    assert contents.content_of(delivery, timezone.now()).text.startswith(f"*{word}*")


def test_a_correction_overtakes_what_waits_but_nothing_urgent(standing, make_delivery, make_channel, group):
    make_delivery(on=group, late_s=50)
    asked_for(standing())
    assert [ticket.delivery_id for ticket in claimed()] == [correction().pk]
    assert correction().priority < Delivery.URGENT


def test_a_worker_that_dies_while_sending_a_correction_sends_it_no_second_time(standing):
    asked_for(standing())
    (ticket,) = claimed()
    assert record.begin(ticket)
    assert record.sweep(frozenset({"w"})).unknown == 1
    assert claimed() == []
    assert changes.take(5) == []
    assert correction().state == State.UNKNOWN


def test_the_same_correction_ordered_twice_follows_once(standing):
    delivery = standing()
    asked_for(delivery)
    asked_for(delivery)
    assert Delivery.objects.filter(part=Part.CORRECTION).count() == 1


def test_a_second_rewording_replaces_a_correction_that_still_waits(standing):
    delivery = standing()
    asked_for(delivery)
    delivery.post.revision = 3
    delivery.post.save()
    asked_for(delivery)
    states = Delivery.objects.filter(part=Part.CORRECTION).order_by("revision").values_list("revision", "state")
    assert list(states) == [(2, State.CANCELLED), (3, State.WAITING)]


def test_a_second_rewording_after_the_first_went_out_follows_as_well(standing):
    delivery = standing()
    asked_for(delivery)
    (ticket,) = claimed()
    record.begin(ticket)
    record.finish_sent(ticket, Receipt(("wamid.2",)))
    delivery.post.revision = 3
    delivery.post.save()
    asked_for(delivery)
    assert Delivery.objects.filter(part=Part.CORRECTION, state=State.WAITING, revision=3).count() == 1


def test_an_edit_that_the_platform_refuses_after_all_is_followed_up(standing, channel):
    (order,) = asked_for(standing(on=channel, receipt={"ids": ["5"]}))
    changes._finish_error(order.change_id, Refused("album", reason="cannot_edit"))
    assert Change.objects.get().follow_up == correction()
    assert contents.content_of(correction(), timezone.now()).reply_to == "5"


@pytest.mark.parametrize("reason", ["no_rights", "message_gone"])
def test_what_a_reply_would_not_mend_is_left_to_a_person(standing, channel, reason):
    (order,) = asked_for(standing(on=channel, receipt={"ids": ["5"]}))
    changes._finish_error(order.change_id, Refused("no", reason=reason))
    assert Change.objects.get().state == ChangeState.BY_HAND
    assert not Delivery.objects.filter(part=Part.CORRECTION).exists()


def test_without_a_message_number_there_is_nothing_to_answer(standing):
    asked_for(standing(receipt=None))
    assert Change.objects.get().state == ChangeState.BY_HAND


def test_a_withdrawal_where_nothing_can_be_deleted_is_for_a_person(standing):
    delivery = standing()
    actions.withdraw(delivery.post, ACTOR)
    assert changes.take(5) == []
    change = Change.objects.get()
    assert (change.state, change.error_reason) == (ChangeState.BY_HAND, "cannot_withdraw")


def test_a_withdrawal_takes_the_correction_away_too(standing, channel):
    delivery = standing(on=channel, receipt={"ids": ["5"]})
    (order,) = asked_for(delivery)
    changes._finish_error(order.change_id, Refused("album", reason="cannot_edit"))
    (ticket,) = claimed()
    record.begin(ticket)
    record.finish_sent(ticket, Receipt(("6",)))
    actions.withdraw(delivery.post, ACTOR)
    withdrawn = Change.objects.filter(kind=ChangeKind.WITHDRAW)
    assert {change.delivery.part for change in withdrawn} == {Part.MAIN, Part.CORRECTION}


def test_a_text_too_long_for_its_correction_is_refused_before_anything_is_ordered(standing):
    delivery = standing(body="а" * 4090)
    with pytest.raises(Refusal) as refused:
        actions.correct(delivery.post, ACTOR)
    assert refused.value.code == "text_too_long"
    assert not Change.objects.exists()


# Films and pictures


@pytest.fixture
def film(db):
    def make(letter="a"):
        return Upload.objects.create(
            sha256=letter * 64, path="uploads/f.mp4", name="f.mp4", kind="video", mime="video/mp4", size=1000
        )

    return make


def with_film(delivery, upload):
    PostMedia.objects.create(post=delivery.post, upload=upload)
    delivery.post.approved_digest = digest_of(delivery.post)
    delivery.post.save()


def test_the_film_is_not_shown_again_when_only_the_text_was_wrong(standing, film):
    upload = film()
    delivery = standing(media=[upload.sha256])
    with_film(delivery, upload)
    asked_for(delivery)
    assert contents.content_of(correction(), timezone.now()).media == ()


def test_another_film_comes_with_the_correction(standing, film):
    delivery = standing(media=["f" * 64])
    with_film(delivery, film())
    asked_for(delivery)
    assert [media.sha256 for media in contents.content_of(correction(), timezone.now()).media] == ["a" * 64]


def test_an_edit_brings_the_new_film_and_remembers_what_is_shown(standing, channel, film):
    delivery = standing(on=channel, media=["f" * 64], receipt={"ids": ["5"]})
    with_film(delivery, film())
    (order,) = asked_for(delivery)
    assert [media.sha256 for media in order.message.media] == ["a" * 64]
    changes._finish(order, Receipt(("5",)))
    delivery.refresh_from_db()
    assert (delivery.media, delivery.revision) == (["a" * 64], 2)


# What is not known yet


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_what_may_stand_there_is_corrected_once_that_is_known(standing, channel, state):
    delivery = standing(on=channel, state=state, receipt={"ids": ["5"]})
    assert asked_for(delivery) == []
    Delivery.objects.update(state=State.SENT)
    assert len(changes.take(5)) == 1


def test_an_unknown_message_of_a_withdrawn_post_is_withdrawn_when_it_turns_up(standing, channel):
    delivery = standing(on=channel, state=State.UNKNOWN, receipt={"ids": ["5"]})
    actions.withdraw(delivery.post, ACTOR)
    assert changes.take(5) == []
    assert actions.settle(delivery, True, ACTOR)
    assert [order.kind for order in changes.take(5)] == [ChangeKind.WITHDRAW]


def test_nothing_is_left_to_change_in_what_did_not_appear(standing, channel):
    delivery = standing(on=channel, state=State.UNKNOWN, receipt=None)
    actions.correct(delivery.post, ACTOR)
    actions.settle(delivery, False, ACTOR)
    assert Change.objects.get().state == ChangeState.CANCELLED


# The report


def test_the_report_says_where_it_worked_where_it_followed_and_where_people_act(standing, make_channel, make_delivery):
    delivery = standing()
    post, sent = delivery.post, {"state": State.SENT, "sent_at": timezone.now(), "receipt": {"ids": ["5"]}}
    edited = make_delivery(post=post, on=make_channel("t"), **sent)
    gone = make_delivery(post=post, on=make_channel("gone"), **sent)
    (first, second) = asked_for(delivery)
    changes._finish(first, Receipt(("5",)))
    changes._finish_error(second.change_id, Refused("no", reason="no_rights"))
    found = {place.delivery.pk: place for place in outcomes.of(post)}
    assert found[edited.pk].outcome == "done"
    assert (found[gone.pk].outcome, bool(found[gone.pk].do)) == ("by_hand", True)
    assert found[delivery.pk].outcome == "under_way"
    (ticket,) = claimed()
    record.begin(ticket)
    record.finish_sent(ticket, Receipt(("wamid.2",)))
    assert {place.outcome for place in outcomes.of(post)} == {"done", "by_hand", "followed_up"}


def test_done_by_hand_is_noted_and_the_message_counts_as_withdrawn(standing):
    delivery = standing()
    actions.withdraw(delivery.post, ACTOR)
    changes.take(5)
    assert actions.done_by_hand(Change.objects.get(), ACTOR)
    assert not actions.done_by_hand(Change.objects.get(), ACTOR)
    delivery.refresh_from_db()
    assert delivery.state == State.WITHDRAWN
    assert [place.outcome for place in outcomes.of(delivery.post)] == ["done"]


def test_every_platform_that_ends_changes_says_where_that_is_written():
    from publisher.connectors import CONNECTORS

    for connector in CONNECTORS.values():
        limits = connector.description.limits
        if limits.edit_within is not None or limits.withdraw_within is not None:
            assert re.match(r"https://\S+$", limits.changes_source), connector


def test_nothing_is_asked_of_a_platform_that_cannot(standing):
    from publisher.connectors.whatsapp_cloud import WhatsAppCloud

    assert WhatsAppCloud.description.limits.edit_within == NEVER
    asked_for(standing(sent_at=timezone.now() - timedelta(days=300)))
    assert Change.objects.get().error_reason == "cannot_edit"


@pytest.fixture
def on_telegram(make_post, make_channel, make_delivery):
    """The same text in two languages of a channel that can be edited."""
    channel = make_channel("two")
    post = make_post(languages=("kk", "ru"))
    sent = {"state": State.SENT, "sent_at": timezone.now(), "receipt": {"ids": ["5"]}}
    for language in ("kk", "ru"):
        make_delivery(post=post, on=channel, language=language, **sent)
    return post


def test_a_language_taken_out_is_for_a_person_and_holds_up_nothing_else(on_telegram):
    posts.save_versions(on_telegram, {"ru": ""}, ACTOR)
    posts.approve_from_shell(on_telegram, ACTOR)
    actions.correct(on_telegram, ACTOR)
    (order,) = [order for _ in range(3) for order in _taken()]
    assert order.message.language == "kk"
    (place,) = [place for place in outcomes.of(on_telegram) if place.delivery.language == "ru"]
    assert (place.outcome, place.change.error_reason) == ("by_hand", "language_gone")


def test_a_correction_that_is_worked_on_again_waits_for_its_approval(on_telegram):
    actions.correct(on_telegram, ACTOR)
    posts.save_versions(on_telegram, {"kk": "Бекітілмеген мәтін"}, ACTOR)
    assert _taken() == []
    assert changes.is_idle()
    posts.approve_from_shell(on_telegram, ACTOR)
    actions.correct(on_telegram, ACTOR)
    assert "Бекітілмеген" in _taken()[0].message.text


def test_a_chat_that_has_to_wait_keeps_no_other_chats_changes_waiting(make_delivery, make_channel):
    """An urgent withdrawal elsewhere would stand behind them for as long as the platform told us to wait."""
    busy, free = make_channel("busy"), make_channel("free")
    for channel in [busy] * 4 + [free]:
        sent = {"state": State.SENT, "sent_at": timezone.now(), "receipt": {"ids": ["5"]}}
        actions.withdraw(make_delivery(on=channel, **sent).post, ACTOR)
    limits.block(busy, timezone.now().timestamp() + 600, "chat")
    assert [order.target for order in changes.take(3)] == [free.target]


@pytest.mark.parametrize("do", [actions.withdraw, actions.correct])
def test_what_a_person_saw_standing_there_is_changed_by_a_person(make_delivery, do):
    """Its number was lost with the answer: nothing was deleted, and nothing may be called withdrawn."""
    delivery = make_delivery(state=State.SENT, sent_at=timezone.now(), settled_by="Айгүл")
    do(delivery.post, ACTOR)
    assert _taken() == []
    (place,) = outcomes.of(delivery.post)
    assert (place.outcome, place.change.error_reason) == ("by_hand", "message_unknown")
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
