"""The editor saves by itself, sees who else is at it, and finds every earlier version again."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import differing, editing, keeping
from publisher.compose.approval import OPEN
from publisher.compose.content import languages_in
from publisher.compose.models import How, Post, Snapshot
from publisher.compose.refusal import Refusal
from publisher.console.access import needs, within
from publisher.console.keeping import colliding, form_for, keeps_itself, stale
from publisher.people.access import May
from publisher.people.audit import user_actor

SHOWN = 200


def _post(request: HttpRequest, pk: int) -> Post:
    return within(request, Post.objects.select_related("district", "author"), pk=pk)


@require_POST
@needs(May.WRITE)
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """What the editor sends every few seconds and on leaving. Nothing is overwritten that it had not seen."""
    post = _post(request, pk)
    facts: dict[str, object] = {"post": post, "now": timezone.now(), "state": "closed", "set": {}}
    if post.status in OPEN:
        facts["colleagues"] = editing.here(post, request.user)
        facts |= _kept(request, post) if keeps_itself(post) else stale(post, request.POST.get("seen", ""), request.user)
    return render(request, "console/_kept.html", facts)


def _kept(request: HttpRequest, post: Post) -> dict[str, object]:
    form = form_for(request, post)
    right = form.is_valid()
    touched = request.POST.get("changed") != "0"
    kept = keeping.keep(
        post, form.content(), user_actor(request.user), seen=form.seen_digest, how=How.KEPT, touched=touched
    )
    facts = colliding(post, form, kept)
    state = "conflict" if kept.conflicts else "partly" if touched and not right else "kept"
    error = next((text for errors in form.errors.values() for text in errors), "")
    return {**facts, "state": state, "error": error, "saved": kept.saved}


@require_safe
@needs(May.VIEW)
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Who left the post how, and when; one version against another, by default the last against the one before."""
    post = _post(request, pk)
    rows = list(post.snapshots.select_related("by")[:SHOWN])
    after = _chosen(rows, request.GET.get("to", "")) or (rows[0] if rows else None)
    before = _chosen(rows, request.GET.get("from", "")) or _before(rows, after)
    facts = {
        "post": post,
        "rows": rows,
        "before": before,
        "after": after,
        "changes": differing.changes(before.content, after.content) if before and after else [],
        "whole": [(language, after.content[f"body_{language}"]) for language in languages_in(after.content)]
        if after
        else [],
        "open": post.status in OPEN,
    }
    return render(request, "console/versions.html", facts)


def _chosen(rows: Sequence[Snapshot], number: str) -> Snapshot | None:
    return next((row for row in rows if str(row.pk) == number), None)


def _before(rows: Sequence[Snapshot], after: Snapshot | None) -> Snapshot | None:
    return next((row for row in rows if after and row.pk < after.pk), None)


@require_POST
@needs(May.WRITE)
def restore(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    post = _post(request, pk)
    snapshot = get_object_or_404(Snapshot, pk=version, post=post)
    try:
        changed = keeping.restore(post, snapshot, user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("versions", pk)
    if changed:
        messages.success(request, gettext("The texts are as they were then. What stood there before is kept too."))
    else:
        messages.warning(request, gettext("The texts are the same; nothing was changed."))
    return redirect("edit", pk)
