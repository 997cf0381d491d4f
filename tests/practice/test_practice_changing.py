"""Editing, pinning, deleting and looking, through the real client library."""

from __future__ import annotations

import time

import pytest
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, InputMediaVideo
from telegram.error import BadRequest, Forbidden, InvalidToken

from tests.practice.conftest import FILM, bot_at, picture


async def test_a_text_is_edited_and_marked_so(bot, channel, texts):
    sent = await bot.send_message(channel, "Қате")
    edited = await bot.edit_message_text("Түзетілді", channel, sent.message_id)
    assert edited.edit_date is not None
    assert texts(channel) == ["Түзетілді"]


async def test_an_edit_that_changes_nothing_is_refused_in_telegrams_words(bot, channel):
    sent = await bot.send_message(channel, "Сәлем")
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content and reply markup"):
        await bot.edit_message_text("Сәлем", channel, sent.message_id)


async def test_an_edit_without_buttons_takes_them_away(bot, channel):
    rows = InlineKeyboardMarkup([[InlineKeyboardButton("сайт", url="https://egov.kz")]])
    sent = await bot.send_message(channel, "Сәлем", reply_markup=rows)
    assert (await bot.edit_message_text("Сәлем!", channel, sent.message_id)).reply_markup is None
    assert (await bot.edit_message_reply_markup(channel, sent.message_id, reply_markup=rows)).reply_markup is not None


async def test_a_caption_is_edited_and_a_text_has_none(bot, channel):
    film = await bot.send_video(channel, FILM, caption="Қате")
    assert (await bot.edit_message_caption(channel, film.message_id, caption="Дұрыс")).caption == "Дұрыс"
    text = await bot.send_message(channel, "Сәлем")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(channel, text.message_id, caption="Дұрыс")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("Сәлем", channel, film.message_id)


async def test_media_is_exchanged_by_upload_and_by_id(bot, channel):
    sent = await bot.send_photo(channel, picture(), caption="Сурет")
    film = await bot.edit_message_media(InputMediaVideo(FILM, caption="Бейне"), channel, sent.message_id)
    assert (film.caption, film.video.file_size, film.photo) == ("Бейне", len(FILM), ())
    back = await bot.edit_message_media(InputMediaPhoto(sent.photo[-1].file_id), channel, sent.message_id)
    assert back.photo[-1].file_id == sent.photo[-1].file_id
    assert back.caption is None


@pytest.mark.parametrize(
    ("method", "words"),
    [("edit_message_text", "Message to edit not found"), ("delete_message", "Message to delete not found")],
)
async def test_a_missing_message_is_told_in_telegrams_words(bot, channel, method, words):
    arguments = {"chat_id": channel, "message_id": 7} | ({"text": "x"} if method == "edit_message_text" else {})
    with pytest.raises(BadRequest, match=words):
        await getattr(bot, method)(**arguments)


async def test_a_deleted_message_is_gone_for_everybody(bot, channel, texts, practice):
    sent = await bot.send_message(channel, "Сәлем")
    await bot.delete_message(channel, sent.message_id)
    assert texts(channel) == []
    assert practice.world.messages.deleted_count(channel) == 1
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(channel, sent.message_id)


async def test_deleting_several_skips_what_is_not_there(bot, channel, texts):
    ids = [(await bot.send_message(channel, str(n))).message_id for n in range(3)]
    assert await bot.delete_messages(channel, [ids[0], 99, ids[2]])
    assert texts(channel) == ["1"]


async def test_after_48_hours_only_the_right_to_delete_helps(bot, channel, practice):
    sent = await bot.send_message(channel, "Ескі")
    practice.world.database.run("UPDATE messages SET sent_at = ?", time.time() - 49 * 3600)
    chat = practice.world.chats.get(channel)
    practice.world.chats.change(chat, missing=frozenset({"can_delete_messages"}))
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(channel, sent.message_id)
    practice.world.chats.change(chat, missing=frozenset())
    assert await bot.delete_message(channel, sent.message_id)


async def test_pinning_makes_a_service_message_and_unpinning_takes_the_newest(bot, channel):
    first, second = [await bot.send_message(channel, text) for text in ("Бір", "Екі")]
    for sent in (first, second):
        await bot.pin_chat_message(channel, sent.message_id)
    assert (await bot.get_chat(channel)).pinned_message.text == "Екі"
    assert (await bot.send_message(channel, "Үш")).message_id == 5
    await bot.unpin_chat_message(channel)
    assert (await bot.get_chat(channel)).pinned_message.text == "Бір"
    await bot.unpin_chat_message(channel, first.message_id)
    assert (await bot.get_chat(channel)).pinned_message is None


async def test_a_bots_own_reaction_can_be_set_and_taken_back(bot, channel, practice):
    sent = await bot.send_message(channel, "Сәлем")
    await bot.set_message_reaction(channel, sent.message_id, "👍")
    assert practice.world.messages.get(channel, sent.message_id).reactions == {"👍": 1}
    await bot.set_message_reaction(channel, sent.message_id, None)
    assert practice.world.messages.get(channel, sent.message_id).reactions == {}


async def test_who_we_are_and_what_we_may_do_here(bot, channel):
    assert (await bot.get_me()).id == 100200300
    assert await bot.get_chat_member_count("@akkaiyn") == 1840
    me = await bot.get_chat_member(channel, bot.id)
    assert (me.status, me.can_post_messages, me.can_pin_messages) == ("administrator", True, None)
    assert [member.status for member in await bot.get_chat_administrators(channel)] == ["creator", "administrator"]
    assert (await bot.get_chat(channel)).title == "Аққайың полициясы"


async def test_small_settings_are_accepted(bot):
    assert await bot.set_my_commands([BotCommand("start", "Бастау")])
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.delete_webhook()


@pytest.mark.parametrize(
    ("state", "words"),
    [("kicked", "bot was kicked from the channel chat"), ("left", "bot is not a member of the channel chat")],
)
async def test_a_bot_outside_is_told_so(bot, channel, practice, state, words):
    practice.world.chats.change(practice.world.chats.get(channel), bot=state)
    with pytest.raises(Forbidden, match=words):
        await bot.send_message(channel, "Сәлем")


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ("can_post_messages", "Need administrator rights in the channel chat"),
        ("can_edit_messages", "Not enough rights to manage pinned messages in the chat"),
    ],
)
async def test_a_missing_right_is_told_in_telegrams_words(bot, channel, practice, right, words):
    sent = await bot.send_message(channel, "Сәлем")
    practice.world.chats.change(practice.world.chats.get(channel), missing=frozenset({right}))
    with pytest.raises(BadRequest, match=words):
        await (
            bot.send_message(channel, "x")
            if right == "can_post_messages"
            else bot.pin_chat_message(channel, sent.message_id)
        )


async def test_an_unknown_chat_is_not_found(bot):
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message("@nobody_here", "Сәлем")


async def test_a_group_that_moved_names_its_new_id(http, create, practice):
    group = create(kind="group", title="Топ")
    new = (await http.post(f"/practice/api/chats/{group}/move", json={})).json()
    reply = (await http.post("/bot1:x/sendMessage", data={"chat_id": group, "text": "Сәлем"})).json()
    assert reply["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert reply["parameters"] == {"migrate_to_chat_id": int(new["id"])}
    assert new["kind"] == "supergroup"


@pytest.mark.parametrize("token", ["100200300:revoked", "not-a-token"])
async def test_a_revoked_or_malformed_token_is_unauthorized(http, token):
    reply = await http.get(f"/bot{token}/getMe")
    assert reply.status_code == 401
    assert reply.json()["description"].startswith("Unauthorized")


async def test_the_library_tells_a_revoked_token_as_invalid(practice):
    with pytest.raises(InvalidToken):
        async with bot_at(practice.base_url, "100200300:revoked"):
            pass


async def test_a_method_we_do_not_have_is_not_found_as_on_telegram(http):
    reply = await http.post("/bot1:x/sendDice", data={"chat_id": 1})
    assert (reply.status_code, reply.json()["description"]) == (404, "Not Found: method not found")
