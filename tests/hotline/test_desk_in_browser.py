"""The call centre in a real browser: by keyboard, without a connection, lists, coverage. One server, one Chromium."""

from __future__ import annotations

import itertools
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from publisher.hotline.models import Consultation, DoNotCall, OutboundCampaign, VisitRound
from publisher.hotline.patterns import catalogue
from tests.console import test_in_browser as browser

chromium = browser.chromium
RECKON = """(pairs) => pairs.map((pair) => {
  const form = document.getElementById("desk");
  for (const box of form.querySelectorAll("input[name=signs]")) box.checked = pair.includes(box.value);
  form.querySelector("input[name=signs]").dispatchEvent(new Event("input", { bubbles: true }));
  return [form.pattern.value, form.verdict.value];
})"""
CUT = "net::ERR_INTERNET_DISCONNECTED"  # meant, where a test cuts the connection

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def window(chromium, live_server, log_in):
    """A window of a person's. In the end: no error in it but what a cut connection says."""
    contexts, faults = [], []

    def opened(user, width: int = 1280, height: int = 900) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=live_server.url)
        context.set_default_timeout(60_000)
        cookie = log_in(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" and CUT not in m.text else None)
        page.on("pageerror", lambda error: faults.append(f"{error}"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


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
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Escape")
    desk.keyboard.press("s")
    desk.keyboard.type("250 000")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-today .row-item")).to_have_count(1)
    expect(desk.locator("#desk-waits")).to_be_hidden()
    row = Consultation.objects.get()
    assert (row.pattern, row.verdict, row.outcome, row.language) == ("officer-safe-account", "fraud", "near_miss", "ru")
    assert (row.okrug, row.amount, row.by) == (okrugs[0], 250_000, duty)
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
    desk.reload()
    desk.click("#desk-today .row-item button")
    expect(desk.locator("#desk-today .empty-state")).to_be_visible()
    expect(desk.locator("#verdict-unclear")).to_be_checked()
    expect(desk.locator("#outcome-near_miss")).to_be_checked()


def test_what_is_unticked_again_is_no_verdict(desk):
    desk.keyboard.press("1")
    expect(desk.locator("#verdict-unclear")).to_be_checked()
    desk.keyboard.press("1")
    expect(desk.locator("#verdict-unclear")).not_to_be_checked()
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-said")).to_contain_text("Say what it is")


def test_the_browser_reckons_like_the_catalogue(desk):
    """Every pair of signs: the same ruse and the same verdict on both sides."""
    known = catalogue()
    pairs = list(itertools.combinations(known.signs, 2))
    found = desk.evaluate(RECKON, [list(pair) for pair in pairs])
    expected = []
    for pair in pairs:
        matches = known.matches(pair)
        expected.append([matches[0].pattern.key if matches else "", "fraud" if known.is_fraud(pair) else "unclear"])
    assert found == expected


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
    desk.goto(reverse("desk"))  # with a connection it is the page itself again
    expect(desk.locator(".whoami-name")).to_be_attached()


def test_a_number_in_the_note_never_leaves_the_browser(desk):
    desk.keyboard.press("1")
    desk.keyboard.press("t")
    desk.keyboard.type("8 701 123 45 67")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-said")).to_have_text(re.compile("number"))
    assert Consultation.objects.count() == 0


# Lists and coverage


@pytest.fixture
def campaign(district, okrugs):
    today = timezone.localdate()
    return OutboundCampaign.objects.create(
        district=district, name="Қараша", script_kk="Сәлем {hotline}", script_ru="{hotline}", begins=today, ends=today
    )


def _file(text: str) -> dict:
    return {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()}


def test_a_list_is_checked_taken_in_and_called_by_keys(window, duty, campaign):
    page = window(duty)
    page.goto(reverse("outbound_one", args=[campaign.pk]))
    page.set_input_files("#id_file", _file("округ;номер\nҚиялы;8 701 123 45 67\nҚиялы;12\nПолтава;87011234568\n"))
    page.click("button[value=check]")
    expect(page.locator("#list-result")).to_contain_text("B3")
    expect(page.locator("#list-result")).to_contain_text("2 numbers could be taken in")
    assert not campaign.entries.exists()
    page.click("button[value=take]")
    expect(page.locator("#list-result")).to_contain_text("2 numbers are taken in")
    page.goto(reverse("outbound_call", args=[campaign.pk]))
    expect(page.locator(".calling-number")).to_contain_text("+7701")
    expect(page.locator(".calling-script").first).to_contain_text("2-15-65")
    first = page.locator(".calling-number").inner_text()
    page.keyboard.press("1")
    expect(page.locator(".calling-number")).not_to_have_text(first)
    page.keyboard.press("5")
    expect(page.locator(".empty-state")).to_be_visible()
    assert DoNotCall.objects.count() == 1
    page.goto(reverse("outbound_one", args=[campaign.pk]))
    expect(page.locator(".counts-bars tbody tr").first).to_contain_text("2")


def test_coverage_fills_as_days_are_written_down(window, duty, district, okrugs):
    today = timezone.localdate()
    round = VisitRound.objects.create(district=district, name="Үнпарақ", begins=today, ends=today)
    page = window(duty, 390, 844)
    page.goto(reverse("round", args=[round.pk]))
    expect(page.locator("#coverage .coverage-none")).to_have_count(3)
    page.select_option("#id_visit-okrug", str(okrugs[1].pk))
    page.fill("#id_visit-households", "31")
    page.fill("#id_visit-leaflets", "30")
    page.click("form[action$='/record/'] button")
    expect(page.locator("#coverage .coverage-none")).to_have_count(2)
    expect(page.locator("#coverage")).to_contain_text("31 / 310")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
