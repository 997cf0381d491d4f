"""The second witness: the public page of a channel, where there is no control chat or it saw nothing."""

from __future__ import annotations

import httpx
import pytest

from publisher.connectors.base import Message, Poll
from publisher.connectors.telegram import Telegram, TelegramSettings
from publisher.connectors.telegram_preview import read
from publisher.practice import acts
from tests.connectors.practice_stand import TOKEN, film, picture

WORDS = "Абайлаңыз!\n\n«Қауіпсіз шот» болмайды 🚔 <102>"


@pytest.fixture
async def alone(practice):
    """An account without a control chat."""
    async with Telegram(TelegramSettings(token=TOKEN, api_url=practice.base_url)) as connector:
        yield connector


async def found(connector, chats, message, after="0", place="telegram"):
    return await connector.find(chats[place], message, after)


async def test_a_text_is_found_on_the_public_page(alone, chats):
    receipt = await alone.publish(chats["telegram"], Message("d", WORDS))
    seen = await found(alone, chats, Message("d", WORDS))
    assert seen.ids == receipt.ids
    assert seen.url == f"https://t.me/akkaiyn/{receipt.ids[0]}"


async def test_a_control_chat_that_cannot_be_used_leaves_the_public_page(practice, chats):
    settings = TelegramSettings(token=TOKEN, api_url=practice.base_url, control_chat="-100999")
    async with Telegram(settings) as connector:
        receipt = await connector.publish(chats["telegram"], Message("d", WORDS))
        assert (await found(connector, chats, Message("d", WORDS))).ids == receipt.ids


async def test_an_earlier_message_with_the_same_text_is_not_the_one(alone, chats):
    earlier = await alone.publish(chats["telegram"], Message("d", WORDS))
    assert await found(alone, chats, Message("e", WORDS), after=earlier.ids[0]) is None


@pytest.mark.parametrize("text", ["Басқа мәтін", WORDS + " тағы"])
async def test_another_text_is_not_the_message(alone, chats, text):
    await alone.publish(chats["telegram"], Message("d", WORDS))
    assert await found(alone, chats, Message("d", text)) is None


async def test_an_album_is_found_with_all_its_messages(alone, chats, tmp_path):
    album = Message("d", WORDS, media=(picture(tmp_path), film(tmp_path)))
    receipt = await alone.publish(chats["telegram"], album)
    assert (await found(alone, chats, album)).ids == receipt.ids


async def test_the_same_words_without_the_picture_are_not_the_message(alone, chats, tmp_path):
    await alone.publish(chats["telegram"], Message("d", WORDS))
    assert await found(alone, chats, Message("d", WORDS, media=(picture(tmp_path),))) is None


async def test_a_poll_is_found_by_its_question(alone, chats):
    poll = Message("d", poll=Poll("Банк SMS-код сұрай ма?", ("Иә", "Жоқ"), 1))
    receipt = await alone.publish(chats["telegram"], poll)
    assert (await found(alone, chats, poll)).ids == receipt.ids


async def test_a_picture_without_words_cannot_be_told_from_another(alone, chats, tmp_path):
    alike = Message("d", media=(picture(tmp_path),))
    await alone.publish(chats["telegram"], alike)
    assert await found(alone, chats, alike) is None


async def test_a_private_group_has_no_public_page(alone, chats):
    await alone.publish(chats["group"], Message("d", WORDS))
    assert await found(alone, chats, Message("d", WORDS), place="group") is None


async def test_a_lost_channel_leaves_the_question_open(practice, alone, chats):
    await alone.publish(chats["telegram"], Message("d", WORDS))
    acts.bot_status(practice.world, practice.world.chats.get(chats["telegram"]), "kicked")
    assert await found(alone, chats, Message("x", "Басқа")) is None


@pytest.mark.parametrize("reply", [httpx.Response(500), httpx.Response(302), httpx.Response(200, text="<html>{}")])
async def test_a_page_that_does_not_come_proves_nothing(reply):
    chat = {"ok": True, "result": {"id": -1001, "type": "channel", "title": "A", "username": "akkaiyn"}}
    chat["result"] |= {"accent_color_id": 1, "max_reaction_count": 1, "accepted_gift_types": {}}
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    chat["result"]["accepted_gift_types"] = gifts
    asked = []

    def answer(request):
        asked.append(request.url.path)
        return reply if request.url.path.startswith("/s/") else httpx.Response(200, json=chat)

    settings = TelegramSettings(token=TOKEN, api_url="http://127.0.0.1:9")
    async with Telegram(settings, transport=httpx.MockTransport(answer)) as connector:
        assert await connector.find("-1001", Message("d", WORDS), "0") is None
    assert asked[-1] == "/s/akkaiyn"


def test_a_reply_is_read_without_the_words_it_answers():
    """As the real page has it: the quoted words carry the text's class too; emoji are pictures with a letter inside."""
    page = """<div class="tgme_widget_message js-widget_message" data-post="akkaiyn/12"><div class="b">
    <a class="tgme_widget_message_reply"><div class="tgme_widget_message_text js-message_reply_text">Бұрынғы</div></a>
    <div class="tgme_widget_message_text js-message_text" dir="auto">Абайла<b>ңыз</b>!<br/>Хабарла
    <i class="emoji" style="x"><b>🚔</b></i> &laquo;102&raquo;<img src="x"></div></div></div></p>
    <div class="tgme_widget_message"><div class="tgme_widget_message_text">ешкімнің емес</div></div>"""
    (block,) = read(page)
    assert (block.id, " ".join(block.text.split())) == (12, "Абайлаңыз! Хабарла 🚔 «102»")


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "https://t.me"),
        ({"api_url": "http://127.0.0.1:8081", "local_mode": True}, "https://t.me"),
        ({"api_url": "http://127.0.0.1:8001/"}, "http://127.0.0.1:8001"),
    ],
)
def test_the_real_pages_are_at_t_me(given, base):
    assert TelegramSettings(token=TOKEN, **given).preview_url == base
