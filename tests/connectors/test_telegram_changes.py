from __future__ import annotations

import json
from dataclasses import replace

import pytest

from publisher.connectors.base import (
    Entity,
    Message,
    Poll,
    Receipt,
)
from publisher.connectors.errors import (
    Refused,
)
from publisher.connectors.telegram import LOOK_AHEAD
from tests.connectors.telegram_stand import CHANNEL, CONTROL, STOOD, TelegramReplies, form


class TestChangingAndLooking(TelegramReplies):
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

    async def test_a_copy_that_could_not_be_taken_away_goes_with_the_next_one(self, looking, platform):
        platform.next = [self.reply(n) for n in ("copy_of_other_text", "flood", "copy_of_text", "true", "true")]
        await looking.find(CHANNEL, Message("d-1", "Абайлаңыз! 102 🚔"), after="40")
        deleted = [form(r)["message_id"] for r in platform.asked if r.url.path.endswith("deleteMessage")]
        assert deleted == ["941", "941", "942"]

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
        assert len([r for r in platform.asked if r.url.path.endswith("forwardMessage")]) == LOOK_AHEAD

    async def test_cannot_tell_without_a_place_to_start(self, looking, platform):
        assert await looking.find(CHANNEL, Message("d-1", "Сәлем"), after="") is None
        assert platform.asked == []

    async def test_a_lost_chat_leaves_the_question_open(self, looking, platform):
        platform.always = self.reply("chat_not_found")
        assert await looking.find(CHANNEL, Message("d-1", "Сәлем"), after="40") is None
