"""What goes wrong and when: the same seed makes the same troubles. Times in simulated seconds."""

from __future__ import annotations

import random
from dataclasses import dataclass

HOUR, DAY = 3600.0, 86400.0
HOURS = range(8, 21, 2)  # when texts of the officers go out
PLAN_HOURS = (9.5, 18.5)  # the plan's slots, see place.PLAN
CHECK_HOURS = (6.5, 6.52, 6.54)  # the clock asks every chat whether the bot is still there: not in a hurry
PUBLISHING = ["send*", "messages"]
# Of every request that publishes. Before it is accepted: reset, flood, server_error; after it: the others.
ALWAYS = (
    {"kind": "lost_answer", "probability": 0.004},
    {"kind": "processing_then_500", "probability": 0.003},
    {"kind": "reset", "probability": 0.003},
    {"kind": "server_error", "probability": 0.003},
    {"kind": "flood", "probability": 0.004, "retry_after": 15},
    {"kind": "slow", "probability": 0.003, "delay": 8},
)
# Clock and console early and late, so that one life of theirs lasts for weeks: a week is theirs to settle in.
KILLED = {1: ["clock"], 2: ["web"], 22: ["clock", "web"]}
GONE = 1800.0  # half an hour without the platforms
KICKED = 9 * HOUR


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """`kind`: kill, lock, gone, back, kicked, taken_in, queue, backup, sample."""

    at: float
    kind: str
    what: str = ""
    lasts: float = 0.0


def moments(days: float, start: float) -> list[float]:
    """When something falls due or is asked, from `start` (the local hour, in seconds, at which the soak begins)."""
    hours = [*CHECK_HOURS, *HOURS, *PLAN_HOURS]
    every = [day * DAY + hour * HOUR - start for day in range(int(days) + 2) for hour in sorted(hours)]
    return [at for at in every if 0 < at < days * DAY]


def everyday(days: float, start: float) -> list[Event]:
    """What people and their timetables do: the texts of the day, a backup at night; and our look every hour."""
    found = [Event((hour - 1 / 3) * HOUR, "sample") for hour in range(1, int(days * 24) + 1)]
    for day in range(int(days) + 2):
        found += [Event(day * DAY + 2.5 * HOUR - start, "backup"), Event(day * DAY + 5.5 * HOUR - start, "queue")]
    return sorted(event for event in found if 0 < event.at <= days * DAY)


def troubles(days: float, start: float, seed: int) -> list[Event]:
    """Long: each trouble on some days, so that processes live for days. Shorter than a day: each of them once."""
    chance = random.Random(seed)
    found = _short(start) if days < 1 else [one for day in range(int(days)) for one in _day(day, chance)]
    return sorted(event for event in _shifted(found, start) if 0 < event.at < days * DAY)


def _shifted(events: list[Event], start: float) -> list[Event]:
    return [Event(event.at - start, event.kind, event.what, event.lasts) for event in events]


def _full_hour(chance: random.Random) -> float:
    return chance.choice(HOURS[1:]) * HOUR


def _day(day: int, chance: random.Random) -> list[Event]:
    begin = day * DAY
    found = [
        Event(begin + _full_hour(chance) + chance.uniform(0, 2), "lock", lasts=chance.uniform(4, 15)) for _ in "12"
    ]
    for killed in KILLED.get(day, ["worker"] if day % 5 == 4 else []):
        found.append(Event(begin + _full_hour(chance) + chance.uniform(0.5, 4), "kill", killed))
    if day % 2:
        found += _gone(begin + _full_hour(chance) - 60)
    if day % 3 == 1:
        found += _kicked(begin + 11.3 * HOUR, f"chat{chance.randint(0, 13):02}", KICKED)
    return found


def _short(start: float) -> list[Event]:
    hour = sorted(hour for hour in HOURS if hour > start / HOUR)[1]  # the first texts of all go untroubled
    return [
        Event(hour * HOUR + 1, "lock", lasts=8),
        *_kicked(hour * HOUR + 600, "chat03", 2 * HOUR),
        Event((hour + 2) * HOUR + 2, "kill", "worker"),
        *_gone(PLAN_HOURS[0] * HOUR - 60, GONE / 3),
    ]


def _gone(at: float, lasts: float = GONE) -> list[Event]:
    return [Event(at, "gone", lasts=lasts), Event(at + lasts, "back")]


def _kicked(at: float, chat: str, lasts: float) -> list[Event]:
    return [Event(at, "kicked", chat), Event(at + lasts, "taken_in", chat)]
