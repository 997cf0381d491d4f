"""A press officer's way in a real browser: log in, compose from a template, approved by a second person, published
on the practice chats, reported. Everything runs as `publisher run --practice` does; only loopback is reachable."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.deployment import free_port, wait_until

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
GOOD = "correct-horse-battery"
CONFIG = """\
practice: true
site: {{name: Аққайың ауданының полициясы, public_url: "http://127.0.0.1:{port}"}}
server: {{port: {port}, practice_port: {practice_port}}}
districts:
  akkaiyn:
    name: {{kk: Аққайың ауданы, ru: Аккайынский район, en: Akkaiyn district}}
    hotline: 2-15-65
"""
# With a post already there, practice mode makes no film of its own and the walk need not wait for it.
FIRST_POST = """
import django; django.setup()
from publisher.database import bring_up_to_date; bring_up_to_date()
from publisher.compose import posts
from publisher.people.audit import SYSTEM
from publisher.people.models import District
posts.blank("notice", "-", District.objects.get(), SYSTEM)
"""


class Console:
    """A deployment in practice mode, running."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        home.mkdir()
        self.practice_port = free_port()
        text = CONFIG.format(port=self.port, practice_port=self.practice_port)
        (home / "config.yaml").write_text(text, encoding="utf-8")
        for name in ("content", "media"):
            (home / name).symlink_to(ROOT / name)
        (home / "schedules").mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISHER_")}
        python = {"PUBLISHER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "publisher.settings"}
        self.environment = {**kept, **python, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", FIRST_POST], env=self.environment, check=True, timeout=60)

    @property
    def said(self) -> str:
        return (self.home / "run.log").read_text(encoding="utf-8")

    @contextmanager
    def running(self) -> Iterator[None]:
        with (self.home / "run.log").open("w") as log:
            command = [sys.executable, "-m", "publisher", "run", "--practice"]
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until(lambda: "Ctrl-C" in self.said or process.poll() is not None, 60, "the console")
            assert process.poll() is None, self.said
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(15)

    def first_link(self) -> str:
        return re.search(r"http://\S+/invitation/\S+", self.said)[0]


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    console = Console(tmp_path_factory.mktemp("walk") / "home")
    with console.running():
        yield console
    assert "Traceback" not in console.said, console.said


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    closed = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", closed])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium, console):
    """A browser of one's own. In the end: no error in it, and no request to another host."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda m: faults.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("request", lambda r: faults.append(f"asked {r.url}") if _elsewhere(r.url) else None)

    def opened(width: int = 1280, height: int = 800) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=console.base)
        context.set_default_timeout(15_000)
        context.on("page", watch)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not faults


def _elsewhere(address: str) -> bool:
    return urlsplit(address).hostname not in (None, "127.0.0.1")


def redeem(page: Page, link: str, username: str, name: str) -> None:
    page.goto(link)
    for field, value in {"username": username, "name": name, "password": GOOD, "again": GOOD}.items():
        page.fill(f"[name={field}]", value)
    page.click("form:has([name=again]) button")
    page.wait_for_url("**/today/")


def log_in(page: Page, username: str) -> None:
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", GOOD)
    page.click("form:has([name=password]) button")
    page.wait_for_url("**/today/")


def speak(page: Page, language: str) -> None:
    page.locator(f".language-choice[value={language}]").first.evaluate("button => button.click()")
    expect(page.locator("html")).to_have_attribute("lang", language)


def fits(page: Page) -> None:
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{page.url} is {wider} px too wide"


def press(page: Page, selector: str) -> None:
    """A button that asks first."""
    page.click(selector)
    page.click("#confirm-yes")


@pytest.fixture(scope="module")
def people(console, chromium) -> dict[str, str]:
    """The first administrator comes in by the printed link and invites a press officer."""
    context = chromium.new_context(base_url=console.base)
    page = context.new_page()
    redeem(page, console.first_link(), "saule", "Сәуле Ахметова")
    page.goto("/people/")
    page.select_option("[name=role]", "officer")
    page.select_option("[name=district]", "akkaiyn")
    page.click("form[action='/people/invite/'] button")
    link = page.input_value("#link-once")
    context.close()
    officer = chromium.new_context(base_url=console.base)
    redeem(officer.new_page(), link, "aigul", "Айгүл Омарова")
    officer.close()
    return {"officer": "aigul", "admin": "saule"}


def compose(page: Page, extra: str) -> str:
    """From a template to review; returns the post's address."""
    page.goto("/compose/")
    page.fill("#template-words", "egov sms")
    card = page.locator(".template-card", has=page.locator("[value=sms-egov-code]"))
    expect(page.locator(".template-card")).not_to_have_count(0)
    card.locator("button").click()
    page.wait_for_url("**/edit/")
    body = page.locator("[name=body_kk]")
    body.fill(f"{body.input_value()}\n\n{extra}")
    expect(page.locator(".phone-telegram .bubble-text").first).to_contain_text(extra)
    page.click("[data-choose-tag=residents]")
    expect(page.locator("[name=channels]:checked")).to_have_count(2)
    page.click("[name=action][value=submit]")
    page.wait_for_url(re.compile(r"/posts/\d+/$"))
    return page.url


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_template_to_the_practice_chats_and_the_report(console, people, window, width):
    sign = f"Белгі-{width}"
    officer = window(width)
    log_in(officer, people["officer"])
    address = compose(officer, sign)
    expect(officer.locator("form[action$='/approve/']")).to_have_count(0)

    second = window(width)
    log_in(second, people["admin"])
    second.click(f"a.btn-primary[href='{urlsplit(address).path}']")
    press(second, "form[action$='/approve/'] button")
    published = second.locator("#deliveries .delivery-head .bg-green-lt")
    expect(published).not_to_have_count(0, timeout=30_000)
    second.wait_for_function(
        "() => { const all = [...document.querySelectorAll('#deliveries .delivery-head .badge')];"
        " return all.length >= 4 && all.every((badge) => badge.classList.contains('bg-green-lt')); }",
        timeout=60_000,
    )

    second.goto("/practice/")
    frame = second.frame_locator("iframe")
    frame.locator("a", has_text="WhatsApp").first.click()
    expect(frame.locator("body")).to_contain_text(sign)

    second.goto("/report/")
    expect(second.locator("article.report")).to_contain_text("1414")


def test_a_correction_reaches_what_stands_there(console, people, window):
    officer = window()
    log_in(officer, people["officer"])
    address = compose(officer, "Бірінші нұсқа")
    second = window()
    log_in(second, people["admin"])
    second.goto(address)
    press(second, "form[action$='/approve/'] button")
    expect(second.locator("#deliveries .delivery-head .bg-green-lt")).not_to_have_count(0, timeout=60_000)

    officer.goto(f"{address}edit/")
    body = officer.locator("[name=body_kk]")
    body.fill(body.input_value().replace("Бірінші нұсқа", "Екінші нұсқа"))
    officer.click("[name=action][value=submit]")
    officer.wait_for_url(address)
    second.goto(address)
    press(second, "form[action$='/approve/'] button")
    expect(second.locator(".change .bg-green-lt")).not_to_have_count(0, timeout=60_000)


def test_leaving_with_unsaved_changes_asks_first(console, people, window):
    """A draft saves itself; what a colleague is reading does not, so leaving it asks."""
    page = window()
    log_in(page, people["officer"])
    page.goto(f"{compose(page, 'Қаралып жатыр')}edit/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.fill("[name=body_kk]", "Сақталмаған {hotline}")
    page.click("a.back-link")
    page.wait_for_url(re.compile(r"/posts/\d+/$"))
    assert asked == ["beforeunload"]


def test_the_keyboard_reaches_everything_from_the_first_key(console, people, window):
    page = window()
    log_in(page, people["officer"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize(("width", "language"), [(1280, "kk"), (390, "ru")])
def test_a_channel_is_looked_at_before_it_is_saved_and_can_be_muted(console, people, window, width, language):
    page = window(width)
    log_in(page, people["admin"])
    speak(page, language)
    chat = {"platform": "telegram", "kind": "channel", "title": f"Жаңа арна {width}", "username": f"new_{width}"}
    made = page.request.post(f"http://127.0.0.1:{console.practice_port}/practice/api/chats", data=chat)
    assert made.ok, made.text()
    page.goto("/channels/add/")
    way = page.locator("form:has([value=telegram-main]):has([id^=target-])")
    for target in ("@nobody_is_here", f"@new_{width}"):
        way.locator("[name=target]").fill(target)
        way.locator("button").click()
        if target == "@nobody_is_here":
            expect(page.locator(".alert-danger")).to_be_visible()
    expect(page.locator("h1")).to_have_text(chat["title"])
    expect(page.locator("section[aria-labelledby=said] .icon").first).to_be_visible()
    page.fill("[name=key]", f"new-{width}")
    press(page, "form[action='/channels/add/'] button.btn-primary")
    expect(page.locator("h1")).to_contain_text(chat["title"])
    fits(page)
    page.fill("form[action$='/mute/'] [name=reason]", "Жөндеу")
    press(page, "form[action$='/mute/'] button")
    expect(page.locator("form[action$='/unmute/'] button")).to_be_visible()


ALSO = [pytest.param(width, code, marks=pytest.mark.thorough) for width, code in ((1280, "kk"), (390, "ru"))]


@pytest.mark.parametrize(("width", "language"), [(390, "kk"), (1280, "ru"), *ALSO])
def test_no_page_is_wider_than_the_screen(console, people, window, width, language):
    page = window(width)
    log_in(page, people["admin"])
    speak(page, language)
    for path in ("today", "posts", "posts/1", "posts/1/edit", "compose", "report", "channels", "channels/add",
                 "accounts", "people", "practice", "help", "password"):  # fmt: skip
        page.goto(f"/{path}/")
        fits(page)


def test_on_a_phone_the_whole_menu_unfolds(console, people, window):
    page = window(390, 844)
    log_in(page, people["admin"])
    page.click(".navbar-toggler")
    expect(page.locator("#menu a[href='/people/']")).to_be_visible()
    page.wait_for_timeout(500)
    bar, first = page.locator(".brand").bounding_box(), page.locator("#menu a").first.bounding_box()
    assert bar["y"] + bar["height"] <= first["y"] + 1
    page.click("#menu a[href='/people/']")
    page.wait_for_url("**/people/")
