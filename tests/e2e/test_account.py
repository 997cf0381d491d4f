"""The own account in a real browser, outside practice: whoever may approve sets up a second factor first; an app, a
passkey (a virtual authenticator of Chromium's), recovery codes; nothing is broken on a phone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.deployment import free_port, wait_until

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
GOOD = "correct-horse-battery"
CONFIG = """\
site: {{name: Аққайың ауданының полициясы, public_url: "http://localhost:{port}"}}
server: {{port: {port}, host: localhost}}
districts:
  akkaiyn:
    name: {{kk: Аққайың ауданы, ru: Аккайынский район, en: Akkaiyn district}}
    hotline: 2-15-65
"""


@pytest.fixture(scope="module")
def deployment(tmp_path_factory) -> Iterator[dict[str, str]]:
    home, port = tmp_path_factory.mktemp("account") / "home", free_port()
    home.mkdir()
    (home / "config.yaml").write_text(CONFIG.format(port=port), encoding="utf-8")
    for name in ("content", "media"):
        (home / name).symlink_to(ROOT / name)
    (home / "schedules").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISHER_")}
    environment = {**kept, "PUBLISHER_HOME": str(home), "PYTHONPATH": str(ROOT)}
    publisher = [sys.executable, "-m", "publisher"]
    made = subprocess.run(
        [*publisher, "invite", "--role", "admin", "--json"],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (home / "log").open("w") as log:
        process = subprocess.Popen([*publisher, "web"], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "Ctrl-C" in (home / "log").read_text() or process.poll() is not None, 120, "the console")
        yield {"base": f"http://localhost:{port}", "link": json.loads(made.stdout)["url"]}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "Traceback" not in (home / "log").read_text(encoding="utf-8")


@pytest.fixture
def page(deployment) -> Iterator[Page]:
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=deployment["base"])
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("console", lambda m: faults.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on(
            "request", lambda r: faults.append(r.url) if urlsplit(r.url).hostname not in (None, "localhost") else None
        )
        yield page
        browser.close()
    # A refused second step answers 403, which Chromium reports as an error of the page.
    assert [fault for fault in faults if "403" not in fault] == []


def log_out(page: Page) -> None:
    page.evaluate("document.querySelector('form[action=\"/logout/\"]').requestSubmit()")
    page.wait_for_url("**/login/")


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_administrators_account_from_the_first_link_to_the_passkey(deployment, page):
    page.goto(deployment["link"])
    for field, value in {"username": "bolat", "name": "Болат Ахметов", "password": GOOD, "again": GOOD}.items():
        page.fill(f"[name={field}]", value)
    page.click("main button.btn-primary")
    page.wait_for_url("**/security/")  # nothing else opens before the second factor

    page.goto("/today/")
    page.wait_for_url("**/security/")
    page.goto("/security/app/")
    page.click("details summary")
    secret = page.inner_text(".typed-key")
    page.fill("[name=app_code]", pyotp.TOTP(secret).now())
    page.click("main form button.btn-primary")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    recovery = page.locator(".recovery-codes li").first.inner_text()
    page.goto("/today/")
    expect(page.locator("h1")).to_be_visible()

    log_out(page)
    page.fill("[name=username]", "bolat")
    page.fill("[name=password]", GOOD)
    page.click("main button.btn-primary")
    page.wait_for_url("**/login/second/")
    page.fill("[name=code]", "000000")
    page.click("main button.btn-primary")
    expect(page.locator(".alert")).to_be_visible()
    page.fill("[name=code]", recovery)
    page.click("main button.btn-primary")
    page.wait_for_url("**/today/")

    authenticator = page.context.new_cdp_session(page)
    authenticator.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/security/")
    page.fill("[name=name]", "Жұмыс компьютері")
    page.click("[data-passkey=create] button")
    expect(page.locator(".row-title", has_text="Жұмыс компьютері")).to_be_visible()

    log_out(page)
    page.click("[data-passkey=get] button")  # neither name nor password
    page.wait_for_url("**/today/")

    log_out(page)
    page.fill("[name=username]", "bolat")
    page.fill("[name=password]", GOOD)
    page.click("form:has([name=password]) button")
    page.wait_for_url("**/login/second/")
    page.click("[data-passkey=get] button")
    page.wait_for_url("**/today/")

    page.set_viewport_size({"width": 390, "height": 844})
    for language in ("ru", "kk"):
        switch = f"document.querySelector('button[name=language][value={language}]')"
        page.evaluate(f"{switch}.form.requestSubmit({switch})")
        expect(page.locator("html")).to_have_attribute("lang", language)
        for address in ("/security/", "/security/app/", "/people/", "/people/1/", "/delegations/", "/audit/"):
            page.goto(address)
            assert fits(page), address
