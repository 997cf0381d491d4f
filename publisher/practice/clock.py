"""The residents' clock: it can run faster than ours and be put forward, and never jumps when the server restarts."""

from __future__ import annotations

import time
from collections.abc import Callable

from publisher.practice.database import Database

HOUR = 3600.0


class ResidentsClock:
    """Seconds that have passed for the residents since this practice folder was made."""

    def __init__(self, database: Database, scale: float, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock, self._scale = database, clock, scale
        saved = database.recall("clock")
        if saved is None:
            self._base, self._since = 0.0, clock()
        else:
            self._base = saved["base"] + max(0.0, clock() - saved["since"]) * saved["scale"]
            self._since = clock()
        self._save()

    def now(self) -> float:
        return self._base + (self._clock() - self._since) * self._scale

    def advance(self, seconds: float) -> None:
        self._base, self._since = self.now() + seconds, self._clock()
        self._save()

    def _save(self) -> None:
        self._database.remember("clock", {"base": self._base, "since": self._since, "scale": self._scale})
