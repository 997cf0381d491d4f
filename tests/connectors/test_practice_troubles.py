"""Every way the practice platforms can let the real connectors down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.connectors.base import (
    Entity,
    Message,
    Poll,
)
from publisher.connectors.errors import (
    AccessLost,
    OutcomeUnknown,
    RateLimited,
    TargetGone,
    Unavailable,
)
from publisher.connectors.telegram import Telegram, TelegramSettings
from publisher.practice import Practice
from publisher.practice.faults import Fault
from tests.connectors.practice_stand import PLACES, TOKEN, film, picture

# Unknown outcomes


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["lost_answer", "processing_then_500"])
async def test_accepted_but_not_answered_is_unknown_and_stands_there_once(
    practice, accounts, chats, stands, place, kind
):
    practice.world.faults.add(Fault(kind, times=1))
    with pytest.raises(OutcomeUnknown):
        await accounts[place].publish(chats[place], Message("d-1", "Сәлем"))
    assert [message.text for message in stands(place)] == ["Сәлем"]


async def test_a_lost_telegram_message_is_found_and_the_control_chat_left_clean(practice, telegram, chats, stands):
    before = await telegram.publish(chats["telegram"], Message("d-0", "Бұрынғы"))
    practice.world.faults.add(Fault("lost_answer", ("sendMessage",), times=1))
    message = Message("d-1", "Абайлаңыз! 🚔", (Entity("bold", 0, 10),))
    with pytest.raises(OutcomeUnknown):
        await telegram.publish(chats["telegram"], message)
    found = await telegram.find(chats["telegram"], message, after=before.ids[0])
    assert found.ids == (str(stands("telegram")[-1].id),)
    assert found.url == f"https://t.me/akkaiyn/{found.ids[0]}"
    assert stands("control") == []


async def test_a_lost_album_and_a_lost_quiz_are_found(practice, telegram, chats, tmp_path):
    album = Message("d-1", "Альбом", media=(picture(tmp_path), film(tmp_path)))
    quiz = Message("d-2", poll=Poll("Сұрақ?", ("Иә", "Жоқ"), 0))
    practice.world.faults.add(Fault("lost_answer", ("sendMediaGroup", "sendPoll"), times=2))
    for message in (album, quiz):
        with pytest.raises(OutcomeUnknown):
            await telegram.publish(chats["telegram"], message)
    found = await telegram.find(chats["telegram"], album, after="0")
    assert (len(found.ids), len(found.uploads)) == (2, 2)
    assert (await telegram.find(chats["telegram"], quiz, after=found.ids[-1])).poll_id


async def test_a_message_that_never_arrived_is_not_found(telegram, chats):
    before = await telegram.publish(chats["telegram"], Message("d-0", "Бұрынғы"))
    await telegram.publish(chats["telegram"], Message("d-1", "Басқа"))
    assert await telegram.find(chats["telegram"], Message("d-2", "Келмеген"), after=before.ids[0]) is None


# Everything that can go wrong


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", OutcomeUnknown),
        ("server_error", OutcomeUnknown),
        ("bad_gateway", OutcomeUnknown),
        ("garbage", OutcomeUnknown),
        ("flood", RateLimited),
        ("revoked", AccessLost),
        ("kicked", TargetGone),
    ],
)
async def test_each_trouble_is_the_error_it_should_be(practice, accounts, chats, stands, place, kind, error):
    practice.world.faults.add(Fault(kind, retry_after=7))
    with pytest.raises(error) as raised:
        await accounts[place].publish(chats[place], Message("d-1", "Сәлем"))
    assert type(raised.value) is error
    assert getattr(raised.value, "retry_after", 7.0) == 7.0
    assert stands(place) == []


@pytest.mark.parametrize("place", PLACES)
async def test_nobody_there_means_certainly_not_sent(practice, accounts, chats, place):
    await practice.stop()
    with pytest.raises(Unavailable):
        await accounts[place].publish(chats[place], Message("d-1", "Сәлем"))


@pytest.mark.parametrize("place", PLACES)
async def test_no_secure_connection_means_certainly_not_sent(practice, accounts, chats, place):
    old = accounts[place]
    plain = practice.base_url.replace("http:", "https:")  # where nobody speaks TLS
    async with type(old)(old.settings.model_copy(update={"api_url": plain})) as account:
        with pytest.raises(Unavailable):
            await account.publish(chats[place], Message("d-1", "Сәлем"))


async def test_a_group_that_became_a_supergroup_is_followed(practice, telegram, chats):
    practice.world.faults.add(Fault("moved", ("sendMessage",), times=1))
    with pytest.raises(TargetGone) as moved:
        await telegram.publish(chats["group"], Message("d-1", "Сәлем"))
    assert moved.value.moved_to.startswith("-100")
    assert (await telegram.publish(moved.value.moved_to, Message("d-1", "Сәлем"))).ids


async def test_the_documented_pace_of_a_channel_is_told_with_the_seconds_to_wait(tmp_path):
    server = Practice(tmp_path / "strict", residents=False)
    await server.start()
    try:
        channel = server.world.chats.create({"kind": "channel", "title": "Арна"}).id
        async with Telegram(TelegramSettings(token=TOKEN, api_url=server.base_url)) as telegram:
            for n in range(20):
                await telegram.publish(channel, Message(f"d-{n}", f"Хабар {n}"))
            with pytest.raises(RateLimited) as limited:
                await telegram.publish(channel, Message("d-20", "Хабар 20"))
    finally:
        await server.stop()
    assert 50 <= limited.value.retry_after <= 60


async def test_a_right_that_is_missing_is_told_before_and_when_posting(practice, telegram, chats):
    chat = practice.world.chats.get(chats["telegram"])
    practice.world.chats.change(chat, missing=frozenset({"can_post_messages"}))
    assert (await telegram.check(chats["telegram"])).missing_rights == ("post",)
    with pytest.raises(TargetGone) as gone:
        await telegram.publish(chats["telegram"], Message("d-1", "Сәлем"))
    assert gone.value.reason == "no_rights"


async def test_a_film_of_another_bot_goes_up_anew(telegram, chats, stands, tmp_path):
    media = replace(film(tmp_path), remote_id="BAACAgIAAx-of-another-bot")
    receipt = await telegram.publish(chats["telegram"], Message("d-1", "Бейне", media=(media,)))
    assert receipt.uploads[0].remote_id != media.remote_id
    assert len(stands("telegram")) == 1
