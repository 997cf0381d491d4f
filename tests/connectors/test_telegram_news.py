from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from publisher.connectors.base import (
    Counted,
    Message,
    Metric,
    Noticed,
    Reacted,
    Reading,
    Said,
    TargetChanged,
)
from publisher.connectors.errors import (
    TargetGone,
    Unavailable,
)
from tests.connectors.stand import Platform
from tests.connectors.telegram_stand import CHANNEL, TelegramReplies, form


class TestCheckingAndListening(TelegramReplies):
    # Checking a target

    async def test_a_channel_is_known_by_its_numeric_id_whatever_was_asked_with(self, account):
        found = await account.check("@akkaiyn_police")
        assert (found.id, found.kind, found.members) == (CHANNEL, "channel", 1284)
        assert (found.title, found.url) == ("Аққайың полициясы", "https://t.me/akkaiyn_police")
        assert found.missing_rights == ()

    async def test_names_the_rights_that_are_missing(self, account, platform):
        platform.usual["/getChatMember"] = self.reply("administrator_who_may_not_post")
        assert (await account.check(CHANNEL)).missing_rights == ("post", "edit", "pin")

    async def test_a_member_of_a_group_may_post_but_not_pin(self, account, platform):
        platform.usual |= {"/getChatMember": self.reply("member"), "/getChat": self.reply("group")}
        found = await account.check("-1001500000002")
        assert (found.kind, found.missing_rights) == ("group", ("pin",))

    async def test_a_chat_that_removed_us_is_gone(self, account, platform):
        platform.usual["/getChatMember"] = self.reply("former_member")
        with pytest.raises(TargetGone):
            await account.check(CHANNEL)

    # What Telegram tells

    async def heard(self, account, platform, name):
        platform.next = [self.reply(name)]
        return await account.listen("", 0)

    async def test_reactions_are_a_full_snapshot_with_every_kind_named(self, account, platform):
        heard = await self.heard(account, platform, "reactions")
        at = datetime.fromtimestamp(1790000300, UTC)
        assert heard.events == (
            Counted(
                tuple(
                    Reading(Metric.REACTIONS, value, at, "bot-api", label)
                    for value, label in ((21, "👍"), (2, "custom:5368324170671202286"), (5, "⭐"))
                ),
                target=CHANNEL,
                message_id="7",
            ),
        )

    async def test_reactions_all_taken_back_are_a_known_zero(self, account, platform):
        (event,) = (await self.heard(account, platform, "all_taken_back")).events
        assert [(r.value, r.label) for r in event.readings] == [(0, "")]

    async def test_in_a_group_each_persons_reaction_is_told_under_a_hash(self, account, platform):
        given, taken_back = (await self.heard(account, platform, "one_person")).events
        assert isinstance(given, Reacted)
        assert (given.emoji, taken_back.emoji) == ("🔥", "")
        assert given.person == taken_back.person
        assert "777001" not in given.person
        assert (given.target, given.message_id) == ("-1001500000002", "8")

    async def test_votes_are_told_by_poll_and_answer(self, account, platform):
        (event,) = (await self.heard(account, platform, "votes")).events
        assert event.poll_id == "5271000000000000001"
        assert [(r.metric, r.label, r.value) for r in event.readings] == [
            (Metric.POLL_VOTES, "Иә", 4),
            (Metric.POLL_VOTES, "Жоқ", 37),
        ]

    @pytest.mark.parametrize(
        ("name", "event"),
        [
            ("told_kicked", TargetChanged(CHANNEL, "target_gone")),
            ("told_migrated", TargetChanged("-440001", "target_moved", moved_to="-1001500000077")),
        ],
    )
    async def test_a_channel_lost_or_moved_is_told(self, account, platform, name, event):
        assert (await self.heard(account, platform, name)).events == (event,)

    async def test_a_channel_where_posting_was_forbidden_is_off_and_still_known(self, account, platform):
        lost, known = (await self.heard(account, platform, "told_demoted")).events
        assert lost == TargetChanged(CHANNEL, "no_rights")
        assert known.missing_rights == ("post",)

    @pytest.mark.parametrize(
        ("name", "noticed"),
        [
            ("told_promoted", Noticed("-1001500000009", "Аққайың жаңалықтары", "channel", ("edit", "pin"))),
            ("told_member", Noticed("-1001500000010", "Смирново ауылы", "group", ("pin",))),
            ("told_forwarded", Noticed("-1001500000011", "Жабық арна", "channel", None)),
        ],
    )
    async def test_chats_that_let_us_in_or_are_shown_to_us_in_private_are_noticed(
        self, account, platform, name, noticed
    ):
        events = (await self.heard(account, platform, name)).events
        assert [event for event in events if not isinstance(event, Said)] == [noticed]

    async def test_chatter_is_nothing_to_us_but_is_read_past(self, account, platform):
        heard = await self.heard(account, platform, "chatter")
        assert (heard.events, heard.cursor) == ((), "510")

    async def test_goes_on_from_its_cursor_and_asks_for_reactions(self, account, platform):
        assert (await account.listen("510", 25)).cursor == "510"
        asked = form(platform.asked[0])
        assert (asked["offset"], asked["timeout"]) == ("510", "25")
        assert {"message_reaction_count", "poll", "my_chat_member"} <= set(json.loads(asked["allowed_updates"]))

    async def test_another_program_reading_the_updates_is_named(self, account, platform):
        platform.always = self.reply("conflict")
        with pytest.raises(Unavailable) as error:
            await account.listen("", 0)
        assert error.value.reason == "other_poller"

    async def test_a_poll_for_updates_does_not_hold_up_a_message(self, platform):
        """Two pools: a full one for long polls leaves room for messages."""
        waiting = asyncio.Event()

        class Holding(Platform):
            async def handle_async_request(self, request):
                if request.url.path.endswith("getUpdates"):
                    await waiting.wait()
                return await super().handle_async_request(request)

        async with self.make(Holding(platform.usual)) as account:
            poll = asyncio.create_task(account.listen("", 30))
            await account.publish(CHANNEL, Message("d-1", "Сәлем"))
            waiting.set()
            await poll
