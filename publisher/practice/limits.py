"""The documented limits of both platforms, and the windows that watch the speed.

Telegram: core.telegram.org/bots/api and /bots/faq. WhatsApp: Meta's Cloud API reference. Sizes in bytes.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

TEXT = 4096  # UTF-16 units on Telegram, characters on WhatsApp
CAPTION = 1024
ENTITIES = 100
UPLOAD = 50_000_000
PHOTO = 10_000_000
PHOTO_SIDES = 10_000  # width and height together
PHOTO_RATIO = 20
DOWNLOAD = 20_000_000  # getFile
THUMBNAIL = 200_000
THUMBNAIL_SIDE = 320
ALBUM = (2, 10)
POLL_QUESTION = 300
POLL_OPTION = 100
POLL_OPTIONS = (1, 12)
POLL_EXPLANATION = 200
POLL_EXPLANATION_LINES = 3  # at most two line feeds
BUTTONS = 100
CALLBACK_DATA = (1, 64)  # bytes
WITHDRAW_SECONDS = 48 * 3600  # without the right to delete messages
UPDATES_KEPT = 24 * 3600
LONG_POLL = 50

GROUP_SIZE = 8  # participants of a Cloud API group
PHONE_GROUP_SIZE = 1024  # of a group on a phone
WHATSAPP_IMAGE = 5 * 1024 * 1024
WHATSAPP_VIDEO = 16 * 1024 * 1024
WHATSAPP_DOCUMENT = 100 * 1024 * 1024
CALLBACK_KEY = 512  # biz_opaque_callback_data

PER_BOT = (30, 1.0)  # messages, seconds
PER_GROUP = (20, 60.0)  # groups, supergroups and channels
PER_PERSON = (1, 1.0)
PER_NUMBER = (80, 1.0)
PAIR_BURST = (45, 270.0)  # one every 6 s to the same person, 45 in a burst


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Window:
    """At most `count` events in any sliding `seconds`. A refused event does not count."""

    count: int
    seconds: float
    events: deque[float] = field(default_factory=deque)

    def wait(self, now: float, amount: int = 1) -> float:
        """Seconds until `amount` more events fit; 0 when they fit now."""
        while self.events and now - self.events[0] >= self.seconds:
            self.events.popleft()
        over = len(self.events) + min(amount, self.count) - self.count
        return self.events[over - 1] + self.seconds - now if over > 0 else 0.0

    def add(self, now: float, amount: int = 1) -> None:
        self.events.extend([now] * amount)


class Rates:
    """Telegram's and WhatsApp's speed limits. `relaxed` switches all of them off."""

    def __init__(self, *, relaxed: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.relaxed = relaxed
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}
        self.refused: dict[str, int] = defaultdict(int)

    def take(self, keys: dict[str, tuple[int, float]], amount: int = 1) -> tuple[str, int] | None:
        """Count `amount` messages against every key, or against none.

        Returns the key that is full and the whole seconds to wait (1 at least), None when all had room.
        """
        if self.relaxed:
            return None
        now = self._clock()
        windows = {key: self._window(key, limit) for key, limit in keys.items()}
        waits = {key: window.wait(now, amount) for key, window in windows.items()}
        full = max(waits, key=lambda key: waits[key])
        if waits[full] > 0:
            self.refused[full] += 1
            return full, max(1, math.ceil(waits[full]))
        for window in windows.values():
            window.add(now, amount)
        return None

    def _window(self, key: str, limit: tuple[int, float]) -> Window:
        place = (key, str(limit))
        if place not in self._windows:
            self._windows[place] = Window(*limit)
        return self._windows[place]
