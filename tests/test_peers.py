"""docs/peers.md promises tests by name, at least two for each of the fifteen pains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/peers.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (\d+) \|(.+)\|$", TEXT, re.MULTILINE))
THERE = {
    name
    for path in (ROOT / "tests").rglob("*.py")
    for name in re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8"))
}


def test_all_fifteen_pains_are_answered():
    assert list(ROWS) == [str(number) for number in range(1, 16)]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_pain_is_answered_by_tests_that_exist(row):
    named = set(re.findall(r"`(test_\w+)`", row))
    assert len(named) >= 2
    assert named - THERE == set()


def test_tests_named_elsewhere_on_the_page_exist():
    assert set(re.findall(r"`(test_\w+)`", TEXT)) - THERE == set()
