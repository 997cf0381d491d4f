"""The console's pages for what residents ask, and for warning again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from publisher.compose.models import Post
from publisher.connectors.base import Metric
from publisher.console.agenda import Entry
from publisher.console.crowding import overloads
from publisher.deliver import load
from publisher.deliver.models import Channel, Delivery, Part, State
from publisher.hotline.models import Consultation
from publisher.measure.models import Reading
from publisher.people.models import Role, User
from publisher.residents import fading, proofs, quizzes
from publisher.residents.models import Question, QuestionState, QuizPair, Reply, Talk
from publisher.residents.sealing import seal

pytestmark = pytest.mark.django_db
QUIZ = {"question": "Кодты айту керек пе?", "options": ["Иә", "Жоқ"], "answer": 2, "explanation": "Ешкімге."}


@pytest.fixture
def browser(district) -> Client:
    user = User.objects.create(username="duty", first_name="Ерлан", role=Role.DUTY, district=district, language="kk")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def question(district) -> Question:
    talk = Talk.objects.create(
        person="x", account="telegram-main", address=seal("777"), language="ru", district=district
    )
    return Question.objects.create(
        talk=talk,
        district=district,
        language="ru",
        platform="telegram",
        text=seal("Это полиция?"),
        signs=["safe-account"],
    )


def test_a_question_is_answered_from_its_page(browser, question):
    shown = browser.get(reverse("questions")).content.decode()
    assert "Это полиция?" in shown
    assert "«Безопасного счёта» не существует." in shown  # the ruse's advice, in the person's language
    reply = browser.post(reverse("question_answer", args=[question.pk]), {"answer": "Нет, это мошенник."})
    assert reply.status_code == 302
    question.refresh_from_db()
    assert question.state == QuestionState.ANSWERED
    assert Reply.objects.get().question == question


def test_an_answer_with_a_number_in_it_is_not_sent(browser, question):
    reply = browser.post(reverse("question_answer", args=[question.pk]), {"answer": "Позвоните 8 701 123 45 67"})
    assert reply.status_code == 422
    assert not Reply.objects.exists()


def test_a_question_is_answered_once(browser, question):
    Question.objects.update(state=QuestionState.ANSWERED)
    reply = browser.post(reverse("question_answer", args=[question.pk]), {"answer": "Нет."})
    assert reply.status_code == 422


def test_abuse_ends_the_talk_for_a_week(browser, question):
    browser.post(reverse("question_close", args=[question.pk]), {"block": "yes"})
    question.refresh_from_db()
    assert question.state == QuestionState.CLOSED
    assert Talk.objects.get().blocked_until > timezone.now() + timedelta(days=6)


def test_today_tells_how_many_wait_and_how_many_too_long(browser, question):
    Question.objects.update(asked_at=timezone.now() - timedelta(hours=9))
    shown = browser.get(reverse("today")).content.decode()
    assert "Тұрғындардың 1 сұрағы жауап күтіп тұр." in shown
    assert "Тым ұзақ күтіп тұрғаны: 1." in shown


def _told(district, pattern: str, days: int) -> None:
    Consultation.objects.create(
        district=district, at=timezone.now() - timedelta(days=days), pattern=pattern, verdict="fraud"
    )


def test_a_ruse_people_still_meet_is_due_again_after_two_weeks(published, district, browser):
    post = published(template_slug="fake-officer-safe-account")
    _told(district, "officer-safe-account", 2)
    now = timezone.now()
    assert not fading.ruses([district], now)[0].due
    Delivery.objects.filter(post=post).update(due_at=now - timedelta(days=15))
    first = fading.ruses([district], now)[0]
    assert (first.pattern.key, first.weeks, first.calls, first.due) == ("officer-safe-account", 2, 1, True)
    for page in ("today", "ruses"):
        shown = browser.get(reverse(page)).content.decode()
        assert 'value="fake-officer-safe-account"' in shown


def test_what_waits_to_go_out_counts_as_warned(published, district):
    published(state=State.WAITING, template_slug="fake-officer-safe-account")
    _told(district, "officer-safe-account", 2)
    Delivery.objects.update(due_at=timezone.now() + timedelta(days=3))
    found = {ruse.pattern.key: ruse for ruse in fading.ruses([district], timezone.now())}
    assert (found["officer-safe-account"].due, found["officer-safe-account"].weeks) == (False, 0)


def test_a_channel_that_gets_too_much_is_told_of_and_the_post_itself_counts_once(published):
    posts = [published() for _ in range(3)]
    channel, now = Channel.objects.get(), timezone.now()
    (told,) = load.crowded([channel], now, posts[0].pk)
    assert (told.span, told.found, told.limit) == ("day", 3, 2)
    assert load.crowded([channel], now + timedelta(days=3), posts[0].pk) == []
    Delivery.objects.filter(post=posts[2]).update(state=State.CANCELLED)
    assert load.crowded([channel], now, posts[0].pk) == []


def test_what_channels_bear_is_asked_once_for_all_of_them(published, django_assert_num_queries):
    published()
    first = Channel.objects.get()
    others = [
        Channel.objects.create(
            key=f"c{n}",
            account=first.account,
            target=f"-{n}",
            platform_kind="group",
            languages=["kk"],
            district=first.district,
        )
        for n in range(5)
    ]
    with django_assert_num_queries(2):
        load.crowded([first, *others], timezone.now())


def test_a_week_is_any_seven_days(published):
    days = [-3.2, -2.2, -1.2, 1.2, 1.9, 2.2, 3.2]
    now = timezone.now()
    for number in days:
        Delivery.objects.filter(post=published()).update(due_at=now + timedelta(days=number))
    spans = {one.span: one.found for one in load.crowded([Channel.objects.get()], now)}
    assert spans == {"week": 8}


def _quiz(published, right: int, wrong: int) -> Post:
    post = published(bodies={"kk": "Викторина {hotline}"})
    post.versions.update(poll=QUIZ)
    delivery = Delivery.objects.get(post=post)
    poll = Delivery.objects.create(
        post=post, channel=delivery.channel, language="kk", part=Part.POLL, state=State.SENT, due_at=delivery.due_at
    )
    for label, early, late in (("Жоқ", 1, right), ("Иә", 1, wrong)):
        for value, hours in ((early, 2), (late, 1)):
            at = timezone.now() - timedelta(hours=hours)
            Reading.objects.create(
                delivery=poll, metric=Metric.POLL_VOTES, label=label, value=value, at=at, source="bot-api"
            )
    return post


def test_a_quiz_before_and_after_counts_the_newest_answers_and_says_how_sure_it_is(published, browser, district):
    before, after = _quiz(published, 40, 60), _quiz(published, 75, 25)
    pair = QuizPair.objects.create(name="Науқан", district=district, before=before, after=after, made_by="x")
    found = quizzes.measured(pair)
    assert (found.before.hits, found.before.of, found.after.hits) == (40, 100, 75)
    assert found.says == "better"
    assert "Бұрынғыдан көп адам біледі." in browser.get(reverse("quizzes")).content.decode()


def test_a_difference_that_may_be_chance_or_too_few_answers_is_said_so(published, district):
    def pair(*counts):
        posts = [_quiz(published, *count) for count in counts]
        return quizzes.measured(QuizPair(name="x", district=district, before=posts[0], after=posts[1]))

    assert pair((50, 50), (55, 45)).says == "unclear"
    assert pair((9, 1), (1, 9)).says == "few"


def test_only_the_same_question_can_be_put_together(published, browser):
    before, after = _quiz(published, 40, 60), _quiz(published, 75, 25)
    browser.post(reverse("quiz_add"), {"before": before.pk, "after": after.pk, "name": "Науқан"})
    assert QuizPair.objects.count() == 1
    after.versions.update(poll={**QUIZ, "question": "Басқа?"})
    browser.post(reverse("quiz_add"), {"before": before.pk, "after": after.pk})
    assert QuizPair.objects.count() == 1
    browser.post(reverse("quiz_remove", args=[QuizPair.objects.get().pk]))
    assert not QuizPair.objects.exists()


def test_the_calendar_tells_at_the_posts_that_come_on_top(district):
    zone = district.zone
    now = timezone.now()
    noon = now.astimezone(zone).replace(hour=9, minute=0) + timedelta(days=2)

    def entry(hours: float, **fields) -> Entry:
        given = {
            "id": "x",
            "title": "x",
            "kind": "notice",
            "district": "akkaiyn",
            "look": None,
            "address": "",
            "move": "",
        }
        return Entry(at=noon + timedelta(hours=hours), channels=("a",), **{**given, **fields})

    day = [entry(0), entry(1), entry(2), entry(3, urgent=True), entry(4, alive=False)]
    assert [(told[0], told[2:]) for told in overloads(day, now, zone, 2, 7)] == [(day[2], ("day", 3, 2))]
    week = [entry(20 * number) for number in range(9)]
    spans = [(told[0], told[2], told[3]) for told in overloads(week, now, zone, 5, 7)]
    assert spans == [(week[7], "week", 8), (week[8], "week", 9)]
    assert list(overloads(week, now, zone, None, None)) == []


def test_a_posts_page_leads_to_its_public_one_once_it_went_out(published, browser):
    post = published()
    assert "/v/" not in browser.get(reverse("post", args=[post.pk])).content.decode()
    code = proofs.sign(post).proof.code
    assert reverse("proof", args=[code]) in browser.get(reverse("post", args=[post.pk])).content.decode()
