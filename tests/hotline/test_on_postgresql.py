"""The call centre works the same on PostgreSQL: its tests, once more on that database."""

from __future__ import annotations

import pytest

from tests.e2e.postgres import run_tests

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
FILES = ("test_alarms", "test_desk", "test_hotline_commands", "test_lists_and_visits")


def test_the_tests_of_the_call_centre_pass_on_postgresql_too():
    run_tests([f"tests/hotline/{name}.py" for name in FILES])
