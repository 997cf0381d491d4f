"""Slots that come near become posts: chosen by rotation, sent for review or approved by the plan itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from publisher.compose import posts
from publisher.compose.models import Post, Status
from publisher.compose.templates import Template, load_all
from publisher.config import Home
from publisher.people.audit import SYSTEM, Actor
from publisher.plan.files import HORIZON_DAYS
from publisher.plan.foresee import PlannedRule, rule_of
from publisher.plan.models import Slot, SlotState
from publisher.plan.rotation import pick, speaks, uses_on
from publisher.yamlfile import FlawedFile

log = logging.getLogger(__name__)

TO_BE_MADE = Q(state=SlotState.PLANNED) | Q(state=SlotState.SKIPPED, reason="nothing_to_say", by_person=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An approved post of a slot that nobody has queued yet."""

    slot: Slot
    post: Post
    channel_keys: tuple[str, ...]
    due_at: datetime


def make_posts(now: datetime, home: Home) -> list[Prepared]:
    """Make the posts of slots whose `prepare_days` have begun; returns every approved one that is still to be queued.

    Safe to repeat: a crash between this and the queueing is made good by the next call.
    """
    near = Slot.objects.filter(TO_BE_MADE, at__gt=now, at__lte=now + timedelta(days=HORIZON_DAYS)).order_by("at")
    ripe = [slot.pk for slot in near if slot.at <= now + timedelta(days=rule_of(slot).prepare_days)]
    if ripe:
        _make_all(ripe, home)
    _close(now)
    return _prepared(now)


def _make_all(slot_ids: Sequence[int], home: Home) -> None:
    try:
        templates = load_all(home.content)
    except FlawedFile as error:
        log.error("The templates in content/ cannot be used, so no posts are made of the plans: %s", error)
        return
    for pk in slot_ids:
        _make(pk, templates)


def _make(slot_id: int, templates: Mapping[str, Template]) -> None:
    """One short transaction a slot; the row is looked at again inside it, for another clock may have been quicker."""
    with transaction.atomic():
        slot = Slot.objects.select_for_update().filter(TO_BE_MADE, pk=slot_id).first()
        if slot is None:
            return
        rule = rule_of(slot)
        template = _choose(slot, rule, templates)
        if template is None:
            slot.state, slot.reason = SlotState.SKIPPED, "nothing_to_say"
        else:
            slot.post = _post(slot, rule, template)
            slot.state, slot.reason = SlotState.MADE, ""
        slot.save(update_fields=["state", "reason", "post"])


def _choose(slot: Slot, rule: PlannedRule, templates: Mapping[str, Template]) -> Template | None:
    zone = slot.district.zone
    speaking = [template for template in templates.values() if speaks(template, rule.languages)]
    uses = uses_on(slot.channel_keys, [template.slug for template in speaking], zone)
    return pick(speaking, rule, uses, slot.at.astimezone(zone).date())


def _post(slot: Slot, rule: PlannedRule, template: Template) -> Post:
    """Channels and moment belong to what is approved, so they are set first."""
    actor = Actor(f"{SYSTEM.name} ({slot.plan})")
    post = posts.from_template(template, slot.district, actor, rule.languages, at=slot.at, origin="plan")
    post.channel_keys, post.urgent = slot.channel_keys, rule.urgent
    post.save(update_fields=["channel_keys", "urgent"])
    return posts.approve_by_plan(post, slot.plan) if rule.approve == "plan" else posts.submit(post, actor)


def _close(now: datetime) -> None:
    """Moments that came before their post was approved or queued: visible, with the reason."""
    passed = Slot.objects.filter(state=SlotState.MADE, at__lte=now, post__deliveries=None)
    passed.filter(post__status=Status.CANCELLED).update(state=SlotState.SKIPPED, reason="by_person")
    unapproved = passed.exclude(post__status__in=[Status.APPROVED, Status.WITHDRAWN])
    unapproved.update(state=SlotState.MISSED, reason="not_approved_in_time")
    passed.update(state=SlotState.MISSED, reason="slot_missed")


def _prepared(now: datetime) -> list[Prepared]:
    rows = Slot.objects.filter(state=SlotState.MADE, at__gt=now, post__status=Status.APPROVED, post__deliveries=None)
    return [
        Prepared(slot, slot.post, tuple(slot.post.channel_keys), slot.post.publish_at or slot.at)
        for slot in rows.select_related("post__district").order_by("at")
        if slot.post is not None
    ]
