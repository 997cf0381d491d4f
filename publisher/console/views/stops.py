"""The stop button, its end, and what to do with what came due meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from publisher.compose.refusal import Refusal
from publisher.console.access import needs
from publisher.console.forms.stop import StopForm, scopes_for
from publisher.console.proof import sure
from publisher.console.views.today import Group
from publisher.deliver import pauses
from publisher.deliver.models import Delivery
from publisher.people.access import May, everywhere, may, reach
from publisher.people.audit import user_actor
from publisher.people.models import User


@needs(May.STOP)
def stop(request: HttpRequest) -> HttpResponse:
    form = StopForm(request.POST or None, request.user)
    if request.method == "POST" and form.is_valid():
        pauses.stop(form.cleaned_data["scope"], form.cleaned_data["reason"], user_actor(request.user))
        messages.success(request, gettext("Stopped. What is due waits."))
        return redirect("today")
    return render(request, "console/stop.html", {"form": form})


@dataclass(frozen=True, slots=True)
class Stopped:
    stop: pauses.Stop
    waiting: int
    late: int
    allowed: bool


@needs(May.APPROVE)
@sure
def resume(request: HttpRequest) -> HttpResponse:
    mine = _may_end(request.user)
    if request.method == "POST":
        scope = request.POST.get("scope", "")
        if scope and scope not in mine:
            raise PermissionDenied
        held = pauses.resume(scope, user_actor(request.user)) if scope else 0
        messages.success(request, gettext("Sending goes on."))
        return redirect("backlog" if held and may(request.user, May.WRITE) else "today")
    stops = pauses.stops(reach(request.user))
    found = [Stopped(stop, *pauses.waiting_behind(stop.scope), allowed=stop.scope in mine) for stop in stops]
    return render(request, "console/resume.html", {"entries_stopped": found})


def _may_end(user: User) -> set[str]:
    """A restored copy is let go by an administrator of all districts alone."""
    scopes = {scope for scope, _words in scopes_for(user)}
    return scopes | ({pauses.RESTORED} if may(user, May.MANAGE) and everywhere(user) else set())


@dataclass(frozen=True, slots=True)
class Held(Group):
    """The held deliveries of one post."""

    reason: str = field(default="paused_meanwhile")


@needs(May.WRITE)
def backlog(request: HttpRequest) -> HttpResponse:
    rows = pauses.backlog(reach(request.user))
    if request.method == "POST":
        return _decided(request, rows)
    groups: dict[int, Held] = {}
    for row in rows:
        groups.setdefault(row.post_id, Held(row.post, row.due_at, reason=row.held)).deliveries.append(row)
    return render(request, "console/backlog.html", {"groups": list(groups.values())})


def _decided(request: HttpRequest, rows: QuerySet[Delivery]) -> HttpResponse:
    action, post = request.POST.get("action", ""), request.POST.get("post", "")
    mine = rows.filter(post=int(post)) if post.isdecimal() else rows.none()
    actor = user_actor(request.user)
    try:
        match action:
            case "drop_all":
                changed = pauses.drop(rows, actor)
            case "drop":
                changed = pauses.drop(mine, actor)
            case "send":
                changed = pauses.send_now(mine, actor)
            case "move":
                changed = pauses.move(mine, _moment(request.POST.get("at", ""), mine), actor)
            case _:
                return HttpResponse(status=400)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("Decided for %(n)s message.", "Decided for %(n)s messages.", changed)
        messages.success(request, words % {"n": changed})
    return redirect("backlog")


def _moment(text: str, rows: QuerySet[Delivery]) -> datetime:
    """As the browser gives it: without a zone, by the clock of the post's district."""
    first = rows.first()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=first.post.district.zone if first else None)
    except ValueError:
        raise Refusal("time_missing") from None
