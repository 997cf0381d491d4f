"""Four eyes: what was approved, by whom, and whether it is still that."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.compose.models import Post, Status
from publisher.compose.refusal import NotAllowed, Refusal
from publisher.compose.review import blocking
from publisher.compose.shown import covered
from publisher.people import notices
from publisher.people.access import May, may, standing_in
from publisher.people.audit import SYSTEM, Actor, note
from publisher.people.models import AuditEntry, NoticeKind, User

OPEN = (Status.DRAFT, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED)
WROTE = ("created", "edited", "corrected_from_file")  # in the audit trail: whoever did this last wrote the text


URGENT_LASTS = timedelta(hours=24)  # an urgent post that names no end


def digest_of(post: Post) -> str:
    """What residents would get, when and where. The title is ours alone and is left out."""
    content = {
        "kind": post.kind,
        "district": post.district_id,
        "versions": sorted(post.versions.values_list("language", "body", "buttons", "poll"), key=lambda row: row[0]),
        "media": list(post.media.values_list("upload__sha256", "language", "position")),
        "channels": sorted(post.channel_keys),
        "publish_at": _moment(post.publish_at),
        "expires_at": _moment(post.expires_at),
        "urgent": post.urgent,
        "pin": post.pin,
        "single_language_reason": post.single_language_reason,
    }
    if post.made_with_ai:  # only then, so that what was approved before the mark existed stays approved
        content["made_with_ai"] = True
    if films := list(covered(post)):
        content["films"] = films
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


def is_approved(post: Post) -> bool:
    """Approved, and still what was approved."""
    return post.status == Status.APPROVED and post.approved_digest == digest_of(post)


def reopen(post: Post) -> None:
    """What differs from what was approved must be approved again, as a new revision."""
    if not post.approved_digest or post.approved_digest == digest_of(post):
        return
    post.status, post.revision = Status.DRAFT, post.revision + 1
    post.approved_by, post.approved_at, post.approved_digest = "", None, ""
    post.save(update_fields=["status", "revision", "approved_by", "approved_at", "approved_digest", "updated_at"])


@transaction.atomic
def submit(post: Post, actor: Actor) -> Post:
    in_status(post, Status.DRAFT, Status.RETURNED)
    if not post.versions.exists():
        raise Refusal("empty_text")
    _settled(post)
    _give_an_end(post)
    notices.put(NoticeKind.REVIEW, post.pk, post.district)
    return _become(post, Status.IN_REVIEW, actor, "submitted")


def _settled(post: Post) -> None:
    for finding in blocking(post):
        raise Refusal(finding.code, **finding.values)


@transaction.atomic
def approve(post: Post, actor: Actor, *, seen: str = "") -> Post:
    """Four eyes: not by its author, nor by whoever wrote the text last. `seen`: the digest that was looked at.

    An urgent post needs two such people, unless its district says otherwise: after the first it is still in review.
    """
    in_status(post, Status.IN_REVIEW)
    if actor.user is None or not may(actor.user, May.APPROVE, post.district_id):
        raise NotAllowed("not_permitted")
    reason = hindrance(post, actor.user)
    if reason:
        raise NotAllowed(reason)
    if seen and seen != digest_of(post):
        raise Refusal("changed_since_seen")
    _settled(post)
    _give_an_end(post)
    place = _in_place_of(post, actor.user)
    if needs_two(post) and first_approval(post) is None:
        notices.put(NoticeKind.SECOND, post.pk, post.district)
        return _become(post, Status(post.status), actor, "approved_first", digest=digest_of(post), **place)
    return _approved(post, actor, "approved", **place)


def hindrance(post: Post, user: User) -> str:
    """Why this person, who has the right, may not approve this post: a sentence code, or nothing.

    A substitute is no second pair of eyes for the person they stand in for.
    """
    last = AuditEntry.objects.filter(subject=subject(post), verb__in=WROTE).first()
    writers = {post.author_id, last.actor_id if last else None}
    if post.author_id == user.pk:
        return "own_post"
    if user.pk in writers:
        return "own_edit"
    standing = standing_in(user, post.district_id)
    if standing and standing.who_id in writers:
        return "substitute_of_author"
    first = first_approval(post) if needs_two(post) else None
    one_side = {user.pk, standing.who_id if standing else user.pk}
    return "second_person" if first and one_side & {first.actor_id, first.detail.get("in_place_of_id")} else ""


def _in_place_of(post: Post, user: User) -> dict[str, object]:
    standing = standing_in(user, post.district_id)
    return {"in_place_of": str(standing.who), "in_place_of_id": standing.who_id} if standing else {}


def needs_two(post: Post) -> bool:
    rules = settings.CONFIG.districts.get(post.district_id)
    return post.urgent and (rules is None or rules.urgent_by_two)


def first_approval(post: Post) -> AuditEntry | None:
    """One person's approval of exactly this content, that waits for the second person's."""
    steps = ("submitted", "approved_first", "approved", "given_back")
    last = AuditEntry.objects.filter(subject=subject(post), verb__in=steps).first()
    mine = last and last.verb == "approved_first" and last.detail.get("digest") == digest_of(post)
    return last if mine else None


def _give_an_end(post: Post) -> None:
    """What is urgent today must not go out next week."""
    if post.urgent and not post.expires_at:
        post.expires_at = (post.publish_at or timezone.now()) + URGENT_LASTS


@transaction.atomic
def give_back(post: Post, comment: str, actor: Actor) -> Post:
    in_status(post, Status.IN_REVIEW)
    if actor.user is None or not may(actor.user, May.APPROVE, post.district_id):
        raise NotAllowed("not_permitted")
    if not comment.strip():
        raise Refusal("comment_missing")
    post.review_comment = comment.strip()
    notices.put(NoticeKind.RETURNED, post.pk, post.district)
    return _become(post, Status.RETURNED, actor, "given_back", comment=post.review_comment)


@transaction.atomic
def approve_from_shell(post: Post, actor: Actor) -> Post:
    """The administrator at the command line answers for it alone, and the audit trail says so."""
    in_status(post, *OPEN)
    _give_an_end(post)
    return _approved(post, actor, "approved_from_shell")


@transaction.atomic
def approve_by_plan(post: Post, plan: str) -> Post:
    """A plan that people reviewed says `approve: plan`: its templates need no second approval."""
    in_status(post, Status.DRAFT, Status.IN_REVIEW)
    _give_an_end(post)
    return _approved(post, Actor(f"{SYSTEM.name} ({plan})"), "approved_by_plan", plan=plan)


@transaction.atomic
def approved_by_order(post: Post, source: Post, actor: Actor) -> Post:
    """A version of an approved post that the centre ordered: the district's own four eyes are not asked again."""
    in_status(post, *OPEN)
    if not is_approved(source):
        raise Refusal("not_approved")
    _give_an_end(post)
    return _approved(post, actor, "approved_by_order", of=subject(source), approved_by=source.approved_by)


def changeable(post: Post) -> None:
    """What the centre ordered is the centre's to change."""
    if post.origin == "ordered":
        raise Refusal("ordered_by_centre")


def _approved(post: Post, actor: Actor, verb: str, **detail: object) -> Post:
    post.approved_by, post.approved_at, post.approved_digest = actor.name, timezone.now(), digest_of(post)
    post.review_comment = ""
    if post.made_with_ai:
        detail["made_with_ai"] = True
    return _become(post, Status.APPROVED, actor, verb, digest=post.approved_digest, revision=post.revision, **detail)


def _become(post: Post, status: Status, actor: Actor, verb: str, **detail: object) -> Post:
    post.status = status
    post.save()
    note(actor, verb, subject(post), district=post.district, **detail)
    return post


def in_status(post: Post, *statuses: Status) -> None:
    """Locks the row and brings `post` up to date: whoever decides, decides on what stands there now."""
    Post.objects.select_for_update().get(pk=post.pk)
    post.refresh_from_db()
    if post.status not in statuses:
        raise wrong_status(post)


def wrong_status(post: Post) -> Refusal:
    return Refusal("wrong_status", status=Status(post.status).label)


def subject(post: Post) -> str:
    return f"post:{post.pk}"
