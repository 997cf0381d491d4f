"""The duty officer's desk: one page for one call, which goes on working when the connection is gone.

The page holds nothing about anybody. A service worker keeps a copy of it (`shell`) for the hour without a connection;
calls wait in the browser meanwhile and are sent with a fresh form token, which `state` gives to whoever is logged in.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.console.access import districts_of, needs
from publisher.console.moments import spoken
from publisher.deliver.models import Channel
from publisher.hotline import desk
from publisher.hotline.models import Consultation, Heard, Outcome, Verdict
from publisher.hotline.okrugs import listed
from publisher.hotline.patterns import ENOUGH, catalogue
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.people.models import District

READ_OUT = ("kk", "ru")
DIGITS = "1234567890"


@require_safe
@needs(May.DESK)
def show(request: HttpRequest) -> HttpResponse:
    district = _district(request)
    given = _given(district) | {"district": district, "districts": districts_of(request.user)}
    return render(request, "console/hotline/desk.html", given)


@require_safe
@needs(May.DESK)
def shell(request: HttpRequest) -> HttpResponse:
    """The same page without the person and without a token: what the browser may keep."""
    district = _district(request)
    return render(request, "console/hotline/desk_shell.html", _given(district) | {"district": district})


@require_safe
@needs(May.DESK)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker; it reaches no further than the desk."""
    script = render_to_string("console/hotline/desk_worker.js", {}, request)
    reply = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    reply["Cache-Control"] = "no-cache"
    return reply


@require_safe
@needs(May.DESK)
def state(request: HttpRequest) -> HttpResponse:
    district = _district(request)
    now = timezone.now()
    rows = [_row(row, request, now) for row in desk.today(district, now)]
    reply = JsonResponse({"token": get_token(request), "who": str(request.user), "today": rows})
    reply["Cache-Control"] = "no-store"
    return reply


@require_POST
@needs(May.DESK)
def send(request: HttpRequest) -> HttpResponse:
    """Calls from the browser; each is answered by its number."""
    calls = _json(request).get("calls")
    if not isinstance(calls, list):
        return JsonResponse({"answers": []}, status=400)
    answers = desk.take(calls, _district(request), user_actor(request.user))
    return JsonResponse({"answers": [{"uid": answer.uid, "why": answer.why} for answer in answers]})


@require_POST
@needs(May.DESK)
def undo(request: HttpRequest) -> HttpResponse:
    try:
        uid = uuid.UUID(str(_json(request).get("uid")))
    except ValueError:
        return JsonResponse({"undone": False}, status=400)
    return JsonResponse({"undone": desk.undo(uid, _district(request), user_actor(request.user))})


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _district(request: HttpRequest) -> District:
    """The one in the address, else the person's own, else the first of theirs."""
    rows = districts_of(request.user)
    wanted = request.GET.get("district")
    return get_object_or_404(rows, pk=wanted) if wanted else (rows.first() or get_object_or_404(rows))


def _row(row: Consultation, request: HttpRequest, now: Any) -> dict[str, Any]:
    fresh = row.by_id == request.user.pk and now - row.saved_at < desk.UNDO
    return {
        "call": _again(row) if fresh else None,
        "uid": str(row.uid),
        "at": f"{row.at.astimezone(row.district.zone):%H:%M}",
        "okrug": row.okrug_id,
        "pattern": row.pattern,
        "verdict": row.verdict,
        "outcome": row.outcome,
    }


def _again(row: Consultation) -> dict[str, Any]:
    """What the form is filled with when the call is taken back."""
    names = ("okrug_id", "language", "pattern", "signs", "verdict", "heard", "outcome", "amount", "note")
    given = {name.removesuffix("_id"): getattr(row, name) for name in names}
    more = {"channel": row.heard_channel_id, "code": row.heard_code, "at": row.at.isoformat(), "uid": str(row.uid)}
    return given | more


def _given(district: District) -> dict[str, Any]:
    known = catalogue()
    language = spoken()
    signs = [{"key": key, "name": str(sign.name), "weight": sign.weight} for key, sign in known.signs.items()]
    for place, sign in enumerate(signs):
        sign["press"] = f"{'⇧' if place >= len(DIGITS) else ''}{DIGITS[place % len(DIGITS)]}"
    okrugs = listed(district)
    channels = Channel.objects.filter(district=district)
    data = {
        "district": district.pk,
        "enough": ENOUGH,
        "signs": {sign["key"]: sign["weight"] for sign in signs},
        "patterns": [
            {"key": one.key, "name": str(one.name), "signs": one.signs, "advice": _advice(one)}
            for one in known.patterns.values()
        ],
        "general": {verdict: _general(verdict) for verdict in (Verdict.UNCLEAR, Verdict.NOT, Verdict.FRAUD)},
        "okrugs": {row.pk: row.name(language) for row in okrugs},
        "verdicts": {value: str(label) for value, label in Verdict.choices},
        "outcomes": {value: str(label) for value, label in Outcome.choices},
        "words": _words(),
    }
    return {
        "signs": signs,
        "patterns": known.patterns.values(),
        "okrugs": [(row.pk, row.name(language)) for row in okrugs],
        "channels": [(row.pk, str(row)) for row in channels],
        "verdicts": [(value, label, key) for (value, label), key in zip(Verdict.choices, "FNU", strict=True)],
        "outcomes": [(value, label, key) for (value, label), key in zip(Outcome.choices, "AML", strict=True)],
        "heard": Heard.choices,
        "data": data,
    }


def _advice(pattern: Any) -> dict[str, list[str]]:
    return {language: list(pattern.advice.of(language)) for language in READ_OUT}


def _general(verdict: str) -> dict[str, list[str]]:
    """What to read out when no pattern says it, in both languages whichever the page has."""
    found = {}
    for language in READ_OUT:
        with translation.override(language):
            found[language] = _general_words(verdict)
    return found


def _general_words(verdict: str) -> list[str]:
    if verdict == Verdict.FRAUD:
        return [
            gettext("This is a fraudster. Hang up and block the number."),
            gettext("Transfer no money, take no loan, tell no code, install nothing."),
            gettext("If money has left already, call the bank and 102 right now."),
        ]
    if verdict == Verdict.NOT:
        return [
            gettext("From what you tell, there is no sign of fraud."),
            gettext("Even so: tell no codes and move no money at a stranger's request."),
            gettext("If anything else happens, call us again."),
        ]
    return [
        gettext("It cannot be told for certain yet. Do nothing for now and transfer no money."),
        gettext("Call the organisation yourself, by the number on its own site or on your card."),
        gettext("If they call again, ask for nothing, hang up and call us."),
    ]


def _words() -> dict[str, str]:
    """What desk.js says; a browser has no catalogue of ours."""
    return {
        "saved": gettext("Saved."),
        "kept": gettext("Kept in this browser; it is sent when the connection is back."),
        "waits": gettext("Calls that wait to be sent: %(count)s"),
        "offline": gettext("No connection. Go on working: calls are kept in this browser."),
        "login": gettext("You were logged out. Log in again: the calls wait in this browser."),
        "refused": gettext("Not taken:"),
        "undone": gettext("Taken back. Correct it and save again."),
        "too_late": gettext("It is too late to take this one back."),
        "nothing_to_undo": gettext("There is nothing to take back."),
        "verdict_missing": gettext("Say what it is: fraud, not fraud, or unclear."),
        "number": gettext(
            "The note has a number in it. Sums have a field of their own; telephones are not written down."
        ),
        "no_room": gettext("This browser keeps nothing. Write the call on paper and tell the administrator."),
        "correct": gettext("Correct it"),
        "undo": gettext("Undo"),
        "drop": gettext("Throw it away"),
        "none_yet": gettext("No call yet today."),
        "no_pattern": gettext("none of these"),
        "seconds": gettext("%(count)s s"),
    }
