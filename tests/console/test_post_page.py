from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.models import Status
from publisher.deliver.models import Attempt, Change, ChangeState, Delivery, State
from publisher.measure.models import Reading
from publisher.people.audit import user_actor
from publisher.people.models import Role


def page(client, post) -> str:
    return client.get(reverse("post", args=[post.pk])).content.decode()


def press(client, name, post, **data):
    return client.post(reverse(name, args=[post.pk]), data, follow=True).content.decode()


def sent(post):
    post.deliveries.update(state=State.SENT, sent_at=timezone.now(), receipt={"ids": ["7"], "url": "https://t.me/x/7"})
    return post


def test_both_languages_stand_as_residents_see_them(browser, draft):
    shown = page(browser, draft())
    assert "<b>Абайлаңыз!</b>" in shown
    assert "<b>Осторожно!</b>" in shown
    assert shown.index("Абайлаңыз") < shown.index("Осторожно")


def test_a_second_person_approves_and_it_is_queued(log_in, approver, in_review):
    post = in_review()
    shown = press(log_in(approver), "approve", post, seen=posts.digest_of(post))
    post.refresh_from_db()
    assert (post.status, post.approved_by) == (Status.APPROVED, str(approver))
    assert post.deliveries.count() == 2
    assert "Approved and queued: 2 messages" in shown


def test_it_is_queued_for_the_hour_that_was_wished(log_in, approver, in_review):
    at = (timezone.now() + timedelta(hours=5)).replace(microsecond=0)
    post = in_review(publish_at=at)
    press(log_in(approver), "approve", post)
    assert {delivery.due_at for delivery in post.deliveries.all()} == {at}


def test_the_author_sees_why_the_button_is_off(log_in, approver, in_review):
    post = in_review(author=approver)
    client = log_in(approver)
    shown = page(client, post)
    assert "disabled" in shown
    assert "Nobody approves a post of their own" in shown
    assert reverse("approve", args=[post.pk]) not in shown
    press(client, "approve", post)
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


def test_whoever_changed_the_text_last_does_not_approve_it(log_in, approver, draft, officer):
    post = draft()
    posts.save_versions(post, {"kk": "Бекітуші жазды {hotline}"}, user_actor(approver))
    posts.submit(post, user_actor(officer))
    client = log_in(approver)
    assert "disabled" in page(client, post)
    press(client, "approve", post)
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


def test_nobody_approves_what_they_have_not_seen(log_in, approver, in_review):
    post = in_review()
    shown = press(log_in(approver), "approve", post, seen="0" * 64)
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    assert "alert-danger" in shown


def test_an_approval_whose_time_has_passed_leaves_the_post_in_review(log_in, approver, in_review):
    post = in_review(publish_at=timezone.now() - timedelta(hours=2))
    shown = press(log_in(approver), "approve", post)
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    assert "in the past" in shown
    assert not post.deliveries.exists()


def test_what_cannot_go_out_is_not_sent_for_review_from_here_either(browser, draft):
    post = draft(channel_keys=[])
    reply = browser.post(reverse("submit", args=[post.pk]), follow=True)
    assert "No channel was chosen" in reply.content.decode()
    post.refresh_from_db()
    assert post.status == Status.DRAFT


def test_it_is_returned_with_a_comment_and_not_without_one(log_in, approver, in_review):
    post, client = in_review(), log_in(approver)
    press(client, "give_back", post, comment=" ")
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    press(client, "give_back", post, comment="Қысқартыңыз")
    post.refresh_from_db()
    assert (post.status, post.review_comment) == (Status.RETURNED, "Қысқартыңыз")
    assert "Қысқартыңыз" in page(client, post)


def test_cancelling_stops_what_waits(browser, queued):
    post = queued()
    press(browser, "cancel", post)
    assert {delivery.state for delivery in post.deliveries.all()} == {State.CANCELLED}


def test_withdrawing_orders_it_taken_away_everywhere(browser, queued):
    post = sent(queued())
    assert "Withdraw" in page(browser, post)
    shown = press(browser, "withdraw", post)
    assert Change.objects.filter(kind="withdraw").count() == 2
    assert "taken away from 2 places" in shown


def test_an_approved_correction_changes_what_stands_there(browser, log_in, approver, queued):
    post = sent(queued())
    posts.save_versions(post, {"kk": "Түзетілді {hotline}"}, user_actor(post.author))
    press(browser, "submit", post)
    shown = press(log_in(approver), "approve", post)
    assert "new wording is put in place" in shown
    assert {change.kind for change in Change.objects.all()} == {"edit"}
    assert post.deliveries.count() == 2


def test_attempts_stand_in_words_with_the_technical_part_folded(browser, queued):
    post, now = queued(), timezone.now()
    delivery = post.deliveries.first()
    delivery.state, delivery.error_reason = State.FAILED, "no_rights"
    delivery.save()
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        worker="w",
        claimed_at=now,
        started_at=now,
        ended_at=now,
        outcome="target_gone",
        reason="no_rights",
        detail="Forbidden: need administrator rights <b>",
    )
    shown = page(browser, post)
    assert "We are in the channel but may not post there" in shown
    assert "Give the bot the right to post" in shown
    assert "<details" in shown[: shown.index("Forbidden: need")]
    assert "rights &lt;b&gt;" in shown


def test_changes_stand_with_their_state(browser, queued):
    delivery = sent(queued()).deliveries.first()
    Change.objects.create(
        delivery=delivery,
        kind="withdraw",
        state=ChangeState.BY_HAND,
        due_at=timezone.now(),
        asked_by="Айгүл",
        error_reason="too_old_to_delete",
    )
    shown = page(browser, delivery.post)
    assert "Do it by hand" in shown
    assert "too old for the bot to delete" in shown


def test_known_numbers_stand_there_and_unknown_ones_do_not(browser, queued):
    delivery = sent(queued()).deliveries.first()
    Reading.objects.create(
        delivery=delivery, metric="reactions", label="👍", value=12, at=timezone.now(), source="bot-api"
    )
    shown = page(browser, delivery.post)
    assert "👍 12" in shown
    assert "Forwards" not in shown


def test_who_did_what_is_told(browser, queued):
    shown = page(browser, queued())
    for words in ("created it", "sent it for review", "approved it", "queued it"):
        assert words in shown


def test_the_page_follows_by_itself_while_something_moves(browser, queued):
    post = queued()
    assert "data-poll" in page(browser, post)
    part = browser.get(reverse("post", args=[post.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Where it goes" in part
    assert "data-poll" not in page(browser, sent(post))


def test_a_chief_approves_but_does_not_write(log_in, person, in_review):
    post = in_review()
    shown = page(log_in(person("chief")), post)
    assert reverse("approve", args=[post.pk]) in shown
    assert reverse("edit", args=[post.pk]) not in shown


@pytest.mark.parametrize(("asked", "found"), [({"q": "ТЕРГЕУШІ"}, 1), ({"q": "осторожно"}, 1), ({"q": "балық"}, 0)])
def test_posts_are_found_by_title_and_text_whatever_the_capitals(browser, draft, asked, found):
    draft()
    shown = browser.get(reverse("posts"), asked, headers={"HX-Request": "true"}).content.decode()
    assert shown.count('class="row-title"') == found


def test_posts_are_filtered_by_status_and_kind(browser, draft, in_review):
    draft(title="Жоба"), in_review(title="Қаралуда")
    shown = browser.get(reverse("posts"), {"status": "in_review"}).content.decode()
    assert "Қаралуда" in shown
    assert "Жоба" not in shown
    assert "No post matches" in browser.get(reverse("posts"), {"kind": "notice"}).content.decode()


def test_a_long_list_has_pages_with_the_same_number_of_queries(browser, draft, django_assert_max_num_queries):
    for number in range(31):
        draft(title=f"Хабарлама {number:02}")
    with django_assert_max_num_queries(12):
        first = browser.get(reverse("posts")).content.decode()
    assert "Хабарлама 30" in first
    assert "Хабарлама 00" not in first
    assert "Хабарлама 00" in browser.get(reverse("posts"), {"page": "2"}).content.decode()


def test_an_urgent_post_goes_out_after_the_second_persons_approval(in_review, person, log_in, approver, channel):
    post = in_review(urgent=True)
    first, second = log_in(approver), log_in(person(Role.CHIEF))
    assert "two people approve it" in first.get(reverse("post", args=[post.pk])).content.decode()
    first.post(reverse("approve", args=[post.pk]))
    assert not post.deliveries.exists()
    shown = first.get(reverse("post", args=[post.pk])).content.decode()
    assert "You approved this urgent post already." in shown
    second.post(reverse("approve", args=[post.pk]))
    assert post.deliveries.exists()
    assert all(row.priority == Delivery.URGENT and row.expires_at for row in post.deliveries.all())
