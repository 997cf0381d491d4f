from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.models import Post
from publisher.deliver.models import Account, Delivery, Heartbeat, State
from publisher.people.audit import user_actor


def today(client, **headers) -> str:
    return client.get(reverse("today"), headers=headers).content.decode()


def put(post, state, **fields) -> Delivery:
    delivery = post.deliveries.filter(language="kk").get()
    Delivery.objects.filter(pk=delivery.pk).update(state=state, **fields)
    return delivery


def test_all_is_calm_when_nothing_needs_anybody(browser, running):
    assert "Nothing needs you" in today(browser)


def test_it_says_so_when_nobody_is_sending(browser, running):
    Heartbeat.objects.filter(name__startswith="worker").update(at=timezone.now() - timedelta(minutes=5))
    shown = today(browser)
    assert "does not run" in shown
    assert "Nothing needs you" not in shown


def test_what_waits_stands_with_channel_language_time_and_state(browser, queued, running, district):
    post = queued(after=timedelta(hours=3))
    shown = today(browser)
    due = post.deliveries.first().due_at.astimezone(district.zone)
    for words in (post.title, "Тұрғындар", "Қазақша, Русский", "Waiting", f"{due:%H:%M}"):
        assert words in shown


def test_an_unknown_outcome_asks_did_it_appear(browser, queued, running):
    delivery = put(queued(), State.UNKNOWN, error_reason="outcome_unknown")
    shown = today(browser)
    assert "Did it appear?" in shown
    assert reverse("settle", args=[delivery.pk]) in shown
    assert "Nothing needs you" not in shown


@pytest.mark.parametrize(("answer", "state"), [("yes", State.SENT), ("no", State.FAILED)])
def test_the_answer_settles_it(browser, queued, officer, answer, state):
    delivery = put(queued(), State.UNKNOWN)
    browser.post(reverse("settle", args=[delivery.pk]), {"appeared": answer})
    delivery.refresh_from_db()
    assert (delivery.state, delivery.settled_by) == (state, str(officer))


def test_no_answer_settles_nothing(browser, queued):
    delivery = put(queued(), State.UNKNOWN)
    assert browser.post(reverse("settle", args=[delivery.pk])).status_code == 400
    delivery.refresh_from_db()
    assert delivery.state == State.UNKNOWN


def test_a_second_answer_is_told_that_it_was_settled(browser, queued):
    delivery = put(queued(), State.SENT)
    reply = browser.post(reverse("settle", args=[delivery.pk]), {"appeared": "no"}, follow=True)
    assert "Nothing was changed" in reply.content.decode()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT


def test_a_failed_one_can_be_sent_now_or_dropped(browser, queued):
    delivery = put(queued(), State.FAILED, error_reason="refused")
    assert "Send now" in today(browser)
    browser.post(reverse("send_anyway", args=[delivery.pk]))
    delivery.refresh_from_db()
    assert delivery.state == State.WAITING
    browser.post(reverse("drop", args=[delivery.pk]))
    delivery.refresh_from_db()
    assert delivery.state == State.CANCELLED


def test_the_answer_leads_back_only_into_the_console(browser, queued):
    delivery = put(queued(), State.UNKNOWN)
    data = {"appeared": "yes", "next": "//evil.example/"}
    assert browser.post(reverse("settle", args=[delivery.pk]), data).headers["Location"] == "/today/"


def test_what_is_late_is_told_with_how_late(browser, queued, running):
    post = queued()
    post.deliveries.update(due_at=timezone.now() - timedelta(minutes=25))
    shown = today(browser)
    assert "25 min ago" in shown
    assert shown.count(post.title) == 1


def test_a_channel_that_is_off_and_a_paused_account_are_told(browser, channel, running):
    channel.off_reason = "no_rights"
    channel.save()
    Account.objects.filter(pk="telegram-main").update(paused_at=timezone.now(), pause_reason="access_lost")
    shown = today(browser)
    assert "The channel “Тұрғындар” is off." in shown
    assert "The account “telegram-main” is paused" in shown


def test_an_approver_sees_what_waits_for_approval_but_not_their_own(log_in, in_review, approver, officer):
    theirs, own = in_review(title="Айгүлдікі"), in_review(title="Өзімдікі", author=approver)
    shown = today(log_in(approver))
    assert theirs.title in shown
    assert own.title not in shown
    assert theirs.title not in today(log_in(officer))


def test_a_returned_post_comes_back_to_its_author(browser, in_review, approver):
    posts.give_back(in_review(), "Нөмірді тексеріңіз", user_actor(approver))
    assert "Нөмірді тексеріңіз" in today(browser)


def test_what_went_out_stands_for_a_day(browser, queued, running):
    delivery = put(queued(title="Кеше шыққан"), State.SENT, sent_at=timezone.now() - timedelta(hours=23))
    assert "Published" in today(browser)
    Delivery.objects.filter(pk=delivery.pk).update(sent_at=timezone.now() - timedelta(hours=25))
    assert "Published" not in today(browser)


def test_it_refreshes_by_itself_without_the_frame(browser):
    assert 'hx-trigger="every 10s"' in today(browser)
    assert "<html" not in today(browser, **{"HX-Request": "true"})


def test_the_number_of_queries_does_not_grow_with_posts(
    browser, queued, running, django_assert_max_num_queries, django_assert_num_queries
):
    queued()
    with django_assert_max_num_queries(40) as first:
        today(browser)
    for number in range(5):
        queued(title=f"Хабарлама {number}", after=timedelta(hours=number + 2))
    with django_assert_num_queries(len(first.captured_queries)):
        today(browser)


def test_practice_is_said_on_every_page(browser, settings):
    assert "nothing reaches residents" not in today(browser)
    settings.CONFIG = settings.CONFIG.model_copy(update={"practice": True})
    assert "Practice mode: nothing reaches residents" in today(browser)


def test_what_waits_is_moved_from_here_and_put_back(browser, queued, running):
    post = queued(after=timedelta(hours=3))
    was = post.deliveries.first().due_at
    address = f"{reverse('move_post', args=[post.pk])}?was={int(was.timestamp())}&amp;next=/today/"
    assert address in today(browser)
    later = (was + timedelta(hours=1)).astimezone(post.district.zone)
    data = {"was": int(was.timestamp()), "at": f"{later:%Y-%m-%dT%H:%M}", "next": "/today/"}
    data["sure"] = data["at"]
    assert browser.post(reverse("move_post", args=[post.pk]), data).headers["Location"] == "/today/"
    assert "moved to" in today(browser)
    browser.post(reverse("calendar_undo"), {"next": "/today/"})
    assert set(post.deliveries.values_list("due_at", flat=True)) == {was.replace(microsecond=0)}
    assert "moved to" not in today(browser)


def test_what_waits_is_cancelled_from_here(browser, queued, running):
    post = queued()
    assert f"cancel-{post.pk}-" in today(browser)
    reply = browser.post(reverse("cancel", args=[post.pk]), {"next": "/today/"})
    assert reply.headers["Location"] == "/today/"
    assert set(post.deliveries.values_list("state", flat=True)) == {State.CANCELLED}


def test_who_may_not_write_is_offered_no_change(log_in, person, queued, running):
    post = queued()
    shown = today(log_in(person("chief")))
    assert post.title in shown
    assert "move/?was=" not in shown
    assert f"cancel-{post.pk}-" not in shown


def test_a_warning_that_ends_before_it_goes_out_is_told(browser, draft, queued, running):
    draft(title="Ертең өтеді", expires_at=timezone.now() + timedelta(hours=5))
    draft(title="Әлі ұзақ", expires_at=timezone.now() + timedelta(days=5))
    queued(title="Үлгереді", expires_at=timezone.now() + timedelta(hours=6))
    shown = today(browser)
    assert shown.count("It is true only until") == 1
    assert "Ертең өтеді" in shown


def test_an_urgent_warning_that_outlived_its_day_is_offered_for_withdrawal(browser, queued, running):
    post = queued(urgent=True)
    put(post, State.SENT, sent_at=timezone.now() - timedelta(days=2))
    assert "still stands in the channels" not in today(browser)
    Post.objects.filter(pk=post.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    shown = today(browser)
    assert "still stands in the channels" in shown
    assert reverse("withdraw", args=[post.pk]) in shown


def test_a_disk_that_is_nearly_full_is_told(browser, running, monkeypatch):
    monkeypatch.setattr("publisher.console.views.today.ROOM", 10**18)
    shown = today(browser)
    assert "The disk is nearly full" in shown
    assert "Nothing needs you" not in shown
