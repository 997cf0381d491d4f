"""Pages ask the database as often for two hundred posts as for ten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from publisher.compose.models import Kind, Post, Status, Version
from publisher.deliver.models import Delivery, State
from publisher.plan.models import Slot


@pytest.fixture
def many(district, channel):
    """Posts of every state around today, each in two languages on one channel, and the plans' slots between them."""

    def make(count: int) -> None:
        now, before = timezone.now(), Post.objects.count()
        posts = Post.objects.bulk_create(
            Post(
                kind=Kind.values[n % 4],
                title=f"№{before + n}",
                district=district,
                status=Status.APPROVED,
                author_name="—",
                template_slug="sms-egov-code",
                publish_at=now + timedelta(minutes=17 * (n - count // 2)),
            )
            for n in range(count)
        )
        Version.objects.bulk_create(
            Version(post=post, language=code, body="{hotline}") for post in posts for code in ("kk", "ru")
        )
        states = [State.SENT, State.WAITING, State.UNKNOWN, State.FAILED]
        Delivery.objects.bulk_create(
            Delivery(
                post=post,
                channel=channel,
                language=code,
                due_at=post.publish_at,
                state=states[post.pk % 4],
                sent_at=post.publish_at if post.pk % 4 == 0 else None,
            )
            for post in posts
            for code in ("kk", "ru")
        )
        Slot.objects.bulk_create(
            Slot(plan="p", at=now + timedelta(minutes=11 * n + before), district=district, rule={}, channel_keys=[])
            for n in range(1, count)
        )

    return make


@pytest.mark.parametrize("page", ["calendar", "today", "posts", "library", "calendar_hours"])
def test_a_page_asks_as_often_for_200_posts_as_for_10(page, browser, many, running):
    asked = {}
    for count in (10, 190):
        many(count)
        browser.get(reverse(page))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse(page)).status_code == 200
        asked[Post.objects.count()] = len(queries)
    assert list(asked) == [10, 200]
    assert asked[200] == asked[10] > 5, queries.captured_queries


def test_the_composers_preview_asks_as_often_for_200_posts_as_for_10(browser, many, draft):
    mine, asked = draft(), {}
    form = {"title": mine.title, "kind": mine.kind, "channels": mine.channel_keys, "body_kk": "{hotline}"}
    for count in (10, 190):
        many(count)
        browser.post(reverse("live", args=[mine.pk]), form)
        with CaptureQueriesContext(connection) as queries:
            assert browser.post(reverse("live", args=[mine.pk]), form).status_code == 200
        asked[count] = len(queries)
    assert asked[190] == asked[10] > 5, queries.captured_queries
