"""The gateway's connector, unchanged, against the practice gateway; every request and answer is checked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from aiohttp import web

from publisher.connectors.base import Hook, Media, Message, Metric, PhoneTold, Poll, Reacted, Replied, Status, Voted
from publisher.connectors.errors import AccessLost, OutcomeUnknown, RateLimited, Refused, TargetGone, Unavailable
from publisher.connectors.whatsapp_gateway import WhatsAppGateway, WhatsAppGatewaySettings
from publisher.practice.faults import Fault
from publisher.practice.gateway import telling
from publisher.practice.gateway.sessions import Session
from tests.connectors.contract import TEXT
from tests.connectors.practice_stand import film, picture
from tests.connectors.shapes import Checked, check_event

QUESTION = Poll("Банк SMS-код сұрай ма?", ("Иә", "Жоқ"))


@pytest.fixture
def session(practice):
    practice.world.phones.let_in(Session("practice"))
    return lambda: practice.world.phones.get("practice")


@pytest.fixture
def settings(practice):
    return WhatsAppGatewaySettings(token="practice", hook_secret="s", session="practice", api_url=practice.base_url)


@pytest.fixture
async def phone(settings, session):
    async with WhatsAppGateway(settings, transport=Checked("waha")) as connector:
        yield connector


@pytest.fixture
def group(practice):
    wanted = {"platform": "gateway", "kind": "group", "title": "Смирново", "participants": 5}
    return practice.world.chats.create(wanted).id


@pytest.fixture
def channel(practice):
    return practice.world.chats.create({"platform": "gateway", "kind": "channel", "title": "Арна", "members": 512}).id


@pytest.fixture
def stands(practice, group):
    return lambda: practice.world.messages.every(group)


@pytest.fixture
async def told(practice, session, phone):
    """What the webhook brings, as the connector understands it, until the condition holds."""
    heard, bodies = [], []

    async def hear(request: web.Request) -> web.Response:
        body = await request.read()
        bodies.append(json.loads(body))
        heard.extend(phone.hear(Hook(body, dict(request.headers))))
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/hook", hear)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await phone.start(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    await until(lambda: session().status == "WORKING")

    async def wait(kind, count=1):
        await until(lambda: sum(isinstance(one, kind) for one in heard) >= count)
        return [one for one in heard if isinstance(one, kind)]

    yield wait
    await runner.cleanup()
    for body in bodies:
        check_event(body)


async def until(done):
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.02)


# Sending


async def test_a_text_stands_there_letter_by_letter_and_once(phone, group, stands):
    first = await phone.publish(group, Message("d-1", TEXT))
    again = await phone.publish(group, Message("d-1", TEXT))
    (message,) = stands()
    assert (message.text, message.id) == (TEXT, first.ids[0])
    assert again == first


@pytest.mark.parametrize("make", [picture, film], ids=["picture", "film"])
async def test_a_file_arrives_whole(practice, phone, group, stands, tmp_path, make):
    media = make(tmp_path)
    await phone.publish(group, Message("d-1", "Қараңыз", media=(media,)))
    (message,) = stands()
    stored = practice.world.files.get(message.body["media"]["file"])
    assert (message.text, stored.sha256) == ("Қараңыз", media.sha256)


async def test_a_document_keeps_its_name(phone, group, stands, tmp_path):
    path = tmp_path / "есеп.pdf"
    path.write_bytes(b"%PDF-1.7 x")
    await phone.publish(group, Message("d-1", media=(Media(path, "document", "application/pdf", 10, "a" * 64),)))
    (message,) = stands()
    assert (message.body["media"]["kind"], message.body["media"]["name"]) == ("document", "есеп.pdf")


async def test_a_poll_stands_in_a_group_and_not_in_a_channel(phone, group, channel, stands):
    await phone.publish(group, Message("d-1", poll=QUESTION))
    assert stands()[0].poll["question"] == QUESTION.question
    with pytest.raises(Refused):
        await phone.publish(channel, Message("d-2", poll=QUESTION))


async def test_words_are_corrected_pinned_and_taken_away(practice, phone, group, stands):
    receipt = await phone.publish(group, Message("d-1", "Қате"))
    await phone.edit(group, receipt, Message("d-1", "Дұрыс"))
    await phone.pin(group, receipt)
    assert practice.world.chats.get(group).pinned == receipt.ids
    await phone.unpin(group, receipt)
    assert stands()[0].text == "Дұрыс"
    await phone.withdraw(group, receipt)
    await phone.withdraw(group, receipt)
    assert stands() == []


async def test_what_was_accepted_is_found_again(phone, practice, group, tmp_path):
    media = film(tmp_path)
    for message in (Message("d-1", "Мәтін"), Message("d-2", poll=QUESTION), Message("d-3", "Бейне", media=(media,))):
        practice.world.faults.add(Fault("lost_answer", methods=("send*",), times=1))
        with pytest.raises(OutcomeUnknown):
            await phone.publish(group, message)
        assert await phone.find(group, message)
    assert await phone.find(group, Message("d-4", "Басқа")) is None


async def test_an_old_text_is_found_by_its_id_alone(phone, group):
    receipt = await phone.publish(group, Message("d-0", "Алғашқы"))
    for number in range(31):
        await phone.publish(group, Message(f"n-{number}", f"Кейінгі {number}"))
    assert await phone.find(group, Message("d-0", "Алғашқы")) == receipt


# What goes wrong


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        ("flood", RateLimited, "rate_limited"),
        ("restricted", AccessLost, "phone_restricted"),
        ("banned", AccessLost, "phone_banned"),
        ("revoked", AccessLost, "phone_unlinked"),
        ("announce_only", TargetGone, "no_rights"),
        ("kicked", TargetGone, "target_gone"),
        ("reset", OutcomeUnknown, "outcome_unknown"),
        ("bad_gateway", OutcomeUnknown, "outcome_unknown"),
        ("server_error", OutcomeUnknown, "outcome_unknown"),
    ],
)
async def test_each_failure_is_one_of_six(practice, phone, group, stands, kind, error, reason):
    practice.world.faults.add(Fault(kind, methods=("sendText",), times=1))
    with pytest.raises(error) as found:
        await phone.publish(group, Message("d-1", "Сәлем"))
    assert found.value.reason == reason
    assert stands() == []


async def test_a_gateway_that_starts_again_sent_nothing(practice, phone, group, session, stands):
    practice.world.phones.to(session(), "STARTING")
    with pytest.raises(Unavailable):
        await phone.publish(group, Message("d-1", "Сәлем"))
    assert stands() == []
    await until(lambda: session().status == "WORKING")
    await phone.publish(group, Message("d-1", "Сәлем"))
    assert len(stands()) == 1


async def test_media_that_whatsapp_finds_too_large_are_refused(practice, phone, group, stands, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("publisher.practice.gateway.sending", fromlist=["x"]).LARGEST, "video", 1000)
    with pytest.raises(Refused) as refusal:
        await phone.publish(group, Message("d-1", "Бейне", media=(film(tmp_path),)))
    assert refusal.value.reason == "whatsapp_media_too_large"
    assert stands() == []


async def test_rights_are_seen_before_posting(practice, phone, group):
    assert (await phone.check(group)).missing_rights == ()
    chat = practice.world.chats.get(group)
    practice.world.chats.change(chat, bot="member", missing={"can_send_messages"})
    assert (await phone.check(group)).missing_rights == ("post",)
    practice.world.chats.change(chat, bot="kicked")
    with pytest.raises(TargetGone):
        await phone.check(group)


# Linking


async def test_a_phone_is_linked_by_a_code_with_passkey_and_confirmation(practice, settings):
    async with WhatsAppGateway(settings, transport=Checked("waha")) as phone, httpx.AsyncClient() as trainer:
        control = f"{practice.base_url}/practice/api/phones/practice"
        assert (await phone.phone()).state == "missing"
        await phone.start("http://127.0.0.1:1/hook")
        await until(lambda: practice.world.phones.get("practice").status == "SCAN_QR_CODE")
        assert (await phone.phone()).state == "qr"
        assert len(await phone.qr()) > 100
        assert len(await phone.pairing_code("+7 701 000 00 01")) == 9
        for act in ("want_confirmation", "scan"):
            shown = (await trainer.post(control, json={"do": act})).json()
        assert (await phone.phone()).state == "passkey"
        assert (await phone.passkey())["rpId"] == "web.whatsapp.com"
        with pytest.raises(Refused):
            await phone.give_passkey({**shown["passkey_answer"], "response": {**FORGED}})
        await phone.give_passkey(shown["passkey_answer"])
        assert (await phone.phone()).state == "confirm"
        assert await phone.confirmation() == "2746"
        await phone.confirm()
        found = await phone.phone()
        assert (found.state, found.number) == ("ready", "77152021566")
        await phone.log_out()
        await until(lambda: practice.world.phones.get("practice").status == "SCAN_QR_CODE")


FORGED = {"clientDataJSON": "e30", "authenticatorData": "x", "signature": "x"}


async def test_groups_and_channels_are_told_with_our_rights(practice, phone, group, channel):
    chat = practice.world.chats.get(group)
    practice.world.chats.change(chat, bot="member", missing={"can_send_messages"})
    places = {place.id: place for place in await phone.places()}
    there = places[group]
    assert (there.title, there.members, there.admin, there.announce_only, there.may_post) == (
        "Смирново", 6, False, True, False,
    )  # fmt: skip
    assert (places[channel].members, places[channel].may_post) == (512, True)


async def test_a_restriction_says_until_when(practice, phone, session):
    practice.world.phones.save(replace(session(), restricted_until=3_900_000_000.0))
    found = await phone.phone()
    assert (found.state, found.until.year) == ("restricted", 2093)


# Readings


async def test_what_people_do_is_told_without_their_numbers(practice, phone, group, told):
    receipt = await phone.publish(group, Message("d-1", "Сәлем"))
    asked = await phone.publish(group, Message("d-2", poll=QUESTION))
    world = practice.world
    message = world.messages.get(group, receipt.ids[0])
    people = [person for person, _ in world.chats.people(group)]
    for state in ("delivered", "read"):
        telling.got(world, message, people[:2], state)
    telling.reacted(world, message, people[0], "👍")
    telling.voted(world, world.messages.get(group, asked.ids[0]), people[1], ["Жоқ"])
    telling.wrote(world, world.chats.get(group), "Рақмет", people[2], "Айгүл", reply_to=receipt.ids[0])
    statuses, (reaction,) = await told(Status, 4), await told(Reacted)
    (vote,), (reply,) = await told(Voted), await told(Replied)
    assert {(one.state, one.message_id) for one in statuses} == {(s, receipt.ids[0]) for s in ("delivered", "read")}
    assert len({one.person for one in statuses}) == 2
    assert (reaction.message_id, reaction.emoji) == (receipt.ids[0], "👍")
    assert (vote.message_id, vote.options) == (asked.ids[0], ("Жоқ",))
    assert reply.message_id == receipt.ids[0]
    everything = repr([*statuses, reaction, vote, reply])
    assert not any(person in everything for person in people)
    assert "Рақмет" not in everything


async def test_a_channels_views_and_reactions_are_asked_for(practice, phone, channel):
    receipt = await phone.publish(channel, Message("d-1", "Сәлем"))
    message = practice.world.messages.get(channel, receipt.ids[0])
    practice.world.messages.note(message, views=321, reactions={"👍": 7})
    found = {(one.metric, one.label): one.value for one in await phone.measure(channel, receipt)}
    assert found == {(Metric.VIEWS, ""): 321, (Metric.REACTIONS, "👍"): 7}
    (followers,) = await phone.measure(channel, None)
    assert followers.value == 512


async def test_the_phones_state_is_told_and_dead_webhooks_tell_nothing(practice, phone, group, told, session):
    telling.status(practice.world, practice.world.phones.save(replace(session(), restricted_until=3_900_000_000.0)))
    async with asyncio.timeout(10):
        while "restricted" not in [one.state for one in await told(PhoneTold)]:
            await asyncio.sleep(0.02)
    practice.world.phones.save(replace(session(), deaf=True, restricted_until=0.0))
    receipt = await phone.publish(group, Message("d-1", "Сәлем"))
    telling.got(practice.world, practice.world.messages.get(group, receipt.ids[0]), ["77010000001"], "read")
    assert practice.world.phone_hooks.waiting() == 0
