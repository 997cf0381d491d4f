"""Numbers that do not come are a notice with a reason, and end with the first good answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.deliver.models import Account
from publisher.measure.collect import _note_troubles
from publisher.measure.missing import missing
from publisher.measure.models import Page, PageRole, ReadingTrouble, Watch


@pytest.fixture
def page(accounts, district, after) -> Page:
    account = Account.objects.create(key="insta", type="instagram")
    Watch.objects.create(account=account, on=True)
    given = {"role": PageRole.OWN, "district": district, "seen_at": after()}
    return Page.objects.create(account=account, name="police", **given)


def reasons(now, districts=None, *, manages=True) -> list[str]:
    return [gap.reason for gap in missing(districts, now, manages=manages)]


def test_a_page_that_answers_is_no_notice(page, after):
    assert reasons(after(hours=1)) == []


def test_one_that_was_not_seen_for_two_days_is(page, after):
    assert reasons(after(hours=49)) == ["page_stale"]
    assert reasons(after(hours=49), districts=["esil"]) == []


def test_one_that_failed_again_and_again_says_why(page, after):
    Page.objects.update(failures=3, problem="instagram_login_wall")
    assert reasons(after(hours=1)) == ["instagram_login_wall"]


def test_a_site_that_told_us_to_stop_is_said_for_its_pages(page, after):
    Watch.objects.update(blocked_until=after(hours=24), blocked_reason="instagram_stopped")
    assert reasons(after(hours=1)) == ["instagram_stopped"]
    assert reasons(after(hours=25)) == []


def test_what_is_off_or_not_listed_troubles_nobody(page, after):
    Watch.objects.update(on=False)
    assert reasons(after(hours=99)) == []
    Watch.objects.update(on=True)
    Page.objects.update(listed=False)
    assert reasons(after(hours=99)) == []


def test_one_switched_on_a_minute_ago_is_not_late(page, after):
    Page.objects.update(seen_at=None)
    assert reasons(after()) == []


def test_a_public_page_of_another_make_is_said_until_it_is_understood(telegram, after):
    _note_troubles({telegram.pk: "public_page_changed"}, set(), after())
    _note_troubles({telegram.pk: "public_page_changed"}, set(), after(hours=2))
    row = ReadingTrouble.objects.get()
    assert (row.since, row.at, reasons(after(hours=2))) == (after(), after(hours=2), ["public_page_changed"])
    _note_troubles({}, {telegram.pk}, after(hours=3))
    assert reasons(after(hours=3)) == []


def test_a_site_that_is_only_silent_is_no_matter_for_people(telegram, after):
    _note_troubles({telegram.pk: "public_page_silent"}, set(), after() - timedelta(minutes=1))
    assert reasons(after()) == []
