"""One post's page: as residents see it, how it stands, what became of it, who did what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import pictures, posts
from publisher.compose.approval import OPEN, first_approval, hindrance, needs_two
from publisher.compose.copies import OFFERED, ORDERED
from publisher.compose.models import Post, Status
from publisher.compose.refusal import Refusal
from publisher.connectors.base import Metric
from publisher.console import moving
from publisher.console.access import back, needs, within
from publisher.console.preview import saved_preview
from publisher.console.views.campaigns import central
from publisher.console.views.compose import send_for_review
from publisher.deliver import actions, outcomes
from publisher.deliver.models import Change, Channel, Delivery, State
from publisher.measure.metrics import LABELS, OF_A_POST
from publisher.measure.readings import Gathered, Known
from publisher.people.access import May, may
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, User
from publisher.sentences import say

UNDER_WAY = (State.WAITING, State.CLAIMED, State.SENDING)
STOPPABLE = (State.WAITING, State.CLAIMED, State.SENDING)


@dataclass(frozen=True, slots=True)
class Readings:
    delivery: Delivery
    numbers: Sequence[tuple[object, Known]]


@dataclass(frozen=True, slots=True)
class Buttons:
    """What may be done now. `why_not_approve`: the reason the button is off, for whoever would otherwise have it."""

    edit: bool
    hand_out: bool
    submit: bool
    approve: bool
    why_not_approve: str
    cancel: bool
    withdraw: bool


def _post(request: HttpRequest, pk: int) -> Post:
    return within(request, Post.objects.select_related("district", "author"), pk=pk)


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    post = _post(request, pk)
    facts = _deliveries(post)
    if request.htmx:
        return render(request, "console/_deliveries.html", facts)
    channels = _channels(post)
    facts |= {
        "channels": channels,
        "queued_at": next((row.due_at for row in facts["deliveries"] if row.state == State.WAITING), None),
        "moved": moving.undoable(request),
        "preview": saved_preview(post, channels),
        "buttons": _buttons(post, request.user, facts["deliveries"]),
        "digest": posts.digest_of(post),
        "needs_two": needs_two(post),
        "first_approval": first_approval(post),
        "looked": pictures.looked_at(post),
        "trail": AuditEntry.objects.filter(subject=f"post:{post.pk}")[:200],
    }
    return render(request, "console/post.html", facts)


def _channels(post: Post) -> list[Channel]:
    keys = set(post.channel_keys) | set(post.deliveries.values_list("channel__key", flat=True))
    return list(Channel.objects.filter(key__in=keys).select_related("account"))


def _deliveries(post: Post) -> dict[str, object]:
    rows = post.deliveries.select_related("channel__account", "post__district").prefetch_related("attempts", "changes")
    deliveries = list(rows.order_by("due_at", "channel__key", "id"))
    busy = any(row.state in UNDER_WAY for row in deliveries)
    changing = any(change.state in ("waiting", "doing") for row in deliveries for change in row.changes.all())
    return {
        "post": post,
        "deliveries": deliveries,
        "places": outcomes.of(post),
        "readings": _readings(post, timezone.now()),
        "moving": busy or changing,
    }


def _readings(post: Post, now: datetime) -> list[Readings]:
    """The latest known numbers; what no platform gave does not appear at all."""
    sent = Delivery.objects.filter(post=post, part="main", sent_at__isnull=False).select_related("channel__account")
    gathered = Gathered(sent, now)
    return [row for row in (Readings(delivery, _known(gathered, delivery)) for delivery in sent) if row.numbers]


def _known(gathered: Gathered, delivery: Delivery) -> list[tuple[object, Known]]:
    latest = [(LABELS[metric], gathered.latest(delivery, Metric(metric))) for metric in OF_A_POST]
    return [(label, number) for label, number in latest if isinstance(number, Known)]


def _buttons(post: Post, user: User, deliveries: Sequence[Delivery]) -> Buttons:
    writes, open_ = may(user, May.WRITE, post.district_id), post.status in OPEN
    in_review = post.status == Status.IN_REVIEW and may(user, May.APPROVE, post.district_id)
    hindrance = _hindrance(post, user) if in_review else ""
    return Buttons(
        edit=writes and open_ and post.origin != ORDERED,
        hand_out=writes and post.status == Status.APPROVED and post.origin not in (ORDERED, OFFERED) and central(user),
        submit=writes and post.status in (Status.DRAFT, Status.RETURNED),
        approve=in_review and not hindrance,
        why_not_approve=str(say(hindrance)) if hindrance else "",
        cancel=writes and open_ and (not deliveries or any(row.state in STOPPABLE for row in deliveries)),
        withdraw=writes and any(row.state == State.SENT for row in deliveries) and post.status != Status.WITHDRAWN,
    )


def _hindrance(post: Post, user: User) -> str:
    """Why this person may not approve, told before they press; compose decides again when they do."""
    return hindrance(post, user)


@require_POST
@needs(May.APPROVE)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approval and queueing are one step: an approved post that goes nowhere would be a trap."""
    post, actor = _post(request, pk), user_actor(request.user)
    try:
        with transaction.atomic():
            posts.approve(post, actor, seen=request.POST.get("seen", ""))
            words = _let_go(request, post) if post.status == Status.APPROVED else _one_more()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect("post", pk)


def _one_more() -> str:
    return gettext("Approved by you. It is urgent, so another person approves it too before it goes out.")


def _let_go(request: HttpRequest, post: Post) -> str:
    actor = user_actor(request.user)
    if post.deliveries.exists():
        changed = len(actions.correct(post, actor))
        words = ngettext(
            "Approved. The new wording is put in place on %(n)s channel.",
            "Approved. The new wording is put in place on %(n)s channels.",
            changed,
        )
        return words % {"n": changed}
    channels = list(Channel.objects.filter(key__in=post.channel_keys, district=post.district))
    made = actions.schedule(post, channels, post.publish_at or timezone.now(), actor=actor)
    words = ngettext("Approved and queued: %(n)s message.", "Approved and queued: %(n)s messages.", len(made))
    return words % {"n": len(made)}


@require_POST
@needs(May.APPROVE)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(
        request,
        pk,
        lambda post: posts.give_back(post, request.POST.get("comment", "")[:2000], user_actor(request.user)),
        gettext("Returned to the author with your comment."),
    )


@require_POST
@needs(May.WRITE)
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Looked at as in the editor: this is the same step."""
    return _done(
        request,
        pk,
        lambda post: send_for_review(post, user_actor(request.user)),
        gettext("Sent for review. A second person reads and approves it."),
    )


@require_POST
@needs(May.WRITE)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(
        request,
        pk,
        lambda post: actions.cancel(post, user_actor(request.user)),
        gettext("Cancelled: what had not gone out will not."),
    )


@require_POST
@needs(May.WRITE)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    post = _post(request, pk)
    changes: list[Change] = actions.withdraw(post, user_actor(request.user))
    words = ngettext("It is taken away from %(n)s place.", "It is taken away from %(n)s places.", len(changes))
    messages.success(request, words % {"n": len(changes)})
    return redirect("post", pk)


def _done(request: HttpRequest, pk: int, act: Callable[[Post], object], words: str) -> HttpResponse:
    post = _post(request, pk)
    try:
        act(post)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return back(request) if request.POST.get("next") else redirect("post", pk)
