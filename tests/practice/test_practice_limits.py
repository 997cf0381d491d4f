"""The documented limits of Telegram: lengths in UTF-16 units, entities, sizes, speed."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from telegram import MessageEntity
from telegram.error import BadRequest, NetworkError, RetryAfter

from publisher.practice import Practice
from publisher.practice.limits import PER_BOT, PER_GROUP, Rates
from tests.practice.conftest import FILM, bot_at, picture

CAR = "🚔"  # two UTF-16 units


@pytest.mark.parametrize("text", ["ә" * 4096, CAR * 2048])
async def test_4096_units_are_accepted(bot, channel, text, texts):
    await bot.send_message(channel, text)
    assert texts(channel) == [text]


@pytest.mark.parametrize("text", ["ә" * 4097, CAR * 2048 + "ә"])
async def test_4097_units_are_too_long(bot, channel, text, texts):
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(channel, text)
    assert texts(channel) == []


async def test_a_caption_stops_at_1024_units(bot, channel):
    sent = await bot.send_photo(channel, picture(32, 32), caption=CAR * 512)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(channel, picture(32, 32), caption=CAR * 512 + "ә")
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.edit_message_caption(channel, sent.message_id, caption=CAR * 513)


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_text_is_refused(http, channel, text):
    reply = await http.post("/bot1:x/sendMessage", data={"chat_id": channel, "text": text})
    assert reply.json()["description"] == "Bad Request: message text is empty"


@pytest.mark.parametrize(
    ("offset", "length", "words"),
    [
        (0, 9, "ends after the end of the text at UTF-16 offset 9"),
        (9, 1, "begins after the end of the text at UTF-16 offset 9"),
        (-1, 2, "incorrect offset -1"),
        (0, -1, "incorrect length -1"),
        (1, 2, "begins in a middle of a UTF-16 symbol"),
        (0, 1, "ends in a middle of a UTF-16 symbol"),
    ],
)
async def test_entities_out_of_place_are_refused(http, channel, offset, length, words, texts):
    body = {
        "chat_id": channel,
        "text": f"{CAR} сәлем",
        "entities": [{"type": "bold", "offset": offset, "length": length}],
    }
    reply = (await http.post("/bot1:x/sendMessage", json=body)).json()
    assert words in reply["description"]
    assert reply["description"].startswith("Bad Request: ")
    assert texts(channel) == []


async def test_parse_mode_is_refused_with_a_clear_word(bot, channel):
    with pytest.raises(BadRequest, match="takes formatting as entities"):
        await bot.send_message(channel, "<b>Сәлем</b>", parse_mode="HTML")


async def test_angle_brackets_without_parse_mode_are_plain_text(bot, channel, texts):
    await bot.send_message(channel, "<b>Сәлем</b>", entities=[MessageEntity("bold", 0, 3)])
    assert texts(channel) == ["<b>Сәлем</b>"]


@pytest.mark.parametrize(
    ("question", "options", "more", "words"),
    [
        ("ә" * 301, ["А", "Б"], {}, "Poll question length must not exceed 300"),
        ("Сұрақ", ["ә" * 101, "Б"], {}, "Poll options length must not exceed 100"),
        ("Сұрақ", [str(n) for n in range(13)], {}, "Poll can't have more than 12 options"),
        ("Сұрақ", ["А", "Б"], {"type": "quiz"}, "Wrong correct option id specified"),
        ("Сұрақ", ["А", "Б"], {"type": "quiz", "correct_option_ids": [2]}, "Wrong correct option id specified"),
        ("Сұрақ", ["А", "Б"], {"is_anonymous": False}, "Non-anonymous polls can't be sent to channel chats"),
        (
            "Сұрақ",
            ["А", "Б"],
            {"type": "quiz", "correct_option_ids": [0], "explanation": "ә" * 201},
            "explanation length must not exceed 200",
        ),
        (
            "Сұрақ",
            ["А", "Б"],
            {"type": "quiz", "correct_option_ids": [0], "explanation": "а\nб\nв\nг"},
            "at most 2 line feeds",
        ),
    ],
)
async def test_a_poll_over_its_limits_is_refused(bot, channel, question, options, more, words):
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_poll(channel, question, options, **more)


async def test_a_film_of_50_mb_and_one_byte_is_too_large(http, channel, texts):
    reply = await http.post(
        "/bot1:x/sendVideo", data={"chat_id": channel}, files={"video": ("a.mp4", bytes(50_000_001), "video/mp4")}
    )
    assert (reply.status_code, reply.json()["description"]) == (413, "Request Entity Too Large")
    assert texts(channel) == []


async def test_the_library_tells_a_too_large_film_as_a_network_error(bot, channel):
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_video(channel, bytes(50_000_001), write_timeout=60)


async def test_a_refused_upload_leaves_nothing_on_disk(http, practice, channel):
    files = {"video": ("a.mp4", FILM, "video/mp4")}
    await http.post("/bot1:x/sendVideo", data={"chat_id": "@nobody"}, files=files)
    assert list((practice.home / "files").iterdir()) == []


async def test_a_photo_over_10_mb_is_too_big(http, channel):
    files = {"photo": ("a.jpg", picture() + bytes(10_000_000), "image/jpeg")}
    reply = (await http.post("/bot1:x/sendPhoto", data={"chat_id": channel}, files=files)).json()
    assert "is too big for a photo" in reply["description"]


async def test_a_photo_must_not_be_a_ribbon(bot, channel):
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(channel, picture(2000, 20))


@pytest.fixture
async def strict(tmp_path):
    server = Practice(tmp_path / "strict", residents=False)
    await server.start()
    yield server
    await server.stop()


async def test_the_21st_message_a_minute_in_a_channel_has_to_wait(strict):
    channel = strict.world.chats.create({"kind": "channel", "title": "Арна"}).id
    async with bot_at(strict.base_url) as bot:
        for n in range(19):
            await bot.send_message(channel, str(n))
        await bot.edit_message_text("edits count, too", channel, 1)
        with pytest.raises(RetryAfter) as limited:
            await bot.send_message(channel, "20")
    assert timedelta(seconds=50) < limited.value.retry_after <= timedelta(seconds=60)


async def test_a_person_gets_one_message_a_second(strict):
    person = strict.world.chats.create({"kind": "private", "title": "Айгүл"}).id
    async with bot_at(strict.base_url) as bot:
        await bot.send_message(person, "бір")
        with pytest.raises(RetryAfter) as limited:
            await bot.send_message(person, "екі")
        assert limited.value.retry_after == timedelta(seconds=1)
        await asyncio.sleep(1.05)
        await bot.send_message(person, "үш")


async def test_looking_is_not_limited(strict):
    channel = strict.world.chats.create({"kind": "channel", "title": "Арна"}).id
    async with bot_at(strict.base_url) as bot:
        for _ in range(40):
            await bot.get_chat_member_count(channel)


def test_thirty_a_second_for_one_bot_whatever_the_chats():
    now = [100.0]
    rates = Rates(clock=lambda: now[0])
    sent = sum(rates.take({"bot": PER_BOT, f"chat {n}": PER_GROUP}) is None for n in range(40))
    assert sent == 30
    now[0] += 0.999
    assert rates.take({"bot": PER_BOT, "chat 99": PER_GROUP}) == ("bot", 1)
    now[0] += 0.002
    assert rates.take({"bot": PER_BOT, "chat 99": PER_GROUP}) is None


def test_a_refused_message_takes_nothing_from_the_other_window():
    rates = Rates(clock=lambda: 5.0)
    for _ in range(50):
        rates.take({"bot": PER_BOT, "chat": PER_GROUP})
    assert sum(rates.take({"bot": PER_BOT, f"chat {n}": PER_GROUP}) is None for n in range(20)) == 10


async def test_sending_is_quick_enough_for_a_throughput_test(http, channel, texts):
    started = time.monotonic()
    for n in range(200):
        await http.post("/bot1:x/sendMessage", data={"chat_id": channel, "text": f"{n}"})
    assert time.monotonic() - started < 6  # 33 a second one after another, on a busy machine
    assert len(texts(channel)) == 200
