"""Private talks: what is heard of them, and the one request of an answer, against the practice platforms."""

from __future__ import annotations

import pytest
import telegram
from django.utils import timezone

from publisher.connectors import telegram_updates
from publisher.connectors.base import Answer, Button, Choice, Said
from publisher.connectors.errors import OutcomeUnknown, RateLimited, TargetGone
from publisher.connectors.whatsapp_cloud_talk import BODY, ROWS, messages
from publisher.practice import acts

MANY = tuple(Choice(f"Белгі {n}: ұзын сөздер бірнешеу", f"tick:{n}") for n in range(9))


@pytest.fixture
def chat(practice):
    return practice.world.chats.create({"platform": "telegram", "kind": "private", "id": "777001", "title": "Айгүл"})


async def test_words_forwards_and_presses_are_heard_in_private_alone(accounts, practice, chat, chats):
    bot, world = accounts["telegram"], practice.world
    await bot.listen("", 0)
    acts.wrote(world, chat, "Сәлем", "", 0)
    await bot.answer(chat.id, Answer("Таңдаңыз", (Choice("Иә", "yes"),)))
    (_mine, ours) = world.messages.every(chat.id)
    acts.pressed(world, ours, "yes", 0)
    acts.wrote(world, world.chats.create({"kind": "supergroup", "title": "Топ"}), "Топта", "", 2)
    said = [event for event in (await bot.listen("", 0)).events if isinstance(event, Said)]
    assert [(one.text, one.data, bool(one.press)) for one in said] == [("Сәлем", "", False), ("", "yes", True)]


def test_addresses_behind_words_and_buttons_are_heard_as_words():
    label, url = "Тексеру", "https://egov-kz.top/a"
    message = {
        "message_id": 1,
        "date": 0,
        "chat": {"id": 777001, "type": "private"},
        "text": f"😀 {label} https://egov.kz қараңыз",
        "entities": [
            {"type": "text_link", "offset": 3, "length": len(label), "url": url},
            {"type": "text_link", "offset": 4 + len(label), "length": 15, "url": "https://egov.kz/"},
        ],
        "reply_markup": {"inline_keyboard": [[{"text": "Кіру", "url": url}, {"text": "Мәзір", "callback_data": "m"}]]},
    }
    update = telegram.Update.de_json({"update_id": 1, "message": message}, None)
    (said,) = telegram_updates.events([update], "key", timezone.now())
    assert said.text == f"😀 {label} ({url}) https://egov.kz қараңыз\nКіру: {url}"


async def test_an_answer_changes_the_message_it_replaces_and_acknowledges_the_press(accounts, practice, chat):
    bot, world = accounts["telegram"], practice.world
    await bot.listen("", 0)
    await bot.answer(chat.id, Answer("Бір", (Choice("А", "a"),), (Button("Бет", "https://example.kz/"),)))
    (ours,) = world.messages.every(chat.id)
    press = acts.pressed(world, ours, "a", 0)
    await bot.answer(chat.id, Answer("Екі", replaces=str(ours.id)), press)
    assert [message.text for message in world.messages.every(chat.id)] == ["Екі"]
    assert world.database.recall(f"callback {press}") is None
    await bot.answer(chat.id, Answer("Үш"), "too-old")  # a press that cannot be acknowledged hinders nothing
    assert len(world.messages.every(chat.id)) == 2


async def test_somebody_who_blocked_the_bot_is_gone(accounts, practice, chat):
    practice.world.chats.change(chat, bot="kicked")
    with pytest.raises(TargetGone):
        await accounts["telegram"].answer(chat.id, Answer("Сәлем"))


async def test_whatsapp_takes_quick_replies_lists_and_long_texts(accounts, practice):
    world = practice.world
    chat = world.chats.create({"platform": "whatsapp", "kind": "private", "id": "77011234567", "title": "Ольга"})
    whatsapp = accounts["whatsapp"]
    await whatsapp.answer(chat.id, Answer("Таңдаңыз", (Choice("Иә", "yes"), Choice("Жоқ", "no"))))
    await whatsapp.answer(chat.id, Answer("Белгілеңіз", MANY, (Button("Қоңырау", "https://example.kz/call/"),)))
    await whatsapp.answer(chat.id, Answer("ә" * 2000 + "\n\nСоңы", MANY))
    found = world.messages.every(chat.id)
    assert [len(message.body.get("choices", [])) for message in found] == [2, 9, 0, 9]
    assert found[1].text.endswith("Қоңырау: https://example.kz/call/")
    assert found[3].text == "Соңы"


@pytest.mark.parametrize(("fails", "error"), [(1, RateLimited), (2, OutcomeUnknown)])
async def test_words_that_stand_there_are_not_said_again_because_their_choices_failed(
    accounts, monkeypatch, fails, error
):
    whatsapp, asked = accounts["whatsapp"], []

    async def send_message(**request):
        asked.append(request["typ"])
        if len(asked) == fails:
            raise RateLimited("too many messages to one person", retry_after=6)

    monkeypatch.setattr(whatsapp.api, "send_message", send_message)
    with pytest.raises(error):
        await whatsapp.answer("77011234567", Answer("ә" * 2000 + "\n\nСоңы", MANY))
    assert asked == ["text", "interactive"][:fails]


def test_whatsapps_limits_are_kept_whatever_is_said():
    answer = Answer("ә" * 3000, tuple(Choice("ұзын " * 20, f"d{n}") for n in range(14)))
    (_kind, before), (kind, content) = messages(answer, "Таңдау")
    assert (len(before["body"]), kind) == (3000, "interactive")
    assert len(content["body"]["text"]) <= BODY
    rows = content["action"]["sections"][0]["rows"]
    assert len(rows) == ROWS
    assert all(len(row["title"]) <= 24 and len(row["description"]) <= 72 for row in rows)
