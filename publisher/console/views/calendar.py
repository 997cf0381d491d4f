"""The calendar: month, week, day and list; moving by dragging or by a form; a slot left out or taken up again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from publisher.compose.models import Kind, Post
from publisher.compose.refusal import Refusal
from publisher.console import moments, moving
from publisher.console.access import back, needs, within
from publisher.console.agenda import Agenda, Entry, days_between, hindrance, zone_of
from publisher.console.forms.calendar import VIEWS, Look, asked_of, look_of, moment_of, stamp_of
from publisher.measure import hours
from publisher.people.access import May, reach
from publisher.people.audit import user_actor
from publisher.plan import changes
from publisher.plan.holiday_names import holiday_name
from publisher.plan.models import Slot, SlotState
from publisher.sentences import say

GRIDS = {"month": "dayGridMonth", "week": "timeGridWeek", "day": "timeGridDay"}
SHOWN = timedelta(minutes=45)  # the height of a post in the day's grid; posts have no length
UNDO = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    name: str
    weekday: str
    holiday: str
    today: bool
    empty: bool
    entries: list[Entry] = field(default_factory=list)


@require_safe
@needs(May.VIEW)
def calendar(request: HttpRequest) -> HttpResponse:
    zone = zone_of(request.user)
    today = timezone.now().astimezone(zone).date()
    look = look_of(request.GET, zone, today)
    agenda = Agenda(request.user, asked_of(request.GET, look))
    days = _days(agenda, look, today)
    facts = {
        "look": look,
        "views": VIEWS.items(),
        "asked": agenda.asked,
        "days": [day for day in days if day.entries or day.empty or day.holiday or day.today],
        "empty_calendar": not agenda.entries,
        "channels": agenda.channels.values(),
        "channel_names": {key: str(row) for key, row in agenda.channels.items()},
        "districts": agenda.districts.values(),
        "district_names": _district_names(agenda),
        "kinds": Kind.choices,
        "undo": _undo(request),
        "data": _data(agenda, look, days),
        "earlier": look.neighbour(-1),
        "later": look.neighbour(1),
        "today": today,
    }
    return render(request, "console/calendar.html", facts)


def _district_names(agenda: Agenda) -> dict[str, str]:
    """For whoever sees several; in one district they need not stand at every line."""
    names = {key: row.name(moments.spoken()) for key, row in agenda.districts.items()}
    return names if len(names) > 1 else {}


@require_safe
@needs(May.VIEW)
def best_hours(request: HttpRequest) -> HttpResponse:
    """On its own, since it reads hundreds of messages' numbers and the calendar need not wait for them."""
    keys, asked = reach(request.user), request.GET.get("district", "")
    wanted = [asked] if asked and (keys is None or asked in keys) else keys
    facts = {"hours": hours.best(wanted, zone_of(request.user))}
    return render(request, "console/_hours.html" if request.htmx else "console/hours.html", facts)


def _days(agenda: Agenda, look: Look, today: date) -> list[Day]:
    entries: dict[date, list[Entry]] = defaultdict(list)
    for entry in agenda.entries:
        entries[entry.at.astimezone(look.zone).date()].append(entry)
    empty = set(agenda.empty_days(look.zone))
    return [
        Day(
            day=day,
            name=moments.day_words(day, today),
            weekday=moments.weekday_words(day),
            holiday=holiday_name(day),
            today=day == today,
            empty=day in empty,
            entries=entries.get(day, []),
        )
        for day in days_between(look.first, look.last + timedelta(days=1))
    ]


def _data(agenda: Agenda, look: Look, days: list[Day]) -> dict[str, object]:
    """For the grid in the browser, which knows no Kazakh names and no clock but its own."""
    spoken = moments.spoken()
    return {
        "grid": GRIDS.get(look.view, ""),
        "date": look.day.isoformat(),
        "offset": _offset(look),
        "weekdays": moments.WEEKDAYS[spoken],
        "weekdaysShort": moments.WEEKDAYS_SHORT[spoken],
        "dates": {day.day.isoformat(): moments.date_words(day.day) for day in days},
        "holidays": {day.day.isoformat(): day.holiday for day in days if day.holiday},
        "empty": [day.day.isoformat() for day in days if day.empty],
        "words": {
            "more": gettext("%(count)s more"),
            "empty": gettext("nothing planned"),
            "close": gettext("Close"),
        },
        "events": _events(agenda.entries, look.zone),
    }


def _offset(look: Look) -> str:
    text = f"{datetime.combine(look.day, datetime.min.time(), look.zone):%z}"
    return f"{text[:3]}:{text[3:]}"


def _events(entries: Sequence[Entry], zone: ZoneInfo) -> list[dict[str, object]]:
    words = {look: str(look.word) for look in {entry.look for entry in entries}}
    return [_event(entry, entry.at.astimezone(zone), words[entry.look]) for entry in entries]


def _event(entry: Entry, at: datetime, state: str) -> dict[str, object]:
    plain = "slot" if entry.id.startswith("slot") else "post"
    return {
        "id": entry.id,
        "start": f"{at:%Y-%m-%dT%H:%M}",
        "end": f"{at + SHOWN:%Y-%m-%dT%H:%M}",
        "title": entry.title,
        "editable": entry.movable,
        "classNames": [f"look-{entry.look.colour}", plain, *(["marked"] if entry.marks else [])],
        "extendedProps": {"move": entry.move, "state": state},
    }


def _undo(request: HttpRequest) -> dict[str, object] | None:
    return moving.undoable(request)


@needs(May.WRITE)
def move_post(request: HttpRequest, pk: int) -> HttpResponse:
    post = within(request, Post.objects.select_related("district"), pk=pk)
    given = request.POST if request.method == "POST" else request.GET
    moved = moving.of_post(post, stamp_of(given.get("was", "")))
    if moved is None:
        messages.error(request, str(say("already_going_out")))
        return HttpResponseClientRedirect(reverse("post", args=[pk])) if request.htmx else redirect("post", pk)
    return _move(request, moved, hindrance(request.user, post.district_id, post.author_id))


@needs(May.WRITE)
def move_slot(request: HttpRequest, pk: int) -> HttpResponse:
    slot = within(request, Slot.objects.select_related("district"), pk=pk)
    moved = moving.Moved(slot, slot.at, tuple(slot.channel_keys))
    return _move(request, moved, hindrance(request.user, slot.district_id, None))


def _move(request: HttpRequest, moved: moving.Moved, hindered: str) -> HttpResponse:
    """Asked with a time, it says what speaks against it; told to, it moves, unless that was not shown before."""
    posted = request.method == "POST"
    text = (request.POST if posted else request.GET).get("at", "")
    against: list[str] = []
    refusal = hindered
    try:
        at = moment_of(text, moved.district.zone) if text or posted else moved.at
        against = moving.against(moved, at, request.user) if at != moved.at else []
        if posted and not hindered and (not against or request.POST.get("sure") == text):
            return _moved(request, moving.carry_out(moved, at, request.user))
    except Refusal as refused:
        at, refusal = moved.at, str(refused)
    facts = {
        "moved": moved,
        "slot": moved.thing if isinstance(moved.thing, Slot) else None,
        "local": at.astimezone(moved.district.zone),
        "asked": bool(text),
        "at": at,
        "against": against,
        "refusal": refusal,
        "sure": text,
    }
    return render(request, "console/_move.html" if request.htmx else "console/move.html", facts)


def _moved(request: HttpRequest, record: dict[str, object]) -> HttpResponse:
    until = datetime.now(UTC) + UNDO
    request.session["calendar_moved"] = {**record, "until": until.timestamp()}
    return back(request, "calendar")


@require_POST
@needs(May.WRITE)
def undo(request: HttpRequest) -> HttpResponse:
    """Back to where it stood; checked like any other move."""
    record = request.session.pop("calendar_moved", None)
    if record is None:
        return redirect("calendar")
    rows = Post.objects.all() if record["address"] == "move_post" else Slot.objects.all()
    thing = within(request, rows.select_related("district"), pk=record["pk"])
    try:
        moving.carry_out(moving.again(thing, record), datetime.fromtimestamp(record["was"], UTC), request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("It stands where it stood before."))
    return back(request, "calendar")


@require_POST
@needs(May.WRITE)
def switch_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """Let this one moment pass in silence, or post at it after all."""
    slot = within(request, Slot.objects.select_related("district"), pk=pk)
    skipped = slot.state == SlotState.SKIPPED
    try:
        (changes.restore if skipped else changes.skip)(slot, user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            gettext("There will be a post at this moment.") if skipped else gettext("This moment passes in silence."),
        )
    return redirect(f"{reverse('calendar')}?view=day&date={slot.at.astimezone(slot.district.zone):%Y-%m-%d}")
