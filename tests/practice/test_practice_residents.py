"""The simulated residents: the same crowd for the same seed, numbers that only grow, nothing on deleted messages."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.practice import Practice
from publisher.practice.clock import HOUR
from publisher.practice.crowd import LIVELY, Crowd, Reader
from publisher.practice.residents import Residents
from tests.practice.conftest import bot_at

ages = st.floats(0, 200 * HOUR)


@given(st.integers(0, 50), ages, ages)
def test_numbers_never_shrink(seed, one, two):
    early, late = sorted((one, two))
    crowd = Crowd(seed, "-100", "7", 1840)
    assert crowd.views(early) <= crowd.views(late) < 1840
    assert crowd.forwards(early) <= crowd.forwards(late)
    before, after = (crowd.reactions(age, crowd.views(age)) for age in (early, late))
    assert all(after[emoji] >= count for emoji, count in before.items())
    votes = [crowd.votes(age, crowd.views(age), 3, (1,)) for age in (early, late)]
    assert all(a <= b for a, b in zip(*votes, strict=True))


@given(st.integers(0, 200))
def test_people_read_after_delivery_and_react_after_reading(seed):
    reader = Reader.of(seed, "wamid.1", "77050000001")
    assert reader.read is None or reader.read >= reader.delivered
    assert reader.reacts is None or reader.reacts > reader.read


def test_two_out_of_three_know_the_answer_of_a_quiz():
    votes = Crowd(1, "-100", "7", 20_000).votes(LIVELY, 8000, 4, (2,))
    assert 0.6 < votes[2] / sum(votes) < 0.7


@pytest.fixture
def day_later(practice):
    """A day passes for the residents."""

    def pass_on(hours: float = 24) -> None:
        practice.world.clock.advance(hours * HOUR)
        Residents(practice.world).act(everybody=True)

    return pass_on


async def test_a_day_brings_views_reactions_forwards_and_votes(bot, channel, practice, day_later):
    await bot.get_updates(allowed_updates=["message_reaction_count", "poll"])
    post = await bot.send_message(channel, "Сәлем")
    quiz = await bot.send_poll(channel, "Сұрақ?", ["А", "Б"], type="quiz", correct_option_ids=[0])
    day_later()
    message = practice.world.messages.get(channel, post.message_id)
    assert 400 < message.views < 1100
    assert message.reactions
    assert message.forwards > 0
    updates = await bot.get_updates()
    assert {u.message_reaction_count.message_id for u in updates if u.message_reaction_count} == {post.message_id}
    (poll,) = [u.poll for u in updates if u.poll]
    assert (poll.id, poll.options[0].voter_count > poll.options[1].voter_count) == (quiz.poll.id, True)
    assert await bot.get_chat_member_count(channel) > 1840


async def test_a_deleted_message_is_left_alone(bot, channel, practice, day_later):
    sent = await bot.send_message(channel, "Сәлем")
    message = practice.world.messages.get(channel, sent.message_id)
    await bot.delete_message(channel, sent.message_id)
    day_later()
    assert practice.world.messages.every(channel, deleted=True)[0].views == message.views == 0


async def test_a_stopped_poll_gets_no_more_votes(bot, channel, practice, day_later):
    sent = await bot.send_poll(channel, "Сұрақ?", ["А", "Б"])
    await bot.stop_poll(channel, sent.message_id)
    day_later()
    assert practice.world.messages.get(channel, sent.message_id).votes == [0, 0]


async def test_whatsapp_phones_get_it_and_people_read_it(whatsapp, residents_group, practice, day_later):
    await whatsapp(residents_group, type="text", text={"body": "Сәлем"})
    day_later()
    (message,) = practice.world.messages.every(residents_group)
    states = practice.world.messages.receipts(message)
    assert len(states) == 6
    assert sum("read" in state for state in states.values()) >= 4


async def test_what_a_trainer_set_is_never_taken_back(bot, channel, http, practice, day_later):
    sent = await bot.send_message(channel, "Сәлем")
    path = f"/practice/api/chats/{channel}/messages/{sent.message_id}/acts"
    await http.post(path, json={"views": 1700, "reactions": {"👍": 900}, "forwards": 300})
    day_later()
    message = practice.world.messages.get(channel, sent.message_id)
    assert (message.views, message.reactions["👍"], message.forwards) == (1700, 900, 300)


async def test_messages_settle_and_cost_nothing_afterwards(bot, channel, practice, day_later):
    await bot.send_message(channel, "Сәлем")
    day_later(100)
    assert practice.world.messages.alive("telegram", 10, 0) == []


async def test_the_same_seed_makes_the_same_crowd_after_a_restart(tmp_path):
    async def numbers(name: str, restart: bool) -> tuple[int, dict[str, int]]:
        home = tmp_path / name
        server = Practice(home, residents=False, relaxed_rates=True, seed=9)
        await server.start()
        channel = server.world.chats.create({"kind": "channel", "title": "Арна", "id": "-1009"}).id
        async with bot_at(server.base_url) as bot:
            await bot.send_message(channel, "Сәлем")
        for _ in range(2):
            if restart:
                await server.stop()
                server = Practice(home, residents=False, seed=9)
                await server.start()
            async with httpx.AsyncClient(base_url=server.base_url) as http:
                await http.post("/practice/api/residents", json={"advance_hours": 48})
        (message,) = server.world.messages.every(channel)
        await server.stop()
        return message.views, message.reactions

    assert await numbers("one", restart=False) == await numbers("two", restart=True)


async def test_residents_act_by_themselves(tmp_path):
    server = Practice(tmp_path / "home", relaxed_rates=True, time_scale=3600 * 20)
    await server.start()
    try:
        channel = server.world.chats.create({"kind": "channel", "title": "Арна"}).id
        async with bot_at(server.base_url) as bot:
            await bot.send_message(channel, "Сәлем")
        for _ in range(60):
            await asyncio.sleep(0.1)
            if server.world.messages.every(channel)[0].views:
                return
        raise AssertionError("nobody looked")
    finally:
        await server.stop()


async def test_the_residents_clock_goes_on_through_a_restart_and_never_jumps_back(tmp_path):
    hours = []
    for scale in (60.0, 1.0, 60.0):
        server = Practice(tmp_path / "home", residents=False, time_scale=scale)
        await server.start()
        server.world.clock.advance(HOUR)
        hours.append(server.world.clock.now() / HOUR)
        await server.stop()
    assert [round(hour) for hour in hours] == [1, 2, 3]
