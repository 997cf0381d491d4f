"""What came of a correction or withdrawal: where it worked, where it followed in reply, where people act by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from publisher.compose.models import Post
from publisher.deliver.models import Change, ChangeKind, ChangeState, Delivery, State
from publisher.sentences import say

Outcome = Literal["done", "followed_up", "under_way", "by_hand"]
FOR_CHANGES = {"no_rights": "no_rights_to_change"}
"""Reasons that are worded for sending, and what they mean for a message that stands there."""
ON_ITS_WAY = (State.WAITING, State.CLAIMED, State.SENDING, State.PEOPLE)


@dataclass(frozen=True, slots=True)
class Place:
    """One message, with the last change asked of it. `what` and `do`: why not, and what a person does there."""

    delivery: Delivery
    change: Change
    outcome: Outcome
    what: str = ""
    do: str = ""


def of(post: Post) -> list[Place]:
    """What needs a person first. Pins are no part of it, and what was ordered anew counts once."""
    order = ("by_hand", "under_way", "followed_up", "done")
    return sorted(_places(post), key=lambda place: order.index(place.outcome))


def _places(post: Post) -> Iterator[Place]:
    asked = Change.objects.filter(delivery__post=post).exclude(kind=ChangeKind.PIN)
    asked = asked.exclude(state=ChangeState.CANCELLED).select_related("delivery__channel__account", "follow_up")
    last = {change.delivery_id: change for change in asked.order_by("id")}
    return (_place(change) for change in last.values())


def _place(change: Change) -> Place:
    if change.state == ChangeState.DONE:
        return Place(change.delivery, change, "done")
    if change.state in (ChangeState.WAITING, ChangeState.DOING):
        return Place(change.delivery, change, "under_way")
    if change.state == ChangeState.FOLLOWED_UP and change.follow_up:
        return _followed(change, change.follow_up)
    reason = change.error_reason or "connector_error"
    why = say(FOR_CHANGES.get(reason, reason))
    return Place(change.delivery, change, "by_hand", why.what, why.do)


def _followed(change: Change, reply: Delivery) -> Place:
    if reply.state == State.SENT:
        return Place(change.delivery, change, "followed_up")
    if reply.state in ON_ITS_WAY and not reply.held:
        return Place(change.delivery, change, "under_way")
    why = say(reply.held or reply.error_reason or "outcome_unknown", reply.error_values)
    return Place(change.delivery, change, "by_hand", why.what, why.do)


def posts_by_hand(districts: Collection[str] | None = None) -> list[tuple[Post, int]]:
    """The posts that people have to change themselves somewhere, and in how many places."""
    rows = Change.objects.filter(state=ChangeState.BY_HAND).exclude(kind=ChangeKind.PIN)
    rows = rows if districts is None else rows.filter(delivery__post__district__in=districts)
    counted = Counter(rows.values_list("delivery__post", flat=True))
    return [(post, counted[post.pk]) for post in Post.objects.filter(pk__in=counted).select_related("district")]
