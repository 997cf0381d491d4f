"""The control chat is told that a post waits, and nothing of what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.models import Kind
from publisher.connectors.base import Receipt
from publisher.connectors.errors import OutcomeUnknown, Unavailable
from publisher.deliver import notices, pauses
from publisher.deliver.models import Pause
from publisher.people.audit import user_actor
from publisher.people.models import District, Notice, Role, User


@pytest.fixture
def control(settings, accounts):
    """The press office has a control chat."""
    account = settings.CONFIG.accounts["telegram-main"].model_copy(update={"control_chat": "-100500"})
    found = {**settings.CONFIG.accounts, "telegram-main": account}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": found})


@pytest.fixture
def people(district):
    make = User.objects.create_user
    return {
        role: make(f"{role}-x", first_name="Айгүл", role=role, district=district)
        for role in (Role.OFFICER, Role.APPROVER, Role.CHIEF)
    }


@pytest.fixture
def in_review(district, people):
    def make(**details):
        actor = user_actor(people[Role.OFFICER])
        post = posts.blank(Kind.SCAM_WARNING, "Құпия атау 870112300123", district, actor)
        posts.save_versions(post, {"kk": "Құпия мәтін {hotline}", "ru": "Тайный текст {hotline}"}, actor)
        posts.change(post, actor, **details)
        return posts.submit(post, actor)

    return make


def test_a_post_that_waits_is_told_with_a_link_and_without_its_words(control, in_review):
    post = in_review()
    word = notices.due()
    assert (word.account_key, word.chat) == ("telegram-main", "-100500")
    text = word.message.text
    assert f"http://127.0.0.1:8000/posts/{post.pk}/" in text
    assert "Аққайың ауданы" in text
    assert "Аккайынский район" in text
    for secret in ("Құпия", "Тайный", "870112300123", "Айгүл", "TEST-token"):
        assert secret not in text
    assert notices.due() is None


def test_several_go_into_one_message(control, in_review):
    numbers = [in_review().pk for _ in range(3)]
    text = notices.due().message.text
    assert all(f"/posts/{number}/" in text for number in numbers)
    assert notices.due() is None


def test_what_was_decided_meanwhile_is_not_told(control, in_review, people):
    post = in_review()
    posts.approve(post, user_actor(people[Role.APPROVER]))
    assert notices.due() is None
    assert not Notice.objects.exists()


def test_an_urgent_post_asks_for_its_second_approval(control, in_review, people):
    post = in_review(urgent=True)
    posts.approve(post, user_actor(people[Role.APPROVER]))
    assert Notice.objects.get(sent_at=None).kind == "second"
    assert f"/posts/{post.pk}/" in notices.due().message.text


def test_a_returned_post_is_told_without_the_comment(control, in_review, people):
    post = in_review()
    posts.give_back(post, "Құпия пікір", user_actor(people[Role.APPROVER]))
    text = notices.due().message.text
    assert f"/posts/{post.pk}/" in text
    assert "пікір" not in text


def test_a_district_can_switch_it_off(control, in_review, settings):
    rules = settings.CONFIG.districts["akkaiyn"].model_copy(update={"notices": False})
    settings.CONFIG = settings.CONFIG.model_copy(update={"districts": {**settings.CONFIG.districts, "akkaiyn": rules}})
    in_review()
    assert not Notice.objects.exists()


def test_what_is_old_is_not_told_any_more(control, in_review):
    in_review()
    Notice.objects.update(created_at=timezone.now() - notices.STALE - timedelta(minutes=1))
    assert notices.due() is None
    assert not Notice.objects.exists()


def test_without_a_control_chat_it_waits(accounts, in_review):
    in_review()
    assert notices.due() is None
    assert Notice.objects.filter(sent_at=None).exists()


def test_a_district_without_a_chat_does_not_keep_the_others_words(settings, accounts, in_review, people):
    """No account has a chat: each district has its own, and one has none yet."""
    esil = District.objects.get(pk="esil")
    own = settings.CONFIG.districts["esil"].model_copy(update={"control_chat": "-100777"})
    districts = {**settings.CONFIG.districts, "esil": own}
    settings.CONFIG = settings.CONFIG.model_copy(update={"districts": districts})
    in_review()
    second = in_review()
    type(second).objects.filter(pk=second.pk).update(district=esil)
    Notice.objects.filter(post=second.pk).update(district=esil)
    word = notices.due()
    assert (word.chat, len(word.ids)) == ("-100777", 1)
    Notice.objects.update(created_at=timezone.now() - notices.STALE - timedelta(minutes=1))
    assert notices.due() is None
    assert not Notice.objects.filter(sent_at=None).exists()


def test_a_restored_copy_tells_nothing(control, in_review):
    in_review()
    Pause.objects.create(scope=pauses.RESTORED, reason="x", by="x", at=timezone.now())
    assert notices.due() is None


def test_it_waits_for_its_turn_in_the_chats_limits(control, in_review, monkeypatch):
    in_review()
    monkeypatch.setattr(notices, "allowed", lambda channel, moment: False)
    assert notices.due() is None
    assert Notice.objects.filter(sent_at=None).exists()


class Chat:
    """A connection that answers as told."""

    def __init__(self, answer: object) -> None:
        self.answer, self.said = answer, []

    async def get(self, account_key):
        return self

    async def publish(self, target, message):
        self.said.append((target, message.text))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "told", "left"),
    [(Receipt(("1",)), 1, 0), (Unavailable("no network"), 0, 1), (OutcomeUnknown("cut"), 1, 0)],
    ids=["told", "not reached", "unknown"],
)
@pytest.mark.django_db(transaction=True)
async def test_what_certainly_did_not_arrive_is_told_later(control, in_review, monkeypatch, answer, told, left):
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(notices, "publishing", lambda connector: connector)
    await sync_to_async(in_review)()
    chat = Chat(answer)
    assert await notices.say(chat) == told
    assert len(chat.said) == 1
    assert await sync_to_async(Notice.objects.filter(sent_at=None).count)() == left
