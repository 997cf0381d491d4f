"""docs/security.md promises tests by name, and an answer to every point of the standard: both are looked up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")
# ASVS 5.0.0: how many points of level 1 and 2 each chapter has.
POINTS = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13}
POINTS |= {16: 16, 17: 7}


def rows() -> list[tuple[list[str], list[str]]]:
    """The points of each line of the list, and its other cells."""
    found = []
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        points = cells[0].split(", ")
        if all(re.fullmatch(r"\d+\.\d+\.\d+", point) for point in points):
            found.append((points, cells[1:]))
    return found


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    there = {name for text in texts for name in re.findall(r"def (test_\w+)\(", text)}
    assert len(named) > 80
    assert named - there == set()


@pytest.mark.parametrize("chapter", POINTS)
def test_every_point_has_one_answer(chapter):
    points = [point for found, _cells in rows() for point in found if point.startswith(f"{chapter}.")]
    assert len(points) == len(set(points)) == POINTS[chapter]


def test_every_answer_is_one_of_four_and_says_why_when_it_is_not_met():
    for points, (_about, state, where) in rows():
        assert state in {"met", "partly", "not met", "no such thing"}, points
        assert where or state == "no such thing", points
