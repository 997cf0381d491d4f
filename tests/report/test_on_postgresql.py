"""The reports' own SQL gives the same on PostgreSQL: their tests, once more on that database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import postgres

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
ROOT = Path(__file__).resolve().parents[2]
FILES = ("test_settle", "test_past", "test_weekly", "test_monthly", "test_behind", "test_studies")


def test_the_tests_of_figures_pass_on_postgresql_too():
    left_open = "ignore:Error when trying to teardown test databases:pytest.PytestWarning"  # the cluster goes with it
    files = [f"tests/report/{name}.py" for name in FILES]
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
