"""People in a real browser, at a desk and on a phone, in Kazakh and Russian: invited by a link, given another role,
stood in for, logged in with a second factor, signed out elsewhere. One server, one Chromium."""

from __future__ import annotations

from urllib.parse import urlsplit

import pyotp
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from publisher.people.models import Delegation, Role, User, Visit
from tests.console import test_in_browser as common
from tests.console import test_parts_in_browser as parts
from tests.console.test_parts_in_browser import everywhere_slowly, fits, press, stands

chromium, window, at_work = common.chromium, common.window, parts.at_work
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
GOOD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def stranger(window, somebody: User, width: int) -> Page:
    page = window(somebody, width, 844)
    page.context.clear_cookies()
    return page


def log_in(page: Page, username: str) -> None:
    page.goto(reverse("login"))
    page.fill("[name=username]", username)
    page.fill("[name=password]", GOOD)
    page.click("form:has([name=password]) button")


@everywhere_slowly
def test_a_colleague_comes_by_a_link_gets_another_role_and_leaves(at_work, window, person, width, language):
    admin = person(Role.ADMIN, of=None)
    page = at_work(admin, width, language)
    stands(page, "people", "People", language)
    page.select_option("[name=role]", "officer")
    page.select_option("[name=district]", "akkaiyn")
    page.click(f"form[action='{reverse('invite')}'] button")
    link = page.input_value("#link-once")
    fits(page)

    colleague = stranger(window, admin, width)
    colleague.goto(urlsplit(link).path)
    for field, value in {"username": "aigul", "name": "Айгүл Омарова", "password": GOOD, "again": GOOD}.items():
        colleague.fill(f"[name={field}]", value)
    fits(colleague)
    colleague.click("form:has([name=again]) button")
    colleague.wait_for_url("**/today/")

    made = User.objects.get(username="aigul")
    stands(page, "people", "People", language)
    page.click(f"a[href='{reverse('person', args=[made.pk])}']")
    expect(page.locator("h1")).to_have_text("Айгүл Омарова")
    page.select_option("[name=role]", "approver")
    page.click(f"form[action='{reverse('person_change', args=[made.pk])}'] button")
    expect(page.locator(".alert-success")).to_be_visible()
    colleague.goto(reverse("today"))
    colleague.wait_for_url("**/login/**")  # new rights begin with a new log-in
    fits(page)
    press(page, f"form[action='{reverse('person_switch', args=[made.pk])}'] button")
    page.wait_for_url("**/people/")
    made.refresh_from_db()
    assert (made.role, made.is_active) == (Role.APPROVER, False)
    log_in(colleague, "aigul")
    expect(colleague.locator(".alert-danger")).to_be_visible()


@everywhere_slowly
def test_an_approver_names_a_substitute_who_then_approves(
    at_work, approver, person, in_review, officer, width, language
):
    substitute = person(Role.OFFICER, name="substitute")
    page = at_work(approver, width, language)
    stands(page, "delegations", "Substitutes", language)
    page.select_option("[name=substitute]", str(substitute.pk))
    page.fill("[name=to_day]", page.input_value("[name=from_day]"))
    page.click(f"form[action='{reverse('delegation_add')}'] button")
    expect(page.locator(".rows .badge.bg-green-lt")).to_be_visible()
    fits(page)

    post = in_review()
    reader = at_work(substitute, width, language)
    reader.goto(reverse("post", args=[post.pk]))
    expect(reader.locator("form[action$='/approve/']")).to_have_count(1)
    page.goto(reverse("delegations"))
    press(page, f"form[action='{reverse('delegation_end', args=[Delegation.objects.get().pk])}'] button")
    expect(page.locator(".rows .badge.bg-green-lt")).to_have_count(0)
    reader.reload()
    expect(reader.locator("form[action$='/approve/']")).to_have_count(0)


@everywhere_slowly
def test_a_second_factor_is_set_up_asked_for_and_other_devices_are_signed_out(
    at_work, window, officer, width, language
):
    officer.set_password(GOOD)
    page = at_work(officer, width, language)
    stands(page, "security", "My account's safety", language)
    page.click(f"a[href='{reverse('security_app')}']")
    page.click("details summary")
    page.fill("[name=app_code]", pyotp.TOTP(page.inner_text(".typed-key")).now())
    fits(page)
    page.click("main form button.btn-primary")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    recovery = page.locator(".recovery-codes li").first.inner_text()
    fits(page)

    other = stranger(window, officer, width)
    log_in(other, officer.username)
    other.wait_for_url("**/login/second/")
    other.fill("[name=code]", recovery)
    fits(other)
    other.click("main button.btn-primary")
    other.wait_for_url("**/today/")
    page.goto(reverse("security"))
    there = Visit.objects.latest("began_at")
    page.click(f"form[action='{reverse('visit_end', args=[there.pk])}'] button")
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator(f"form[action='{reverse('visit_end', args=[there.pk])}']")).to_have_count(0)
    other.goto(reverse("posts"))
    other.wait_for_url("**/login/**")
