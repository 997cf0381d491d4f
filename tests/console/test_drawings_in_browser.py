"""A card with own words in a real browser, by keyboard, on a phone."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from publisher.compose.models import Post
from tests.console import test_in_browser as common

chromium, window = common.chromium, common.window
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_card_is_seen_while_it_is_written_made_and_put_with_a_draft(window, officer, district, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "RENDITIONS", settings.HOME.folder(f"renditions/{tmp_path.name}"))
    officer.language = "kk"
    officer.save()
    page = window(officer, 390, 844)
    page.goto(reverse("drawing", args=["card"]))
    expect(page.locator("#look .empty-state")).to_be_visible()
    page.locator("[name=kk_headline]").focus()
    page.keyboard.type("«Қауіпсіз шот» жоқ")
    expect(page.locator("#look img")).to_have_count(1)
    assert page.locator("#look img").evaluate("image => image.naturalWidth") == 720
    page.keyboard.press("Tab")
    page.keyboard.type("ұзақ " * 120)
    expect(page.locator("#look .alert-warning")).to_contain_text("таңбасы артық")
    page.locator("[name=kk_lines]").fill("Код айтпаңыз")
    expect(page.locator("#look img")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator("#drawing-form .btn-primary").press("Enter")
    expect(page.locator(".drawn img")).to_have_count(1)
    page.locator(".drawn-use .btn-primary").press("Enter")
    page.wait_for_url("**/edit/")
    post = Post.objects.get()
    assert (post.media.get().language, post.versions.get().body) == ("kk", "**«Қауіпсіз шот» жоқ**\n\nКод айтпаңыз")
