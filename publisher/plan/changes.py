"""What a person changes about a coming slot. From then on the file no longer decides about that moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.people import audit
from publisher.people.audit import Actor
from publisher.plan.models import Slot, SlotState

OPEN = (SlotState.PLANNED, SlotState.SKIPPED)


def skip(slot: Slot, actor: Actor) -> None:
    """Let this one moment pass in silence."""
    _decide(slot, SlotState.SKIPPED, "by_person", actor, "slot_skipped")


def restore(slot: Slot, actor: Actor) -> None:
    """Post at this moment after all, whatever made it a skipped one: holiday, quiet hours or a person."""
    _decide(slot, SlotState.PLANNED, "", actor, "slot_restored")


def move(slot: Slot, at: datetime, actor: Actor) -> Slot:
    """The slot at its new moment. The old moment stays as skipped, or the plan would foresee it anew."""
    if at <= timezone.now():
        raise Refusal("in_the_past", at=at.astimezone(slot.district.zone).strftime("%d.%m.%Y %H:%M"))
    with transaction.atomic():
        _decide(slot, SlotState.SKIPPED, "moved", actor, "slot_moved", to=at.isoformat())
        _free(slot, at)
        moved = Slot(
            plan=slot.plan,
            at=at,
            district=slot.district,
            rule=slot.rule,
            channel_keys=slot.channel_keys,
            by_person=True,
        )
        try:
            with transaction.atomic():
                moved.save()
        except IntegrityError:
            raise Refusal("slot_taken", at=at.astimezone(slot.district.zone).strftime("%d.%m.%Y %H:%M")) from None
    return moved


def follow_post(post: Post, at: datetime, actor: Actor) -> None:
    """The slot goes along with its post, or it would count as missed at the old moment. That one stays as skipped."""
    slot = Slot.objects.filter(post=post, state=SlotState.MADE).first()
    if slot is None or slot.at == at:
        return
    old = slot.at
    try:
        with transaction.atomic():
            _free(slot, at)
            Slot.objects.filter(pk=slot.pk).update(at=at, by_person=True)
            audit.note(
                actor, "slot_moved", f"slot:{slot.pk}", district=slot.district, plan=slot.plan, to=at.isoformat()
            )
    except IntegrityError:
        raise Refusal("slot_taken", at=at.astimezone(slot.district.zone).strftime("%d.%m.%Y %H:%M")) from None
    _keep_as_moved(slot, old)


def _free(slot: Slot, at: datetime) -> None:
    """A moment that was only left behind may be taken again: moving back is possible."""
    left = Slot.objects.filter(plan=slot.plan, district=slot.district, at=at, state=SlotState.SKIPPED, reason="moved")
    left.exclude(pk=slot.pk).delete()


def _keep_as_moved(slot: Slot, old: datetime) -> None:
    kept = {"rule": slot.rule, "channel_keys": slot.channel_keys, "by_person": True}
    kept |= {"state": SlotState.SKIPPED, "reason": "moved"}
    Slot.objects.get_or_create(plan=slot.plan, at=old, district=slot.district, defaults=kept)


def _decide(slot: Slot, state: SlotState, reason: str, actor: Actor, verb: str, **detail: Any) -> None:
    """Conditional, so that a clock that just made a post of the slot is not overruled unseen, nor a colleague who moved
    it: the plan's one post would stand at two moments."""
    with transaction.atomic():
        coming = Slot.objects.filter(pk=slot.pk, state__in=OPEN, at__gt=timezone.now())
        if not coming.exclude(reason="moved").update(state=state, reason=reason, by_person=True):
            raise Refusal("slot_moved_away" if coming.exists() else "slot_done")
        slot.refresh_from_db()
        at = slot.at.isoformat()
        audit.note(actor, verb, f"slot:{slot.pk}", district=slot.district, plan=slot.plan, at=at, **detail)
