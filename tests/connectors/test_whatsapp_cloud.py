from __future__ import annotations

import hashlib
import hmac
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import httpx
import pytest

from publisher.connectors.base import (
    Button,
    Entity,
    Hook,
    Media,
    Message,
    Reacted,
    Receipt,
    Replied,
    Status,
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
from publisher.connectors.whatsapp_cloud import WhatsAppCloud
from tests.connectors.contract import CUT, NO_CONNECTION, OTHER_SECRET, ConnectorContract, Fault
from tests.connectors.stand import SECRET

GROUP = "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD"
SENT = "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA"


def signed(body: bytes, secret: str = OTHER_SECRET, header: str = "X-Hub-Signature-256") -> Hook:
    return Hook(body, {header: "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()})


class TestWhatsAppCloud(ConnectorContract):
    connector = WhatsAppCloud
    settings: ClassVar = {
        "phone_number_id": "100200300",
        "token": SECRET,
        "app_secret": OTHER_SECRET,
        "verify_token": "SECRET-word",
    }
    target = GROUP
    usual: ClassVar = {
        "/messages": "sent",
        "/media": "uploaded",
        f"/{GROUP}": "group",
        "/100200300": "number",
    }
    faults: ClassVar = [
        Fault("throughput", RateLimited, {"retry_after": 30.0, "scope": "account"}),
        Fault("app_limit", RateLimited, {"retry_after": 60.0, "scope": "account"}),
        Fault("account_limit", RateLimited, {"scope": "account"}),
        Fault("pair_limit", RateLimited, {"scope": "chat"}),
        Fault("group_limit", RateLimited, {"scope": "chat"}),
        Fault("bare_429", RateLimited, {"retry_after": 60.0, "scope": "account"}),
        Fault("expired_token", AccessLost),
        Fault("malformed_token", AccessLost),
        Fault("no_permission", AccessLost),
        Fault("no_permission_2xx", AccessLost),
        Fault("policy", AccessLost),
        Fault("locked", AccessLost),
        Fault("spam", AccessLost),
        Fault("unpaid", AccessLost),
        Fault("unknown_group", TargetGone),
        Fault("suspended_group", TargetGone),
        Fault("not_in_group", TargetGone),
        Fault("undeliverable", TargetGone),
        Fault("bad_parameter", Refused),
        Fault("bad_value", Refused),
        Fault("bad_media", Refused),
        Fault("repair", Unavailable),
        Fault("something_wrong", OutcomeUnknown),
        Fault("service", OutcomeUnknown),
        Fault("temporary", OutcomeUnknown),
        Fault("bad_gateway", OutcomeUnknown),
        Fault("error_without_code", OutcomeUnknown),
        Fault("garbage", OutcomeUnknown),
        Fault("half_an_answer", OutcomeUnknown),
    ]
    no_such_target = "no_such_object"

    @staticmethod
    def text_in(request):
        return json.loads(request.content)["text"]["body"]

    # What is sent

    async def test_speaks_to_the_address_it_was_given_with_its_token_in_a_header(self, platform):
        async with self.make(platform, api_url="http://127.0.0.1:8001/", api_version="v24.0") as account:
            await account.publish(GROUP, Message("d-1", "Сәлем"))
        (request,) = platform.asked
        assert str(request.url) == "http://127.0.0.1:8001/v24.0/100200300/messages"
        assert request.headers["authorization"] == f"Bearer {SECRET}"

    @pytest.mark.parametrize(
        ("target", "kind"), [(GROUP, "group"), ("77011112233", "individual"), ("+77011112233", "individual")]
    )
    async def test_a_message_to_a_group_says_so_and_carries_our_key(self, account, platform, target, kind):
        await account.publish(target, Message("d-1", "Сәлем", reply_to="wamid.earlier", link_preview=True))
        assert json.loads(platform.asked[0].content) == {
            "messaging_product": "whatsapp",
            "recipient_type": kind,
            "to": target,
            "type": "text",
            "text": {"body": "Сәлем", "preview_url": True},
            "context": {"message_id": "wamid.earlier"},
            "biz_opaque_callback_data": "d-1",
        }

    async def test_an_accepted_message_is_sent_even_when_the_answer_names_no_contacts(self, account, platform):
        platform.next = [self.reply("sent_without_contacts")]
        assert (await account.publish(GROUP, Message("d-1", "Сәлем"))).ids == (SENT,)

    async def test_a_film_goes_up_first_and_is_then_sent_by_its_id(self, account, platform, film):
        receipt = await account.publish(GROUP, Message("d-1", "Бейне", media=(film,)))
        up, send = platform.asked
        assert (up.url.path, send.url.path) == ("/v23.0/100200300/media", "/v23.0/100200300/messages")
        assert film.path.read_bytes() in up.content
        assert b'name="messaging_product"' in up.content
        assert json.loads(send.content)["video"] == {"id": "4490709327384033", "caption": "Бейне"}
        assert [u.remote_id for u in receipt.uploads] == ["4490709327384033"]

    async def test_a_picture_without_words_has_no_caption(self, account, platform, film):
        picture = replace(film, kind="photo", mime="image/png", remote_id="77")
        await account.publish(GROUP, Message("d-1", media=(picture,)))
        assert json.loads(platform.asked[0].content)["image"] == {"id": "77"}

    @pytest.mark.parametrize("broken", [*NO_CONNECTION, *CUT], ids=lambda e: type(e).__name__)
    async def test_a_broken_upload_has_certainly_shown_nothing(self, account, platform, film, broken):
        platform.always = broken
        with pytest.raises(Unavailable):
            await account.publish(GROUP, Message("d-1", "Бейне", media=(film,)))
        assert len(platform.asked) == 1

    async def test_a_film_of_16_megabytes_never_stands_in_memory(self, tmp_path):
        path = tmp_path / "long.mp4"
        with path.open("wb") as file:
            file.truncate(16_000_000)
        media = Media(path, "video", "video/mp4", 16_000_000, "5f" * 32)
        async with self.make(Taker(self.reply("uploaded"))) as account:
            tracemalloc.start()
            try:
                upload = await account.upload(media)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert upload.remote_id == "4490709327384033"
        assert peak < 3_000_000

    async def test_buttons_are_refused_because_groups_have_none(self, account, platform):
        with pytest.raises(Refused) as refusal:
            await account.publish(GROUP, Message("d-1", "Сәлем", buttons=(Button("a", "https://egov.kz"),)))
        assert refusal.value.reason == "too_many_buttons"
        assert platform.asked == []

    async def test_counts_characters_and_not_utf16_units(self, account, platform):
        await account.publish(GROUP, Message("d-1", "🚔" * 4096))
        assert len(platform.asked) == 1

    async def test_marks_stand_in_the_text_so_entities_are_not_sent(self, account, platform):
        await account.publish(GROUP, Message("d-1", "*Назар*", (Entity("bold", 0, 7),)))
        assert json.loads(platform.asked[0].content)["text"]["body"] == "*Назар*"

    @pytest.mark.parametrize(("name", "reason"), [("edit", "cannot_edit"), ("withdraw", "cannot_withdraw")])
    async def test_what_stands_there_cannot_be_changed(self, account, platform, name, reason):
        act = {
            "edit": lambda: account.edit(GROUP, Receipt((SENT,)), Message("d-1", "Түзетілді")),
            "withdraw": lambda: account.withdraw(GROUP, Receipt((SENT,))),
        }[name]
        with pytest.raises(Refused) as refusal:
            await act()
        assert refusal.value.reason == reason
        assert platform.asked == []

    async def test_an_unknown_outcome_is_left_to_the_status_webhook(self, account, platform):
        assert await account.find(GROUP, Message("d-1", "Сәлем")) is None
        assert platform.asked == []

    # Checking and measuring

    async def test_asks_about_a_group_without_asking_who_is_in_it(self, account, platform):
        found = await account.check(GROUP)
        assert (found.id, found.title, found.kind, found.members) == (GROUP, "Смирново тұрғындары", "group", 6)
        assert platform.asked[0].url.params["fields"] == "subject,suspended,total_participant_count"

    async def test_a_suspended_group_is_gone(self, account, platform):
        platform.next = [self.reply("suspended")]
        with pytest.raises(TargetGone):
            await account.check(GROUP)

    async def test_the_account_is_called_by_its_verified_name_and_number(self, account):
        name, number = (await account.check()).title.split(" · ")
        assert name == "Аққайың ауданының полициясы"
        assert number.replace(" ", "").removeprefix("+").isdigit()

    async def test_a_lost_token_is_not_taken_for_a_lost_group(self, account, platform):
        platform.always = self.reply("expired_token")
        with pytest.raises(AccessLost):
            await account.check(GROUP)

    @pytest.mark.parametrize("reply", ["sent", "garbage"])
    async def test_a_group_without_a_count_gives_no_number(self, account, platform, reply):
        platform.always = self.reply(reply)
        if reply == "sent":
            assert await account.measure(GROUP, None) == ()
        else:
            with pytest.raises(OutcomeUnknown):
                await account.measure(GROUP, None)

    # The webhook

    def heard(self, name: str, **settings):
        account = self.make(None, **settings)
        return account.hear(signed(self.reply(name).content))

    def test_a_group_status_without_contacts_brings_our_key_back(self):
        (status,) = self.heard("group_sent")
        assert (status.state, status.key, status.message_id, status.target) == ("sent", "d-1", SENT, GROUP)
        assert status.at == datetime.fromtimestamp(1790000000, UTC)
        assert status.person == ""

    def test_a_failure_says_why(self):
        (status,) = self.heard("group_failed")
        assert (status.state, status.person) == ("failed", "")
        assert "131026" in status.detail

    def test_every_person_of_a_group_is_told_by_a_hash(self):
        read, delivered = self.heard("two_people_read")
        assert (read.state, delivered.state) == ("read", "delivered")
        assert read.person != delivered.person
        assert len(read.person) == 32
        assert "7701" not in repr((read, delivered))
        assert "Айгүл" not in repr((read, delivered))

    def test_the_hash_depends_on_our_secret(self):
        body = self.reply("two_people_read").content
        mine = self.make(None).hear(signed(body))
        other = self.make(None, app_secret="another").hear(signed(body, "another"))
        assert mine[0].person != other[0].person

    def test_in_a_private_chat_the_person_is_hashed_too(self):
        (status,) = self.heard("private_read")
        assert status.person
        assert "77011112233" not in repr(status)

    def test_in_a_private_chat_a_failure_is_the_whole_messages(self):
        (status,) = self.heard("private_failed")
        assert (status.state, status.person, status.key) == ("failed", "", "d-2")

    def test_a_reaction_is_one_persons_latest(self):
        (given,) = self.heard("reaction")
        (taken_back,) = self.heard("reaction_taken_back")
        assert given == Reacted(SENT, given.person, "👍", datetime.fromtimestamp(1790000100, UTC), GROUP)
        assert (taken_back.emoji, taken_back.person) == ("", given.person)

    def test_reader_and_reactor_are_the_same_person(self):
        assert self.heard("reaction")[0].person == self.heard("two_people_read")[0].person

    def test_a_deleted_group_is_lost(self):
        assert self.heard("group_deleted") == (TargetChanged(GROUP, "target_gone"),)

    def test_a_group_that_could_not_be_deleted_is_not_lost(self):
        assert self.heard("group_not_deleted") == ()

    def test_one_odd_item_does_not_hide_the_others(self):
        states = [event.state for event in self.heard("odd_one_among_good") if isinstance(event, Status)]
        assert states == ["sent"]

    def test_what_concerns_another_number_is_not_ours(self):
        assert self.heard("another_number") == ()

    @pytest.mark.parametrize("body", [b"not json", b"[]", b'{"entry": 5}', b"{}"])
    def test_a_signed_body_that_is_not_understood_is_passed_over(self, body):
        assert self.make(None).hear(signed(body)) == ()

    @pytest.mark.parametrize(
        "hook",
        [
            Hook(b"{}"),
            Hook(b"{}", {"X-Hub-Signature-256": ""}),
            Hook(b"{}", {"X-Hub-Signature-256": "sha256=ә"}),
            signed(b"{}", "another secret"),
            replace(signed(b"{}"), body=b"{ }"),
        ],
        ids=["none", "empty", "not hex", "another secret", "changed body"],
    )
    def test_a_wrong_signature_is_turned_away(self, hook):
        with pytest.raises(Refused) as refusal:
            self.make(None).hear(hook)
        assert refusal.value.reason == "bad_signature"

    def test_header_names_have_no_case(self):
        body = self.reply("group_sent").content
        assert self.make(None).hear(signed(body, header="x-hub-signature-256"))

    def test_answers_metas_question_when_it_knows_our_word(self):
        query = {"hub.mode": "subscribe", "hub.verify_token": "SECRET-word", "hub.challenge": "1158201444"}
        assert self.make(None).answer_challenge(query) == "1158201444"

    @pytest.mark.parametrize("given", ["", "wrong", "құпия"])
    @pytest.mark.parametrize("ours", ["SECRET-word", ""])
    def test_a_question_with_another_word_is_turned_away(self, given, ours):
        query = {"hub.mode": "subscribe", "hub.verify_token": given, "hub.challenge": "1158201444"}
        with pytest.raises(Refused):
            self.make(None, verify_token=ours).answer_challenge(query)

    # To one person, by template

    async def test_what_goes_to_one_person_goes_in_the_languages_template(self, platform, film):
        account = self.make(platform, templates={"kk": "eskertu_kk"})
        shown = replace(film, remote_id="77")
        await account.publish("+77010000001", Message("d-1", "Бір\nекі  үш", media=(shown,), language="kk"))
        sent = json.loads(platform.asked[0].content)
        assert (sent["type"], sent["recipient_type"]) == ("template", "individual")
        assert sent["template"]["name"] == "eskertu_kk"
        assert sent["template"]["language"] == {"policy": "deterministic", "code": "kk"}
        header, body = sent["template"]["components"]
        assert header["parameters"] == [{"type": "video", "video": {"id": "77"}}]
        assert body["parameters"] == [{"type": "text", "text": "Бір екі үш"}]

    @pytest.mark.parametrize(("target", "language"), [(GROUP, "kk"), ("+77010000001", "ru")])
    async def test_a_group_or_a_language_without_one_gets_the_words(self, platform, target, language):
        account = self.make(platform, templates={"kk": "eskertu_kk"})
        await account.publish(target, Message("d-1", "Сәлем", language=language))
        assert json.loads(platform.asked[0].content)["type"] == "text"

    @pytest.mark.parametrize(
        ("code", "error", "reason"),
        [
            (131047, Refused, "window_closed"),
            (131049, Refused, "not_delivered_to_this_person"),
            (131050, Refused, "opted_out"),
            (131204, Refused, "group_full"),
            (132001, Refused, "template_wrong"),
            (132015, Refused, "template_wrong"),
            (131064, RateLimited, "rate_limited"),
            (131211, RateLimited, "rate_limited"),
            (133016, RateLimited, "rate_limited"),
            (131201, OutcomeUnknown, "outcome_unknown"),
        ],
    )
    async def test_the_other_codes_have_their_meaning_too(self, account, platform, code, error, reason):
        body = {"error": {"message": f"(#{code})", "type": "OAuthException", "code": code, "fbtrace_id": "x"}}
        platform.always = httpx.Response(400, json=body)
        with pytest.raises(error) as found:
            await account.publish(GROUP, Message("d-1", "Сәлем"))
        assert found.value.reason == reason

    async def test_metas_rating_is_asked_for(self, account, platform):
        told = {"id": "100200300", "quality_rating": "YELLOW", "status": "CONNECTED"}
        limit = {"whatsapp_business_manager_messaging_limit": "TIER_1K", "throughput": {"level": "STANDARD"}}
        platform.next = [httpx.Response(200, json=told | limit)]
        found = await account.standing()
        assert (found.quality, found.limit, found.throughput) == ("YELLOW", "TIER_1K", "STANDARD")

    # What residents wish

    @staticmethod
    def written(text: str, **more: object) -> Hook:
        message = {"from": "77010000001", "id": "wamid.1", "timestamp": "1795766400", "type": "text"}
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "100200300"}}
        value["messages"] = [{**message, "text": {"body": text}, **more}]
        body = {"object": "x", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
        return signed(json.dumps(body).encode())

    @pytest.mark.parametrize("text", ["STOP", "стоп", " Тоқтату! ", "ТОҚТАТУ"])
    def test_whoever_wants_no_more_is_heard_however_their_number_was_written_down(self, text):
        told = [one for one in self.make(None).hear(self.written(text)) if isinstance(one, TargetChanged)]
        assert [(one.target, one.detail) for one in told] == [
            ("77010000001", "opted_out"),
            ("+77010000001", "opted_out"),
        ]

    @pytest.mark.parametrize(("text", "more"), [("стоп керек пе?", {}), ("STOP", {"group_id": GROUP})])
    def test_other_words_and_groups_are_no_wish(self, text, more):
        assert not any(isinstance(one, TargetChanged) for one in self.make(None).hear(self.written(text, **more)))

    def test_a_reply_is_counted_and_not_kept(self):
        hook = self.written("Рақмет, Айгүл", context={"from": "7", "id": SENT}, group_id=GROUP)
        (reply,) = [one for one in self.make(None).hear(hook) if isinstance(one, Replied)]
        assert (reply.message_id, reply.target) == (SENT, GROUP)
        assert "wamid.1" not in repr(reply)
        assert "Айгүл" not in repr(reply)


class Taker(httpx.AsyncBaseTransport):
    """Takes an upload piece by piece, as a network would."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async for _ in request.stream:
            pass
        return httpx.Response(200, content=self.answer.content)
