"""Another moment for what waits. The words were approved and stay approved; the trail tells who moved them where."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from publisher.compose import posts
from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.deliver.border import now
from publisher.deliver.models import Delivery, State
from publisher.people.audit import Actor, note
from publisher.plan.changes import follow_post


def move_queued(post: Post, was: datetime, at: datetime, actor: Actor) -> int:
    """All that waits for the moment `was`, or nothing: once a worker has taken one of them, the rest stays too."""
    _possible(post, at)
    with transaction.atomic():
        together = Delivery.objects.filter(post=post, due_at=was)
        waiting = together.filter(state=State.WAITING, held="").update(due_at=at, not_before=None)
        if not waiting or together.exists():  # what did not move along is still at the old moment
            raise Refusal("already_going_out")
        old, new = {"due_at": was.isoformat()}, {"due_at": at.isoformat()}
        note(actor, "moved", f"post:{post.pk}", district=post.district, before=old, after=new)
    return waiting


def move_wish(post: Post, at: datetime, actor: Actor) -> Post:
    """A post that nothing is queued of yet. If it was approved already, it must be approved again."""
    _possible(post, at)
    with transaction.atomic():
        if post.deliveries.exists():
            raise Refusal("already_going_out")
        follow_post(post, at, actor)
        return posts.change(post, actor, publish_at=at)


def _possible(post: Post, at: datetime) -> None:
    if at <= now():
        raise Refusal("in_the_past", at=at.astimezone(post.district.zone).strftime("%d.%m.%Y %H:%M"))
    if post.expires_at and at >= post.expires_at:
        raise Refusal("after_its_end", at=post.expires_at.astimezone(post.district.zone).strftime("%d.%m.%Y %H:%M"))
