"""A relay's way on a phone: open the link, share text and picture, tick it, say later how many have seen it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, expect

from publisher.compose.models import PostMedia, Upload
from publisher.deliver.models import Delivery, State
from publisher.relay import links
from publisher.relay.models import Task, TaskState
from tests.console import test_in_browser as browsing
from tests.console import test_relay_page as relays

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
chromium, group, relay, task = browsing.chromium, relays.group, relays.relay, relays.task
WORDS = {
    "kk": {"share": "WhatsApp-қа жіберу", "posted": "Жарияланды", "thanks": "Рақмет"},
    "ru": {"share": "Отправить в WhatsApp", "posted": "Опубликовано", "thanks": "Спасибо"},
}
# A phone's own sheet, as far as a page can see it.
SHEET = """() => {
  window.shared = [];
  navigator.canShare = (what) => true;
  navigator.share = async (what) => {
    const files = (what.files || []).map((file) => [file.name, file.type, file.size]);
    window.shared.push({ text: what.text, files });
  };
}"""


@pytest.fixture
def phone(chromium, live_server):
    """A phone without any log-in; no error in it, and nothing asked of another host."""
    faults: list[str] = []
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, base_url=live_server.url, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(60_000)
    context.add_init_script(f"({SHEET})()")
    page = context.new_page()
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(live_server.url) else faults.append(r.url))
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def with_picture(task, settings) -> Task:
    path = settings.HOME.var / "uploads/ab/card.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (640, 360), "navy").save(path)
    about = {"path": "uploads/ab/card.jpg", "name": "x", "kind": "photo", "mime": "image/jpeg"}
    upload = Upload.objects.create(sha256="ab" * 32, size=path.stat().st_size, **about)
    PostMedia.objects.create(post=task.delivery.post, upload=upload)
    return task


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_relay_posts_with_two_taps(phone, with_picture, language):
    task, words = with_picture, WORDS[language]
    type(task.relay).objects.update(language=language)
    phone.goto(reverse("relay", args=[links.token_of(task)]))
    assert phone.locator("html").get_attribute("lang") == language
    expect(phone.locator("#words")).to_contain_text("2-15-65 нөміріне")
    expect(phone.locator(".relay-media")).to_be_visible()
    assert fits(phone)
    share = phone.get_by_role("button", name=words["share"])
    share.click()
    expect(share).to_be_enabled()  # again, once the sheet has it all
    (shared,) = phone.evaluate("window.shared")
    assert "2-15-65" in shared["text"]
    ((name, kind, size),) = shared["files"]
    assert (name.endswith(".jpg"), kind, size > 500) == (True, "image/jpeg", True)
    assert Delivery.objects.get().state == State.PEOPLE  # sharing alone says nothing
    phone.fill("[name=members]", "214")
    phone.get_by_role("button", name=words["posted"]).click()
    expect(phone.locator(".alert-success")).to_contain_text(words["thanks"])
    assert fits(phone)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.settled_by) == (State.SENT, "Айгүл")
    phone.fill("[name=members]", "87")
    phone.locator("form[action$='/seen/'] button").click()
    expect(phone.locator(".alert-success")).to_be_visible()
    assert delivery.readings.get(metric="read").value == 87


def test_where_nothing_can_be_shared_the_words_are_copied(phone, task):
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.goto(reverse("relay", args=[links.token_of(task)]))
    button = phone.locator("[data-copy='#words']")
    button.click()
    expect(button).to_contain_text(button.get_attribute("data-copied"))
    words = phone.evaluate("navigator.clipboard.readText()")
    assert words == phone.locator("#words").text_content()
    assert "2-15-65" in words


def test_who_cannot_says_so_and_the_page_thanks(phone, task):
    phone.goto(reverse("relay", args=[links.token_of(task)]))
    phone.locator("details summary").click()
    phone.fill("#reason", "жолда")
    phone.locator("details button").click()
    expect(phone.locator(".alert-info")).to_be_visible()
    task.refresh_from_db()
    assert (task.state, task.reason) == (TaskState.CANNOT, "жолда")
