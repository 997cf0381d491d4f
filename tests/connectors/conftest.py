"""The practice platforms, with both connectors pointed at them."""

from __future__ import annotations

import pytest

from publisher.connectors.telegram import Telegram, TelegramSettings
from publisher.connectors.whatsapp_cloud import WhatsAppCloud, WhatsAppCloudSettings
from publisher.practice import Practice
from tests.connectors.practice_stand import TOKEN
from tests.connectors.shapes import Checked

pytest.register_assert_rewrite("tests.connectors.contract", "tests.connectors.stand")


@pytest.fixture
async def practice(tmp_path):
    server = Practice(tmp_path / "practice", residents=False, relaxed_rates=True)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def chats(practice):
    """One destination on each platform, and the press office's control chat."""
    create = practice.world.chats.create
    return {
        "telegram": create({"kind": "channel", "title": "Аққайың полициясы", "username": "akkaiyn", "members": 40}).id,
        "control": create({"kind": "supergroup", "title": "Баспасөз қызметі"}).id,
        "group": create({"kind": "group", "title": "Смирново"}).id,
        "whatsapp": create({"platform": "whatsapp", "kind": "group", "title": "Смирново тұрғындары"}).id,
    }


@pytest.fixture
async def telegram(practice, chats):
    settings = TelegramSettings(token=TOKEN, api_url=practice.base_url, control_chat=chats["control"])
    async with Telegram(settings) as connector:
        yield connector


@pytest.fixture
async def whatsapp(practice, chats):
    settings = WhatsAppCloudSettings(
        phone_number_id="100200300", token=TOKEN, app_secret="practice", api_url=practice.base_url
    )
    async with WhatsAppCloud(settings, transport=Checked("cloud")) as connector:
        yield connector


@pytest.fixture
def accounts(telegram, whatsapp):
    return {"telegram": telegram, "whatsapp": whatsapp}


@pytest.fixture
def stands(practice, chats):
    """What stands in a chat, the oldest first."""
    return lambda place: practice.world.messages.every(chats[place])
