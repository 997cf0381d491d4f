"""Invitations by the real connector: made, told who came by them, ended; without the right nothing else is lost."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from publisher.connectors.base import Joined
from publisher.connectors.errors import Refused
from publisher.connectors.telegram import Telegram, TelegramSettings
from publisher.practice import Practice, acts


@pytest.fixture
async def practice(tmp_path):
    server = Practice(tmp_path / "practice", residents=False)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def telegram(practice):
    given = TelegramSettings(type="telegram", token=SecretStr("100200300:practice"), api_url=practice.base_url)
    async with Telegram(given) as connector:
        yield connector


@pytest.fixture
def channel(practice):
    return practice.world.chats.create({"kind": "channel", "title": "Аққайың", "members": 40})


async def test_who_comes_by_an_invitation_is_told_with_its_address(telegram, practice, channel, monkeypatch):
    monkeypatch.setattr(acts.random, "random", lambda: 0.0)  # everybody comes by one
    await telegram.listen("", 0)
    url = await telegram.invite(channel.id, "Плакат, Смирново")
    acts.joined(practice.world, practice.world.chats.get(channel.id), 2)
    heard = await telegram.listen("", 0)
    told = [event for event in heard.events if isinstance(event, Joined)]
    assert [(event.target, event.invite) for event in told] == [(channel.id, url)] * 2


async def test_an_ended_one_lets_nobody_in_and_can_be_ended_twice(telegram, practice, channel):
    url = await telegram.invite(channel.id, "Плакат")
    await telegram.uninvite(channel.id, url)
    await telegram.uninvite(channel.id, url)
    await telegram.uninvite(channel.id, "https://t.me/+gone")
    assert practice.world.database.recall(f"invites {channel.id}")[0]["is_revoked"]


async def test_without_the_right_it_says_so_and_posting_goes_on(telegram, practice, channel):
    acts.bot_status(practice.world, channel, "administrator", ["can_invite_users"])
    with pytest.raises(Refused) as caught:
        await telegram.invite(channel.id, "Плакат")
    assert caught.value.reason == "no_invite_right"
