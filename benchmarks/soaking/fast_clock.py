"""A clock for several processes that runs faster than ours, at a speed that may change at any moment.

Debian's libfaketime was tried first: it does not speed up `sem_clockwait`, so every lock of Python with a time limit
waits for the real time, and its speed cannot change without a jump. clock.c does only what is needed here.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import struct
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
LAYOUT = "<Qqqqqdd"  # as `struct page` in clock.c
SECOND = 1_000_000_000
SOON = 2_000_000  # ns: a new speed holds from then on, so that nobody sees time go back


class NoCompiler(RuntimeError):
    """There is no C compiler on this computer."""


class FastClock:
    """The page that the processes read, and the same reckoning for this process."""

    def __init__(self, folder: Path, speed: float, start: datetime | None = None) -> None:
        self.library, self._path = folder / "clock.so", folder / "clock.page"
        _compile(self.library)
        self._path.write_bytes(bytes(mmap.PAGESIZE))
        with self._path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        wall = int((start or datetime.now(UTC)).timestamp()) * SECOND
        self._fixed = (wall, time.monotonic_ns())
        self._turn, self._passed, self.speed = time.monotonic_ns(), 0, speed
        self._write(speed)

    def set(self, speed: float) -> None:
        """From a moment on the clock runs at this speed. Without a jump."""
        if speed == self.speed:
            return
        time.sleep(max(0.0, (self._turn - time.monotonic_ns()) / SECOND))  # the turn before is over
        turn = time.monotonic_ns() + SOON
        before, self._passed = self.speed, self._passed + int((turn - self._turn) * self.speed)
        self._turn, self.speed = turn, speed
        self._write(before)

    def passed(self) -> float:
        """Simulated seconds since the start."""
        since = time.monotonic_ns() - self._turn
        return (self._passed + since * self.speed) / SECOND if since >= 0 else self._passed / SECOND

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._fixed[0] / SECOND + self.passed(), UTC)

    @property
    def environment(self) -> dict[str, str]:
        """For the processes that go by it."""
        return {"LD_PRELOAD": str(self.library), "SOAK_CLOCK": str(self._path)}

    def _write(self, before: float) -> None:
        (written,) = struct.unpack_from("<Q", self._page)
        struct.pack_into("<Q", self._page, 0, written + 1)
        rest = (*self._fixed, self._turn, self._passed, before, self.speed)
        struct.pack_into(LAYOUT[0] + LAYOUT[2:], self._page, 8, *rest)
        struct.pack_into("<Q", self._page, 0, written + 2)


def _compile(library: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("The fast clock needs a C compiler: apt-get install gcc libc6-dev")
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    ctypes.CDLL(str(library))  # it can be loaded; without SOAK_CLOCK it changes nothing


def is_possible() -> bool:
    return os.name == "posix" and bool(shutil.which("cc") or shutil.which("gcc"))
