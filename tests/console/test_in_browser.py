"""The console in a real browser: dragging, keyboard, accessibility rules, magnified pages. One server, one Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from publisher.hotline.models import Case
from publisher.people.models import Role
from tests.console import test_access_matrix as matrix

address = matrix.address  # the fixture with an example of everything

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "tests/vendor/axe-core-4.14.1/axe.min.js").read_text(encoding="utf-8")
RULES = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" ~ ")}`);
}"""
TWICE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  return [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))];
}"""
NO_PAGES = {
    *("openapi", "feed_atom", "feed_rss", "feed_cap", "feed_alert", "feed_calendar"),
    "upload",
    "thumbnail",
    "practice_phones",
    "practice_phone",
    "report_download",
    "report_week_file",
    "report_month_file",
    "healthz",
    "readyz",
    "metrics",
}
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread; the database is only asked between its calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield browser
            browser.close()


@pytest.fixture
def window(chromium, live_server, log_in):
    """A window of a person's. In the end: no error in it, and nothing asked of another host."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda m: faults.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("request", lambda r: None if r.url.startswith(live_server.url) else faults.append(r.url))

    def opened(user, width: int = 1280, height: int = 860, **options) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=live_server.url,
            timezone_id="America/New_York",  # the browser's own clock must not matter
            **options,
        )
        context.set_default_timeout(60_000)  # a condition's limit, not an expectation
        cookie = log_in(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        context.on("page", watch)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not [fault for fault in faults if "/nothing-there/" not in fault]


@pytest.fixture
def tomorrow(district):
    """12:00 of the day after tomorrow on the district's clock: two days ahead are always on the month's page."""
    local = timezone.now().astimezone(district.zone) + timedelta(days=2)
    return local.replace(hour=12, minute=0, second=0, microsecond=0)


def test_dragging_asks_moves_and_can_be_undone(window, officer, queued, tomorrow):
    post = queued(after=tomorrow - timezone.now())
    at = tomorrow
    page = window(officer)
    page.goto(f"{reverse('calendar')}?view=week&date={at:%Y-%m-%d}")
    event = page.locator(".ec-event")
    expect(event).to_contain_text(f"{at:%H:%M}")
    _drag(page, event, 0, 120)
    expect(page.locator("#move")).to_be_visible()
    page.click("#move [data-close]")
    expect(event).to_contain_text(f"{at:%H:%M}")  # back where it was: nothing was confirmed

    _drag(page, event, 0, 120)
    page.click("#move .btn-primary")
    undo = page.locator("form[action$='/undo/'] button")
    expect(undo).to_be_visible()
    moved = post.deliveries.first().due_at
    assert moved == at + timedelta(hours=2)
    undo.click()
    expect(page.locator(".alert-success")).to_be_visible()
    assert post.deliveries.first().due_at.replace(microsecond=0) == at


def test_a_button_pressed_twice_in_a_hurry_counts_once(window, person, district):
    page = window(person(Role.DUTY))
    page.goto(reverse("cases"))
    page.locator("form[action$='/cases/add/'] .btn-primary").dblclick()
    expect(page.locator(".alert-success")).to_be_visible()
    assert Case.objects.count() == 1


def _drag(page: Page, event, dx: int, dy: int) -> None:
    event.scroll_into_view_if_needed()
    box = event.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(x + dx * step / 10, y + dy * step / 10)
    page.mouse.up()


def test_everything_in_the_calendar_goes_by_keyboard(window, officer, queued, tomorrow):
    post = queued(after=tomorrow - timezone.now())
    page = window(officer)
    page.goto(f"{reverse('calendar')}?view=month&date={tomorrow:%Y-%m-%d}")
    page.locator(".ec-event").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#entry")).to_be_visible()
    _tab_to(page, "[data-move]")
    page.keyboard.press("Enter")
    expect(page.locator("#move")).to_be_visible()
    page.locator("#move-at").fill(f"{tomorrow + timedelta(hours=3):%Y-%m-%dT%H:%M}")
    _tab_to(page, "#move .btn-primary")
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/undo/']")).to_be_visible()
    assert post.deliveries.first().due_at == tomorrow + timedelta(hours=3)


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(15):
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by the keyboard")


def test_on_a_phone_and_without_scripts_the_calendar_is_a_list(window, officer, queued):
    post = queued(after=timedelta(hours=1))
    for page in (window(officer, 390), window(officer, java_script_enabled=False)):
        page.goto(reverse("calendar"))
        expect(page.locator(".agenda-entry .row-title", has_text=post.title)).to_be_visible()
        expect(page.locator(".ec")).to_have_count(0)
        expect(page.locator(".agenda-entry [data-move]")).to_be_visible()


@pytest.fixture
def pages(address, person, approver, in_review, running):
    """Every page of the console with something on it, for an administrator; a new one is found by itself."""
    in_review(title="Қаралуда", author=approver)
    picture = settings.HOME.folder("uploads") / "none.jpg"  # the file of the example's upload
    Image.new("RGB", (64, 36), "#0b63a8").save(picture)
    admin = person(Role.ADMIN, of=None, name="admin")
    places = [address(pattern) for pattern in matrix.NAMED if pattern.name not in NO_PAGES]
    views = [f"{reverse('calendar')}?view={view}" for view in ("week", "day", "list")]
    return admin, [*dict.fromkeys(places), *views, "/nothing-there/"]


def _is_page(page: Page, place: str) -> bool:
    reply = page.request.get(place)
    return (reply.ok and "<html" in reply.text()[:300]) or place == "/nothing-there/"


@pytest.mark.parametrize(("language", "width"), [("kk", 1280), pytest.param("ru", 390, marks=pytest.mark.thorough)])
def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways_when_magnified(language, width, pages, window):
    admin, addresses = pages
    admin.language = language
    admin.save()
    page, wrong, seen = window(admin, width), {}, []
    for place in addresses:
        if not _is_page(page, place):
            continue
        seen.append(place)
        page.goto(place)
        page.evaluate(AXE)
        found = [*page.evaluate(RULES), *(f"twice: {one}" for one in page.evaluate(TWICE))]
        heads = page.locator("h1").count()
        found += [] if heads == 1 or place.startswith("/report/readings/") else [f"{heads} headings of the page"]
        page.set_viewport_size({"width": 640, "height": 430})  # a screen of 1280 × 860 at 200 %
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.set_viewport_size({"width": width, "height": 860})
        if found or wide > 0:
            wrong[place] = [*found, *([f"{wide} px too wide at 200 %"] if wide > 0 else [])]
    assert wrong == {}
    for name in ("today", "calendar", "posts", "library", "films", "compose", "report", "channels", "people", "help"):
        assert reverse(name) in seen
