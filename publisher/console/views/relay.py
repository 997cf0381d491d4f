"""A relay's own page on the phone: what to post, the film, one tick. Opened by a signed link, without an account."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.models import Status
from publisher.compose.refusal import Refusal
from publisher.connectors.base import Media, Message
from publisher.console import files
from publisher.console.forms.relay import CountForm
from publisher.deliver import pauses
from publisher.deliver.contents import content_of
from publisher.deliver.models import State
from publisher.relay import doing, links
from publisher.relay.models import Task, TaskKind, TaskState

Page = Callable[..., HttpResponse]


def with_task(page: Page) -> Page:
    """The task of a good link, in the relay's language; anything else leads nowhere and says so."""

    @wraps(page)
    def guarded(request: HttpRequest, token: str, **kwargs: object) -> HttpResponse:
        task = links.task_of(token)
        if task is None:
            return render(request, "console/relay_unknown.html", status=404)
        with translation.override(task.relay.language):
            reply = page(request, task, **kwargs)
        reply["Referrer-Policy"] = "same-origin"  # with none at all browsers send no Origin, and the form is refused
        reply["X-Robots-Tag"] = "noindex"
        return reply

    return login_not_required(never_cache(guarded))


@with_task
@require_safe
def show(request: HttpRequest, task: Task) -> HttpResponse:
    doing.opened(task, timezone.now())
    return _shown(request, task, CountForm())


def _shown(request: HttpRequest, task: Task, form: CountForm) -> HttpResponse:
    given = {
        "task": task,
        "message": _message(task),
        "how": _how(task),
        "form": form,
        "token": links.token_of(task),
        "to_do": task.state == TaskState.OPEN and _still_wanted(task),
    }
    return render(request, "console/relay.html", given, status=422 if form.is_bound else 200)


def _still_wanted(task: Task) -> bool:
    return task.kind != TaskKind.POST or task.delivery.state in (State.PEOPLE, State.FAILED, State.EXPIRED)


def _waits(task: Task) -> bool:
    """It is being corrected, so its present words are nobody's yet; or people stopped it."""
    if task.state in (TaskState.DONE, TaskState.CANNOT) or task.kind == TaskKind.WITHDRAW or not _still_wanted(task):
        return False
    return task.delivery.post.status != Status.APPROVED or pauses.holds_back(task.delivery_id)


def _message(task: Task) -> Message | None:
    """What is to be posted; nothing for a deletion, and nothing of what was cancelled or waits."""
    if _waits(task) or task.kind == TaskKind.WITHDRAW or not (_still_wanted(task) or task.state == TaskState.DONE):
        return None
    try:
        return content_of(task.delivery, task.delivery.sent_at or timezone.now())
    except Refusal:
        return None


def _how(task: Task) -> str:
    """Which words the page shows: to do, thanks, done by somebody else, not needed."""
    if task.state == TaskState.DONE:
        return "thanks"
    if task.state == TaskState.CANNOT:
        return "cannot"
    if task.kind == TaskKind.POST and task.delivery.state == State.SENT:
        return "by_another"
    if not _still_wanted(task) or (task.state == TaskState.TAKEN_BACK and task.kind != TaskKind.POST):
        return "not_needed"
    return "wait" if _waits(task) else "to_do"


@with_task
@require_safe
def file(request: HttpRequest, task: Task, place: int) -> HttpResponse:
    """The picture or film itself, for the phone to share or keep, in pieces when it plays it. Only this task's own."""
    message = _message(task)
    media = list(message.media)[place : place + 1] if message and place >= 0 else []
    if not media:
        raise Http404
    reply = files.serve(request, media[0].path, media[0].mime)
    reply["Content-Disposition"] = f'inline; filename="{_name(task, media[0], place)}"'
    return reply


def _name(task: Task, media: Media, place: int) -> str:
    return f"post-{task.delivery.post_id}-{place + 1}{mimetypes.guess_extension(media.mime) or ''}"


@with_task
@require_POST
def done(request: HttpRequest, task: Task) -> HttpResponse:
    form = CountForm(request.POST)
    if not form.is_valid():
        return _shown(request, task, form)
    revision = request.POST.get("revision", "")
    seen = int(revision) if revision.isdecimal() else task.delivery.revision
    doing.done(task, timezone.now(), form.cleaned_data["members"], revision=seen)
    return redirect("relay", links.token_of(task))


@with_task
@require_POST
def cannot(request: HttpRequest, task: Task) -> HttpResponse:
    doing.cannot(task, request.POST.get("reason", "").strip(), timezone.now())
    return redirect("relay", links.token_of(task))


@with_task
@require_POST
def seen(request: HttpRequest, task: Task) -> HttpResponse:
    form = CountForm(request.POST)
    if task.state != TaskState.DONE or not form.is_valid():
        return _shown(request, task, form)
    count = form.cleaned_data["members"]
    if count is not None:
        doing.seen_by(task, count, timezone.now())
    return redirect("relay", links.token_of(task))
