"""What came of a correction or withdrawal, on the post's page and on Today."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.deliver.models import Change, ChangeState, State

DO = "Ask a group administrator to delete it by hand."


@pytest.fixture
def withdrawn(queued):
    """Taken away in Kazakh; in Russian the platform has no way to."""
    post = queued()
    post.deliveries.update(state=State.SENT, sent_at=timezone.now(), receipt={"ids": ["7"]})
    for delivery in post.deliveries.all():
        by_hand = delivery.language == "ru"
        Change.objects.create(
            delivery=delivery,
            kind="withdraw",
            state=ChangeState.BY_HAND if by_hand else ChangeState.DONE,
            error_reason="cannot_withdraw" if by_hand else "",
            due_at=timezone.now(),
            asked_by="Айгүл",
        )
    return post


def page(client, post) -> str:
    return client.get(reverse("post", args=[post.pk])).content.decode()


def test_the_page_says_where_it_worked_and_what_people_do_where_it_did_not(browser, withdrawn):
    shown = page(browser, withdrawn)
    assert "What came of the change" in shown
    assert DO in shown
    assert reverse("done_by_hand", args=[withdrawn.deliveries.get(language="ru").pk]) in shown
    assert reverse("done_by_hand", args=[withdrawn.deliveries.get(language="kk").pk]) not in shown


def test_today_asks_for_it_until_somebody_did_it(browser, withdrawn, running):
    def today():
        return browser.get(reverse("today")).content.decode()

    assert "In 1 place a person corrects or deletes it by hand." in today()
    delivery = withdrawn.deliveries.get(language="ru")
    shown = browser.post(reverse("done_by_hand", args=[delivery.pk]), follow=True).content.decode()
    assert "Thank you for doing it" in shown
    delivery.refresh_from_db()
    assert delivery.state == State.WITHDRAWN
    assert "by hand" not in today()


def test_done_twice_changes_nothing(browser, withdrawn):
    address = reverse("done_by_hand", args=[withdrawn.deliveries.get(language="kk").pk])
    assert "settled meanwhile" in browser.post(address, follow=True).content.decode()


def test_a_post_that_was_never_changed_shows_no_report(browser, queued):
    assert "What came of the change" not in page(browser, queued())
