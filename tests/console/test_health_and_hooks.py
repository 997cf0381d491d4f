from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from publisher.asgi import Bounded
from publisher.console.views import health as view
from publisher.console.views import hooks
from publisher.deliver.models import Heartbeat

HOOK = "/hooks/whatsapp/whatsapp-main/"


def test_health_is_public_and_green_while_all_parts_beat(client, running):
    reply = client.get("/healthz")
    assert reply.status_code == 200
    assert reply.json() == {"ok": True, "problems": [], "overdue": 0, "paused": []}


def test_health_fails_when_the_clock_stands_still(client, running):
    Heartbeat.objects.filter(name="clock").delete()
    reply = client.get("/healthz")
    assert reply.status_code == 503
    assert reply.json()["problems"] == ["clock_stands_still"]


def test_health_fails_without_a_database(client, db, monkeypatch):
    def broken():
        raise DatabaseError("password=secret")

    monkeypatch.setattr(view.status, "health", broken)
    reply = client.get("/healthz")
    assert reply.status_code == 503
    assert "secret" not in reply.content.decode()


@pytest.fixture
def told(monkeypatch):
    """What reached the delivering part."""
    heard = []
    monkeypatch.setattr(hooks.events, "record", lambda key, events: heard.append((key, tuple(events))))
    return heard


def _post(body: bytes, secret: str = "test-app-secret", **headers):
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    client = Client(enforce_csrf_checks=True)
    return client.post(
        HOOK, body, content_type="application/json", headers={"X-Hub-Signature-256": signature, **headers}
    )


def _status() -> bytes:
    status = {"id": "wamid.X", "status": "delivered", "timestamp": "1764000000", "recipient_id": "77010000001"}
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "100200300"}, "statuses": [status]}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def test_a_signed_status_reaches_the_delivering_part(db, accounts, told):
    assert _post(_status()).status_code == 200
    [(key, events)] = told
    assert key == "whatsapp-main"
    assert events[0].message_id == "wamid.X"


def test_a_wrong_signature_is_turned_away_unread(db, accounts, told):
    assert _post(_status(), secret="guess").status_code == 403
    assert not told


def test_an_unknown_account_has_no_hook(client, db):
    assert client.post("/hooks/whatsapp/none/", b"{}", content_type="application/json").status_code == 404


def test_an_account_that_hears_nothing_has_no_hook(client, db):
    assert client.get("/hooks/whatsapp/telegram-main/").status_code == 404


def test_a_large_body_is_refused_unread(db, told):
    assert _post(b"x" * (hooks.LARGEST + 1)).status_code == 413
    assert not told


def test_the_platforms_question_is_answered_only_with_our_token(client, db):
    asked = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "test-verify"}
    assert client.get(HOOK, asked).content == b"42"
    assert client.get(HOOK, {**asked, "hub.verify_token": "guess"}).status_code == 403


def test_a_hook_speaks_only_get_and_post(client, db):
    assert client.put(HOOK).status_code == 405


async def _ask(path: str, pieces: list[bytes]) -> list[dict]:
    """Through the bound, to an application that reads everything."""
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    answered = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        answered.append(message)

    async def reader(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200})

    await Bounded(reader)({"type": "http", "path": path}, receive, send)
    return answered


async def test_a_form_that_does_not_end_is_cut_off():
    answered = await _ask("/login/", [b"x" * (1 << 20)] * 3)
    assert answered[0]["status"] == 413


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("media_add", [7]), ("studio_new", []), ("outbound_list", [7]), ("case_import", []), ("okrugs", [])],
)
async def test_films_and_lists_may_be_larger_than_a_form(name, arguments):
    answered = await _ask(reverse(name, args=arguments), [b"x" * (1 << 20)] * 3)
    assert answered[0]["status"] == 200
