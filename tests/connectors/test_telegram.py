from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest

from publisher.connectors.base import (
    Button,
    Entity,
    Media,
    Message,
    Poll,
)
from publisher.connectors.errors import (
    AccessLost,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from tests.connectors.contract import ConnectorContract, Fault
from tests.connectors.stand import SECRET
from tests.connectors.telegram_stand import CHANNEL, CONTROL, TelegramReplies, form


class TestTelegram(TelegramReplies, ConnectorContract):
    target = CHANNEL
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


class Taker(httpx.AsyncBaseTransport):
    """Takes an upload piece by piece, as a network would, and notes how long the client would wait for the answer."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.taken, self.patience = answer, 0, 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.patience = request.extensions["timeout"]["read"]
        async for piece in request.stream:
            self.taken += len(piece)
        return httpx.Response(200, content=self.answer.content)
