"""The films of a central campaign: made by worker processes of the studio from its own queue, on one database.

`python benchmarks/country_films.py` with PUBLISHER_HOME is one such worker; country.py starts them.
"""

from __future__ import annotations

import math
import os
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PILOT = (2, 14)  # variants: one district's two, and enough more to tell what each one costs


@dataclass(frozen=True)
class Made:
    """Seconds by the clock from the first worker's start to the last film, and of processor time of all processes."""

    wall: float
    cpu: float
    roads: dict[str, int]
    bytes: int


def worker() -> None:
    """One order at a time, as a machine with one slot does."""
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from publisher.render import queue
    from publisher.render.studio import Studio

    studio = Studio(slots=1)
    try:
        while studio.running or not queue.is_idle():
            studio.step()
            time.sleep(0.1)
    finally:
        studio.stop()


def made_by(workers: int, variants: int, film: Path, layout: str) -> Made:
    """`variants` of the film, two a district, in an empty place for renditions."""
    from django.conf import settings
    from django.db.models import Sum

    from publisher.people.audit import Actor
    from publisher.people.models import District
    from publisher.render import orders
    from publisher.render.models import RenderJob, RenderOrder
    from publisher.render.uploads import accept

    shutil.rmtree(settings.RENDITIONS, ignore_errors=True)
    RenderOrder.objects.all().delete()
    places = District.objects.exclude(pk="centre")[: variants // 2]
    orders.for_districts(accept(film, "campaign.mp4"), places, ["kk", "ru"], ["telegram"], Actor("bench"),
                         orders.Wish(layout))  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen([sys.executable, __file__], env=environment) for _ in range(workers)]
    for process in running:
        if process.wait():
            raise SystemExit("a worker failed")
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = RenderJob.objects.all()
    if set(rows.values_list("state", flat=True)) != {"done"}:
        raise SystemExit(f"not all films were made: {Counter(rows.values_list('state', 'reason'))}")
    size = rows.aggregate(all=Sum("result__size"))["all"]
    return Made(wall, cpu, dict(Counter(rows.values_list("road", flat=True))), size)


def planned(few: Made, more: Made, variants: int) -> float:
    """Seconds for one worker, from a pilot: what is shared once for each claim, and what every variant costs."""
    from publisher.render.queue import TOGETHER

    each = (more.wall - few.wall) / (PILOT[1] - PILOT[0])
    shared = few.wall - PILOT[0] * each
    return math.ceil(variants / TOGETHER) * shared + variants * each


def measure(film: Path, layout: str, variants: int, workers: list[int]) -> dict[str, float]:
    """A pilot by one worker first, if one is to be measured."""
    found: dict[str, float] = {"variants": variants}
    if 1 in workers:
        few, more = (made_by(1, number, film, layout) for number in PILOT)
        each, reckoned = (more.wall - few.wall) / (PILOT[1] - PILOT[0]), planned(few, more, variants)
        found |= {"alone_s": few.wall, "alone_cpu_s": few.cpu, "each_s": each, "planned_s": reckoned}
        found["each_cpu_s"] = (more.cpu - few.cpu) / (PILOT[1] - PILOT[0])
        _tell(f"{layout}: a pilot of {PILOT} took {few.wall:.1f} and {more.wall:.1f} s; {reckoned:.0f} s planned")
    for number in workers:
        made = made_by(number, variants, film, layout)
        found |= {f"{number}_workers_s": made.wall, f"{number}_workers_cpu_s": made.cpu}
        found |= {"megabytes": made.bytes / 1e6, "in_one_pass": made.roads.get("whole", 0)}
        spent = f"{made.wall:.0f} s, processor {made.cpu:.0f} s"
        _tell(f"{layout}, {number} workers: {variants} in {spent}, {made.roads}")
    return {f"{layout}_{name}": round(value, 2) for name, value in found.items()}


def _tell(words: str) -> None:
    print(f"{words}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    worker()
