"""Failures on request, on both platforms."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from publisher.practice import Practice


@pytest.fixture
def fault(http):
    async def add(kind: str, **more: object) -> int:
        reply = await http.post("/practice/api/faults", json={"kind": kind} | more)
        assert reply.status_code == 200, reply.text
        return reply.json()["id"]

    return add


@pytest.mark.parametrize("kind", ["lost_answer", "processing_then_500"])
async def test_accepted_but_told_as_failed_stands_there_once(bot, channel, texts, fault, kind):
    await fault(kind, times=1)
    with pytest.raises(NetworkError):
        await bot.send_message(channel, "Сәлем")
    assert texts(channel) == ["Сәлем"]


async def test_a_lost_answer_is_a_cut_connection_without_a_byte(http, channel, fault):
    await fault("lost_answer", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/bot1:x/sendMessage", data={"chat_id": channel, "text": "Сәлем"})


async def test_a_reset_comes_before_anything_is_accepted(bot, channel, texts, fault):
    await fault("reset", times=1)
    with pytest.raises(NetworkError):
        await bot.send_message(channel, "Сәлем")
    assert texts(channel) == []


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("server_error", NetworkError, "Internal Server Error"),
        ("bad_gateway", NetworkError, None),
        ("garbage", TelegramError, "Invalid server response"),
        ("flood", RetryAfter, None),
        ("kicked", Forbidden, "bot was kicked from the channel chat"),
        ("revoked", InvalidToken, None),
    ],
)
async def test_refused_before_acceptance_nothing_stands_there(bot, channel, texts, fault, kind, error, words):
    await fault(kind, retry_after=7)
    with pytest.raises(error, match=words) as raised:
        await bot.send_message(channel, "Сәлем")
    if kind == "flood":
        assert raised.value.retry_after.total_seconds() == 7
    assert texts(channel) == []


async def test_a_chat_moves_and_answers_under_its_new_id(bot, create, fault, texts):
    group = create(kind="group", title="Топ")
    await fault("moved", times=1)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group, "Сәлем")
    with pytest.raises(ChatMigrated):
        await bot.send_message(group, "Сәлем")
    await bot.send_message(moved.value.new_chat_id, "Сәлем")
    assert texts(str(moved.value.new_chat_id)) == ["Сәлем"]


async def test_a_slow_answer_comes_late_but_the_message_stands_at_once(http, channel, texts, fault):
    await fault("slow", delay=0.5, times=1)
    started = time.monotonic()
    sending = asyncio.create_task(http.post("/bot1:x/sendMessage", data={"chat_id": channel, "text": "Сәлем"}))
    await asyncio.sleep(0.2)
    assert texts(channel) == ["Сәлем"]
    assert (await sending).json()["ok"] is True
    assert time.monotonic() - started >= 0.5


async def test_a_fault_strikes_only_what_it_names(bot, channel, group, fault, texts):
    await fault("kicked", match={"method": "send*", "chat": "@akkaiyn"})
    await fault("flood", match={"method": ["messages"], "platform": "whatsapp"})
    assert await bot.get_chat_member_count(channel) == 1840
    await bot.send_message(group, "Сәлем")
    with pytest.raises(Forbidden):
        await bot.send_message(channel, "Сәлем")


async def test_a_spent_fault_strikes_no_more_and_a_cleared_one_never(bot, channel, fault, http, texts):
    await fault("flood", times=2)
    number = await fault("kicked")
    await http.delete(f"/practice/api/faults/{number}")
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(channel, "Сәлем")
    await bot.send_message(channel, "Сәлем")
    assert texts(channel) == ["Сәлем"]
    assert (await http.get("/practice/api/faults")).json()["faults"][0]["done"] == 2


async def test_the_same_seed_loses_the_same_answers(tmp_path):
    async def lost(name: str) -> list[int]:
        server = Practice(tmp_path / name, residents=False, relaxed_rates=True, seed=5, drop=0.2)
        await server.start()
        channel = server.world.chats.create({"kind": "channel", "title": "Арна"}).id
        missing = []
        async with httpx.AsyncClient(base_url=server.base_url) as http:
            for n in range(40):
                try:
                    await http.post("/bot1:x/sendMessage", data={"chat_id": channel, "text": str(n)})
                except httpx.RemoteProtocolError:
                    missing.append(n)
        stand = len(server.world.messages.every(channel))
        await server.stop()
        assert stand == 40
        return missing

    first = await lost("one")
    assert 2 <= len(first) <= 16
    assert await lost("two") == first


@pytest.mark.parametrize(
    "wanted", [{"kind": "nonsense"}, {"kind": "flood", "match": {"colour": "red"}}, {"kind": "flood", "x": 1}]
)
async def test_a_fault_that_makes_no_sense_is_refused(http, wanted):
    assert (await http.post("/practice/api/faults", json=wanted)).status_code == 400


async def test_faults_outlive_a_restart(tmp_path):
    for n in range(2):
        server = Practice(tmp_path / "home", residents=False)
        await server.start()
        async with httpx.AsyncClient(base_url=server.base_url) as http:
            if n == 0:
                await http.post("/practice/api/faults", json={"kind": "flood"})
            found = (await http.get("/practice/api/faults")).json()["faults"]
        await server.stop()
        assert [one["kind"] for one in found] == ["flood"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("flood", 429, 130429), ("revoked", 401, 190), ("kicked", 400, 131041), ("server_error", 500, 1)],
)
async def test_whatsapp_fails_in_metas_shape(whatsapp, residents_group, fault, texts, kind, status, code):
    await fault(kind, retry_after=9)
    reply = await whatsapp(residents_group, type="text", text={"body": "Сәлем"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert kind != "flood" or reply.headers["Retry-After"] == "9"
    assert texts(residents_group) == []


async def test_whatsapp_can_accept_and_lose_the_answer(whatsapp, residents_group, fault, texts):
    await fault("lost_answer", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await whatsapp(residents_group, type="text", text={"body": "Сәлем"})
    await fault("processing_then_500", times=1)
    assert (await whatsapp(residents_group, type="text", text={"body": "Қайта"})).status_code == 500
    assert texts(residents_group) == ["Сәлем", "Қайта"]


async def test_a_kicked_fault_in_a_chat_that_does_not_exist_is_an_unknown_chat(bot, fault):
    await fault("kicked")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message("@nowhere_here", "Сәлем")
