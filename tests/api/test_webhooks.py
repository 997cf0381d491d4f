"""Events: written down once, signed, tried again, given up, and never sent to an inner address."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from publisher.api import tokens, webhooks
from publisher.api.models import EventKind, OutEvent, OutState, Webhook
from publisher.compose.refusal import Refusal
from publisher.deliver import actions
from publisher.deliver.models import Attempt, Delivery, State
from publisher.people.audit import Actor

PERSON = Actor("admin")
URL = "https://hooks.example.org/take?x=1"


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """Which address each name has; nothing is looked up outside."""
    known = {"hooks.example.org": ["93.184.216.34"], "inner.example.org": ["10.0.0.7"]}
    known["both.example.org"] = ["93.184.216.34", "127.0.0.1"]
    monkeypatch.setattr(webhooks, "_resolved", lambda name, port: known.get(name, [name.strip("[]")]))
    return known


@pytest.fixture
def hook(district):
    return webhooks.make("akimat", URL, EventKind.values, PERSON, district)


@pytest.fixture
def other_side():
    class Side:
        status, requests = 204, []

    side = Side()
    side.requests = []

    def answer(request):
        side.requests.append(request)
        return httpx.Response(side.status)

    side.client = httpx.Client(transport=httpx.MockTransport(answer))
    return side


def sent(post):
    for row in Delivery.objects.filter(post=post):
        Attempt.objects.create(
            delivery=row, number=1, worker="w", claimed_at=timezone.now(), ended_at=timezone.now(), outcome="sent"
        )
    Delivery.objects.filter(post=post).update(attempts_made=1)


def test_what_happened_is_written_down_once_however_often_one_looks(hook, published):
    post = published()
    sent(post)
    actions.withdraw(post, PERSON)
    assert webhooks.gather() == 4
    assert webhooks.gather() == 0
    kinds = sorted(OutEvent.objects.values_list("kind", flat=True))
    assert kinds == ["delivery.sent", "delivery.sent", "post.approved", "post.withdrawn"]


def test_another_districts_events_are_not_told(other_district, published):
    webhooks.make("esil", URL, EventKind.values, PERSON, other_district)
    sent(published())
    assert webhooks.gather() == 0


def test_an_event_is_signed_and_named(hook, published, other_side):
    _hook, secret = hook
    published()
    webhooks.gather()
    assert webhooks.send_due(other_side.client) == 1
    (request,) = other_side.requests
    seconds, made = (part.split("=", 1)[1] for part in request.headers["Publisher-Signature"].split(","))
    right = hmac.new(secret.encode(), f"{seconds}.".encode() + request.content, hashlib.sha256).hexdigest()
    assert made == right
    told = json.loads(request.content)
    event = OutEvent.objects.get()
    assert (told["id"], told["event"]) == (str(event.pk), "post.approved")
    assert request.headers["Publisher-Event-Id"] == str(event.pk)
    assert event.state == OutState.SENT


def test_the_address_that_was_checked_is_the_one_that_is_called(hook, published, other_side):
    published()
    webhooks.gather()
    webhooks.send_due(other_side.client)
    (request,) = other_side.requests
    assert (request.url.host, request.headers["Host"]) == ("93.184.216.34", "hooks.example.org")
    assert request.extensions["sni_hostname"] == "hooks.example.org"


def test_an_address_in_cyrillic_is_called_as_the_network_writes_it(published, district, other_side, names):
    names["xn--h1aahle9bwd.xn--80ao21a"] = ["93.184.216.34"]
    webhooks.make("akimat", "https://полиция.қаз/take", EventKind.values, PERSON, district)
    published()
    webhooks.gather()
    assert webhooks.send_due(other_side.client) == 1
    (request,) = other_side.requests
    assert (request.url.host, request.headers["Host"]) == ("93.184.216.34", "xn--h1aahle9bwd.xn--80ao21a")
    assert request.extensions["sni_hostname"] == "xn--h1aahle9bwd.xn--80ao21a"


def test_what_does_not_arrive_is_tried_again_with_pauses_and_then_given_up(hook, published, other_side):
    published()
    webhooks.gather()
    other_side.status = 500
    assert webhooks.send_due(other_side.client) == 0
    row = OutEvent.objects.get()
    assert row.due_at > timezone.now()
    assert webhooks.send_due(other_side.client) == 0
    assert len(other_side.requests) == 1
    for _ in webhooks.PAUSES:
        OutEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        webhooks.send_due(other_side.client)
    row.refresh_from_db()
    assert (row.state, row.error, webhooks.given_up()) == (OutState.DEAD, "HTTP 500", 1)
    ids = {request.headers["Publisher-Event-Id"] for request in other_side.requests}
    assert ids == {str(row.pk)}
    other_side.status = 200
    assert webhooks.again(hook[0], PERSON) == 1
    assert webhooks.send_due(other_side.client) == 1


def test_a_webhook_that_is_off_is_told_nothing(hook, published, other_side):
    published()
    webhooks.gather()
    webhooks.switch(hook[0], False, PERSON)
    assert webhooks.send_due(other_side.client) == 0


def test_what_happens_while_a_webhook_is_off_waits_until_it_is_on_again(hook, published, other_side):
    webhooks.switch(hook[0], False, PERSON)
    published()
    webhooks.gather()
    OutEvent.objects.update(created_at=timezone.now() - webhooks.LOOK_BACK - timedelta(days=1))
    webhooks.forget()
    webhooks.switch(hook[0], True, PERSON)
    assert webhooks.send_due(other_side.client) == 1
    webhooks.switch(hook[0], False, PERSON)
    OutEvent.objects.update(created_at=timezone.now() - webhooks.KEPT, state=OutState.WAITING)
    webhooks.forget()
    assert not OutEvent.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://inner.example.org/",
        "https://both.example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://user:secret@hooks.example.org/",
        "https://hooks.example.org:99999/",
        "file:///etc/passwd",
        "https:///",
    ],
)
def test_no_event_goes_to_an_inner_address(url, district):
    with pytest.raises(Refusal):
        webhooks.make("x", url, EventKind.values, PERSON)
    assert not Webhook.objects.exists()


def test_a_name_that_turned_inner_since_is_not_called(hook, published, other_side, names):
    published()
    webhooks.gather()
    names["hooks.example.org"] = ["192.168.1.5"]
    assert webhooks.send_due(other_side.client) == 0
    assert other_side.requests == []
    assert OutEvent.objects.get().error == "webhook_address"


def test_the_secret_is_not_kept_in_the_open(hook):
    row, secret = hook
    assert secret not in row.secret
    assert Delivery.objects.filter(state=State.SENT).count() == 0


def test_old_events_and_answers_are_forgotten(hook, published):
    published()
    webhooks.gather()
    OutEvent.objects.update(state=OutState.SENT, created_at=timezone.now() - timedelta(days=31))
    webhooks.forget()
    tokens.forget()
    assert not OutEvent.objects.exists()
