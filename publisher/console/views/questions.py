"""What residents ask through the bot: read, answered, closed. Nobody sees who asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.console.access import needs, within
from publisher.hotline import privacy
from publisher.hotline.patterns import catalogue
from publisher.people.access import May, within_reach
from publisher.people.audit import user_actor
from publisher.residents import questions, words
from publisher.residents.models import DayCount, Question, QuestionState
from publisher.residents.rules import Verdict
from publisher.sentences import say

DONE = 20  # answered ones shown below
DAYS = 7


@require_safe
@needs(May.DESK)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, refused: int = 0, text: str = "", why: str = "") -> HttpResponse:
    now = timezone.now()
    rows = _mine(request)
    waiting = [_shown(row, now) for row in rows.filter(state=QuestionState.OPEN)]
    newest = F("answered_at").desc(nulls_last=True)  # PostgreSQL would put those without an answer first
    done = rows.exclude(state=QuestionState.OPEN).prefetch_related("replies").order_by(newest, "-asked_at")
    given = {
        "waiting": waiting,
        "done": [(row, questions.text_of(row), questions.answer_of(row)) for row in done[:DONE]],
        "counts": _counts(now),
        "days": DAYS,
        "refused": refused,
        "typed": text,
        "why": why,
    }
    return render(request, "console/questions.html", given, status=422 if why else 200)


def _mine(request: HttpRequest) -> QuerySet[Question]:
    return within_reach(request.user, Question.objects.select_related("district", "talk"))


def _shown(row: Question, now: datetime) -> dict[str, object]:
    known = catalogue()
    found = words.pattern_of(row.signs)
    return {
        "row": row,
        "text": questions.text_of(row),
        "late": questions.is_late(row, now),
        "unreachable": say(code).what if (code := questions.reachable(row, now)) else "",
        "signs": [known.signs[key].name for key in row.signs if key in known.signs],
        "pattern": found,
        "advice": "\n".join(found.advice.of(row.language)) if found else "",
        "likely": row.verdict == Verdict.LIKELY,
    }


def _counts(now: datetime) -> list[tuple[str, int]]:
    """Of the last week, of all districts: the bot does not know where somebody lives until they say so."""
    labels = {
        "likely": gettext("checks: fraud likely"),
        "unclear": gettext("checks: not clear"),
        "harmless": gettext("checks: no signs found"),
        "emergency": gettext("money or a code was gone"),
        "post_same": gettext("our posts recognised"),
        "post_changed": gettext("changed copies of our posts"),
        "question": gettext("questions"),
        "report": gettext("reports of fraud"),
    }
    since = timezone.localdate(now) - timedelta(days=DAYS - 1)
    found: dict[str, int] = {}
    for row in DayCount.objects.filter(day__gte=since, what__in=labels):
        found[row.what] = found.get(row.what, 0) + row.count
    return [(labels[what], found[what]) for what in labels if what in found]


def _question(request: HttpRequest, pk: int) -> Question:
    return within(request, Question.objects.select_related("district", "talk"), pk=pk)


@require_POST
@needs(May.DESK)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    row, text = _question(request, pk), request.POST.get("answer", "").strip()
    faults = [str(say(code)) for code in privacy.faults(text)]
    if not text or faults:
        return _page(request, refused=row.pk, text=text, why=faults[0] if faults else gettext("Write the answer."))
    try:
        questions.answer(row, text, request.user, user_actor(request.user))
    except Refusal as refusal:
        return _page(request, refused=row.pk, text=text, why=str(refusal))
    messages.success(request, gettext("The bot brings the answer."))
    return redirect("questions")


@require_POST
@needs(May.DESK)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    row = _question(request, pk)
    if request.POST.get("block") == "yes":
        questions.block(row, user_actor(request.user))
        messages.success(request, gettext("The bot answers this person no more for a week."))
    else:
        questions.close(row, user_actor(request.user))
        messages.success(request, gettext("Closed without an answer."))
    return redirect("questions")
