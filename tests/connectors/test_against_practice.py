"""The real connectors, unchanged, against the practice platforms over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from publisher.connectors.base import (
    Button,
    Counted,
    Entity,
    Hook,
    Message,
    Metric,
    Poll,
    Status,
    TargetChanged,
    Uploads,
)
from publisher.connectors.errors import (
    OutcomeUnknown,
    Refused,
    TargetGone,
)
from publisher.practice import acts
from publisher.practice.cloud.hooks import Receiver
from publisher.practice.faults import Fault
from tests.connectors.contract import TEXT
from tests.connectors.practice_stand import PLACES, film, picture

# Everything that can be sent


@pytest.mark.parametrize("place", PLACES)
async def test_a_text_stands_there_letter_by_letter(accounts, chats, stands, place):
    receipt = await accounts[place].publish(chats[place], Message("d-1", TEXT))
    (message,) = stands(place)
    assert message.text == TEXT
    assert receipt.ids == (str(message.id),)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", [picture, film], ids=["picture", "film"])
async def test_a_file_arrives_whole_and_is_reused_by_its_id(practice, accounts, chats, stands, tmp_path, place, make):
    media = make(tmp_path)
    first = await accounts[place].publish(chats[place], Message("d-1", "Қараңыз", media=(media,)))
    known = replace(media, remote_id=first.uploads[0].remote_id)
    media.path.unlink()
    await accounts[place].publish(chats[place], Message("d-2", "Тағы да", media=(known,)))
    one, two = (message.body["media"] for message in stands(place))
    assert one["file"] == two["file"]
    stored = practice.world.files.get(one["file"])
    assert (stored.size, stored.sha256) == (media.size, media.sha256)


@pytest.mark.parametrize("place", PLACES)
async def test_a_film_uploaded_beforehand_is_shown_by_its_id(accounts, chats, stands, tmp_path, place):
    account, media = accounts[place], film(tmp_path)
    assert isinstance(account, Uploads)
    upload = await account.upload(media)
    assert stands(place) == []
    receipt = await account.publish(chats[place], Message("d-1", media=(replace(media, remote_id=upload.remote_id),)))
    assert receipt.uploads == ()
    assert len(stands(place)) == 1


async def test_a_telegram_film_has_its_measures_and_its_still(telegram, chats, stands, tmp_path):
    await telegram.publish(chats["telegram"], Message("d-1", "Бейне", media=(film(tmp_path),)))
    media = stands("telegram")[0].body["media"]
    assert (media["width"], media["height"], media["duration"], media["supports_streaming"]) == (720, 1280, 32, True)
    assert media["thumbnail"]


async def test_an_album_stands_together_with_one_caption(telegram, chats, stands, tmp_path):
    message = Message("d-1", "Альбом", (Entity("bold", 0, 6),), media=(picture(tmp_path), film(tmp_path)))
    receipt = await telegram.publish(chats["telegram"], message)
    first, second = stands("telegram")
    assert first.album == second.album != ""
    assert (first.text, second.text) == ("Альбом", "")
    assert (len(receipt.ids), len(receipt.uploads)) == (2, 2)


async def test_entities_and_buttons_stand_as_they_were_sent(telegram, chats, stands):
    marks = (Entity("bold", 0, 5), Entity("text_link", 9, 4, "https://egov.kz/"), Entity("spoiler", 14, 3))
    message = Message("d-1", "Назар 🚔 сайт код", marks, buttons=(Button("Қоңырау", "https://polisia.kz/"),))
    await telegram.publish(chats["telegram"], message)
    (stood,) = stands("telegram")
    assert [(e["type"], e["offset"], e["length"]) for e in stood.body["entities"]] == [
        (m.kind, m.offset, m.length) for m in marks
    ]
    assert stood.body["keyboard"][0][0]["text"] == "Қоңырау"


async def test_an_answer_to_a_message_and_a_quiz(telegram, chats, stands):
    first = await telegram.publish(chats["telegram"], Message("d-1", "Сәлем"))
    quiz = Poll("Банк SMS-код сұрай ма?", ("Иә", "Жоқ"), 1, "Ешқашан.")
    receipt = await telegram.publish(chats["telegram"], Message("d-2", poll=quiz, reply_to=first.ids[0]))
    stood = stands("telegram")[1]
    assert stood.body["reply_to"] == int(first.ids[0])
    assert stood.poll["id"] == receipt.poll_id
    assert stood.poll["correct_option_ids"] == [1]


@pytest.mark.parametrize("place", PLACES)
async def test_a_correction_stands_as_an_answer(accounts, chats, stands, place):
    first = await accounts[place].publish(chats[place], Message("d-1", "Қате нөмір"))
    await accounts[place].publish(chats[place], Message("d-2", "Түзету", reply_to=first.ids[0]))
    wrong, right = stands(place)
    assert str(right.body["reply_to"]) == str(wrong.id)


# Changing it


async def test_a_text_that_is_to_become_a_film_gets_it_and_a_film_stays_one(telegram, chats, stands, tmp_path):
    receipt = await telegram.publish(chats["telegram"], Message("d-1", "Мәтін"))
    with_film = Message("d-1", "Бейне", media=(film(tmp_path),))
    await telegram.edit(chats["telegram"], receipt, with_film)
    (message,) = stands("telegram")
    assert (message.text, message.body["media"]["kind"]) == ("Бейне", "video")
    shown = await telegram.publish(chats["telegram"], with_film)
    with pytest.raises(Refused) as refusal:
        await telegram.edit(chats["telegram"], shown, Message("d-1", "Тек мәтін"))
    assert refusal.value.reason == "cannot_edit"


async def test_another_film_takes_its_place(telegram, chats, stands, tmp_path):
    receipt = await telegram.publish(chats["telegram"], Message("d-1", "Бейне", media=(film(tmp_path),)))
    before = stands("telegram")[0].body["media"]["file"]
    await telegram.edit(chats["telegram"], receipt, Message("d-1", "Сурет", media=(picture(tmp_path),)))
    (message,) = stands("telegram")
    assert (message.text, message.body["media"]["kind"]) == ("Сурет", "photo")
    assert message.body["media"]["file"] != before


async def test_a_telegram_text_is_corrected_pinned_unpinned_and_withdrawn(practice, telegram, chats, stands):
    target = chats["telegram"]
    receipt = await telegram.publish(target, Message("d-1", "Қате"))
    for _ in range(2):
        await telegram.edit(target, receipt, Message("d-1", "Түзетілді"))
    assert stands("telegram")[0].text == "Түзетілді"
    await telegram.pin(target, receipt)
    assert practice.world.chats.get(target).pinned == (int(receipt.ids[0]),)
    await telegram.unpin(target, receipt)
    for _ in range(2):
        await telegram.withdraw(target, receipt)
    assert receipt.ids[0] not in [str(message.id) for message in stands("telegram")]


async def test_an_albums_caption_is_corrected_without_sending_the_files_again(telegram, chats, stands, tmp_path):
    album = (picture(tmp_path), film(tmp_path))
    receipt = await telegram.publish(chats["telegram"], Message("d-1", "Қате", media=album))
    known = tuple(
        replace(media, remote_id=upload.remote_id) for media, upload in zip(album, receipt.uploads, strict=True)
    )
    for media in album:
        media.path.unlink()
    await telegram.edit(chats["telegram"], receipt, Message("d-1", "Түзетілді", media=known))
    assert [message.text for message in stands("telegram")] == ["Түзетілді", ""]


# Checking, measuring, listening


@pytest.mark.parametrize("place", PLACES)
async def test_a_target_is_known_by_its_title_and_its_members_counted(accounts, chats, place):
    found = await accounts[place].check(chats[place])
    (reading,) = await accounts[place].measure(chats[place], None)
    assert found.id == chats[place]
    assert found.title.startswith({"telegram": "Аққайың", "whatsapp": "Смирново"}[place])
    assert (reading.metric, reading.value) == (Metric.FOLLOWERS, found.members)


async def test_a_channel_asked_for_by_name_is_kept_by_its_number(telegram, chats):
    assert (await telegram.check("@akkaiyn")).id == chats["telegram"]


@pytest.mark.parametrize(("place", "nowhere"), [("telegram", "-1009999999999"), ("whatsapp", "bm93aGVyZQ")])
async def test_a_target_that_does_not_exist_is_gone(accounts, place, nowhere):
    with pytest.raises(TargetGone):
        await accounts[place].check(nowhere)


async def test_reactions_votes_and_losing_the_channel_are_heard(practice, telegram, chats, stands):
    heard = await telegram.listen("", 0)  # names the kinds of news that are wanted
    await telegram.publish(chats["telegram"], Message("d-1", "Сәлем"))
    quiz = await telegram.publish(chats["telegram"], Message("d-2", poll=Poll("Сұрақ?", ("Иә", "Жоқ"))))
    world = practice.world
    text, poll = stands("telegram")
    acts.reacted(world, text, {"👍": 3, "🔥": 1})
    acts.voted(world, poll, [1, 6])
    acts.bot_status(world, world.chats.get(chats["telegram"]), "kicked")
    heard = await telegram.listen(heard.cursor, 5)
    reactions, votes, lost = heard.events
    assert isinstance(reactions, Counted)
    assert {r.label: r.value for r in reactions.readings} == {"👍": 3, "🔥": 1}
    assert (reactions.target, reactions.message_id) == (chats["telegram"], str(text.id))
    assert (votes.poll_id, [r.value for r in votes.readings]) == (quiz.poll_id, [1, 6])
    assert lost == TargetChanged(chats["telegram"], "target_gone")
    assert (await telegram.listen(heard.cursor, 0)).events == ()


async def test_waiting_for_news_ends_when_some_come(practice, telegram, chats, stands):
    await telegram.listen("", 0)
    await telegram.publish(chats["telegram"], Message("d-1", "Сәлем"))
    waiting = asyncio.create_task(telegram.listen("", 30))
    await asyncio.sleep(0.1)
    acts.reacted(practice.world, stands("telegram")[0], {"👍": 1})
    heard = await asyncio.wait_for(waiting, 5)
    assert len(heard.events) == 1


async def test_a_webhook_signed_by_the_platform_settles_a_lost_message(practice, whatsapp, chats, stands):
    taken: list[Hook] = []
    async with receiver(taken) as url:
        practice.world.hooks.register(Receiver(url, "practice"))
        practice.world.faults.add(Fault("lost_answer", ("messages",), times=1))
        with pytest.raises(OutcomeUnknown):
            await whatsapp.publish(chats["whatsapp"], Message("d-1", "Сәлем"))
        (message,) = stands("whatsapp")
        people = [person for person, _ in practice.world.chats.people(chats["whatsapp"])]
        acts.got(practice.world, message, people[:2], "read")
        acts.reacted_in_whatsapp(practice.world, message, people[0], "👍")
        async with asyncio.timeout(5):
            while len(taken) < 3:
                await asyncio.sleep(0.02)
    events = [event for hook in taken for event in whatsapp.hear(hook)]
    sent, first, second, reaction = events
    assert isinstance(sent, Status)
    assert (sent.state, sent.key, sent.message_id, sent.target) == ("sent", "d-1", message.id, chats["whatsapp"])
    assert (first.state, second.state) == ("read", "read")
    assert first.person != second.person
    assert (reaction.emoji, reaction.person, reaction.message_id) == ("👍", first.person, message.id)


@asynccontextmanager
async def receiver(taken: list[Hook]) -> AsyncIterator[str]:
    """A little web server in our console's place."""

    async def take(request: web.Request) -> web.Response:
        taken.append(Hook(await request.read(), dict(request.headers)))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
