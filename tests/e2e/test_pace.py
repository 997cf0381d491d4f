"""The documented limits, kept by one worker and by three: the strict practice server counts."""

from __future__ import annotations

import sqlite3
import time
from itertools import groupby

import pytest

from tests.e2e import crowd, postgres
from tests.e2e.deployment import Deployment, practice, wait_until

pytestmark = pytest.mark.e2e
CHATS, SECONDS = 120, 10  # 60 channels at 20 a minute could not carry 30 a second between them
SLOWEST = 12.0  # a second; what a machine shared with others reached is in docs/benchmarks.md


@pytest.fixture(scope="module")
def cluster():
    with postgres.cluster() as found:
        yield found


@pytest.mark.parametrize(("workers", "kind"), [(1, "sqlite"), (3, "postgresql")])
def test_the_pace_is_kept_and_the_platform_refuses_nothing(tmp_path, request, workers, kind):
    sqlite = "sqlite:///var/publisher.sqlite3"
    database = sqlite if kind == "sqlite" else request.getfixturevalue("cluster").create("pace")
    with practice(tmp_path / "platform", "--no-residents") as platform:
        here = Deployment(tmp_path / "home", platform, telegram="", database=database)
        crowd.load(here, crowd.chats(platform, CHATS), 4)
        running = [here.start("worker") for _ in range(workers)]
        wait_until(lambda: platform.counters().get("telegram sendMessage"), 30, "the first message")
        time.sleep(SECONDS)
        for worker in running:
            worker.terminate()
        assert [worker.wait(20) for worker in running] == [0] * workers
        times = _sent(tmp_path / "platform")
        refused = here.sql("SELECT COUNT(*) FROM deliver_attempt WHERE outcome = 'rate_limited'")[0][0]
    moments = sorted(at for _chat, at in times)
    assert max(_within(moments, 1.0)) <= 30
    assert refused == 0
    assert len(moments) / (moments[-1] - moments[0]) >= SLOWEST
    for _chat, group in groupby(sorted(times), key=lambda row: row[0]):
        assert max(_within([at for _chat, at in group], 60.0)) <= 20


def _sent(folder) -> list[tuple[str, float]]:
    (file,) = folder.glob("*.sqlite3")
    return sqlite3.connect(file).execute("SELECT chat, sent_at FROM messages").fetchall()


def _within(moments: list[float], seconds: float) -> list[int]:
    return [sum(start <= at < start + seconds for at in moments) for start in moments]
