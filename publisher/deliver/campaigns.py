"""Campaigns: one post of the centre in many districts. Handing out, answering, correcting, withdrawing.

Every step is one short transaction of one district and may be repeated: a row that was done is passed over, so a killed
program goes on where it was, and nothing reaches residents twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from publisher.compose import copies
from publisher.compose.approval import OPEN, is_approved, submit
from publisher.compose.copies import OFFERED, ORDERED
from publisher.compose.models import Post, Status
from publisher.compose.refusal import Refusal
from publisher.deliver import actions, films
from publisher.deliver.channels import description_of
from publisher.deliver.models import Channel
from publisher.people import notices
from publisher.people.audit import Actor, note
from publisher.people.models import District, NoticeKind
from publisher.plan.models import Answer, Campaign, Share
from publisher.render import orders

AT_ONCE = 25  # districts served while a person waits; the clock serves the rest within a minute


def launch(
    source: Post,
    districts: Iterable[District],
    actor: Actor,
    *,
    ordered: bool = False,
    publish_at: datetime | None = None,
    answer_by: datetime | None = None,
) -> Campaign:
    """Only of what was approved at the centre. The districts are told in their control chats."""
    wanted = [district for district in districts if district.pk != source.district_id]
    if not is_approved(source):
        raise Refusal("not_approved")
    if not wanted:
        raise Refusal("no_districts")
    with transaction.atomic():
        campaign = Campaign.objects.create(
            title=source.title,
            source=source,
            ordered=ordered,
            publish_at=publish_at,
            answer_by=answer_by,
            revision=source.revision,
            by=actor.user,
            by_name=actor.name,
        )
        Share.objects.bulk_create(Share(campaign=campaign, district=district) for district in wanted)
        keys, about = [district.pk for district in wanted], f"campaign:{campaign.pk}"
        note(actor, "campaign_begun", about, district=source.district, districts=keys, ordered=ordered)
        notices.put_many(NoticeKind.ORDERED if ordered else NoticeKind.OFFERED, campaign.pk, wanted)
    if ordered:
        hand_out(actor, campaign, AT_ONCE)
    return campaign


def hand_out(actor: Actor, campaign: Campaign | None = None, most: int = 500) -> int:
    """What was ordered and is not there yet gets the district's version. Also the clock's, for what is left."""
    rows = Share.objects.filter(campaign__ordered=True, campaign__withdrawn_at=None, post=None, answer=Answer.NONE)
    rows = rows.filter(campaign__source__status=Status.APPROVED)  # one under correction follows in its new wording
    rows = rows.filter(campaign=campaign) if campaign else rows
    keys = list(rows.values_list("pk", flat=True)[:most])
    return sum(_hand_out(key, actor) for key in keys)


@transaction.atomic
def _hand_out(share_id: int, actor: Actor) -> bool:
    share = _locked(share_id)
    if share.post_id or share.campaign.withdrawn_at or not is_approved(share.campaign.source):
        return False  # a source under correction is handed out in its new wording
    post = _make(share, Actor(share.campaign.by_name, share.campaign.by), ORDERED)
    copies.approve_by_order(post, share.campaign.source, actor)
    return True


def _locked(share_id: int) -> Share:
    rows = Share.objects.select_for_update(of=("self",))
    return rows.select_related("campaign__source__district", "campaign__by", "district", "post").get(pk=share_id)


def _make(share: Share, actor: Actor, origin: str) -> Post:
    source, channels = share.campaign.source, channels_of(share.district)
    at = share.campaign.publish_at
    wishes = {
        "channel_keys": [channel.key for channel in channels],
        "publish_at": at if at and at > timezone.now() else None,
    }
    post = copies.make(source, share.district, actor, origin, **wishes)
    profiles = {films.profile_of(one) for one in map(description_of, channels) if one.limits.video_bytes}
    orders.copy(source, post, profiles, actor)
    share.post, share.given, share.revision = post, copies.given(source, share.district), source.revision
    share.save(update_fields=["post", "given", "revision"])
    return post


def channels_of(district: District) -> list[Channel]:
    """Where a district's version goes unless it says otherwise: everywhere it can."""
    return list(Channel.objects.filter(district=district, off_reason="").select_related("account", "district"))


# What a district answers


@transaction.atomic
def take(share: Share, actor: Actor, *, adapt: bool = False) -> Post:
    """The district's own draft; as it is it goes to the district's second person at once."""
    mine = _unanswered(share)
    if mine.campaign.ordered:
        raise Refusal("ordered_by_centre")
    if not is_approved(mine.campaign.source):
        raise Refusal("not_approved")
    post = _make(mine, actor, OFFERED)
    _answer(mine, Answer.TAKEN, actor)
    note(actor, "campaign_taken", f"campaign:{mine.campaign_id}", district=mine.district, post=post.pk)
    return post if adapt else submit(post, actor)


@transaction.atomic
def refuse(share: Share, reason: str, actor: Actor) -> None:
    if not reason.strip():
        raise Refusal("reason_missing")
    mine = _unanswered(share)
    if mine.campaign.ordered:
        raise Refusal("ordered_by_centre")
    mine.reason = reason.strip()[:500]
    _answer(mine, Answer.REFUSED, actor)
    note(actor, "campaign_refused", f"campaign:{mine.campaign_id}", district=mine.district, reason=mine.reason)


@transaction.atomic
def schedule(share: Share, channels: Sequence[Channel], at: datetime, actor: Actor) -> int:
    """What was ordered goes out when and where the district chooses; returns how many messages."""
    mine = _unanswered(share)
    if not mine.campaign.ordered or mine.post is None:
        raise Refusal("not_approved")
    post = mine.post
    post.channel_keys, post.publish_at = [channel.key for channel in channels], at
    post.save(update_fields=["channel_keys", "publish_at", "updated_at"])
    films.order_missing(post, channels)
    copies.approve_by_order(post, mine.campaign.source, actor)
    made = actions.schedule(post, channels, at, actor=actor)
    _answer(mine, Answer.TAKEN, actor)
    return len(made)


def _unanswered(share: Share) -> Share:
    """Locked: of two people who answer at the same moment, one is told."""
    mine = _locked(share.pk)
    if mine.campaign.withdrawn_at:
        raise Refusal("campaign_over")
    if mine.answer != Answer.NONE:
        raise Refusal("campaign_answered")
    return mine


def _answer(share: Share, answer: Answer, actor: Actor) -> None:
    share.answer, share.answered_by, share.answered_at = answer, actor.name, timezone.now()
    share.save(update_fields=["answer", "answered_by", "answered_at", "reason"])


# One correction, one withdrawal: for all


def pass_on(campaign: Campaign, actor: Actor) -> tuple[int, int]:
    """The centre's corrected and approved wording into every district's version; returns done, and to be settled.

    Ordered ones are corrected where they stand at once. Offered ones wait for the district's own approval.
    """
    source = campaign.source
    if not is_approved(source):
        raise Refusal("not_approved")
    behind = campaign.shares.filter(post__status__in=OPEN, revision__lt=source.revision)
    keys = list(behind.values_list("pk", flat=True))
    if not keys:
        raise Refusal("nothing_to_pass_on")
    done = sum(_renew(key, actor) for key in keys)
    Campaign.objects.filter(pk=campaign.pk).update(revision=source.revision)
    left, about = len(keys) - done, f"campaign:{campaign.pk}"
    note(actor, "campaign_corrected", about, district=source.district, revision=source.revision, done=done, left=left)
    return done, left


@transaction.atomic
def _renew(share_id: int, actor: Actor, *, force: bool = False) -> bool:
    share = _locked(share_id)
    source, post = share.campaign.source, share.post
    if post is None or post.status not in OPEN or (share.revision >= source.revision and not force):
        return True
    after = copies.given(source, share.district)
    done = copies.renew(post, share.given, after, actor, force=force)
    share.revision, share.to_settle = source.revision, not done
    if done:
        share.given = after
        _let_go(share, post, source, actor)
    else:
        notices.put_many(NoticeKind.TO_SETTLE, share.campaign_id, [share.district])
    share.save(update_fields=["revision", "to_settle", "given"])
    return done


def _let_go(share: Share, post: Post, source: Post, actor: Actor) -> None:
    """Ordered: at once. Offered: what had gone to the district's second person, or past them, goes there again."""
    if share.campaign.ordered:
        copies.approve_by_order(post, source, actor)
        if post.deliveries.exists():
            actions.correct(post, actor)
    elif post.status == Status.DRAFT and post.deliveries.exists():
        submit(post, actor)


def settle(share: Share, actor: Actor, *, centre: bool) -> None:
    """A district that had changed the corrected text itself decides: the centre's words, or its own."""
    if not share.to_settle:
        raise Refusal("campaign_answered")
    if centre:
        _renew(share.pk, actor, force=True)
        return
    with transaction.atomic():
        Share.objects.filter(pk=share.pk).update(to_settle=False)
        note(actor, "campaign_kept_own", f"campaign:{share.campaign_id}", district=share.district)


def withdraw(campaign: Campaign, actor: Actor) -> int:
    """Taken away in every district, and offered no longer; returns in how many it stood or waited."""
    with transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
        note(actor, "campaign_withdrawn", f"campaign:{campaign.pk}", district=campaign.source.district)
    rows = campaign.shares.filter(post__status__in=OPEN).select_related("post__district", "district")
    found = list(rows)
    for share in found:
        if share.post:
            actions.withdraw(share.post, actor)
    notices.put_many(NoticeKind.WITHDRAWN, campaign.pk, [share.district for share in found])
    return len(found)
