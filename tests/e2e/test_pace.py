"""The documented limits, kept by one worker and by three: the strict practice server counts.

Not one refusal, on any machine and under any load: that rests on answers, not on speed. How fast it goes is only asked
where nobody else wants the processor, as this test's own small sums show.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e import crowd, postgres
from tests.e2e.deployment import Deployment, practice, wait_until

pytestmark = pytest.mark.e2e
CHATS, SECONDS = 120, 10  # 60 channels at 20 a minute could not carry 30 a second between them
SLOWEST = 22.0  # a second, on a quiet machine; what was reached is in docs/benchmarks.md
QUIET = 1.15  # times as long as it computed did the heartbeat's sums take


@pytest.fixture(scope="module")
def cluster():
    with postgres.cluster() as found:
        yield found


@pytest.mark.parametrize(
    ("workers", "kind"), [(1, "sqlite"), pytest.param(3, "postgresql", marks=pytest.mark.thorough)]
)
def test_the_pace_is_kept_and_the_platform_refuses_nothing(tmp_path, request, workers, kind):
    sqlite = "sqlite:///var/publisher.sqlite3"
    database = sqlite if kind == "sqlite" else request.getfixturevalue("cluster").create("pace")
    with practice(tmp_path / "platform", "--no-residents") as platform:
        here = Deployment(tmp_path / "home", platform, telegram="", database=database)
        crowd.load(here, crowd.chats(platform, CHATS), 4)
        running = [here.start("worker") for _ in range(workers)]
        wait_until(lambda: platform.counters().get("telegram sendMessage", 0) > 60, 300, "the first messages")
        since = time.time()
        with sums() as taken:
            time.sleep(SECONDS)
        until = time.time()
        for worker in running:
            worker.terminate()
        assert [worker.wait(120) for worker in running] == [0] * workers
        outcomes = dict(here.sql("SELECT outcome, COUNT(*) FROM deliver_attempt GROUP BY outcome"))
    assert _refused(tmp_path / "platform") == 0
    assert "rate_limited" not in outcomes  # on a machine that stands still the end may cut others short
    assert outcomes["sent"] > 60
    if taken["clock"] < QUIET * taken["processor"]:
        assert _sent(tmp_path / "platform", since, until) / (until - since) >= SLOWEST


@contextmanager
def sums():
    """Ten times a second a few milliseconds of work: how long they took, and how much of that they computed."""
    taken, ending = {"clock": 0.0, "processor": 0.0}, threading.Event()

    def beat() -> None:
        while not ending.wait(0.1):
            clock, processor = time.perf_counter(), time.thread_time()
            sum(range(300_000))
            taken["clock"] += time.perf_counter() - clock
            taken["processor"] += time.thread_time() - processor

    beating = threading.Thread(target=beat)
    beating.start()
    try:
        yield taken
    finally:
        ending.set()
        beating.join()


def _refused(folder: Path) -> int:
    """By the server's own count: its window slides, so this is stricter than any look at whole seconds."""
    (file,) = folder.glob("*.sqlite3")
    rows = sqlite3.connect(file).execute("SELECT n FROM counters WHERE name = 'telegram 429'").fetchall()
    return sum(count for (count,) in rows)


def _sent(folder: Path, since: float, until: float) -> int:
    (file,) = folder.glob("*.sqlite3")
    query = "SELECT COUNT(*) FROM messages WHERE sent_at >= ? AND sent_at < ?"
    return sqlite3.connect(file).execute(query, (since, until)).fetchone()[0]
