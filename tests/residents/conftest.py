"""A practice platform, the real connectors, and people who talk to the bot over it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from publisher.compose.approval import digest_of
from publisher.compose.models import Kind, Post, Status, Version
from publisher.config import Residents
from publisher.connectors.base import Hook
from publisher.connectors.telegram import TelegramSettings
from publisher.connectors.whatsapp_cloud import WhatsAppCloudSettings
from publisher.deliver import channels, events
from publisher.deliver.connections import Connections
from publisher.deliver.models import Account, Channel, Delivery, State
from publisher.people.models import District
from publisher.practice import Practice, acts
from publisher.practice.cloud.hooks import Receiver
from publisher.residents import flow, replying

TELEGRAM, WHATSAPP = "telegram-main", "whatsapp-main"
_CHATS = itertools.count(777001)
BODY = {
    "kk": "**Абайлаңыз!** Өзін тергеуші деп таныстырған адам «қауіпсіз шотқа» ақша аударуды сұраса, тұтқаны қойып, "
    "{hotline} нөміріне қоңырау шалыңыз.",
    "ru": "**Осторожно!** Если человек назвался следователем и просит перевести деньги на «безопасный счёт», положите "
    "трубку и позвоните {hotline}.",
}


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """The process keeps our posts' words by the newest number, and a test's numbers come again in the next one."""
    flow.forget_originals()


@pytest.fixture
def one_district(district) -> District:
    District.objects.exclude(pk=district.pk).delete()
    return district


@dataclass
class Person:
    """Somebody with a phone: writes, presses, reads. Every act lets the bot hear and answer."""

    platform: str
    chat: str
    stand: Stand
    seen: int = 0
    said: list[str] = field(default_factory=list)

    def write(self, text: str) -> str:
        world = self.stand.practice.world
        chat = world.chats.get(self.chat)
        acts.wrote(world, chat, text, "", 0)
        return self._answer()

    def press(self, label: str) -> str:
        """The button whose words begin so, wherever it stands last."""
        world = self.stand.practice.world
        for message in reversed(world.messages.every(self.chat)):
            for words, data in _buttons(message.body):
                if words.removeprefix("✅ ").startswith(label):
                    acts.pressed(world, message, data, 0)
                    return self._answer()
        raise AssertionError(f"no button {label!r}: {self.buttons()}")

    def buttons(self) -> list[str]:
        messages = self.stand.practice.world.messages.every(self.chat)
        return [words for message in messages[-3:] for words, _ in _buttons(message.body)]

    def read(self) -> str:
        """What came since the last look."""
        messages = [m for m in self.stand.practice.world.messages.every(self.chat) if m.sender != "resident"]
        new, self.seen = messages[self.seen :], len(messages)
        return "\n\n".join(message.text for message in new)

    def _answer(self) -> str:
        self.stand.turn()
        return self.read()


def _buttons(body: dict) -> list[tuple[str, str]]:
    found = [(b["text"], b["callback_data"]) for row in body.get("keyboard", []) for b in row if "callback_data" in b]
    return found + [(choice["title"], choice["id"]) for choice in body.get("choices", [])]


@dataclass
class Stand:
    loop: asyncio.AbstractEventLoop
    practice: Practice
    connections: Connections

    def person(self, platform: str = "telegram", chat: str = "") -> Person:
        chat = chat or str(next(_CHATS))
        known = {"platform": platform, "kind": "private", "id": chat, "title": "Айгүл Сейтқали"}
        self.practice.world.chats.create(known)
        return Person(platform, chat, self)

    def turn(self) -> None:
        """Hear, answer, send. The database is asked outside the loop: the test's transaction is this thread's."""
        telegram = self._run(self.connections.get(TELEGRAM))
        heard = self._run(telegram.listen(Account.objects.get(pk=TELEGRAM).cursor, 0))
        events.record(TELEGRAM, heard.events, heard.cursor)
        self._hooks()
        while orders := replying.due():
            for order in orders:
                replying.finish(order, self._run(replying.deliver(self.connections, order)))

    def _run(self, work):
        return self.loop.run_until_complete(work)

    def _hooks(self) -> None:
        database = self.practice.world.database
        rows = database.all("SELECT * FROM hooks ORDER BY id")
        whatsapp = self._run(self.connections.get(WHATSAPP)) if rows else None
        for row in rows:
            body = row["body"].encode()
            signature = hmac.new(b"practice", body, hashlib.sha256).hexdigest()
            told = whatsapp.hear(Hook(body, {"X-Hub-Signature-256": f"sha256={signature}"}))
            events.record(WHATSAPP, told)
            database.run("DELETE FROM hooks WHERE id = ?", row["id"])


@pytest.fixture(scope="session")
def platforms(tmp_path_factory):
    """One practice server for all tests, and the loop it runs in."""
    loop = asyncio.new_event_loop()
    practice = Practice(tmp_path_factory.mktemp("practice"), residents=False, relaxed_rates=True)
    loop.run_until_complete(practice.start())
    practice.world.hooks.register(Receiver("http://127.0.0.1:9/", "practice", "practice"))
    yield loop, practice
    loop.run_until_complete(practice.stop())
    loop.close()


@pytest.fixture
def stand(platforms, settings, one_district):
    loop, practice = platforms
    practice.world.updates.drop(100200300)
    practice.world.database.run("DELETE FROM hooks")
    there = practice.base_url
    accounts = {
        TELEGRAM: TelegramSettings(type="telegram", token="100200300:practice", api_url=there, rates=()),
        WHATSAPP: WhatsAppCloudSettings(
            type="whatsapp_cloud",
            phone_number_id="100200300",
            token="100200300:practice",
            app_secret="practice",
            api_url=there,
            rates=(),
        ),
    }
    residents = Residents(accounts=(TELEGRAM, WHATSAPP), a_minute=200, a_day=1000)
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": accounts, "residents": residents})
    channels.follow(settings.CONFIG)
    connections = Connections()
    loop.run_until_complete(connections.__aenter__())
    stand = Stand(loop, practice, connections)
    stand.turn()  # the platform keeps updates for a bot only once it has asked for them
    yield stand
    loop.run_until_complete(connections.__aexit__(None, None, None))


@pytest.fixture
def published(district, accounts):
    """A post that stands on a channel."""

    def make(bodies=None, state: str = State.SENT, **fields) -> Post:
        given = {
            "kind": Kind.SCAM_WARNING,
            "title": "«Қауіпсіз шот»",
            "status": Status.APPROVED,
            "author_name": "Айгүл",
        }
        post = Post.objects.create(district=district, **{**given, **fields})
        for language, body in (bodies or BODY).items():
            Version.objects.create(post=post, language=language, body=body)
        post.approved_digest = digest_of(post)
        post.save()
        channel, _new = Channel.objects.get_or_create(
            key="residents",
            defaults={
                "account_id": TELEGRAM,
                "platform_kind": "channel",
                "target": "-1001",
                "title": "Аққайың полициясы",
                "url": "https://t.me/akkaiyn_police",
                "languages": ["kk", "ru"],
                "district": district,
            },
        )
        now = timezone.now()
        for language in bodies or BODY:
            Delivery.objects.create(
                post=post,
                channel=channel,
                language=language,
                state=state,
                due_at=now,
                sent_at=now,
                revision=post.revision,
            )
        return post

    return make
