"""The page of a linked phone: the notice first, then linking, how it is in words, and groups brought over by ticks."""

from __future__ import annotations

import json

import httpx
import pytest
from django.urls import reverse

from publisher.connectors.whatsapp_gateway import WhatsAppGatewaySettings
from publisher.deliver import channels, consent
from publisher.deliver.models import Account, Channel, PhoneLink
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry, Role
from tests.practice_thread import practice

KEY = "whatsapp-phone"
GROUP = {"platform": "gateway", "kind": "group", "title": "Смирново тұрғындары", "participants": 30}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("gateway")) as trainer:
        yield trainer


@pytest.fixture
def account(district, accounts, settings, gateway) -> Account:
    given = WhatsAppGatewaySettings(
        token="key-of-the-gateway", hook_secret="s", session="page", api_url=str(gateway.base_url)
    )
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": {**settings.CONFIG.accounts, KEY: given}})
    channels.follow(settings.CONFIG)
    return Account.objects.get(pk=KEY)


@pytest.fixture
def on(account, gateway) -> Account:
    consent.accept(account, Actor("Сәуле"))
    do(gateway, "link")
    return account


@pytest.fixture
def manager(log_in, person):
    client = log_in(person(Role.ADMIN, of=None))
    session = client.session
    session["proven_at"] = 4e9
    session.save()
    return client


def do(gateway: httpx.Client, what: str, **more: object) -> dict[str, object]:
    return gateway.post("/practice/api/phones/page", json={"do": what, **more}).raise_for_status().json()


def page(name: str = "phone") -> str:
    return reverse(name, args=[KEY])


def test_only_the_notice_is_shown_before_it_was_read(manager, account, gateway):
    shown = manager.get(page()).content.decode()
    assert "terms of service" in shown
    assert page("phone_state") not in shown
    for name in ("phone_state", "phone_places"):
        assert manager.get(page(name)).status_code == 404
    assert manager.post(page("phone_start")).status_code == 404


def test_switching_on_needs_the_tick_and_is_recorded(manager, account):
    assert manager.post(page("phone_accept")).status_code == 422
    assert PhoneLink.objects.get().accepted_at is None
    manager.post(page("phone_accept"), {"read": "on"})
    assert PhoneLink.objects.get().accepted_at is not None
    assert AuditEntry.objects.get(verb="gateway_accepted").subject == f"account:{KEY}"


def test_a_ready_phone_says_so_and_never_tells_our_key(manager, on, settings):
    shown = manager.get(page("phone_state")).content.decode()
    assert "+77152021566" in shown
    assert "hx-trigger" not in shown
    assert manager.get(page()).headers["Cache-Control"].count("no-store") == 1


def test_the_code_is_shown_while_one_is_wanted_and_looked_at_again(manager, on, gateway):
    do(gateway, "log_out")
    reply = manager.get(page("phone_state"))
    shown = reply.content.decode()
    assert "data:image/svg+xml" in shown
    assert 'hx-trigger="every 5s"' in shown
    assert "no-store" in reply.headers["Cache-Control"]
    on.refresh_from_db()
    assert on.pause_reason == "phone_unlinked"


def test_a_number_gets_a_code_to_type(manager, on, gateway):
    do(gateway, "log_out")
    assert manager.post(page("phone_code"), {"number": "нөмір"}).status_code == 422
    shown = manager.post(page("phone_code"), {"number": "+7 701 000 00 01"}).content.decode()
    assert "pairing-code" in shown


def test_the_passkey_is_asked_for_and_confirmed(manager, on, gateway):
    for step in ("log_out", "want_confirmation"):
        do(gateway, step)
    answer = do(gateway, "scan")["passkey_answer"]
    assert "passkey-challenge" in manager.get(page("phone_state")).content.decode()
    assert manager.post(page("phone_passkey"), {"answer": "{"}).status_code == 422
    manager.post(page("phone_passkey"), {"answer": json.dumps(answer)})
    assert "2746" in manager.get(page("phone_state")).content.decode()
    manager.post(page("phone_confirm"))
    assert "+77152021566" in manager.get(page("phone_state")).content.decode()


@pytest.mark.parametrize(
    ("step", "words"), [("restrict", "Restricted until"), ("ban", "Failed"), ("restart", "starting")]
)
def test_each_state_has_words_and_a_next_step(manager, on, gateway, step, words):
    do(gateway, step)
    assert words in manager.get(page("phone_state")).content.decode()
    for again in ("lift", "link"):
        do(gateway, again)


def test_a_gateway_that_is_away_is_told_in_words(manager, on, settings):
    away = settings.CONFIG.accounts[KEY].model_copy(update={"api_url": "http://127.0.0.1:9"})
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": {**settings.CONFIG.accounts, KEY: away}})
    shown = manager.get(page("phone_state")).content.decode()
    assert "start the session" in shown
    assert "127.0.0.1:9" not in shown


def test_groups_stand_there_with_our_rights_and_become_channels_by_ticks(manager, on, gateway, district):
    group = gateway.post("/practice/api/chats", json=GROUP).json()["id"]
    closed = gateway.post("/practice/api/chats", json={**GROUP, "title": "Жабық"}).json()["id"]
    change = {"bot": "member", "missing_rights": ["can_send_messages"]}
    gateway.patch(f"/practice/api/chats/{closed}", json=change).raise_for_status()
    shown = manager.get(page("phone_places")).content.decode()
    assert "31 members" in shown
    assert "only administrators may write" in shown
    wanted = {"place": [group, closed], "languages": ["kk"], "district": district.pk}
    manager.post(page("phone_bring"), {**wanted, "place": []})
    assert not Channel.objects.filter(account=KEY).exists()
    manager.post(page("phone_bring"), wanted)
    ours = {channel.target: channel for channel in Channel.objects.filter(account=KEY)}
    assert (ours[group].title, ours[group].key, ours[group].off_reason) == (GROUP["title"], "smirnovo-turgyndary", "")
    assert ours[closed].off_reason == "no_rights"
    assert "a channel already" in manager.get(page("phone_places")).content.decode()


def test_what_the_administrator_decides_is_kept(manager, on):
    manager.post(page("phone_choose"), {"fall_back": "on"})
    link = PhoneLink.objects.get()
    assert (link.fall_back, link.in_use_long) == (True, False)
    assert AuditEntry.objects.filter(verb="gateway_choice").exists()


def test_logging_out_asks_the_gateway(manager, on, gateway):
    manager.post(page("phone_log_out"))
    assert not gateway.get("/practice/api/phones/page").json()["linked"]


def test_other_accounts_have_no_phone(manager, account):
    assert manager.get(reverse("phone", args=["telegram-main"])).status_code == 404
