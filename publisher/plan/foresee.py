"""What the files want, moment by moment, before anything in the database is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from publisher.people.models import District
from publisher.plan import calendar
from publisher.plan.files import Plan, Rule
from publisher.plan.models import Slot, SlotState
from publisher.plan.targets import KnownChannel, resolve

LANGUAGES = ("kk", "ru", "en")


class PlannedRule(Rule):
    """A rule as a slot keeps it, with what the whole plan says, so that the slot stands without the file."""

    name: str
    approve: Literal["person", "plan"]
    prepare_days: int
    languages: tuple[str, ...]  # of the channels, Kazakh first


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A slot as the file wants it."""

    at: datetime
    rule: Mapping[str, Any]
    channel_keys: tuple[str, ...]
    reason: str  # why the slot is skipped; empty: it stands

    @property
    def state(self) -> SlotState:
        return SlotState.SKIPPED if self.reason else SlotState.PLANNED


def rule_of(slot: Slot) -> PlannedRule:
    return PlannedRule.model_validate(slot.rule)


def foresee(
    plan: Plan, district: District, channels: Sequence[KnownChannel], start: datetime, end: datetime
) -> list[Foreseen]:
    """Every moment of the plan in [start, end). Quiet hours and holidays move nothing: they skip, with the reason."""
    meant = resolve(plan.file.to, district.key, channels)
    keys = tuple(channel.key for channel in meant)
    return [
        Foreseen(m.at, _kept(plan, m.rule, meant), keys, _why_not(plan, district, m) or ("" if keys else "no_channels"))
        for m in calendar.moments(plan, district.zone, start, end)
    ]


def _kept(plan: Plan, rule: Rule, channels: Sequence[KnownChannel]) -> dict[str, Any]:
    file = plan.file
    spoken = {language for channel in channels for language in channel.languages}
    whole = PlannedRule(
        **rule.model_dump(),
        name=file.name,
        approve=file.approve,
        prepare_days=file.prepare_days,
        languages=tuple(language for language in LANGUAGES if language in spoken),
    )
    return whole.model_dump(mode="json")


def _why_not(plan: Plan, district: District, moment: calendar.Moment) -> str:
    if plan.file.skip_holidays and calendar.is_holiday(moment.day):
        return "holiday"
    allowed = plan.file.quiet_hours_exception or moment.rule.urgent
    local = moment.at.astimezone(district.zone).time()
    return "quiet_hours" if not allowed and calendar.is_quiet(local, district.quiet_from, district.quiet_to) else ""
