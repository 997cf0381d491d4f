"""WhatsApp's webhooks: signed, in Meta's shapes, again until the receiver is there."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json

import pytest
from aiohttp import web

from publisher.practice import Practice, acts
from publisher.practice.cloud.hooks import Receiver

SECRET = "practice-secret"


class Inbox:
    """A receiver that keeps what it got; `away` lets it refuse."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.away = False
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if self.away or not hmac.compare_digest(signature, request.headers["X-Hub-Signature-256"]):
            raise web.HTTPServiceUnavailable
        self.bodies.append(json.loads(body)["entry"][0]["changes"][0]["value"])
        return web.Response()

    async def challenge(self, request: web.Request) -> web.Response:
        if request.query["hub.verify_token"] != "verify":
            raise web.HTTPForbidden
        return web.Response(text=request.query["hub.challenge"])

    async def until(self, count: int) -> list[dict]:
        for _ in range(200):
            if len(self.bodies) >= count:
                return self.bodies
            await asyncio.sleep(0.02)
        raise AssertionError(f"{len(self.bodies)} webhooks instead of {count}")


@pytest.fixture
async def inbox():
    found = Inbox()
    app = web.Application()
    app.add_routes([web.post("/hook", found.take), web.get("/hook", found.challenge)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


@pytest.fixture
async def listened(http, inbox):
    wanted = {"url": inbox.url, "app_secret": SECRET, "verify_token": "verify"}
    assert (await http.post("/practice/webhook", json=wanted)).json() == {"verified": True}
    return inbox


async def test_a_wrong_verify_token_is_told_when_registering(http, inbox):
    wanted = {"url": inbox.url, "app_secret": SECRET, "verify_token": "wrong"}
    assert (await http.post("/practice/webhook", json=wanted)).json() == {"verified": False}


async def test_sent_in_a_group_has_our_key_and_no_contacts(listened, whatsapp, residents_group):
    await whatsapp(residents_group, type="text", text={"body": "Сәлем"}, biz_opaque_callback_data="delivery-7")
    (value,) = await listened.until(1)
    (status,) = value["statuses"]
    assert "contacts" not in value
    assert (status["status"], status["recipient_id"], status["recipient_type"]) == ("sent", residents_group, "group")
    assert status["biz_opaque_callback_data"] == "delivery-7"
    assert "recipient_participant_id" not in status


async def test_delivered_and_read_name_each_participant(listened, whatsapp, residents_group, practice):
    await whatsapp(residents_group, type="text", text={"body": "Сәлем"}, biz_opaque_callback_data="k")
    (message,) = practice.world.messages.every(residents_group)
    people = [number for number, _name in practice.world.chats.people(residents_group)]
    acts.got(practice.world, message, people[:4], "delivered")
    acts.got(practice.world, message, people[:2], "read")
    assert acts.got(practice.world, message, people[:2], "read") == []
    _sent, delivered, read = await listened.until(3)
    assert [s["recipient_participant_id"] for s in delivered["statuses"]] == people[:4]
    assert [c["user_id"] for c in read["contacts"]] == [s["recipient_participant_user_id"] for s in read["statuses"]]
    assert {s["biz_opaque_callback_data"] for s in read["statuses"]} == {"k"}
    assert read["statuses"][0]["pricing"]["category"] == "group_service"


async def test_to_a_person_every_status_has_its_contact(listened, whatsapp, create):
    person = create(platform="whatsapp", kind="private", title="Айгүл")
    await whatsapp(person, type="text", text={"body": "Сәлем"})
    (value,) = await listened.until(1)
    assert value["contacts"][0]["wa_id"] == value["statuses"][0]["recipient_id"] == person


async def test_a_reaction_is_a_message_of_type_reaction(listened, whatsapp, residents_group, practice):
    await whatsapp(residents_group, type="text", text={"body": "Сәлем"})
    (message,) = practice.world.messages.every(residents_group)
    person = practice.world.chats.people(residents_group)[0][0]
    acts.reacted_in_whatsapp(practice.world, message, person, "👍")
    _sent, value = await listened.until(2)
    told = value["messages"][0]
    assert (told["type"], told["from"], told["group_id"]) == ("reaction", person, residents_group)
    assert told["reaction"] == {"message_id": message.id, "emoji": "👍"}
    assert practice.world.messages.get(residents_group, message.id).reactions == {"👍": 1}


async def test_a_resident_who_writes_is_an_incoming_message(listened, http, create):
    person = create(platform="whatsapp", kind="private", title="Айгүл")
    await http.post(f"/practice/api/chats/{person}/messages", json={"text": "Бұл алаяқ па?"})
    (value,) = await listened.until(1)
    assert (value["messages"][0]["text"]["body"], value["contacts"][0]["wa_id"]) == ("Бұл алаяқ па?", person)


async def test_a_receiver_that_was_away_gets_everything_later_in_order(listened, whatsapp, residents_group, http):
    listened.away = True
    for n in range(3):
        await whatsapp(residents_group, type="text", text={"body": str(n)}, biz_opaque_callback_data=str(n))
    await asyncio.sleep(0.2)
    assert (await http.get("/practice/api/counters")).json()["hooks"] == 3
    listened.away = False
    values = await listened.until(3)
    assert [value["statuses"][0]["biz_opaque_callback_data"] for value in values] == ["0", "1", "2"]


async def test_waiting_webhooks_outlive_a_restart(tmp_path, inbox):
    home = tmp_path / "home"
    first = Practice(home, residents=False, webhook=Receiver("http://127.0.0.1:9/hook", SECRET))
    await first.start()
    group = first.world.chats.create({"platform": "whatsapp", "kind": "group", "title": "Топ"})
    first.world.hooks.push({"entry": [{"changes": [{"value": {"kept": group.id}}]}]})
    await first.stop()
    second = Practice(home, residents=False, webhook=Receiver(inbox.url, SECRET))
    await second.start()
    assert await inbox.until(1) == [{"kept": group.id}]
    await second.stop()


async def test_pywas_own_server_accepts_our_signature_and_shapes(practice, listened, whatsapp, residents_group):
    from pywa.types.groups import GroupMessageStatuses

    await whatsapp(residents_group, type="text", text={"body": "Сәлем"}, biz_opaque_callback_data="k")
    (message,) = practice.world.messages.every(residents_group)
    acts.got(practice.world, message, [practice.world.chats.people(residents_group)[0][0]], "read")
    read = (await listened.until(2))[1]
    update = {"entry": [{"id": "1", "changes": [{"value": read, "field": "messages"}]}]}
    parsed = GroupMessageStatuses.from_update(None, update)
    assert (parsed.group_id, parsed[0].tracker, str(parsed[0].status)) == (residents_group, "k", "read")
