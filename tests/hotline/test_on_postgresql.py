"""The call centre works the same on PostgreSQL: its tests, once more on that database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import postgres

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
ROOT = Path(__file__).resolve().parents[2]
FILES = ("test_alarms", "test_desk", "test_hotline_commands", "test_lists_and_visits")


def test_the_tests_of_the_call_centre_pass_on_postgresql_too():
    left_open = "ignore:Error when trying to teardown test databases:pytest.PytestWarning"  # the cluster goes with it
    files = [f"tests/hotline/{name}.py" for name in FILES]
    with postgres.cluster() as cluster:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-W", left_open, *files],
            env=os.environ | {"PUBLISHER_TEST_DATABASE": cluster.url("publisher")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
