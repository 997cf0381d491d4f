"""Another program holds the database's lock: the worker waits for it, and every text stands there once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.deployment import Deployment, practice, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]

LOCKER = """
import sqlite3, sys, time
rows = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for _ in range(3):
    rows.execute("BEGIN IMMEDIATE")
    time.sleep(2)
    rows.execute("COMMIT")
    time.sleep(0.3)
"""


def test_a_locked_database_is_waited_for_and_nothing_is_doubled(tmp_path):
    with practice(tmp_path / "platform", "--relaxed-rates", "--no-residents") as platform:
        here = Deployment(tmp_path / "home", platform)
        chat = platform.channel("Арна")
        here.run("channel", "add", "a", "--account", "telegram-main", "--target", chat, "--languages", "kk")
        files = [str(here.write(f"p{n}", f"Ескерту {n}. {{hotline}}")) for n in range(6)]
        here.run("post", *files, "--to", "a")
        locker = subprocess.Popen([sys.executable, "-c", LOCKER, str(here.home / "var/publisher.sqlite3")])
        worker = here.start("worker")
        try:
            assert locker.wait(30) == 0
            wait_until(lambda: len(platform.judge()[chat]) == 6, 30, "all texts")
        finally:
            locker.kill()
            worker.terminate()
            assert worker.wait(15) == 0
        assert set(platform.judge()[chat].values()) == {1}
        states = {row["state"] for n in range(1, 7) for row in here.json("show", str(n))["deliveries"]}
        assert states == {"sent"}
