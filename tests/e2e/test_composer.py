"""The editor in real browsers: saving by itself, a lost network, two people at one post, a dropped picture, a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import test_walk as walk
from tests.e2e.test_walk import log_in

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
chromium, console, people, window = walk.chromium, walk.console, walk.people, walk.window  # one run for this module
FULL = {"timeout": 30_000}
AXE = Path(__file__).resolve().parents[1] / "vendor/axe-core-4.14.1/axe.min.js"
DROP = """async (name) => {
  const canvas = document.createElement("canvas");
  canvas.width = 400; canvas.height = 300;
  const context = canvas.getContext("2d");
  context.fillStyle = "#0b63a8"; context.fillRect(0, 0, 200, 150);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const data = new DataTransfer();
  data.items.add(new File([blob], name, { type: "image/png" }));
  for (const type of ["dragenter", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


def accessible(page: Page) -> None:
    """No serious fault by axe-core's rules; run by the debugger's own road, since the pages forbid foreign scripts."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)")
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert not serious, [(fault["id"], fault["nodes"][0]["html"]) for fault in serious]


def begin(page: Page, slug: str = "sms-egov-code") -> str:
    page.goto("/compose/")
    page.locator(".template-card", has=page.locator(f"[value={slug}]")).locator("button").click()
    page.wait_for_url("**/edit/")
    return page.url


def speak(page: Page, language: str) -> None:
    page.locator(f".language-choice[value={language}]").first.evaluate("button => button.click()")
    expect(page.locator("html")).to_have_attribute("lang", language)


def saved(page: Page) -> None:
    expect(page.locator("#kept [data-state=kept] .icon")).to_be_visible(**FULL)


@pytest.mark.parametrize(("width", "language"), [(1280, "kk"), (390, "ru")])
def test_what_is_written_is_saved_by_itself_and_survives_a_lost_network(console, people, chromium, width, language):
    context = chromium.new_context(viewport={"width": width, "height": 844}, base_url=console.base)
    page = context.new_page()
    log_in(page, people["officer"])
    speak(page, language)
    address = begin(page)
    page.fill("[name=title]", "Өздігінен сақталды")
    saved(page)
    context.set_offline(True)
    page.fill("[name=title]", "Желі жоқта жазылды")
    expect(page.locator("#kept")).to_contain_text("браузер", **FULL)
    page.close()
    context.set_offline(False)

    page = context.new_page()
    page.goto(address)
    expect(page.locator("#brought-back")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Желі жоқта жазылды")
    saved(page)
    page.fill("[name=title]", "Беттен кеткенде сақталды")
    page.click("a.back-link")
    page.wait_for_url(re.compile(r"/posts/\d+/$"))
    page.goto(address)
    expect(page.locator("[name=title]")).to_have_value("Беттен кеткенде сақталды")
    context.close()


def test_two_people_at_one_post_lose_nothing(console, people, window):
    one, two = window(1280), window(390)
    log_in(one, people["officer"])
    log_in(two, people["admin"])
    address = begin(one)
    two.goto(address)
    expect(two.locator("#colleagues")).to_contain_text("Айгүл Омарова")

    two.fill("[name=body_ru]", "Русский текст второго {hotline}")
    saved(two)
    one.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(one.locator("[name=body_ru]")).to_have_value("Русский текст второго {hotline}", **FULL)

    text = one.input_value("[name=body_kk]")
    one.fill("[name=body_kk]", f"Бірінші адам\n\n{text}")
    saved(one)
    two.fill("[name=body_kk]", f"{text}\n\nЕкінші адам")
    expect(two.locator("[data-resolve=both]")).to_be_visible(**FULL)
    accessible(two)
    two.click("[data-resolve=both]")
    expect(two.locator("[name=body_kk]")).to_have_value(f"Бірінші адам\n\n{text}\n\nЕкінші адам")
    saved(two)
    two.goto(address.replace("/edit/", "/versions/"))
    expect(two.locator("ins").first).to_be_visible()
    expect(two.locator(".version-list")).to_contain_text("Айгүл Омарова")
    accessible(two)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_picture_is_dropped_looked_at_and_tested_in_the_control_chat(console, people, window, width):
    page = window(width)
    log_in(page, people["officer"])
    begin(page, "fake-prize-or-compensation")
    sign = f"Сынақ-{width}"
    body = page.locator("[name=body_kk]")
    body.fill(f"{body.input_value()}\n\n{sign}")
    page.check("[data-choose-tag=residents]")
    expect(page.locator("[name=channels]:checked")).to_have_count(2)
    page.evaluate(DROP, "сурет.png")
    expect(page.locator(".media-name").first).to_have_text("сурет.png", **FULL)
    ticks = page.locator("#pictures input[type=checkbox]")
    for number in range(3):
        ticks.nth(number).check()
        expect(page.locator("#pictures input:checked")).to_have_count(number + 1, **FULL)
    page.click("[data-look=telegram-dark]")
    expect(page.locator(".phone-whatsapp").first).to_be_hidden()
    expect(page.locator("#counters-kk")).to_contain_text("/ 1024")
    page.locator("button[hx-target='#tested']").click()
    expect(page.locator("#tested .alert-success")).to_be_visible(timeout=90_000)
    accessible(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0
    page.goto("/practice/")
    frame = page.frame_locator("iframe")
    frame.locator("a", has_text="бақылау чаты").first.click()
    expect(frame.locator("body")).to_contain_text(sign)
