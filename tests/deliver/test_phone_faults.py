"""Each way a linked phone lets us down ends in the action that DESIGN names, and nothing stands twice in the group."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from datetime import timedelta

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from publisher.compose.models import PostMedia, Upload
from publisher.connectors.base import Receipt
from publisher.connectors.errors import ConnectorError
from publisher.connectors.whatsapp_gateway import WhatsAppGatewaySettings
from publisher.deliver import actions, channels, consent, dispatch, jobs, lookup, phones, record
from publisher.deliver.channels import connector_for
from publisher.deliver.models import Account, Attempt, Bucket, Channel, Delivery, State
from publisher.measure.models import PersonStatus
from publisher.people.audit import Actor
from publisher.practice.gateway import sessions
from tests.practice_thread import practice

pytestmark = pytest.mark.django_db
ADMIN = Actor("Сәуле")
KEY = "whatsapp-phone"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with practice(tmp_path_factory.mktemp("gateway")) as trainer:
        yield trainer


@pytest.fixture
def account(district, accounts, settings, gateway) -> Account:
    given = WhatsAppGatewaySettings(
        token="key-of-the-gateway", hook_secret="s", session="faults", api_url=str(gateway.base_url)
    )
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": {**settings.CONFIG.accounts, KEY: given}})
    channels.follow(settings.CONFIG)
    account = Account.objects.get(pk=KEY)
    consent.accept(account, ADMIN)
    phones.choose(account, ADMIN, fall_back=False, in_use_long=True)
    for step in ("lift", "link"):
        do(gateway, step)
    gateway.request("DELETE", "/practice/api/faults")
    return account


@pytest.fixture
def group(account, district, gateway) -> Channel:
    wanted = {"platform": "gateway", "kind": "group", "title": "Смирново", "participants": 3}
    target = gateway.post("/practice/api/chats", json=wanted).json()["id"]
    return Channel.objects.create(
        key="village", account=account, target=target, platform_kind="group", languages=["kk"], district=district
    )


@pytest.fixture
def delivery(group, make_delivery) -> Delivery:
    return make_delivery(on=group, late_ok=True)


@pytest.fixture
def film(delivery, settings) -> Delivery:
    """The same with a picture."""
    path = settings.HOME.var / "uploads/aa/card.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 36), "navy").save(path)
    about = {"path": "uploads/aa/card.jpg", "name": "x", "kind": "photo", "mime": "image/jpeg"}
    upload = Upload.objects.create(sha256="a" * 64, size=path.stat().st_size, **about)
    PostMedia.objects.create(post=delivery.post, upload=upload)
    return delivery


def do(gateway: httpx.Client, what: str) -> None:
    gateway.post("/practice/api/phones/faults", json={"do": what}).raise_for_status()


def fault(gateway: httpx.Client, kind: str, method: str = "send*", **more: object) -> None:
    wanted = {"kind": kind, "times": 1, "match": {"method": method, "platform": "gateway"}, **more}
    gateway.post("/practice/api/faults", json=wanted).raise_for_status()


def send(delivery: Delivery) -> None:
    """Claim, begin, send, record: as a worker does it."""
    Bucket.objects.filter(blocked_until=0).delete()
    (ticket,) = dispatch.claim("w", 9).tickets
    job = jobs.load(delivery.pk)
    assert record.begin(ticket)
    try:
        record.finish_sent(ticket, asyncio.run(_published(job)))
    except ConnectorError as error:
        record.finish_error(ticket, error)
    delivery.refresh_from_db()


async def _published(job: jobs.Job) -> Receipt:
    async with connector_for(KEY) as connector:
        return await connector.publish(job.target, job.message)


def look_up(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    (question,) = lookup.due()
    receipt = asyncio.run(_found(question))
    if receipt:
        record.finish_sent(question.ticket, receipt)
    delivery.refresh_from_db()


async def _found(question: lookup.Question) -> Receipt | None:
    async with connector_for(KEY) as connector:
        return await connector.find(question.target, question.message, question.after)


def again(delivery: Delivery) -> None:
    """What waits goes out when its pause is over."""
    Delivery.objects.filter(pk=delivery.pk).update(not_before=None)
    Bucket.objects.all().delete()
    send(delivery)


def standing(gateway: httpx.Client, group: Channel) -> int:
    return gateway.get("/practice/api/judge").json()["chats"][group.target]["messages"]


def paused(account: Account) -> str:
    account.refresh_from_db()
    return account.pause_reason if account.paused_at else ""


def outcomes(delivery: Delivery) -> list[str]:
    return list(Attempt.objects.filter(delivery=delivery).values_list("outcome", flat=True))


@pytest.mark.parametrize("kind", ["lost_answer", "processing_then_500"])
def test_an_accepted_text_whose_answer_is_lost_is_found_by_its_id(gateway, group, delivery, kind):
    fault(gateway, kind)
    send(delivery)
    assert (delivery.state, standing(gateway, group)) == (State.UNKNOWN, 1)
    look_up(delivery)
    assert (delivery.state, standing(gateway, group)) == (State.SENT, 1)


def test_an_accepted_picture_whose_answer_is_lost_is_found_among_the_newest(gateway, group, film):
    fault(gateway, "lost_answer", "sendImage")
    send(film)
    assert film.state == State.UNKNOWN
    look_up(film)
    assert (film.state, standing(gateway, group)) == (State.SENT, 1)


def test_a_connection_cut_before_anything_stays_open_and_is_never_sent_again(gateway, group, delivery):
    fault(gateway, "reset")
    send(delivery)
    look_up(delivery)
    assert (delivery.state, standing(gateway, group)) == (State.UNKNOWN, 0)
    assert dispatch.claim("w", 9).tickets == ()


def test_a_session_lost_in_the_middle_pauses_the_account_and_the_post_waits(gateway, account, group, delivery):
    fault(gateway, "revoked")
    send(delivery)
    assert (delivery.state, paused(account), standing(gateway, group)) == (State.WAITING, "phone_unlinked", 0)
    do(gateway, "link")
    actions.resume_account(account, ADMIN)
    Delivery.objects.update(held="")
    again(delivery)
    assert (delivery.state, standing(gateway, group)) == (State.SENT, 1)


@pytest.mark.parametrize(("kind", "why"), [("announce_only", "no_rights"), ("kicked", "target_gone")])
def test_a_group_closed_to_us_is_switched_off_and_the_post_failed(gateway, account, group, delivery, kind, why):
    fault(gateway, kind)
    send(delivery)
    group.refresh_from_db()
    assert (delivery.state, group.off_reason, paused(account)) == (State.FAILED, why, "")
    assert standing(gateway, group) == 0


def test_a_picture_too_large_for_whatsapp_is_refused_in_words(gateway, account, group, film, monkeypatch):
    monkeypatch.setitem(__import__("publisher.practice.gateway.sending", fromlist=["x"]).LARGEST, "image", 10)
    send(film)
    assert (film.state, film.error_reason, paused(account)) == (State.FAILED, "whatsapp_media_too_large", "")


def test_error_463_pauses_the_account_as_restricted(gateway, account, group, delivery):
    fault(gateway, "restricted")
    send(delivery)
    assert (delivery.state, paused(account), standing(gateway, group)) == (State.WAITING, "phone_restricted", 0)


def test_429_puts_the_whole_account_off_and_sends_once_later(gateway, account, group, delivery):
    fault(gateway, "flood", retry_after=30)
    send(delivery)
    assert (delivery.state, delivery.put_off, paused(account)) == (State.WAITING, 0, "")
    assert Bucket.objects.filter(key=f"account:{KEY}", blocked_until__gt=timezone.now().timestamp() + 20).exists()
    assert dispatch.claim("w", 9).tickets == ()
    again(delivery)
    assert (delivery.state, outcomes(delivery)) == (State.SENT, ["rate_limited", "sent"])
    assert standing(gateway, group) == 1


def test_a_gateway_that_restarts_is_tried_again(gateway, account, group, delivery, monkeypatch):
    monkeypatch.setattr(sessions, "STARTING_S", 3600.0)  # until it is linked, however slow the machine is
    do(gateway, "restart")
    send(delivery)
    assert (delivery.state, paused(account), standing(gateway, group)) == (State.WAITING, "", 0)
    do(gateway, "link")
    again(delivery)
    assert (delivery.state, outcomes(delivery)) == (State.SENT, ["unavailable", "sent"])
    assert standing(gateway, group) == 1


def webhook(client, body: bytes, secret: str) -> int:
    signed = hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
    address = reverse("hook_whatsapp", args=[KEY])
    headers = {"X-Webhook-Hmac": signed}
    return client.post(address, body, content_type="application/json", headers=headers).status_code


def test_a_forged_webhook_changes_nothing_and_a_repeated_one_counts_once(client, gateway, group, delivery):
    send(delivery)
    who = {
        "participant": "77010000002@c.us",
        "fromMe": True,
        "ack": 3,
        "to": group.target,
        "from": "x",
        "ackName": "READ",
    }
    payload = {**who, "id": f"{delivery.receipt['ids'][0]}_77010000002@c.us"}
    told = {"event": "message.ack.group", "session": "faults", "timestamp": 1_795_766_400_000, "payload": payload}
    told["timestamp"] = int(timezone.now().timestamp() * 1000)
    body = json.dumps(told).encode()
    assert webhook(client, body, "forged") == 403
    assert not PersonStatus.objects.exists()
    assert [webhook(client, body, "s"), webhook(client, body, "s")] == [200, 200]
    (status,) = PersonStatus.objects.all()
    assert status.rank == 2
    assert "7701" not in status.person
