"""Where what stands cannot be changed: the right wording follows in reply, as a delivery like every other.

So it is claimed, attempted, looked up and asked about like every other, and a killed worker sends it no second time.
"""

from __future__ import annotations

from django.db import transaction

from publisher.connectors.base import NEVER, Limits, problems
from publisher.deliver.border import now
from publisher.deliver.contents import content_of
from publisher.deliver.dispatch import limits_of
from publisher.deliver.models import Change, ChangeKind, ChangeState, Delivery, Part, State

FOLLOWED = ("cannot_edit", "too_old_to_edit")
"""The refusals of an edit after which the right wording can still follow in reply."""


def act_otherwise(change: Change, reason: str, detail: str = "") -> None:
    """The platform cannot carry this change out: a correction follows in reply, everything else is for a person."""
    with transaction.atomic():
        open_ones = [ChangeState.WAITING, ChangeState.DOING]
        mine = Change.objects.filter(pk=change.pk, state__in=open_ones)
        fields = {"error_reason": reason, "error_detail": detail, "lease_until": None}
        if not _can_follow(change, reason):
            mine.update(state=ChangeState.BY_HAND, **fields)
        elif mine.update(state=ChangeState.FOLLOWED_UP, done_at=now(), **fields):
            Change.objects.filter(pk=change.pk).update(follow_up=_follow_up(change))


def _can_follow(change: Change, reason: str) -> bool:
    standing = change.delivery
    if change.kind != ChangeKind.EDIT or standing.part != Part.MAIN or reason not in FOLLOWED:
        return False
    return limits_of(standing.channel.account).replies and bool((standing.receipt or {}).get("ids"))


def _follow_up(change: Change) -> Delivery:
    """One for each wording, however often it is asked for. An older one that still waits is not needed any more."""
    standing, moment = change.delivery, now()
    key = {"post": standing.post, "channel": standing.channel, "language": standing.language, "part": Part.CORRECTION}
    older = Delivery.objects.filter(**key, state__in=[State.WAITING, State.CLAIMED], revision__lt=change.revision)
    older.update(state=State.CANCELLED, lease_until=None, held="")
    priority = max(Delivery.CORRECTING, Delivery.URGENT if standing.post.urgent else 0)
    made, _ = Delivery.objects.get_or_create(
        **key, revision=change.revision, defaults={"due_at": moment, "priority": priority}
    )
    return made


def edits(limits: Limits) -> bool:
    return limits.edit_within != NEVER


def too_long(standing: Delivery) -> list[dict[str, object]]:
    """What keeps the correction from following: with the word in front a long text may be over the limit."""
    limits = limits_of(standing.channel.account)
    if edits(limits) or not limits.replies:
        return []
    planned = Delivery(post=standing.post, channel=standing.channel, language=standing.language, part=Part.CORRECTION)
    found = problems(content_of(planned, now()), limits)
    return [{"code": problem.code, "limit": problem.limit, "found": problem.found} for problem in found]
