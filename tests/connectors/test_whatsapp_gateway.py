"""The gateway's connector: the shared contract, its own message ids, what is looked up, and its signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest

from publisher.connectors.base import Hook, Message, Metric, Reacted, Receipt
from publisher.connectors.errors import (
    AccessLost,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from publisher.connectors.whatsapp_gateway import WhatsAppGateway, own_id
from tests.connectors.contract import OTHER_SECRET, ConnectorContract, Fault
from tests.connectors.stand import SECRET

GROUP = "120363001111111111@g.us"
CHANNEL = "120363111111111111@newsletter"
SENT = f"true_{GROUP}_3EB0C767D097B7C7C0F5A1"


def signed(told: object, secret: str = OTHER_SECRET) -> Hook:
    body = json.dumps(told).encode()
    return Hook(body, {"X-Webhook-Hmac": hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()})


def event(name: str, payload: dict[str, object], session: str = "default") -> dict[str, object]:
    return {"event": name, "session": session, "timestamp": 1795766400000, "payload": payload}


class TestWhatsAppGateway(ConnectorContract):
    connector = WhatsAppGateway
    settings: ClassVar = {"token": SECRET, "hook_secret": OTHER_SECRET}
    target = GROUP
    reuses_films = False
    usual: ClassVar = {
        "/sendText": "sent",
        "/sendImage": "sent",
        "/sendVideo": "sent",
        "/participants/v2": "participants",
        f"/groups/{GROUP}": "group",
        "/sessions/default": "session",
        f"/chats/{GROUP}/messages": "messages",
        "/channels": "channels",
        "": "changed",
    }
    faults: ClassVar = [
        Fault("no_key", AccessLost),
        Fault("scan_qr", AccessLost, {"reason": "phone_unlinked"}),
        Fault("stopped", AccessLost, {"reason": "gateway_stopped"}),
        Fault("passkey", AccessLost, {"reason": "phone_passkey"}),
        Fault("restricted", AccessLost, {"reason": "phone_restricted"}),
        Fault("banned", AccessLost, {"reason": "phone_banned"}),
        Fault("too_fast", RateLimited, {"retry_after": 300.0, "scope": "account"}),
        Fault("http_429", RateLimited, {"retry_after": 17.0, "scope": "account"}),
        Fault("not_member", TargetGone),
        Fault("announce_only", TargetGone, {"reason": "no_rights"}),
        Fault("no_such_group", TargetGone),
        Fault("bad_body", Refused),
        Fault("starting_up", Unavailable),
        Fault("bad_gateway", OutcomeUnknown),
        Fault("something_wrong", OutcomeUnknown),
        Fault("garbage", OutcomeUnknown),
        Fault("without_id", OutcomeUnknown),
    ]
    no_such_target = "no_such_group"

    @staticmethod
    def text_in(request):
        return json.loads(request.content)["text"]

    async def test_the_key_goes_in_a_header_and_the_session_in_the_body(self, account, platform):
        await account.publish(GROUP, Message("d-1", "Сәлем"))
        (request,) = platform.asked
        assert request.headers["x-api-key"] == SECRET
        assert json.loads(request.content) == {
            "session": "default",
            "chatId": GROUP,
            "id": own_id("d-1"),
            "text": "Сәлем",
            "linkPreview": False,
        }

    def test_an_id_is_the_same_for_every_attempt_and_looks_like_whatsapps(self):
        assert own_id("d-1") == own_id("d-1") != own_id("d-2")
        assert len(own_id("d-1")) == 22
        assert own_id("d-1").startswith("3EB0")

    async def test_a_film_goes_with_its_message(self, account, platform, film):
        await account.publish(GROUP, Message("d-1", "Бейне", media=(film,)))
        (request,) = platform.asked
        body = json.loads(request.content)
        assert request.url.path == "/api/sendVideo"
        assert base64.b64decode(body["file"]["data"]) == film.path.read_bytes()
        assert (body["caption"], body["convert"]) == ("Бейне", False)

    async def test_a_text_is_found_by_its_id(self, account, platform):
        rows = [{"id": f"true_{GROUP}_{own_id('d-1')}", "body": "Сәлем"}]
        platform.next = [httpx.Response(200, json=rows)]
        assert (await account.find(GROUP, Message("d-1", "Сәлем"))).ids == (rows[0]["id"],)

    async def test_the_same_words_under_another_id_are_not_it(self, account, platform):
        platform.next = [httpx.Response(200, json=[{"id": SENT, "body": "Сәлем"}])]
        assert await account.find(GROUP, Message("d-1", "Сәлем")) is None

    async def test_a_film_is_found_by_its_words_after_the_last_one_known(self, account, platform, film):
        rows = [{"id": "true_c_B", "body": "Бейне", "hasMedia": True}, {"id": "true_c_A", "body": "ескі"}]
        message = Message("d-1", "Бейне", media=(film,))
        platform.next = [httpx.Response(200, json=rows)]
        assert (await account.find(GROUP, message, after="true_c_A")).ids == ("true_c_B",)
        platform.next = [httpx.Response(200, json=rows)]
        assert await account.find(GROUP, message, after="true_c_B") is None

    @pytest.mark.parametrize("answer", [httpx.Response(500, text="x"), httpx.ReadTimeout("slow")], ids=repr)
    async def test_a_look_that_fails_settles_nothing_and_is_no_unknown_outcome(self, account, platform, answer):
        platform.always = answer
        with pytest.raises(Unavailable):
            await account.find(GROUP, Message("d-1", "Сәлем"))

    async def test_only_words_can_be_edited(self, account, film):
        assert (await account.edit(GROUP, Receipt((SENT,)), Message("d-1", "Сәлем!"))).ids == (SENT,)
        with pytest.raises(Refused) as refusal:
            await account.edit(GROUP, Receipt((SENT,)), Message("d-1", "Бейне", media=(film,)))
        assert refusal.value.reason == "cannot_edit"

    async def test_what_is_gone_already_counts_as_deleted(self, account, platform):
        platform.always = self.reply("no_such_group")
        await account.withdraw(GROUP, Receipt((SENT,)))

    async def test_members_are_those_who_are_still_there(self, account):
        (reading,) = await account.measure(GROUP, None)
        assert (reading.metric, reading.value) == (Metric.FOLLOWERS, 2)

    async def test_a_channel_has_followers(self, account):
        (reading,) = await account.measure(CHANNEL, None)
        assert reading.value == 512

    @pytest.mark.parametrize(
        ("status", "reason"),
        [("SCAN_QR_CODE", "phone_unlinked"), ("PASSKEY_REQUIRED", "phone_passkey"), ("STOPPED", "gateway_stopped")],
    )
    async def test_a_session_that_does_not_work_says_what_to_do(self, account, platform, status, reason):
        platform.next = [httpx.Response(200, json={"name": "default", "status": status})]
        with pytest.raises(AccessLost) as lost:
            await account.check()
        assert lost.value.reason == reason

    # Webhooks

    @pytest.mark.parametrize(
        ("ack", "state"), [(1, "sent"), (2, "delivered"), (3, "read"), (4, "played"), (-1, "failed")]
    )
    def test_how_far_a_message_got_with_one_person(self, ack, state):
        person = "77010000002@c.us"
        told = {"id": f"{SENT}_{person}", "to": GROUP, "participant": person, "fromMe": True, "ack": ack}
        (found,) = self.make(None).hear(signed(event("message.ack.group", told)))
        assert (found.state, found.message_id, found.target) == (state, SENT, GROUP)
        assert found.person
        assert "7701" not in found.person

    def test_a_reaction_belongs_to_its_message_and_names_nobody(self):
        told = {
            "id": "x",
            "from": GROUP,
            "participant": "77010000002@c.us",
            "fromMe": False,
            "reaction": {"text": "👍", "messageId": SENT},
        }
        (found,) = self.make(None).hear(signed(event("message.reaction", told)))
        assert isinstance(found, Reacted)
        assert (found.message_id, found.emoji) == (SENT, "👍")
        assert "7701" not in found.person

    @pytest.mark.parametrize("hook", [signed({}, "other"), Hook(b"{}"), Hook(b"{}", {"X-Webhook-Hmac": ""})], ids=str)
    def test_a_forged_webhook_is_refused(self, hook):
        with pytest.raises(Refused) as refusal:
            self.make(None).hear(hook)
        assert refusal.value.reason == "bad_signature"

    def test_without_a_secret_nothing_is_believed(self):
        with pytest.raises(Refused):
            self.make(None, hook_secret="").hear(signed({}, ""))

    @pytest.mark.parametrize(
        "told",
        [[], event("message.ack", {}), event("message", {"id": "x"}), event("message.ack", {"fromMe": True}, "other")],
        ids=str,
    )
    def test_what_is_not_for_us_is_passed_over(self, told):
        assert self.make(None).hear(signed(told)) == ()

    async def test_a_picture_must_be_a_jpeg(self, account, platform, film):
        picture = replace(film, kind="photo", mime="image/png")
        with pytest.raises(Refused) as refusal:
            await account.publish(GROUP, Message("d-1", "Сурет", media=(picture,)))
        assert refusal.value.reason == "photo_type"
        assert platform.asked == []
