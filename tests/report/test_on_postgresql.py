"""The reports' own SQL gives the same on PostgreSQL: their tests, once more on that database."""

from __future__ import annotations

import pytest

from tests.e2e.postgres import run_tests

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
FILES = ("test_settle", "test_past", "test_weekly", "test_monthly", "test_behind", "test_studies")


def test_the_tests_of_figures_pass_on_postgresql_too():
    run_tests([f"tests/report/{name}.py" for name in FILES])
