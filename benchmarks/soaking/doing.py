"""Carries out the troubles, and knows from when to when each chat was shut to the bot."""

from __future__ import annotations

import sqlite3
import time
from bisect import insort
from dataclasses import replace

from benchmarks.soaking.fast_clock import FastClock
from benchmarks.soaking.place import Place
from benchmarks.soaking.trouble import HOUR, Event

BEFORE = 300.0  # a text that fell due so long before may still have met the closed door
LATER = 300.0  # what has to wait for the platforms comes again after so long


class Troubles:
    def __init__(self, place: Place, clock: FastClock, speed: float, events: list[Event]) -> None:
        self.place, self.clock, self.speed, self.events = place, clock, speed, events
        self.shut: dict[str, float] = {}
        self.been_shut: list[tuple[str, float, float]] = []

    def kill(self, event: Event) -> None:
        self.clock.set(self.speed)
        self.place.kill(event.what)

    def lock(self, event: Event) -> None:
        """Another program holds the database's lock."""
        rows = sqlite3.connect(self.place.here.home / "var/publisher.sqlite3", isolation_level=None, timeout=30)
        rows.execute("BEGIN IMMEDIATE")
        time.sleep(event.lasts / self.clock.speed)
        rows.execute("COMMIT")
        rows.close()

    def gone(self, event: Event) -> None:
        self.clock.set(self.speed)
        self.place.stop_platform()

    def back(self, event: Event) -> None:
        if self._platform_is_gone():
            self.place.start_platform()

    def kicked(self, event: Event) -> None:
        if self._put_off(event):
            return
        self.place.platform.change(self._chat(event.what), bot="kicked")
        self.shut[event.what] = self.clock.passed()

    def taken_in(self, event: Event) -> None:
        if event.what not in self.shut or self._put_off(event):
            return
        self.place.platform.change(self._chat(event.what), bot="administrator")
        since = self.shut.pop(event.what) - BEFORE
        self.been_shut.append((self._chat(event.what), since, self.clock.passed() + HOUR))

    def repair(self) -> None:
        """The end of all troubles."""
        self.back(Event(0, "back"))
        self.place.platform.clear_faults()
        for key in list(self.shut):
            self.taken_in(Event(0, "taken_in", key))

    def _chat(self, key: str) -> str:
        return next(chat for name, _, chat, *_ in self.place.channels if name == key)

    def _platform_is_gone(self) -> bool:
        return self.place.processes["platform"].poll() is not None

    def _put_off(self, event: Event) -> bool:
        if gone := self._platform_is_gone():
            insort(self.events, replace(event, at=event.at + LATER))
        return gone
