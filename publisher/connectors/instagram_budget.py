"""How many requests to Instagram may go, counted by whoever keeps the budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

OFFICIAL = "https://www.instagram.com"
HOUR, DAY = 3600.0, 86400.0


class Budget:
    """How many requests may go in an hour and a day. `spent`: the moments of the earlier ones (seconds since 1970).

    Whoever keeps it beyond this process saves `fresh` and hands it back as `spent`.
    """

    def __init__(self, an_hour: int, a_day: int, spent: Iterable[float] = ()) -> None:
        self._limits = ((HOUR, an_hour), (DAY, a_day))
        self._spent = sorted(spent)
        self._lock = threading.Lock()
        self.fresh: list[float] = []

    def spend(self) -> float:
        """Take one request; 0: it may go now, otherwise the seconds until one may (and none was taken)."""
        with self._lock:
            now = time.time()
            wait = max(self._wait(now, seconds, count) for seconds, count in self._limits)
            if not wait:
                self._spent.append(now)
                self.fresh.append(now)
            return wait

    def _wait(self, now: float, seconds: float, count: int) -> float:
        inside = [moment for moment in self._spent if moment > now - seconds]
        return inside[-count] + seconds - now if len(inside) >= count else 0.0
