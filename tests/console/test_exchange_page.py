"""Tokens, events and calendar addresses as pages: shown once, of the own district only."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.api import tokens, webhooks
from publisher.api.models import OutEvent, OutState, Token, Webhook
from publisher.people.audit import Actor
from publisher.people.models import Role


def shown_once(page: str) -> str:
    found = re.search(r'readonly value="([^"]+)"', page)
    return found[1] if found else ""


@pytest.fixture
def manager(log_in, admin):
    return log_in(admin)


def test_a_token_is_shown_once_and_then_never(manager, district):
    page = manager.post(reverse("token_add"), {"name": "akimat", "scopes": ["posts:read"], "district": district.pk})
    given = shown_once(page.content.decode())
    assert page["Cache-Control"] == "no-store"
    assert tokens.look(given).scopes == ["posts:read"]
    assert given not in manager.get(reverse("exchange")).content.decode()


def test_a_districts_administrator_makes_no_token_for_others(manager, other_district):
    manager.post(reverse("token_add"), {"name": "x", "scopes": ["posts:read"], "district": other_district.pk})
    manager.post(reverse("token_add"), {"name": "x", "scopes": ["posts:read"]})
    assert not Token.objects.exists()


def test_a_regions_administrator_makes_one_for_the_region(log_in, regional):
    log_in(regional(Role.ADMIN)).post(reverse("token_add"), {"name": "x", "scopes": ["posts:read"]})
    assert Token.objects.get().region_id == "sko"


def test_a_token_is_revoked(manager, district):
    row, given = tokens.make("x", ["posts:read"], Actor("x"), district)
    manager.post(reverse("token_revoke", args=[row.pk]))
    assert tokens.look(given) is None


def test_an_inner_address_is_refused_beside_the_field(manager, district):
    page = manager.post(
        reverse("hook_add"),
        {"name": "x", "url": "https://127.0.0.1/", "events": ["post.approved"], "district": district.pk},
    )
    assert "only to a public address" in page.content.decode()
    assert not Webhook.objects.exists()


def test_what_was_given_up_stands_on_today_and_is_tried_again(manager, district, monkeypatch):
    monkeypatch.setattr(webhooks, "_resolved", lambda name, port: ["93.184.216.34"])
    hook, _secret = webhooks.make("akimat", "https://hooks.example.org/", ["post.approved"], Actor("x"), district)
    OutEvent.objects.create(
        webhook=hook, kind="post.approved", subject="x", body={}, due_at=timezone.now(), state=OutState.DEAD
    )
    assert "1 event did not reach another program" in manager.get(reverse("today")).content.decode()
    manager.post(reverse("hook_again", args=[hook.pk]))
    assert OutEvent.objects.get().state == OutState.WAITING


def test_what_was_given_up_of_a_regions_address_stands_on_its_administrators_today(log_in, regional, monkeypatch):
    monkeypatch.setattr(webhooks, "_resolved", lambda name, port: ["93.184.216.34"])
    boss = regional(Role.ADMIN)
    hook, _secret = webhooks.make("x", "https://hooks.example.org/", ["post.approved"], Actor("x"), None, boss.region)
    OutEvent.objects.create(
        webhook=hook, kind="post.approved", subject="x", body={}, due_at=timezone.now(), state=OutState.DEAD
    )
    assert "1 event did not reach another program" in log_in(boss).get(reverse("today")).content.decode()


def test_everybody_has_a_calendar_address_of_their_own(browser, officer):
    address = shown_once(browser.post(reverse("calendar_key")).content.decode())
    assert browser.get(address.removeprefix("http://127.0.0.1:8000"))["Content-Type"].startswith("text/calendar")
    assert address not in browser.get(reverse("calendar_key")).content.decode()
