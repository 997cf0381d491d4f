"""A test in the control chat: labelled outside, exact inside, counted nowhere, within the limits."""

from __future__ import annotations

import json

import pytest
from asgiref.sync import async_to_sync

from publisher.cli import main
from publisher.compose.message import message_of
from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.connectors.base import Connector, Publishes, Receipt
from publisher.connectors.errors import RateLimited
from publisher.deliver import trial
from publisher.deliver.border import now
from publisher.deliver.channels import description_of
from publisher.deliver.models import Account, Attempt, Bucket, Delivery, Pause
from publisher.people.audit import SYSTEM
from publisher.people.models import AuditEntry

CHAT = "-100500"
POLL = {"question": "Не?", "options": ["а", "б"], "answer": 1, "explanation": ""}


class Recording(Connector, Publishes):
    def __init__(self):
        self.sent = []

    async def check(self, target=""): ...
    async def edit(self, target, receipt, message): ...
    async def withdraw(self, target, receipt): ...
    async def find(self, target, message, after=""): ...

    async def publish(self, target, message):
        self.sent.append((target, message))
        return Receipt((str(len(self.sent)),))


@pytest.fixture
def control_chat(settings, accounts):
    """The Telegram account has one, and no pace that the test would have to wait for."""
    account = settings.CONFIG.accounts["telegram-main"].model_copy(update={"control_chat": CHAT, "rates": ()})
    known = {**settings.CONFIG.accounts, "telegram-main": account}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": known})


@pytest.fixture
def connector(monkeypatch):
    made = Recording()
    monkeypatch.setattr(trial, "connector_for", lambda key, transport=None: made)
    return made


def prepared(post, *channels):
    return trial.prepare(post, list(post.versions.all()), channels, SYSTEM, now())


def test_what_stands_there_is_what_residents_would_get(make_post, make_channel, control_chat, connector):
    post = make_post("**Абайлаңыз!** 😀 {hotline}", languages=("kk", "ru"))
    post.versions.filter(language="kk").update(poll=POLL)
    channel = make_channel(key="tg")
    channel.languages = ["kk", "ru"]
    async_to_sync(trial.send)(prepared(post, channel))
    (_, label), *rest = connector.sent
    assert {target for target, _ in connector.sent} == {CHAT}
    assert post.title in label.text
    exact = [message_of(post, language, description_of(channel), now()) for language in ("kk", "ru")]
    assert [message for _, message in rest if message.text] == exact
    assert [message.poll.question for _, message in rest if message.poll] == ["Не?"]


def test_each_platform_and_language_once_however_many_channels(make_post, make_channel, control_chat):
    channels = [make_channel(key="a"), make_channel(key="b"), make_channel(key="c", account="whatsapp-main")]
    label, *rest = prepared(make_post(), *channels).messages
    assert len(rest) == 2
    assert "1. Telegram · Қазақша" in label.text
    assert "2. WhatsApp" in label.text


def test_it_is_no_delivery_and_no_number_counts_it(make_post, channel, control_chat, connector):
    post = make_post()
    made = prepared(post, channel)
    async_to_sync(trial.send)(made)
    trial.remember(post, SYSTEM, made)
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()
    assert AuditEntry.objects.get(verb="tested").detail == {"messages": 1}


def test_it_uses_up_the_chats_share_of_the_limits(make_post, channel, control_chat, connector, settings, monkeypatch):
    account = settings.CONFIG.accounts["telegram-main"].model_copy(update={"rates": None})  # the platform's own pace
    known = {**settings.CONFIG.accounts, "telegram-main": account}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": known})
    monkeypatch.setattr(trial, "PATIENCE", -1.0)
    with pytest.raises(RateLimited):
        async_to_sync(trial.send)(prepared(make_post(), channel))
    assert len(connector.sent) == 1
    assert Bucket.objects.filter(key__startswith=f"chat:telegram-main:{CHAT}", full_at__gt=0).exists()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda: Account.objects.update(paused_at=now()), "no_control_chat"),
        (lambda: Pause.objects.create(scope="restored", reason="x", by="x", at=now()), "restored"),
    ],
)
def test_why_it_cannot_be_sent_is_told(make_post, channel, control_chat, spoil, code):
    spoil()
    with pytest.raises(Refusal) as caught:
        prepared(make_post(), channel)
    assert caught.value.code == code


def test_a_district_with_a_chat_of_its_own_gets_the_test_there(make_post, channel, control_chat, settings):
    """And nobody of the centre or of another district reads what is not approved."""
    own = settings.CONFIG.districts["akkaiyn"].model_copy(update={"control_chat": "-100777"})
    districts = {**settings.CONFIG.districts, "akkaiyn": own}
    settings.CONFIG = settings.CONFIG.model_copy(update={"districts": districts})
    assert prepared(make_post(), channel).chat == "-100777"


def test_without_a_control_chat_it_says_what_to_do(make_post, channel):
    with pytest.raises(Refusal) as caught:
        prepared(make_post(), channel)
    assert caught.value.code == "no_control_chat"


def test_an_unknown_variable_is_named(make_post, channel, control_chat):
    with pytest.raises(Refusal) as caught:
        prepared(make_post("{hotlin}"), channel)
    assert (caught.value.code, caught.value.values) == ("unknown_variable", {"name": "hotlin"})


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setattr("publisher.cli._set_up", lambda *, migrating: None)


def test_from_the_shell_a_file_is_tested_and_no_post_stays(shell, channel, control_chat, connector, tmp_path, capsys):
    file = tmp_path / "kk.md"
    file.write_text('---\nlanguage: kk\nkind: notice\ntitle: "Сынақ"\n---\nМәтін {hotline}\n', encoding="utf-8")
    assert main(["test", str(file), "--to", channel.key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] == 1
    assert connector.sent[-1][1].text == "Мәтін 2-15-65"
    assert not Post.objects.exists()


def test_from_the_shell_a_saved_post_is_tested(shell, make_post, channel, control_chat, connector):
    post = make_post(channel_keys=[channel.key])
    assert main(["test", str(post.pk)]) == 0
    assert len(connector.sent) == 2
    assert main(["test", "999"]) == 2
    assert main(["test", "sms-egov-code"]) == 2
