"""Whom we talk with: found by a keyed hash, let rest when it is too much, forgotten in time or at their word."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from publisher.people.models import District
from publisher.residents.models import DayCount, HeardOnce, Question, QuestionState, Reply, ReplyState, Talk
from publisher.residents.sealing import digest, seal

REST = timedelta(minutes=10)  # the first time somebody sends too much; each further time doubles it
LONGEST_REST = timedelta(days=2)
BLOCKED = timedelta(days=7)  # by a duty officer
SEEN_KEPT = timedelta(days=7)
REPLIES_KEPT = timedelta(days=2)
COUNTS_KEPT = timedelta(days=800)
LEFT = timedelta(hours=6)  # after it no answer is on its way any more: replying.STALE
GONE = "gone"


def talk_with(account: str, chat: str, now: datetime) -> Talk:
    """The address is sealed anew with each message, so that it is there for the answer."""
    only = District.objects.first() if District.objects.count() == 1 else None
    talk, _new = Talk.objects.get_or_create(
        person=digest(account, chat), defaults={"account": account, "district": only, "recent_since": now}
    )
    talk.address, talk.last_at = seal(chat), now
    return talk


def heard_before(account: str, message_id: str) -> bool:
    _row, new = HeardOnce.objects.get_or_create(pk=digest(account, "message", message_id))
    return not new


def may_speak(talk: Talk, now: datetime) -> str:
    """ "": yes. "resting": one word that it is too much, the first time. "blocked": silence."""
    if talk.blocked_until and now < talk.blocked_until:
        return "blocked"
    if now - talk.recent_since >= timedelta(minutes=1):
        talk.recent, talk.recent_since = 0, now
    talk.recent += 1
    if talk.recent <= settings.CONFIG.residents.a_minute and _today(talk, now) <= settings.CONFIG.residents.a_day:
        return ""
    talk.floods = min(talk.floods + 1, 12)
    talk.blocked_until = now + min(REST * 2 ** (talk.floods - 1), LONGEST_REST)
    return "resting"


def _today(talk: Talk, now: datetime) -> int:
    """Answers of the last day stand for messages: each gets one at least."""
    return Reply.objects.filter(talk=talk, due_at__gt=now - timedelta(days=1)).count()


def block(talk: Talk, now: datetime) -> None:
    """By a duty officer: no answers for a week, and open questions of theirs are closed."""
    Talk.objects.filter(pk=talk.pk).update(blocked_until=now + BLOCKED)


def count(account: str, what: str, now: datetime) -> None:
    day = timezone.localdate(now)
    row, _new = DayCount.objects.get_or_create(day=day, account=account, what=what)
    DayCount.objects.filter(pk=row.pk).update(count=F("count") + 1)


@transaction.atomic
def empty(talk: Talk) -> None:
    """At the person's word: their questions lose the words, nothing waits for them any more. `gone` marks the rest."""
    open_ones = Question.objects.filter(talk=talk, state=QuestionState.OPEN)
    open_ones.update(state=QuestionState.CLOSED)
    Question.objects.filter(talk=talk).update(text="", answer="", talk=None)
    Reply.objects.filter(talk=talk).delete()
    talk.step, talk.ticked, talk.language, talk.district = GONE, [], "", None


def forget(talk_id: int) -> None:
    """Once the last word was sent: unless the person has begun anew."""
    Talk.objects.filter(pk=talk_id, step=GONE).delete()


def forget_past(now: datetime) -> int:
    """Nightly. Returns how many talks went."""
    keep = now - timedelta(days=settings.CONFIG.residents.keep_days)
    Question.objects.filter(asked_at__lt=keep).exclude(text="").update(text="", answer="")
    HeardOnce.objects.filter(at__lt=now - SEEN_KEPT).delete()
    Reply.objects.filter(due_at__lt=now - REPLIES_KEPT).exclude(state=ReplyState.WAITING).delete()
    DayCount.objects.filter(day__lt=(now - COUNTS_KEPT).date()).delete()
    unsaid = Q(step=GONE, last_at__lt=now - LEFT)  # their last word never arrived
    gone = Talk.objects.filter(Q(last_at__lt=keep) | unsaid)
    return gone.delete()[1].get("residents.Talk", 0)
