"""Questions that the bot hands over: a duty officer answers in the console, the bot brings the answer back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from publisher.compose.refusal import Refusal
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Answer, Converses
from publisher.people.audit import Actor, note
from publisher.people.models import User
from publisher.residents import replying, talks, words
from publisher.residents.models import Question, QuestionState, Talk
from publisher.residents.rules import Judgement
from publisher.residents.sealing import seal, unseal

LONGEST = 3000  # letters of an answer: with the question's beginning it stays one message


def ask(talk: Talk, text: str, judged: Judgement, now: datetime) -> Question:
    """`text` is masked already."""
    return Question.objects.create(
        talk=talk,
        district=talk.district,
        language=talk.language or "kk",
        platform=settings.CONFIG.accounts[talk.account].type,
        text=seal(text),
        signs=list(judged.shared),
        verdict=str(judged.verdict),
        asked_at=now,
    )


def text_of(question: Question) -> str:
    return unseal(question.text)


def answer_of(question: Question) -> str:
    return unseal(question.answer)


def kept_of(talk: Talk) -> list[tuple[datetime, str, str]]:
    """The person's own questions with their answers, as long as the words are kept."""
    rows = Question.objects.filter(talk=talk).exclude(text="").order_by("asked_at")
    return [(row.asked_at, text_of(row), answer_of(row)) for row in rows]


def is_late(question: Question, now: datetime) -> bool:
    hours = timedelta(hours=settings.CONFIG.residents.late_hours)
    return question.state == QuestionState.OPEN and question.asked_at < now - hours


def reachable(question: Question, now: datetime) -> str:
    """ "": an answer gets there. Else a sentence's code: the talk was deleted, or WhatsApp's day is over."""
    talk = question.talk
    if talk is None or not talk.address:
        return "talk_gone"
    connector = CONNECTORS.get(question.platform)
    window = connector.talk_window if connector and issubclass(connector, Converses) else None
    return "talk_window_over" if window and talk.last_at < now - window else ""


@transaction.atomic
def answer(question: Question, text: str, user: User, actor: Actor) -> None:
    """Raises Refusal: answered meanwhile, or it cannot be brought any more."""
    now = timezone.now()
    row = Question.objects.select_for_update(of=("self",)).select_related("talk", "district").get(pk=question.pk)
    if row.state != QuestionState.OPEN:
        raise Refusal("question_answered")
    if why := reachable(row, now):
        raise Refusal(why)
    row.state, row.answer, row.answered_at = QuestionState.ANSWERED, seal(text[:LONGEST]), now
    row.answered_by, row.answered_name = user, actor.name
    row.save()
    with translation.override(row.language):
        said = _("The duty officer answers: %(answer)s") % {"answer": text[:LONGEST]}
        choices = (words.back(),)
    assert row.talk is not None
    replying.put(row.talk, Answer(said, choices, language=row.language), now, question=row)
    note(actor, "question_answered", f"question:{row.pk}", district=row.district)


@transaction.atomic
def close(question: Question, actor: Actor) -> None:
    """No answer is needed, or none can be brought."""
    Question.objects.filter(pk=question.pk, state=QuestionState.OPEN).update(state=QuestionState.CLOSED)
    note(actor, "question_closed", f"question:{question.pk}", district=question.district)


@transaction.atomic
def block(question: Question, actor: Actor) -> None:
    """Abuse: the person gets no answers for a week; their open questions are closed."""
    if question.talk:
        talks.block(question.talk, timezone.now())
        mine = Question.objects.filter(talk=question.talk, state=QuestionState.OPEN)
        mine.update(state=QuestionState.CLOSED)
    note(actor, "resident_blocked", f"question:{question.pk}", district=question.district)


def tell_late(now: datetime) -> int:
    """Whoever waits too long is told so once, with the number to call."""
    hours = timedelta(hours=settings.CONFIG.residents.late_hours)
    late = Question.objects.filter(state=QuestionState.OPEN, told_late_at=None, asked_at__lt=now - hours)
    return sum(_tell(row, now) for row in late.select_related("talk", "district")[:20])


@transaction.atomic
def _tell(question: Question, now: datetime) -> bool:
    if not Question.objects.filter(pk=question.pk, told_late_at=None).update(told_late_at=now):
        return False
    if question.talk is None or reachable(question, now):
        return False
    with translation.override(question.language):
        text = _("Your question waits longer than it should. Please call: %(hotline)s.")
        replying.put(question.talk, Answer(text % {"hotline": question.district.hotline}), now)
    return True
