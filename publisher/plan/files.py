"""schedules/*.yaml: what people write there, read into typed plans with the line of every word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from publisher import yamlfile
from publisher.compose.models import Kind
from publisher.yamlfile import Flaw, FlawedFile

HORIZON_DAYS = 14  # slots exist this far ahead
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AT = re.compile(r"^(?P<days>\S.*?)\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})$")
KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,79}$")
HOW_TO_WRITE_AT = 'write days and a time in quotes: "Mon,Thu 18:30", "Mon-Fri 12:00" or "* 09:00" (every day)'


@dataclass(frozen=True, slots=True)
class Weekly:
    """A moment of the week in the district's own time; days count from Monday = 0."""

    days: tuple[int, ...]
    time: time


def weekly(text: str) -> Weekly:
    """Days and time of words like “Mon,Thu 18:30”. ValueError tells how to write it."""
    found = AT.match(text.strip())
    if not found:
        raise ValueError(HOW_TO_WRITE_AT)
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:
        raise ValueError(f"there is no time {hour}:{minute:02}; the day goes from 00:00 to 23:59")
    return Weekly(_days(found["days"]), time(hour, minute))


def _days(text: str) -> tuple[int, ...]:
    if text == "*":
        return tuple(range(7))
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        days.update((start + n) % 7 for n in range((end - start) % 7 + 1))
    return tuple(sorted(days))


def _day(name: str) -> int:
    if name.lower() not in WEEKDAYS:
        raise ValueError(f"no day is called “{name}”; write Mon, Tue, Wed, Thu, Fri, Sat or Sun")
    return WEEKDAYS.index(name.lower())


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(Frozen):
    """One line under `slots:`: when, and which templates may speak then."""

    at: str
    kind: Kind | None = None
    templates: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pick: Literal["least-recent"] = "least-recent"
    urgent: bool = False

    @field_validator("at", mode="before")
    @classmethod
    def _readable(cls, text: object) -> object:
        if not isinstance(text, str):  # YAML reads an unquoted 9:00 as a number
            raise ValueError(HOW_TO_WRITE_AT)
        weekly(text)
        return text

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.templates and (self.kind or self.tags):
            raise ValueError("“templates” names the posts itself; leave out kind and tags, or leave out templates")
        if not (self.templates or self.kind or self.tags):
            raise ValueError("say what to post: kind, tags or templates")
        return self

    @property
    def weekly(self) -> Weekly:
        return weekly(self.at)


class PlanFile(Frozen):
    """A whole file. `starts` and `ends` are dates in the district's zone, both included."""

    name: str = Field(min_length=1)
    district: str | None = None
    districts: tuple[str, ...] = ()  # the centre's plan for many: keys, region:KEY, or all
    to: tuple[str, ...]
    slots: tuple[Rule, ...]
    starts: date | None = None
    ends: date | None = None
    approve: Literal["person", "plan"] = "person"
    quiet_hours_exception: bool = False
    skip_holidays: bool = False
    prepare_days: int = Field(3, ge=1, le=HORIZON_DAYS)

    @model_validator(mode="after")
    def _one_or_many(self) -> Self:
        if self.district and self.districts:
            raise ValueError("say district: for one or districts: for many, not both")
        return self

    @field_validator("to", "slots")
    @classmethod
    def _not_empty(cls, rows: tuple[object, ...]) -> tuple[object, ...]:
        if not rows:
            raise ValueError("name at least one")
        return rows


@dataclass(frozen=True)
class Plan:
    """A plan and where each of its words stands, so that a flaw can be shown in its place."""

    key: str
    path: Path
    file: PlanFile
    lines: yamlfile.Lines

    def flaw(self, what: str, hint: str, *at: str | int) -> Flaw:
        line = next((self.lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in self.lines), 0)
        return Flaw(self.path, line, what, hint)


def load_all(schedules: Path) -> dict[str, Plan]:
    """Every plan by its key (the file's name). FlawedFile carries the flaws of all files together."""
    plans: dict[str, Plan] = {}
    flaws = list(_misnamed(schedules))
    for path in sorted(schedules.glob("*.yaml")):
        try:
            plan = load(path)
        except FlawedFile as error:
            flaws.extend(error.flaws)
        else:
            plans[plan.key] = plan
    if flaws:
        raise FlawedFile(flaws)
    return plans


def load(path: Path) -> Plan:
    data, lines = yamlfile.parse(path, yamlfile.text_of(path))
    plan = Plan(path.stem, path, yamlfile.validate(path, data, lines, PlanFile), lines)
    flaws = list(_inner_flaws(plan))
    if flaws:
        raise FlawedFile(flaws)
    return plan


def _misnamed(schedules: Path) -> Iterator[Flaw]:
    for path in sorted(schedules.glob("*.yml")):
        yield Flaw(path, 0, "a file with this ending is not read.", f"Call it {path.stem}.yaml.")
    for path in sorted(schedules.glob("*.yaml")):
        if not KEY.match(path.stem):
            hint = "Use small Latin letters, digits and hyphens, for instance weekly-promo.yaml."
            yield Flaw(path, 0, "this file's name cannot be a plan's key.", hint)


def _inner_flaws(plan: Plan) -> Iterator[Flaw]:
    file = plan.file
    if file.starts and file.ends and file.ends < file.starts:
        yield plan.flaw("the campaign ends before it starts.", "Swap the dates.", "ends")
    for (_, one), (number, two) in combinations(enumerate(file.slots), 2):
        shared = set(one.weekly.days) & set(two.weekly.days)
        if shared and one.weekly.time == two.weekly.time:
            what = f"“{two.at}” falls on the same moment as “{one.at}” above."
            yield plan.flaw(what, "Move one of them by some minutes.", "slots", number, "at")
