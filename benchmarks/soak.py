"""Weeks of ordinary work with troubles: is memory flat, does lateness drift, is a row stuck, does each text stand once?

    python benchmarks/soak.py                                    # 24 simulated days at 60×: 9.6 hours
    python benchmarks/soak.py --quiet-speed 1500 --days 24       # 60× while something is sent, 1500× between: an hour
    python benchmarks/soak.py --days 0.25 --from-hour 7.5 --quiet-speed 600     # a trial

Console, worker and clock are processes of their own beside the practice platforms, all under one fast clock. Exit
code 1 when a judgement fails; the last line is JSON. Only one soak at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.soaking import judging, trouble  # noqa: E402
from benchmarks.soaking.doing import Troubles  # noqa: E402
from benchmarks.soaking.fast_clock import FastClock  # noqa: E402
from benchmarks.soaking.judging import DAY, Finding, Row, Sample  # noqa: E402
from benchmarks.soaking.place import PARTS, Place  # noqa: E402
from benchmarks.soaking.sampling import Looks  # noqa: E402
from benchmarks.soaking.trouble import HOUR, Event  # noqa: E402

ZONE = timedelta(hours=5)  # of the district
AHEAD, AFTER = 60.0, 20.0  # simulated seconds around a due moment in which nothing is hurried
STEP = 0.01  # seconds between our looks
NICE = 5  # it runs for hours beside other work
DRAIN = HOUR  # simulated, without troubles, before the judgement
PAGES = ["/today/", "/l/{link}", "/l/{link}"]
READ = ["/calendar/", "/posts/", "/report/week/"]  # every sixth hour
DISTURBS = {"kill": (60.0, 600.0), "lock": (60.0, 300.0), "gone": (60.0, 900.0), "backup": (60.0, 300.0)}


class Soak:
    def __init__(self, home: Path, asked: argparse.Namespace) -> None:
        self.asked, self.days, self.begun = asked, asked.days, time.monotonic()
        self.loads: list[float] = []
        self.offset = asked.from_hour * HOUR
        self.clock = FastClock(home, asked.speed, _begin(asked.from_hour))
        self.due = trouble.moments(self.days, self.offset)
        self.events = sorted(
            trouble.everyday(self.days, self.offset) + trouble.troubles(self.days, self.offset, asked.seed)
        )
        self.place = Place(home, self.clock, asked.seed)
        self.troubles = Troubles(self.place, self.clock, asked.speed, self.events)
        self.looks = Looks(self.place)
        self.samples: list[Sample] = []
        self.rows: list[dict[str, Any]] = []
        self.daily: list[dict[str, float]] = []
        self.pages_wrong: list[str] = []
        self.backups_wrong: list[str] = []
        self.ended: list[str] = []  # what ended by itself
        self.settled, self.done = 0, dict[str, int]()
        self.texts = 0

    def run(self) -> list[Finding]:
        try:
            self._set_out()
            self._live()
            self._come_to_rest()
            found = self._judge()
            codes = self.place.end()
            return [*found, Finding("clean end", any(codes.values()), codes)]
        finally:
            self.looks.close()
            self.place.abandon()

    def _set_out(self) -> None:
        self.place.start(*PARTS)
        for fault in trouble.ALWAYS:
            self.place.platform.fault(match={"method": trouble.PUBLISHING}, **fault)
        first_morning = 5.5 * HOUR - self.offset
        if first_morning <= self.clock.passed():
            self._queue(Event(self.clock.passed(), "queue"))

    def _live(self) -> None:
        while (now := self.clock.passed()) < self.days * DAY:
            while self.events and self.events[0].at <= now:
                self._do(self.events.pop(0))
            self._pace()
            time.sleep(STEP)

    def _pace(self) -> None:
        """As fast as asked for whenever something is due or under way; faster where nothing happens."""
        now = self.clock.passed()
        place = bisect_left(self.due, now - AFTER)
        near = place < len(self.due) and self.due[place] <= now + AHEAD + STEP * self.asked.quiet_speed
        hurry = not near and not self.looks.under_way()
        self.clock.set(self.asked.quiet_speed if hurry else self.asked.speed)

    def _do(self, event: Event) -> None:
        own = {"sample": self._sample, "queue": self._queue, "backup": self._backup}
        (own.get(event.kind) or getattr(self.troubles, event.kind))(event)

    def _queue(self, event: Event) -> None:
        """The texts of the day, and an answer to what nobody could find out."""
        settled = self.looks.nobody_knows()
        last = (int((event.at + self.offset) // DAY) + 1) * DAY - self.offset
        plan = {hour * HOUR for hour in trouble.PLAN_HOURS}
        coming = [
            at for at in self.due if self.clock.passed() + 300 < at < last and (at + self.offset) % DAY not in plan
        ]
        named = [(f"№{self.texts + n:05}", self._moment(at)) for n, at in enumerate(coming)]
        self.texts += len(named)
        self.settled += len(settled)
        self.place.queue(named, settled)

    def _moment(self, at: float) -> datetime:
        return self.clock.now() + timedelta(seconds=at - self.clock.passed())

    def _sample(self, event: Event) -> None:
        if dead := self.place.revive():
            self.ended += [f"{part} at {self.clock.now():%d.%m. %H:%M}" for part in dead]
        found = self.looks.processes()
        self.samples += found
        self.rows.append(self.looks.rows())
        with (self.place.home / "samples.jsonl").open("a", encoding="utf-8") as file:  # to judge it again
            print(json.dumps([asdict(row) for row in found]), file=file)
        self.place.residents(1.0)
        hour = round(event.at / HOUR)
        self.pages_wrong += self.place.browse(PAGES + READ if hour % 6 == 0 else PAGES)
        if hour % 24 == 0:
            self._tell_day(hour // 24 - 1)

    def _tell_day(self, day: int) -> None:
        self.daily.append(self.looks.lateness(day, self._disturbed()))
        rss = {row.process: round(row.rss_mb) for row in self.looks.processes()}
        late = {key: round(value, 2) for key, value in self.daily[-1].items()}
        self.loads.append(round(os.getloadavg()[0], 1))
        at = f"{time.strftime('%H:%M:%S')} load {self.loads[-1]}"
        print(f"day {day + 1}: {at} MB {rss} late {late} {self.rows[-1]}", flush=True)
        if time.monotonic() - self.begun > self.asked.at_most * 60:
            self.days = day + 1

    def _disturbed(self) -> list[tuple[float, float]]:
        every = trouble.everyday(self.days, self.offset) + trouble.troubles(self.days, self.offset, self.asked.seed)
        spans = ((event, DISTURBS[event.kind]) for event in every if event.kind in DISTURBS)
        return [(event.at - before, event.at + event.lasts + after) for event, (before, after) in spans]

    def _backup(self, event: Event) -> None:
        if wrong := self.place.backup():
            self.backups_wrong.append(wrong[-300:])

    def _come_to_rest(self) -> None:
        """Everything is repaired, and what can still go goes."""
        self.troubles.repair()
        end = self.clock.passed() + DRAIN
        while self.clock.passed() < end:
            self.clock.set(self.asked.speed if self.looks.under_way() else self.asked.quiet_speed)
            time.sleep(STEP)
        settled = self.looks.nobody_knows(everything=True)
        self.settled += len(settled)
        self.place.queue([], settled)

    def _judge(self) -> list[Finding]:
        if not self.daily or self.days % 1:
            self.daily.append(self.looks.lateness(len(self.daily), self._disturbed()))
        rows, standing = self.looks.final(self.troubles.been_shut), self.place.platform.judge()
        complaints, self.done = self.place.complaints(), self.looks.done()
        return [
            *judging.memory([row for row in self.samples if row.process in PARTS], self.days),
            *judging.lateness(self.daily, self.asked.speed),
            judging.stuck(self.rows, self.looks.left()),
            judging.exactly_once(rows, _ours(rows, standing)),
            self._planned(rows, standing),
            Finding("ended by themselves", bool(self.ended), {"which": self.ended[:10]}),
            Finding("pages", bool(self.pages_wrong), {"wrong": self.pages_wrong[:10]}),
            Finding("backups", bool(self.backups_wrong), {"wrong": self.backups_wrong[:3]}),
            Finding("log", False, {"errors": complaints}),
        ]

    def _planned(self, rows: Sequence[Row], standing: dict[str, dict[str, int]]) -> Finding:
        """The plan's texts repeat themselves, so they are counted by chat."""
        ours = {(row.chat, row.text) for row in rows}
        planned, wrong, states = self.looks.planned(), [], {}
        for chat, found in planned.items():
            for state, number in found.items():
                states[state] = states.get(state, 0) + number
            there = sum(times for text, times in standing[chat].items() if (chat, text) not in ours)
            if there != found.get("sent", 0):
                wrong.append((chat, there, found))
        return Finding("the plan's texts", bool(wrong), {"states": states, "wrong": wrong[:5]})

    def figures(self) -> dict[str, Any]:
        """After `run`."""
        last = self.rows[-1] if self.rows else {}
        return {
            "days": self.days,
            "speed": self.asked.speed,
            "quiet_speed": self.asked.quiet_speed,
            "lateness_by_day": [{key: round(value, 3) for key, value in day.items()} for day in self.daily],
            "database_mb": [row["database_mb"] for row in self.rows[:: max(1, len(self.rows) // 12)]],
            "wal_mb_most": max((row["wal_mb"] for row in self.rows), default=0),
            "load_by_day": self.loads,
            "due_most": max((row["due"] for row in self.rows), default=0),
            "last": last,
            "done": self.done,
            "settled_by_a_person": self.settled,
        }


def _ours(rows: Sequence[Row], standing: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """In the residents' chats, and without the plan's texts, which may stand there several times. The control chat is
    no such place: looking for a message leaves its copy there when taking it away fails."""
    mine, chats = {row.text for row in rows}, {row.chat for row in rows}
    residents = {chat: texts for chat, texts in standing.items() if chat in chats}
    return {chat: {text: n for text, n in texts.items() if text in mine} for chat, texts in residents.items()}


def _begin(hour: float) -> datetime:
    """The next day, in the district's own time, at that hour."""
    local = datetime.now(UTC) + ZONE
    day = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return day - ZONE + timedelta(hours=hour)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=24)
    parser.add_argument("--speed", type=float, default=60, help="while something is due or under way")
    parser.add_argument("--quiet-speed", type=float, help="while nothing is (default: the same)")
    parser.add_argument("--from-hour", type=float, default=0, help="local hour at which the soak begins")
    parser.add_argument("--at-most", type=float, default=float("inf"), help="minutes of ours; ends with a whole day")
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="a new folder to leave everything in")
    asked = parser.parse_args(argv)
    asked.quiet_speed = max(asked.quiet_speed or asked.speed, asked.speed)
    return asked


def main(argv: Sequence[str] | None = None) -> int:
    asked = _arguments(argv)
    begun, load = time.monotonic(), os.getloadavg()[0]
    os.nice(max(0, NICE - os.nice(0)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing may go on running
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        home = asked.keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        soak = Soak(home, asked)
        findings = soak.run()
    took = time.monotonic() - begun
    print(*judging.plainly(findings), sep="\n")
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = soak.figures() | {
        "took_s": round(took),
        "processor_s": round(spent.ru_utime + spent.ru_stime),
        "findings": {one.name: {"bad": one.bad, **one.figures} for one in findings},
    }
    ratios = {"simulated_to_real": round(soak.days * DAY / took, 1)}
    loads = {"load_before": round(load, 1), "load_after": round(os.getloadavg()[0], 1)}
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), **loads}
    told = {"name": "soak", "ratios": ratios, "figures": figures, "machine": machine}
    print(json.dumps(told, ensure_ascii=False, default=str))
    return int(any(one.bad for one in findings))


if __name__ == "__main__":
    sys.exit(main())
