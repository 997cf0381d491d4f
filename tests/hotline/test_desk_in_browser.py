"""The call centre in a real browser: by keyboard, without a connection, lists, coverage. One server, one Chromium."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from publisher.hotline.models import Consultation
from tests.console import test_in_browser as browser

chromium, window = browser.chromium, browser.window

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(window, duty, okrugs) -> Page:
    page = window(duty)
    page.goto(reverse("desk"))
    expect(page.locator("#desk-today .empty-state")).to_be_visible()
    return page


def _call_by_keyboard(page: Page) -> None:
    for key in ("1", "2", "m", "r"):
        page.keyboard.press(key)


def test_a_call_is_written_down_by_keys_alone(desk, duty, okrugs):
    _call_by_keyboard(desk)
    expect(desk.locator("#desk-verdict")).to_have_text("Fraud")
    expect(desk.locator("#desk-lines li").first).to_contain_text("Это мошенник")
    desk.keyboard.press("o")
    desk.keyboard.type("Pol")
    desk.keyboard.press("Escape")
    desk.keyboard.press("s")
    desk.keyboard.type("250 000")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-today .row-item")).to_have_count(1)
    expect(desk.locator("#desk-waits")).to_be_hidden()
    row = Consultation.objects.get()
    assert (row.pattern, row.verdict, row.outcome, row.language) == ("officer-safe-account", "fraud", "near_miss", "ru")
    assert (row.okrug, row.amount, row.by) == (okrugs[1], 250_000, duty)
    assert row.signs == ["poses-as-officer", "take-loan"]


def test_the_last_call_is_taken_back_and_can_be_corrected(desk):
    _call_by_keyboard(desk)
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-today .row-item")).to_have_count(1)
    expect(desk.locator("#desk-today .row-item button")).to_have_count(1)
    desk.keyboard.press("z")
    expect(desk.locator("#desk-today .empty-state")).to_be_visible()
    expect(desk.locator("#outcome-near_miss")).to_be_checked()
    assert Consultation.objects.count() == 0
    desk.keyboard.press("u")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-today .row-item button")).to_have_count(1)
    assert Consultation.objects.get().verdict == "unclear"


def test_without_a_connection_calls_wait_and_come_once(desk):
    expect(desk.locator("html[data-kept=yes]")).to_be_attached()  # the browser has its copy of the page
    desk.context.set_offline(True)
    for _ in range(3):
        _call_by_keyboard(desk)
        desk.keyboard.press("Enter")
    expect(desk.locator("#desk-waits")).to_contain_text("3")
    expect(desk.locator("#desk-offline")).to_be_visible()
    desk.goto(reverse("desk"))  # opened anew: the copy comes, and the calls are still there
    expect(desk.locator("#desk-waits")).to_contain_text("3")
    _call_by_keyboard(desk)
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-waits")).to_contain_text("4")
    desk.keyboard.press("z")
    expect(desk.locator("#desk-waits")).to_contain_text("3")
    assert Consultation.objects.count() == 0
    desk.context.set_offline(False)
    expect(desk.locator("#desk-waits")).to_be_hidden()
    expect(desk.locator("#desk-today .row-item button")).to_have_count(3)
    assert Consultation.objects.count() == 3


def test_a_number_in_the_note_never_leaves_the_browser(desk):
    desk.keyboard.press("1")
    desk.keyboard.press("t")
    desk.keyboard.type("8 701 123 45 67")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-said")).to_have_text(re.compile("number"))
    assert Consultation.objects.count() == 0
