from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.report.stats.funnel import dispersion, level_of, limits, place


@pytest.mark.parametrize("expected", [0.4, 3.0, 13.7, 120.0, 900.0])
def test_limits_are_poissons_quantiles_between_whole_numbers(expected):
    from scipy.stats import poisson

    found = limits(expected, 0.95)
    low, high = poisson.ppf([0.025, 0.975], expected)
    assert low - 1 <= found.low <= low
    assert high - 1 <= found.high <= high


def test_limits_narrow_with_size_and_a_hamlet_is_no_outlier():
    """Level 2 per 1,000: four calls among 1,000 are chance, 400 among 100,000 are not."""
    assert place(4, 1_000, 0.002).where == "inside"
    assert place(400, 100_000, 0.002).where == "far_above"
    assert place(150, 100_000, 0.002).where == "far_below"


def test_the_level_weighs_districts_by_their_people():
    assert level_of([1, 1_000], [10, 100_000]) == pytest.approx(1_001 / 100_010)
    assert level_of([], []) is None


def test_districts_that_spread_wider_than_chance_get_wider_limits():
    sizes = [20_000] * 20
    counts = [20 + (n % 2) * 40 for n in range(20)]
    spread = dispersion(counts, sizes, level_of(counts, sizes))
    assert spread == pytest.approx(10, abs=0.5)
    assert place(75, 20_000, 0.002, spread).where == "inside"
    assert place(75, 20_000, 0.002).where == "far_above"


def test_one_outlier_does_not_widen_the_limits_for_all():
    sizes = [20_000] * 20
    assert dispersion([40] * 19 + [400], sizes, 0.002) == 1


def test_few_districts_say_nothing_of_spread():
    assert dispersion([1, 100, 1, 100], [20_000] * 4, 0.0025) == 1


@settings(max_examples=50)
@given(st.floats(0.1, 5_000))
def test_the_outer_limits_contain_the_inner_ones(expected):
    inner, outer = limits(expected, 0.95), limits(expected, 0.998)
    assert outer.low <= inner.low <= expected <= inner.high <= outer.high
