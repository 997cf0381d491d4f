"""Everything the Bot API can make appear, through the real client library."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest

from tests.practice.conftest import FILM, bot_at, picture

TEXT = "Назар 🚔 аударыңыз: ә ғ қ ң ө ұ ү һ і"


async def test_a_text_with_entities_comes_back_as_it_was_sent(bot, channel):
    sent = await bot.send_message("@akkaiyn", TEXT, entities=[MessageEntity("bold", 0, 8)])
    assert (sent.message_id, sent.chat.id, sent.text) == (1, int(channel), TEXT)
    assert sent.parse_entity(sent.entities[0]) == "Назар 🚔"
    assert sent.sender_chat.title == "Аққайың полициясы"
    assert sent.link == "https://t.me/akkaiyn/1"


async def test_message_ids_rise_by_one_in_each_chat(bot, channel, group):
    ids = [(await bot.send_message(chat, "сәлем")).message_id for chat in (channel, group, channel, channel, group)]
    assert ids == [1, 1, 2, 3, 2]


async def test_spaces_around_a_text_are_cut_and_entities_move_along(bot, channel):
    sent = await bot.send_message(channel, "  \n Сәлем  ", entities=[MessageEntity("bold", 4, 5)])
    assert sent.text == "Сәлем"
    assert [(e.offset, e.length) for e in sent.entities] == [(0, 5)]


async def test_links_mentions_and_hashtags_are_found_by_the_server(bot, channel):
    sent = await bot.send_message(channel, "🙂 https://egov.kz. @polisia_kz #алаяқ")
    assert {sent.parse_entity(e): str(e.type) for e in sent.entities} == {
        "https://egov.kz": "url",
        "@polisia_kz": "mention",
        "#алаяқ": "hashtag",
    }


async def test_a_photo_has_its_measures_and_its_id_can_be_used_again(bot, channel):
    first = await bot.send_photo(channel, picture(800, 600), caption="Қараңыз")
    assert (first.photo[-1].width, first.photo[-1].height) == (800, 600)
    again = await bot.send_photo(channel, first.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == first.photo[-1].file_unique_id


async def test_a_film_keeps_duration_measures_thumbnail_and_cover(bot, channel, practice):
    sent = await bot.send_video(
        channel,
        FILM,
        duration=31,
        width=1280,
        height=720,
        supports_streaming=True,
        thumbnail=picture(320, 180),
        cover=picture(1280, 720),
        filename="film.mp4",
    )
    video = sent.video
    assert (video.duration, video.width, video.height, video.file_size) == (timedelta(seconds=31), 1280, 720, len(FILM))
    assert (video.thumbnail.width, video.cover[0].width) == (320, 1280)
    assert practice.world.messages.get(channel, sent.message_id).body["media"]["supports_streaming"] is True


async def test_a_film_sent_again_by_its_id_has_the_same_measures_and_thumbnail(bot, channel, group):
    first = await bot.send_video(channel, FILM, duration=31, width=1280, height=720, thumbnail=picture(320, 180))
    again = await bot.send_video(group, first.video.file_id)
    assert (again.video.width, again.video.duration) == (1280, timedelta(seconds=31))
    assert again.video.thumbnail.file_id == first.video.thumbnail.file_id


async def test_a_thumbnail_that_is_too_large_is_ignored_as_on_telegram(bot, channel):
    sent = await bot.send_video(channel, FILM, thumbnail=picture(640, 360))
    assert sent.video.thumbnail is None


async def test_a_file_id_of_another_bot_is_no_file_id(bot, channel, practice):
    file_id = (await bot.send_video(channel, FILM)).video.file_id
    async with bot_at(practice.base_url, "777:other") as other:
        with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
            await other.send_video(channel, file_id)


@pytest.mark.parametrize("wrong", ["BAACAgIAAxNothing", "https://example.org/film.mp4"])
async def test_an_unknown_file_id_and_an_address_are_refused(bot, channel, wrong):
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await bot.send_video(channel, wrong)


async def test_a_photo_id_cannot_be_sent_as_a_film(bot, channel):
    photo = (await bot.send_photo(channel, picture())).photo[-1].file_id
    with pytest.raises(BadRequest, match="Can't use file of type photo as video"):
        await bot.send_video(channel, photo)


async def test_a_text_file_is_no_photo(bot, channel):
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(channel, b"not a picture")


async def test_an_album_shares_one_group_and_numbers_each_picture(bot, channel):
    media = [
        InputMediaPhoto(picture(), caption="Альбом"),
        InputMediaVideo(FILM, duration=9),
        InputMediaPhoto(picture()),
    ]
    sent = await bot.send_media_group(channel, media)
    assert [m.message_id for m in sent] == [1, 2, 3]
    assert len({m.media_group_id for m in sent}) == 1
    assert [m.caption for m in sent] == ["Альбом", None, None]


@pytest.mark.parametrize("number", [1, 11])
async def test_an_album_has_two_to_ten_pictures(bot, channel, number, texts):
    with pytest.raises(BadRequest, match="Media group must include 2-10 items"):
        await bot.send_media_group(channel, [InputMediaPhoto(picture(32, 32))] * number)
    assert texts(channel) == []


async def test_a_quiz_knows_its_answer_and_a_poll_has_none(bot, channel):
    quiz = (await bot.send_poll(channel, "Сұрақ?", ["Иә", "Жоқ"], type="quiz", correct_option_ids=[1])).poll
    assert (quiz.correct_option_ids, quiz.total_voter_count, quiz.is_closed) == ((1,), 0, False)
    poll = (await bot.send_poll(channel, "Қайсы?", ["А", "Б", "В"])).poll
    assert [option.text for option in poll.options] == ["А", "Б", "В"]
    assert poll.id != quiz.id


async def test_stopping_a_poll_closes_it_for_good(bot, channel):
    sent = await bot.send_poll(channel, "Қайсы?", ["А", "Б"])
    assert (await bot.stop_poll(channel, sent.message_id)).is_closed
    with pytest.raises(BadRequest, match="Poll has already been closed"):
        await bot.stop_poll(channel, sent.message_id)


async def test_a_copy_is_a_new_message_and_a_forward_names_its_origin(bot, channel, group, texts):
    source = await bot.send_message(channel, "Түпнұсқа")
    copied = await bot.copy_message(group, channel, source.message_id)
    forwarded = await bot.forward_message(group, channel, source.message_id)
    assert copied.message_id == 1
    assert forwarded.forward_origin.chat.id == int(channel)
    assert forwarded.forward_origin.message_id == source.message_id
    assert texts(group) == ["Түпнұсқа", "Түпнұсқа"]


async def test_a_copied_film_can_have_another_caption(bot, channel, group, texts):
    source = await bot.send_video(channel, FILM, caption="Бұрынғы")
    await bot.copy_message(group, channel, source.message_id, caption="Жаңа")
    assert texts(group) == ["Жаңа"]


async def test_buttons_replies_and_the_wish_for_no_link_preview_stay_with_the_message(bot, channel):
    first = await bot.send_message(channel, "Бірінші")
    rows = InlineKeyboardMarkup([[InlineKeyboardButton("eGov", url="https://egov.kz")]])
    sent = await bot.send_message(
        channel,
        "Екінші",
        reply_markup=rows,
        reply_parameters=ReplyParameters(first.message_id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.reply_markup.inline_keyboard[0][0].url == "https://egov.kz/"
    assert sent.reply_to_message.message_id == first.message_id
    assert sent.link_preview_options.is_disabled


async def test_a_reply_to_nothing_is_refused(bot, channel):
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(channel, "Жауап", reply_parameters=ReplyParameters(99))


async def test_a_button_without_a_good_address_is_refused(bot, channel):
    rows = InlineKeyboardMarkup([[InlineKeyboardButton("сайт", url="javascript:alert(1)")]])
    with pytest.raises(BadRequest, match="is invalid: wrong http url"):
        await bot.send_message(channel, "Сәлем", reply_markup=rows)


async def test_a_file_can_be_fetched_again(bot, channel):
    sent = await bot.send_video(channel, FILM)
    file = await bot.get_file(sent.video.file_id)
    assert bytes(await file.download_as_bytearray()) == FILM


async def test_json_and_query_parameters_do_as_well_as_forms(http, channel, texts):
    await http.post("/bot1:x/sendMessage", json={"chat_id": int(channel), "text": "json"})
    await http.get("/bot1:x/SENDMESSAGE", params={"chat_id": channel, "text": "query"})
    await http.post("/bot1:x/sendmessage", data={"chat_id": channel, "text": "form"})
    assert texts(channel) == ["json", "query", "form"]
