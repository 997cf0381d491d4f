"""Plans become dated slots, two weeks ahead. What a file foresees follows the file; what a person changed does not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from publisher.config import Home
from publisher.people.models import District
from publisher.plan.check import districts_of, unknown_districts
from publisher.plan.files import HORIZON_DAYS, Plan, load_all
from publisher.plan.foresee import Foreseen, foresee
from publisher.plan.models import Slot, SlotState
from publisher.plan.targets import KnownChannel
from publisher.yamlfile import FlawedFile

HORIZON = timedelta(days=HORIZON_DAYS)


def materialise(now: datetime, home: Home, channels: Sequence[KnownChannel]) -> int:
    """Make the coming two weeks look as the files say; returns how many slots are new.

    Safe to repeat and to run on two machines at once. A flawed file raises FlawedFile and changes nothing.
    """
    plans = load_all(home.schedules)
    known = settings.CONFIG.districts
    flaws = unknown_districts(plans.values(), known)
    if flaws:
        raise FlawedFile(flaws)
    districts = District.objects.in_bulk()
    with transaction.atomic():
        meant = [(plan, districts[key]) for plan in plans.values() for key in districts_of(plan, known)]
        new = sum(_follow(plan, district, channels, now) for plan, district in meant)
        _forget_all_but({(plan.key, district.key) for plan, district in meant}, now)
        _mark_missed(now)
    return new


def _follow(plan: Plan, district: District, channels: Sequence[KnownChannel], now: datetime) -> int:
    mine = Slot.objects.filter(plan=plan.key, district=district, at__gte=now - HORIZON)
    rows = {slot.at: slot for slot in mine}
    fresh = []
    for wish in foresee(plan, district, channels, _since(plan, district, now), now + HORIZON):
        slot = rows.pop(wish.at, None)
        if slot is None:
            fresh.append(_new(plan, district, wish))
        elif _file_decides(slot, now):
            _update(slot, district, wish)
    gone = [slot.pk for slot in rows.values() if _file_decides(slot, now)]
    Slot.objects.filter(pk__in=gone).delete()
    Slot.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _since(plan: Plan, district: District, now: datetime) -> datetime:
    """Now; after a stop longer than the horizon, the plan's last slot, so that what was missed comes to light."""
    made = Slot.objects.filter(plan=plan.key, district=district, by_person=False)
    last: datetime | None = made.aggregate(last=Max("at"))["last"]
    return max(last + timedelta(seconds=1), now - HORIZON) if last and last < now else now


def _new(plan: Plan, district: District, wish: Foreseen) -> Slot:
    return Slot(
        plan=plan.key,
        at=wish.at,
        district=district,
        rule=wish.rule,
        channel_keys=list(wish.channel_keys),
        state=wish.state,
        reason=wish.reason,
    )


def _file_decides(slot: Slot, now: datetime) -> bool:
    return slot.at > now and not slot.by_person and slot.state in (SlotState.PLANNED, SlotState.SKIPPED)


def _update(slot: Slot, district: District, wish: Foreseen) -> None:
    waits_for_template = slot.reason == "nothing_to_say" and not wish.reason
    state, reason = (slot.state, slot.reason) if waits_for_template else (wish.state, wish.reason)
    wanted = (wish.rule, list(wish.channel_keys), district.key, state, reason)
    if wanted != (slot.rule, slot.channel_keys, slot.district_id, slot.state, slot.reason):
        slot.rule, slot.channel_keys, slot.district = dict(wish.rule), list(wish.channel_keys), district
        slot.state, slot.reason = state, reason
        slot.save(update_fields=["rule", "channel_keys", "district", "state", "reason"])


def _forget_all_but(meant: Collection[tuple[str, str]], now: datetime) -> None:
    """A file taken away, or a district taken out of it, takes its coming slots along, never what was made of them or
    what a person changed."""
    coming = Slot.objects.filter(at__gt=now, by_person=False, state__in=[SlotState.PLANNED, SlotState.SKIPPED])
    gone = [pk for pk, plan, district in coming.values_list("pk", "plan", "district") if (plan, district) not in meant]
    Slot.objects.filter(pk__in=gone).delete()


def _mark_missed(now: datetime) -> None:
    """A moment that passed without a post stays visible, with the reason."""
    Slot.objects.filter(at__lte=now, state=SlotState.PLANNED).update(state=SlotState.MISSED, reason="slot_missed")
