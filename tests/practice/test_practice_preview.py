"""The public preview page, read the way a reader of t.me/s would."""

from __future__ import annotations

import re

import pytest
from telegram import InputMediaPhoto

from publisher.practice import acts
from tests.practice.conftest import picture

POST = r'data-post="akkaiyn/(\d+)"'


@pytest.fixture
def preview(http):
    async def fetch(**query: int) -> str:
        return (await http.get("/s/Akkaiyn", params=query)).text

    return fetch


async def test_views_reactions_time_and_edit_stand_where_they_stand_on_telegrams_page(bot, channel, practice, preview):
    sent = await bot.send_message(channel, "Сәлем")
    await bot.edit_message_text("Сәлем!", channel, sent.message_id)
    message = practice.world.messages.get(channel, sent.message_id)
    acts.reacted(practice.world, acts.viewed(practice.world, message, views=2549), {"❤": 5, "👍": 1200})
    text = await preview()
    assert re.findall(POST, text) == ["1"]
    assert '<span class="tgme_widget_message_views">2.54K</span>' in text
    assert re.findall(r'tgme_reaction"><i class="emoji"><b>(.)</b></i>([\d.K]+)', text) == [("👍", "1.2K"), ("❤", "5")]
    assert re.search(r'tgme_widget_message_meta">edited .*<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"', text)
    assert '<span class="counter_value">1.84K</span> <span class="counter_type">subscribers</span>' in text


async def test_an_album_is_one_block_with_its_first_number(bot, channel, preview):
    await bot.send_media_group(channel, [InputMediaPhoto(picture(32, 32)), InputMediaPhoto(picture(40, 32))])
    text = await preview()
    assert re.findall(POST, text) == ["1"]
    assert text.count("tgme_widget_message_photo_wrap") == 2


async def test_twenty_messages_a_page_and_before_is_exclusive(bot, channel, preview):
    for n in range(25):
        await bot.send_message(channel, str(n))
    text = await preview()
    assert re.findall(POST, text) == [str(n) for n in range(6, 26)]
    assert '<link rel="prev" href="/s/akkaiyn?before=6">' in text
    assert re.findall(POST, await preview(before=6)) == ["1", "2", "3", "4", "5"]
    assert re.findall(POST, await preview(after=23)) == ["24", "25"]


async def test_an_empty_channel_says_so_and_an_unknown_one_leads_away(channel, preview, http):
    assert "tme_no_messages_found" in await preview()
    assert (await http.get("/s/nobody_here")).status_code == 302
