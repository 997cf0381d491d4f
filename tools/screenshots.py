"""Makes the pictures of the README and the docs from a real practice run: `make pictures` (needs Debian's Chromium).

A deployment in a temporary folder is started, the one-time link is used, and its pages are photographed.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
HELP = ROOT / "publisher/console/static/console/help"
PASSWORD = "Kyzyl-Zhar-2026!"
PAGES = {
    "today": "/today/",
    "report-week": "/report/week/?week={monday}",
    "practice": "/practice/",
    "calendar": "/calendar/?date={soon}",
    "library": "/library/",
    "desk": "/desk/",
    "relays": "/relays/",
    "phone": "/accounts/whatsapp-phone/phone/",
}
# Also shown in the console's own help, there under this name.
GUIDE = {"today": "today", "compose": "compose", "calendar": "calendar", "post": "post", "report-week": "report"}


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    HELP.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        console = prepared(home)
        log = home / "run.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "publisher", "run", "--practice", "--home", str(home)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={k: v for k, v in os.environ.items() if not k.startswith("PUBLISHER_")},
            )
        try:
            wait_for(log, "on its way", 600)
            time.sleep(75)  # the residents need a moment to look and react
            photograph(console, re.search(r"http://\S+/invitation/\S+", log.read_text()).group(0))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(15)
    return 0


def prepared(home: Path) -> str:
    subprocess.run([sys.executable, "-m", "publisher", "init", str(home)], check=True, capture_output=True, cwd=ROOT)
    port, practice = free_port(), free_port()
    config = home / "config.yaml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("port: 8000", f"port: {port}")
    config.write_text(text.replace("practice_port: 8001", f"practice_port: {practice}"), encoding="utf-8")
    return f"http://127.0.0.1:{port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(log: Path, words: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while words not in log.read_text():
        if time.monotonic() > until:
            raise SystemExit(f"“{words}” did not come:\n{log.read_text()}")
        time.sleep(0.5)


def photograph(console: str, invitation: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        join(page, invitation)
        for name, address in PAGES.items():
            shot(page, f"{console}{address.format(monday=monday(), soon=date.today() + timedelta(days=7))}", name)
        page.goto(f"{console}/posts/?q=Бейнеролик")
        shot(page, f"{console}{page.locator('#posts a.row-title').first.get_attribute('href')}", "post")
        page.goto(f"{console}/compose/")
        page.locator("form button", has_text="Осыны алу").first.click()
        page.wait_for_load_state("networkidle")
        shot(page, page.url, "compose")
        page.set_viewport_size({"width": 390, "height": 844})
        shot(page, f"{console}/today/", "today-phone")
        page.goto(f"{console}/relays/")
        shot(page, page.locator("[id^=task-]").first.input_value(), "relay-phone")
        browser.close()


def monday() -> date:
    """Of the running week, in which the film came out."""
    today = datetime.now(ZoneInfo("Asia/Almaty")).date()
    return today - timedelta(days=today.weekday())


def join(page: Page, invitation: str) -> None:
    page.goto(invitation)
    page.fill("input[name=username]", "aigul")
    page.fill("input[name=name]", "Айгүл Сәрсенова")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Бастау").click()
    page.wait_for_url("**/today/**")


def shot(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_timeout(1500)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")
    if name in GUIDE:
        _for_the_help(IMAGES / f"{name}.png", GUIDE[name])


def _for_the_help(picture: Path, name: str) -> None:
    """Smaller, and with few colours: the guide is read over mobile lines too."""
    with Image.open(picture) as image:
        small = image.convert("RGB").resize((960, round(960 * image.height / image.width)), Image.Resampling.LANCZOS)
        small.quantize(96, dither=Image.Dither.NONE).save(HELP / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
