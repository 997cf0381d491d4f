from __future__ import annotations

import pytest
from django.utils import timezone

from publisher.connectors.errors import OutcomeUnknown, RateLimited, Refused, TargetGone
from publisher.connectors.telegram import TelegramSettings
from publisher.deliver import lookup, pauses, questions
from publisher.deliver.models import Account, Bucket, Channel, Delivery, State
from publisher.people.audit import Actor
from publisher.people.models import District

pytestmark = pytest.mark.django_db
ACTOR = Actor("Айгүл")
CONTROL = "-100777"
LOOKED = len(lookup.PAUSES) + 1  # every look-up was made


@pytest.fixture(autouse=True)
def _control_chat(settings):
    given = settings.CONFIG.accounts
    telegram = given["telegram-main"].model_copy(update={"control_chat": CONTROL})
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": {**given, "telegram-main": telegram}})
    assert isinstance(telegram, TelegramSettings)


@pytest.fixture
def unknown(make_delivery):
    return make_delivery(state=State.UNKNOWN, lookups=LOOKED)


def test_a_person_is_asked_in_kazakh_then_russian_with_the_address_of_the_post(unknown):
    (question,) = questions.due()
    kazakh, russian, url = question.message.text.split("\n\n")
    assert (question.account_key, question.control_chat) == ("telegram-main", CONTROL)
    assert "шықты ма" in kazakh
    assert "Появилась ли" in russian
    assert url.endswith(f"/posts/{unknown.post_id}/")


def test_each_is_asked_about_once(unknown):
    assert len(questions.due()) == 1
    assert questions.due() == []


def test_districts_without_a_chat_do_not_keep_the_others_questions(make_delivery, make_channel, settings, unknown):
    for number in range(questions.AT_ONCE):
        make_delivery(on=make_channel(f"c{number}"), state=State.UNKNOWN, lookups=LOOKED, late_s=60)
    esil = District.objects.get(pk="esil")
    own = settings.CONFIG.districts["esil"].model_copy(update={"control_chat": "-100888"})
    districts = {**settings.CONFIG.districts, "esil": own}
    telegram = settings.CONFIG.accounts["telegram-main"].model_copy(update={"control_chat": ""})
    accounts = {**settings.CONFIG.accounts, "telegram-main": telegram}
    settings.CONFIG = settings.CONFIG.model_copy(update={"districts": districts, "accounts": accounts})
    type(unknown.post).objects.filter(pk=unknown.post_id).update(district=esil)
    assert [question.control_chat for question in questions.due()] == ["-100888"]


@pytest.mark.parametrize("lookups", range(LOOKED))
def test_nobody_is_asked_before_all_look_ups_were_made(make_delivery, lookups):
    make_delivery(state=State.UNKNOWN, lookups=lookups)
    assert questions.due() == []


def test_what_a_whatsapp_account_does_not_know_is_asked_in_the_telegram_chat(make_delivery, make_channel):
    make_delivery(on=make_channel("w", account="whatsapp-main"), state=State.UNKNOWN, lookups=LOOKED)
    assert [question.account_key for question in questions.due()] == ["telegram-main"]


def test_nobody_is_asked_through_a_paused_account_or_by_a_restored_copy(unknown):
    Account.objects.update(paused_at=unknown.created_at)
    assert questions.due() == []
    Account.objects.update(paused_at=None)
    pauses.fence("copy", ACTOR)
    assert questions.due() == []


def test_questions_keep_to_the_limits_of_the_chat(make_delivery, make_channel):
    for name in "abc":
        make_delivery(on=make_channel(name), state=State.UNKNOWN, lookups=LOOKED)
    assert len(questions.due()) == 1


class Platform:
    def __init__(self, error=None):
        self.error, self.said = error, []

    async def publish(self, target, message):
        self.said.append(target)
        if self.error:
            raise self.error


@pytest.fixture
def put(monkeypatch):
    """Ask through a platform that answers with this error."""

    async def ask(error=None):
        platform = Platform(error)

        class Connections:
            async def get(self, key):
                return platform

        async def db(function, *arguments):
            return function(*arguments)

        monkeypatch.setattr(questions, "db", db)
        monkeypatch.setattr(questions, "publishing", lambda connector: connector)
        return await questions.ask(Connections()), platform.said

    return ask


@pytest.mark.parametrize(
    ("error", "asked"),
    [(None, True), (OutcomeUnknown("cut"), True), (RateLimited("wait", retry_after=3), False), (Refused("no"), False)],
)
def test_what_certainly_was_not_asked_is_asked_again(unknown, put, error, asked):
    with pytest.raises(StopIteration) as ended:  # nothing in it waits, so one step runs it through
        put(error).send(None)
    count, said = ended.value.value
    assert (count, said) == (0 if error else 1, [CONTROL])
    assert bool(Delivery.objects.get(pk=unknown.pk).asked_at) == asked


@pytest.mark.parametrize("error", [RateLimited("wait", retry_after=900), Refused("no"), TargetGone("kicked")])
def test_a_control_chat_that_refuses_is_left_alone_for_a_while(unknown, put, error):
    for _ in range(3):
        with pytest.raises(StopIteration) as ended:
            put(error).send(None)
        Bucket.objects.update(full_at=0, uses=[])
    assert ended.value.value == (0, [])
    assert Bucket.objects.filter(blocked_until__gt=timezone.now().timestamp() + 50).exists()


def test_asking_makes_no_channel(unknown):
    questions.due()
    assert not Channel.objects.filter(target=CONTROL).exists()
