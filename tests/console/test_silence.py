from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.deliver.models import Silence


@pytest.fixture
def silent(channel, running):
    now = timezone.now()
    return Silence.objects.create(
        account_id="telegram-main",
        since=now,
        failures=5,
        pause=5,
        probe_at=now + timedelta(seconds=5),
        detail="no route",
    )


def test_a_platform_that_does_not_answer_is_told_on_today(browser, silent):
    shown = browser.get(reverse("today")).content.decode()
    assert "telegram-main” has not answered since" in shown
    assert "Nothing needs you" not in shown


def test_when_it_answers_again_nothing_is_told(browser, silent):
    Silence.objects.update(probe_at=None)
    assert "has not answered" not in browser.get(reverse("today")).content.decode()


def test_and_on_the_accounts_own_page_with_the_detail(log_in, admin, silent):
    shown = log_in(admin).get(reverse("account", args=["telegram-main"])).content.decode()
    assert "has not answered since" in shown
    assert "no route" in shown
