"""Wall time, processor time and memory of some work and everything it starts."""

from __future__ import annotations

import os
import re
import resource
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from publisher.render.ffmpeg import run

PAUSE = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True)
class Spent:
    """Seconds of wall time, and of processor time of this process and all that it started and that has ended."""

    wall: float
    cpu: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)

    def each(self, count: int) -> Spent:
        return Spent(self.wall / count, self.cpu / count)


def spent_on(work: Callable[[], object]) -> Spent:
    def cpu() -> float:
        used = [resource.getrusage(whose) for whose in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    wall_before, cpu_before = time.perf_counter(), cpu()
    work()
    return Spent(time.perf_counter() - wall_before, cpu() - cpu_before)


def median(spent: list[Spent]) -> Spent:
    return Spent(statistics.median(one.wall for one in spent), statistics.median(one.cpu for one in spent))


def ratios(name: str, ours: Spent, theirs: Spent) -> dict[str, float]:
    return {name: round(ours.wall / theirs.wall, 3), f"{name}_cpu": round(ours.cpu / theirs.cpu, 3)}


def peak_megabytes(work: Callable[[], object]) -> float:
    """The most that all processes started by `work` held at a time, looked at every twentieth of a second."""
    over, most = Event(), 0

    def look() -> None:
        nonlocal most
        while not over.wait(PAUSE):
            most = max(most, sum(map(_resident, _below(os.getpid()))))

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        work()
    finally:
        over.set()
        watcher.join()
    return most / (1 << 20)


def _below(process: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                found += [child, *_below(child)]
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def vmaf(made: Path, source: Path, part: list[str], graph: str) -> float:
    """`graph` leaves [a], what was made, and [b], what it should look like."""
    compare = f"{graph};[a][b]libvmaf=n_subsample=5:n_threads=2"
    messages = run(
        [*part, "-i", str(made), *part, "-i", str(source), "-lavfi", compare, "-f", "null", "-"], loglevel="info"
    )
    return float(re.findall(r"VMAF score: ([\d.]+)", messages)[-1])
