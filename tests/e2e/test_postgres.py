"""The stage that delivers behaves the same on PostgreSQL: its own tests, once more on that database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import postgres
from tests.e2e.deployment import Deployment, practice

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
OF_SQLITE = (
    "tests/deliver/test_fencing.py",  # many machines share one database, so no folder tells a copy of it
    "tests/deliver/test_database_faults.py",  # a full file and its page limit are SQLite's
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster():
    with postgres.cluster() as found:
        yield found


def test_the_tests_of_delivery_pass_on_postgresql_too(cluster):
    files = [f"--ignore={file}" for file in OF_SQLITE]
    left_open = "ignore:Error when trying to teardown test databases:pytest.PytestWarning"  # the cluster goes with it
    command = [sys.executable, "-m", "pytest", "-q", "-W", left_open, "tests/deliver", *files]
    environment = os.environ | {"PUBLISHER_TEST_DATABASE": cluster.url("publisher")}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout


def test_several_machines_may_start_on_an_empty_database_at_the_same_moment(tmp_path, cluster):
    url = cluster.create("empty")
    with practice(tmp_path / "platform", "--no-residents") as platform:
        here = [Deployment(tmp_path / f"machine{n}", platform, database=url) for n in range(3)]
        starting = [machine.start("queue", "--json", stdout=subprocess.DEVNULL) for machine in here]
        assert [process.wait(60) for process in starting] == [0, 0, 0]
        assert len(here[0].sql("SELECT key FROM deliver_account")) == 2
