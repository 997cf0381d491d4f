"""getUpdates: kinds, offsets, waiting, what residents' acts become."""

from __future__ import annotations

import asyncio
import time

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict

from publisher.practice import acts
from tests.practice.conftest import bot_at

ALL = ["message", "poll", "message_reaction_count", "my_chat_member", "chat_member", "callback_query"]


@pytest.fixture
async def listening(bot):
    await bot.get_updates(allowed_updates=ALL)
    return bot


async def test_reaction_counts_come_whole_and_only_when_asked_for(bot, channel, practice):
    sent = await bot.send_message(channel, "Сәлем")
    message = practice.world.messages.get(channel, sent.message_id)
    message = acts.reacted(practice.world, message, {"👍": 3})
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=ALL)
    acts.reacted(practice.world, message, {"👍": 5, "❤": 9})
    (update,) = await bot.get_updates()
    told = update.message_reaction_count
    assert told.message_id == sent.message_id
    assert [(r.type.emoji, r.total_count) for r in told.reactions] == [("❤", 9), ("👍", 5)]


async def test_votes_go_to_the_bot_that_sent_the_poll(listening, channel, practice):
    sent = await listening.send_poll(channel, "Сұрақ?", ["А", "Б"])
    acts.voted(practice.world, practice.world.messages.get(channel, sent.message_id), [4, 6])
    (update,) = await listening.get_updates()
    assert update.poll.id == sent.poll.id
    assert [option.voter_count for option in update.poll.options] == [4, 6]
    assert update.poll.total_voter_count == 10
    async with bot_at(practice.base_url, "777:other") as other:
        assert await other.get_updates(allowed_updates=ALL) == ()


async def test_a_change_of_our_membership_is_told_with_both_states(listening, channel, practice):
    acts.bot_status(practice.world, practice.world.chats.get(channel), "kicked")
    (update,) = await listening.get_updates()
    told = update.my_chat_member
    assert (told.old_chat_member.status, told.new_chat_member.status) == ("administrator", "kicked")


async def test_people_who_join_are_told(listening, channel, practice):
    acts.joined(practice.world, practice.world.chats.get(channel), 3)
    updates = await listening.get_updates()
    assert [u.chat_member.new_chat_member.status for u in updates] == ["member"] * 3
    assert await listening.get_chat_member_count(channel) == 1843


async def test_a_resident_writes_and_presses_a_button(listening, create, http):
    person = create(kind="private", title="Айгүл")
    await http.post(f"/practice/api/chats/{person}/messages", json={"text": "/start"})
    (update,) = await listening.get_updates()
    assert (update.message.text, update.message.from_user.id) == ("/start", int(person))
    assert update.message.entities[0].type == "bot_command"
    rows = InlineKeyboardMarkup([[InlineKeyboardButton("Тексеру", callback_data="check")]])
    sent = await listening.send_message(person, "Не болды?", reply_markup=rows)
    await http.post(f"/practice/api/chats/{person}/messages/{sent.message_id}/press", json={"data": "check"})
    (update,) = await listening.get_updates(offset=update.update_id + 1)
    assert update.callback_query.data == "check"
    assert await listening.answer_callback_query(update.callback_query.id)
    with pytest.raises(BadRequest, match="Query is too old"):
        await listening.answer_callback_query(update.callback_query.id)


async def test_an_offset_confirms_everything_below_it(listening, create, http):
    person = create(kind="private", title="Айгүл")
    for n in range(5):
        await http.post(f"/practice/api/chats/{person}/messages", json={"text": str(n)})
    first, second, *_rest = await listening.get_updates(limit=2)
    assert (first.message.text, second.message.text) == ("0", "1")
    assert [u.message.text for u in await listening.get_updates()] == ["0", "1", "2", "3", "4"]
    assert [u.message.text for u in await listening.get_updates(offset=second.update_id + 1)] == ["2", "3", "4"]
    assert [u.message.text for u in await listening.get_updates(offset=-1)] == ["4"]


async def test_a_long_poll_wakes_up_when_something_happens(listening, create, http):
    person = create(kind="private", title="Айгүл")
    started = time.monotonic()
    waiting = asyncio.create_task(listening.get_updates(timeout=5))
    await asyncio.sleep(0.2)
    await http.post(f"/practice/api/chats/{person}/messages", json={"text": "Сәлем"})
    assert len(await waiting) == 1
    assert time.monotonic() - started < 3


async def test_a_second_reader_ends_the_first_with_a_conflict(listening):
    waiting = asyncio.create_task(listening.get_updates(timeout=5))
    await asyncio.sleep(0.2)
    await listening.get_updates()
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await waiting


async def test_stopping_the_server_answers_a_waiting_bot(practice, listening):
    waiting = asyncio.create_task(listening.get_updates(timeout=30))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    await practice.stop()
    assert await waiting == ()
    assert time.monotonic() - started < 3


async def test_updates_older_than_a_day_are_dropped(listening, create, http, practice):
    person = create(kind="private", title="Айгүл")
    await http.post(f"/practice/api/chats/{person}/messages", json={"text": "Ескі"})
    practice.world.database.run("UPDATE updates SET at = at - 90000")
    practice.world.updates.expire()
    assert await listening.get_updates() == ()


async def test_pending_updates_can_be_dropped(listening, create, http):
    person = create(kind="private", title="Айгүл")
    await http.post(f"/practice/api/chats/{person}/messages", json={"text": "Ескі"})
    assert (await listening.get_webhook_info()).pending_update_count == 1
    await listening.delete_webhook(drop_pending_updates=True)
    assert await listening.get_updates() == ()
