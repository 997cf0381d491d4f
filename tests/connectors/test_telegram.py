from __future__ import annotations

import asyncio
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import parse_qs

import httpx
import pytest

from publisher.connectors.base import (
    Button,
    Counted,
    Entity,
    Media,
    Message,
    Metric,
    Poll,
    Reacted,
    Reading,
    Receipt,
    TargetChanged,
)
from publisher.connectors.errors import (
    AccessLost,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from publisher.connectors.telegram import LOOK_AHEAD, Telegram
from tests.connectors.contract import SECRET, ConnectorContract, Fault, Platform

CHANNEL = "-1001500000001"
CONTROL = "-1001500000099"
STOOD = Receipt(("7",), url="https://t.me/akkaiyn_police/7")


def form(request: httpx.Request) -> dict[str, str]:
    """The parameters of a request without files."""
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


class TestTelegram(ConnectorContract):
    connector = Telegram
    settings: ClassVar = {"token": SECRET}
    target = CHANNEL
    usual: ClassVar = {
        "/getMe": "me",
        "/getChat": "channel",
        "/getChatMember": "administrator",
        "/getChatMemberCount": "members",
        "/sendMessage": "text",
        "/sendPhoto": "photo",
        "/sendVideo": "video",
        "/sendMediaGroup": "album",
        "/sendPoll": "poll",
        "/editMessageText": "text",
        "/editMessageMedia": "video",
        "/deleteMessage": "true",
        "/pinChatMessage": "true",
        "/unpinChatMessage": "true",
        "/getUpdates": "no_updates",
    }
    faults: ClassVar = [
        Fault("flood", RateLimited, {"retry_after": 17.0, "scope": "chat"}),
        Fault("flood_without_parameters", RateLimited, {"retry_after": 30.0, "scope": "account"}),
        Fault("unauthorized", AccessLost),
        Fault("not_found", AccessLost),
        Fault("kicked", TargetGone, {"reason": "target_gone"}),
        Fault("not_a_member", TargetGone),
        Fault("blocked", TargetGone),
        Fault("chat_not_found", TargetGone, {"reason": "target_gone"}),
        Fault("deactivated", TargetGone),
        Fault("no_rights", TargetGone, {"reason": "no_rights"}),
        Fault("not_administrator", TargetGone, {"reason": "no_rights"}),
        Fault("write_forbidden", TargetGone, {"reason": "no_rights"}),
        Fault("migrated", TargetGone, {"reason": "target_moved", "moved_to": "-1001500000077"}),
        Fault("entities", Refused),
        Fault("too_long", Refused),
        Fault("too_large", Refused, {"reason": "video_too_big"}),
        Fault("too_large_in_json", Refused, {"reason": "video_too_big"}),
        Fault("conflict", Unavailable, {"reason": "other_poller"}),
        Fault("internal", OutcomeUnknown),
        Fault("bad_gateway", OutcomeUnknown),
        Fault("garbage", OutcomeUnknown),
        Fault("half_an_answer", OutcomeUnknown),
    ]
    no_such_target = "chat_not_found"

    @staticmethod
    def text_in(request):
        return form(request)["text"]

    # What is sent

    async def test_speaks_to_the_address_it_was_given(self, platform):
        async with self.make(platform, api_url="http://127.0.0.1:8081/") as account:
            await account.publish(CHANNEL, Message("d-1", "Сәлем"))
        assert str(platform.asked[0].url) == f"http://127.0.0.1:8081/bot{SECRET}/sendMessage"

    async def test_formatting_goes_beside_the_text_and_never_as_parse_mode(self, account, platform):
        marks = (Entity("bold", 0, 5), Entity("text_link", 6, 4, "https://polisia.kz/kk"))
        await account.publish(CHANNEL, Message("d-1", "Назар сайт", marks))
        sent = form(platform.asked[0])
        assert json.loads(sent["entities"]) == [
            {"type": "bold", "offset": 0, "length": 5},
            {"type": "text_link", "offset": 6, "length": 4, "url": "https://polisia.kz/kk"},
        ]
        assert "parse_mode" not in sent

    @pytest.mark.parametrize("wanted", [True, False])
    async def test_a_link_is_previewed_only_when_asked_for(self, account, platform, wanted):
        await account.publish(CHANNEL, Message("d-1", "https://egov.kz", link_preview=wanted))
        assert json.loads(form(platform.asked[0])["link_preview_options"]) == {"is_disabled": not wanted}

    async def test_buttons_stand_one_below_the_other(self, account, platform):
        buttons = (Button("Қоңырау шалу", "https://polisia.kz"), Button("Толығырақ", "https://egov.kz"))
        await account.publish(CHANNEL, Message("d-1", "Сәлем", buttons=buttons))
        assert json.loads(form(platform.asked[0])["reply_markup"]) == {
            "inline_keyboard": [
                [{"text": "Қоңырау шалу", "url": "https://polisia.kz"}],
                [{"text": "Толығырақ", "url": "https://egov.kz"}],
            ]
        }

    async def test_a_silent_answer_is_silent_and_goes_out_even_if_the_first_message_was_deleted(
        self, account, platform
    ):
        await account.publish(CHANNEL, Message("d-1", "Сәлем", silent=True, reply_to="5"))
        sent = form(platform.asked[0])
        assert sent["disable_notification"] == "true"
        assert json.loads(sent["reply_parameters"]) == {"message_id": 5, "allow_sending_without_reply": True}

    async def test_a_film_goes_with_its_measures_its_still_and_its_caption(self, account, platform, film, tmp_path):
        still = tmp_path / "still.jpg"
        still.write_bytes(b"a still picture")
        await account.publish(CHANNEL, Message("d-1", "Бейне", media=(replace(film, thumbnail=still),)))
        (request,) = platform.asked
        assert request.url.path.endswith("/sendVideo")
        for part in (b"720", b"1280", b"32", b"supports_streaming", "Бейне".encode(), b"a still picture"):
            assert part in request.content
        assert film.path.read_bytes() in request.content

    async def test_a_film_uploaded_before_brings_no_still(self, account, platform, film, tmp_path):
        known = replace(film, remote_id="BAAC-known", thumbnail=tmp_path / "never-opened.jpg")
        await account.publish(CHANNEL, Message("d-1", "Бейне", media=(known,)))
        sent = form(platform.asked[0])
        assert sent["video"] == "BAAC-known"
        assert "thumbnail" not in sent

    async def test_the_largest_size_of_a_picture_is_the_one_to_reuse(self, account, film):
        picture = replace(film, kind="photo", mime="image/jpeg")
        receipt = await account.publish(CHANNEL, Message("d-1", "Сурет", media=(picture,)))
        assert [u.remote_id for u in receipt.uploads] == ["AgACAgIAAx0CFI-large"]

    async def test_a_silent_film_comes_back_as_an_animation_and_can_be_reused(self, account, platform, film):
        platform.next = [self.reply("silent_film")]
        receipt = await account.publish(CHANNEL, Message("d-1", "Бейне", media=(film,)))
        assert [u.remote_id for u in receipt.uploads] == ["CgACAgIAAx-silent"]

    async def test_an_album_is_one_request_with_the_text_under_its_first_picture(self, account, platform, film):
        items = (
            replace(film, kind="photo", mime="image/jpeg", remote_id="AgAC-known"),
            replace(film, remote_id="BAAC-known"),
        )
        receipt = await account.publish(CHANNEL, Message("d-1", "Альбом", (Entity("bold", 0, 6),), media=items))
        (request,) = platform.asked
        first, second = json.loads(form(request)["media"])
        assert (first["media"], first["caption"], first["caption_entities"][0]["type"]) == (
            "AgAC-known",
            "Альбом",
            "bold",
        )
        assert (second["media"], "caption" in second) == ("BAAC-known", False)
        assert receipt.ids == ("10", "11")

    async def test_an_album_with_buttons_is_refused_because_telegram_would_drop_them(self, account, platform, film):
        with pytest.raises(Refused) as refusal:
            await account.publish(
                CHANNEL, Message("d-1", "Альбом", media=(film, film), buttons=(Button("a", "https://egov.kz"),))
            )
        assert refusal.value.reason == "too_many_buttons"
        assert platform.asked == []

    async def test_a_quiz_names_its_right_answer_and_its_poll_can_be_followed(self, account, platform):
        quiz = Poll("Банк SMS-код сұрай ма?", ("Иә", "Жоқ"), answer=1, explanation="Банк ешқашан код сұрамайды.")
        receipt = await account.publish(CHANNEL, Message("d-1", poll=quiz))
        sent = form(platform.asked[0])
        assert (sent["type"], json.loads(sent["correct_option_ids"])) == ("quiz", [1])
        assert sent["explanation"] == "Банк ешқашан код сұрамайды."
        assert [o["text"] for o in json.loads(sent["options"])] == ["Иә", "Жоқ"]
        assert receipt.poll_id == "5271000000000000001"

    async def test_an_ordinary_poll_has_no_right_answer(self, account, platform):
        await account.publish(CHANNEL, Message("d-1", poll=Poll("Қай тіл?", ("қазақша", "орысша"))))
        sent = form(platform.asked[0])
        assert sent["type"] == "regular"
        assert "correct_option_ids" not in sent

    async def test_the_receipt_has_the_public_address(self, account):
        receipt = await account.publish(CHANNEL, Message("d-1", "Сәлем"))
        assert receipt.url == "https://t.me/akkaiyn_police/7"

    # Large films

    async def test_a_film_of_49_megabytes_never_stands_in_memory(self, tmp_path):
        path = tmp_path / "long.mp4"
        with path.open("wb") as file:
            file.truncate(49_000_000)
        media = Media(path, "video", "video/mp4", 49_000_000, "5f" * 32)
        taker = Taker(self.reply("video"))
        async with self.make(taker) as account:
            tracemalloc.start()
            try:
                await account.publish(CHANNEL, Message("d-1", "Бейне", media=(media,)))
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert taker.taken > 49_000_000
        assert peak < 5_000_000

    async def test_waits_longer_for_the_answer_the_larger_the_upload(self, tmp_path, film):
        waited = []
        for size in (film.size, 49_000_000):
            taker = Taker(self.reply("video"))
            async with self.make(taker) as account:
                await account.publish(CHANNEL, Message("d-1", "Бейне", media=(replace(film, size=size),)))
            waited.append(taker.patience)
        assert waited == [60.0, 245.0]

    async def test_a_server_of_our_own_reads_the_film_from_disk_and_takes_larger_ones(self, platform, film):
        large = replace(film, size=1_900_000_000)
        async with self.make(platform, local_mode=True) as account:
            await account.publish(CHANNEL, Message("d-1", "Бейне", media=(large,)))
        assert form(platform.asked[0])["video"] == film.path.absolute().as_uri()

    async def test_too_large_for_the_server_is_refused_with_both_numbers(self, account, platform, film):
        platform.always = self.reply("too_large")
        with pytest.raises(Refused) as refusal:
            await account.publish(CHANNEL, Message("d-1", "Бейне", media=(film,)))
        assert refusal.value.values == {"limit": 50_000_000, "found": film.size}

    async def test_another_bots_file_id_is_refused_and_the_film_goes_up_anew(self, account, platform, film):
        platform.next = [self.reply("stale_file_id")]
        known = replace(film, remote_id="BAAC-of-another-bot")
        receipt = await account.publish(CHANNEL, Message("d-1", "Бейне", media=(known,)))
        assert platform.paths() == ["sendVideo", "sendVideo"]
        assert film.path.read_bytes() in platform.asked[1].content
        assert [u.remote_id for u in receipt.uploads] == ["BAACAgIAAx0CFILM-film"]

    async def test_a_file_id_refused_twice_is_not_tried_for_ever(self, account, platform, film):
        platform.always = self.reply("stale_file_id")
        with pytest.raises(Refused):
            await account.publish(CHANNEL, Message("d-1", "Бейне", media=(replace(film, remote_id="BAAC-x"),)))
        assert len(platform.asked) == 2

    async def test_a_film_is_uploaded_silently_to_the_control_chat(self, platform, film):
        async with self.make(platform, control_chat=CONTROL) as account:
            upload = await account.upload(film)
        assert upload.remote_id == "BAACAgIAAx0CFILM-film"
        assert CONTROL.encode() in platform.asked[0].content
        assert b"disable_notification" in platform.asked[0].content

    async def test_without_a_control_chat_only_publishing_uploads(self, account, platform, film):
        assert await account.upload(film) is None
        assert platform.asked == []

    async def test_a_lost_control_chat_does_not_stop_the_channels(self, platform, film, caplog):
        platform.always = self.reply("kicked")
        async with self.make(platform, control_chat=CONTROL) as account:
            assert await account.upload(film) is None
        assert CONTROL in caplog.text

    # Changing what stands there

    async def test_a_text_is_edited_in_place(self, account, platform):
        await account.edit(CHANNEL, STOOD, Message("d-1", "Түзетілді", (Entity("bold", 0, 3),)))
        sent = form(platform.asked[0])
        assert platform.paths() == ["editMessageText"]
        assert (sent["message_id"], sent["text"], sent["chat_id"]) == ("7", "Түзетілді", CHANNEL)
        assert json.loads(sent["entities"])[0]["type"] == "bold"

    async def test_a_caption_is_edited_without_sending_the_film_again(self, account, platform, film):
        known = replace(film, remote_id="BAAC-known")
        edited = await account.edit(CHANNEL, STOOD, Message("d-1", "Түзетілді", media=(known,)))
        media = json.loads(form(platform.asked[0])["media"])
        assert (media["media"], media["caption"]) == ("BAAC-known", "Түзетілді")
        assert edited == STOOD

    async def test_editing_an_album_edits_each_of_its_messages(self, account, platform, film):
        known = replace(film, remote_id="BAAC-known")
        receipt = Receipt(("10", "11"))
        await account.edit(CHANNEL, receipt, Message("d-1", "Түзетілді", media=(known, known)))
        assert [form(r)["message_id"] for r in platform.asked] == ["10", "11"]
        assert ["caption" in json.loads(form(r)["media"]) for r in platform.asked] == [True, False]

    async def test_nothing_to_change_counts_as_changed(self, account, platform):
        platform.always = self.reply("not_modified")
        assert await account.edit(CHANNEL, STOOD, Message("d-1", "Сәлем")) == STOOD

    @pytest.mark.parametrize("message", ["poll", "one film where two stood"])
    async def test_what_cannot_be_turned_into_this_is_refused_without_a_request(self, account, platform, film, message):
        new = Message("d-1", poll=Poll("?", ("a", "b"))) if message == "poll" else Message("d-1", "x", media=(film,))
        with pytest.raises(Refused) as refusal:
            await account.edit(CHANNEL, Receipt(("10", "11")), new)
        assert refusal.value.reason == "cannot_edit"
        assert platform.asked == []

    async def test_editing_what_was_deleted_says_so(self, account, platform):
        platform.always = self.reply("nothing_to_edit")
        with pytest.raises(Refused) as refusal:
            await account.edit(CHANNEL, STOOD, Message("d-1", "Сәлем"))
        assert refusal.value.reason == "message_gone"

    async def test_withdrawing_takes_away_every_message_of_an_album(self, account, platform):
        await account.withdraw(CHANNEL, Receipt(("10", "11", "12")))
        assert [form(r)["message_id"] for r in platform.asked] == ["10", "11", "12"]

    async def test_what_is_gone_already_counts_as_withdrawn(self, account, platform):
        platform.next = [self.reply("gone_already")]
        await account.withdraw(CHANNEL, Receipt(("10", "11")))
        assert len(platform.asked) == 2

    async def test_a_message_too_old_to_delete_is_told(self, account, platform):
        platform.always = self.reply("too_old")
        with pytest.raises(Refused) as refusal:
            await account.withdraw(CHANNEL, STOOD)
        assert refusal.value.reason == "too_old_to_delete"

    async def test_pins_silently_and_unpins(self, account, platform):
        await account.pin(CHANNEL, STOOD)
        await account.unpin(CHANNEL, STOOD)
        assert platform.paths() == ["pinChatMessage", "unpinChatMessage"]
        assert form(platform.asked[0])["disable_notification"] == "true"

    async def test_lacking_the_right_to_pin_does_not_lose_the_channel(self, account, platform):
        platform.always = self.reply("no_right_to_pin")
        with pytest.raises(Refused) as refusal:
            await account.pin(CHANNEL, STOOD)
        assert refusal.value.reason == "no_rights"

    # Looking for what may stand there

    @pytest.fixture
    async def looking(self, platform):
        async with self.make(platform, control_chat=CONTROL) as account:
            yield account

    async def test_finds_its_message_among_those_that_follow(self, looking, platform):
        platform.next = [
            self.reply(n) for n in ("copy_of_other_text", "true", "nothing_to_forward", "copy_of_text", "true")
        ]
        found = await looking.find(CHANNEL, Message("d-1", "Абайлаңыз! 102 🚔\n"), after="40")
        assert found == Receipt(("43",), url="https://t.me/akkaiyn_police/43")
        forwards = [form(r) for r in platform.asked if r.url.path.endswith("forwardMessage")]
        assert [f["message_id"] for f in forwards] == ["41", "42", "43"]
        assert {(f["chat_id"], f["from_chat_id"], f["disable_notification"]) for f in forwards} == {
            (CONTROL, CHANNEL, "true")
        }

    async def test_takes_each_copy_away_again(self, looking, platform):
        platform.next = [self.reply(n) for n in ("copy_of_other_text", "true", "copy_of_text", "true")]
        await looking.find(CHANNEL, Message("d-1", "Абайлаңыз! 102 🚔"), after="40")
        deleted = [form(r) for r in platform.asked if r.url.path.endswith("deleteMessage")]
        assert [(d["chat_id"], d["message_id"]) for d in deleted] == [(CONTROL, "941"), (CONTROL, "942")]

    async def test_finds_an_album_with_all_its_messages_and_file_ids(self, looking, platform, film):
        platform.next = [self.reply(n) for n in ("copy_of_album_first", "true", "copy_of_album_second", "true")]
        photo = replace(film, kind="photo", mime="image/jpeg", sha256="aa" * 32)
        album = Message("d-1", "Абайлаңыз! 102 🚔", media=(photo, film))
        found = await looking.find(CHANNEL, album, after="42")
        assert found.ids == ("43", "44")
        assert [u.sha256 for u in found.uploads] == ["aa" * 32, film.sha256]

    async def test_finds_a_poll_by_its_question_and_answers(self, looking, platform):
        platform.next = [self.reply(n) for n in ("copy_of_other_text", "true", "copy_of_poll", "true")]
        quiz = Message("d-1", poll=Poll("Банк қызметкері SMS-код сұрай ма?", ("Иә", "Жоқ"), 1))
        found = await looking.find(CHANNEL, quiz, after="40")
        assert (found.ids, found.poll_id) == (("42",), "5271000000000000001")

    async def test_the_same_words_without_the_film_are_not_the_message(self, looking, platform, film):
        platform.next = [self.reply("copy_of_text"), self.reply("true")]
        platform.always = self.reply("nothing_to_forward")
        message = Message("d-1", "Абайлаңыз! 102 🚔", media=(film,))
        assert await looking.find(CHANNEL, message, after="41") is None

    async def test_looks_at_so_many_messages_and_then_cannot_tell(self, looking, platform):
        platform.always = self.reply("nothing_to_forward")
        assert await looking.find(CHANNEL, Message("d-1", "Сәлем"), after="40") is None
        assert len(platform.asked) == LOOK_AHEAD

    @pytest.mark.parametrize(("control", "after"), [("", "40"), (CONTROL, "")])
    async def test_cannot_tell_without_a_control_chat_or_a_place_to_start(self, platform, control, after):
        async with self.make(platform, control_chat=control) as account:
            assert await account.find(CHANNEL, Message("d-1", "Сәлем"), after=after) is None
        assert platform.asked == []

    async def test_a_lost_chat_leaves_the_question_open(self, looking, platform):
        platform.always = self.reply("chat_not_found")
        assert await looking.find(CHANNEL, Message("d-1", "Сәлем"), after="40") is None

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
            ("told_demoted", TargetChanged(CHANNEL, "no_rights")),
            ("told_migrated", TargetChanged("-440001", "target_moved", moved_to="-1001500000077")),
        ],
    )
    async def test_a_channel_lost_or_moved_is_told(self, account, platform, name, event):
        assert (await self.heard(account, platform, name)).events == (event,)

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


class Taker(httpx.AsyncBaseTransport):
    """Takes an upload piece by piece, as a network would, and notes how long the client would wait for the answer."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.taken, self.patience = answer, 0, 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.patience = request.extensions["timeout"]["read"]
        async for piece in request.stream:
            self.taken += len(piece)
        return httpx.Response(200, content=self.answer.content)
