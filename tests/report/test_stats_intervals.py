"""Against scipy and statsmodels, and against worked examples whose answers are known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.report.stats.gamma import below, binomial_at_most, poisson_at_most, quantile
from publisher.report.stats.intervals import poisson, rate, rate_ratio, ratio, recognised, wilson


@pytest.mark.parametrize(("part", "whole"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 17), (120, 4_000), (9, 1_000_000)])
def test_wilson_is_statsmodels_own(part, whole):
    from statsmodels.stats.proportion import proportion_confint

    found = wilson(part, whole)
    assert (found.low, found.high) == pytest.approx(proportion_confint(part, whole, method="wilson"), abs=1e-12)


def test_120_forwards_of_4000_views_are_between_2_5_and_3_6_percent():
    found = wilson(120, 4_000)
    assert (round(found.low * 100, 1), round(found.high * 100, 1)) == (2.5, 3.6)


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_has_no_interval(part, whole):
    with pytest.raises(ValueError, match="no share"):
        wilson(part, whole)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(pair):
    part, whole = pair
    found = wilson(part, whole)
    assert 0 <= found.low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= found.high <= 1


@pytest.mark.parametrize("count", [0, 1, 2, 5, 20, 137, 713, 5_000, 100_000])
def test_the_interval_of_a_count_is_scipys_chi_squared(count):
    from scipy.stats import chi2

    found = poisson(count)
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert (found.low, found.high) == pytest.approx((low, chi2.ppf(0.975, 2 * count + 2) / 2), rel=1e-9)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0, 3.689), (4, 1.090, 10.242), (10, 4.795, 18.390)])
def test_the_interval_of_a_count_is_the_one_of_the_tables(count, low, high):
    found = poisson(count)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.001)


@given(st.integers(1, 3_000), st.floats(0.001, 0.999))
def test_the_quantile_undoes_the_distribution(shape, chance):
    assert below(shape, quantile(shape, chance)) == pytest.approx(chance, abs=1e-9)


@pytest.mark.parametrize(("count", "mean"), [(0, 0.1), (3, 3.0), (200, 180.0), (1_000, 1_013.7), (2, 40.0)])
def test_the_poisson_distribution_is_scipys(count, mean):
    from scipy.stats import poisson as theirs

    assert poisson_at_most(count, mean) == pytest.approx(theirs.cdf(count, mean), rel=1e-9, abs=1e-15)


def test_713_cases_among_518900_residents_are_137_per_100000():
    found = rate(713, 518_900)
    assert round(found.value) == 137
    assert (round(found.interval.low, 1), round(found.interval.high, 1)) == (127.5, 147.9)


def test_without_a_population_there_is_no_rate_and_the_count_stays():
    assert (rate(4, None).value, rate(4, None).reason, rate(4, None).count) == (None, "population_unknown", 4)


def test_what_was_not_kept_has_no_rate():
    assert rate(None, 17_800).reason == "not_kept"


def test_a_ratio_is_one_of_sums_not_a_mean_of_ratios():
    assert ratio(10 + 1, 100 + 1_000, 2, 2, "er").value == pytest.approx(0.01)


def test_a_ratio_of_nothing_known_is_unknown_and_one_of_no_views_too():
    assert (ratio(0, 0, 0, 5, "er").value, ratio(0, 0, 0, 5, "er").reason) == (None, "nothing_known")
    assert (ratio(0, 0, 3, 5, "er").value, ratio(0, 0, 3, 5, "er").reason) == (None, "none_seen")


def test_more_clicks_than_views_have_no_interval_of_a_share():
    assert ratio(12, 10, 1, 1, "ctr").interval is None


def test_4_losses_and_4_recognised_attempts_are_a_half_within_wide_limits():
    found = recognised(4, 4)
    assert found.value == 0.5
    assert (round(found.interval.low, 2), round(found.interval.high, 2)) == (0.22, 0.78)


def test_no_attempt_at_all_has_no_share():
    assert (recognised(0, 0).value, recognised(0, 0).reason) == (None, "none_seen")
    assert recognised(None, 3).reason == "nothing_known"


@pytest.mark.parametrize(
    ("count", "whole", "chance"),
    [(0, 1, 0.3), (0, 50, 0.07), (49, 50, 0.97), (7, 7, 0.5), (3, 17, 0.2), (900, 2_000, 0.44), (1, 10**6, 1e-6)],
)
def test_the_binomial_distribution_is_scipys(count, whole, chance):
    from scipy.stats import binom

    assert binomial_at_most(count, whole, chance) == pytest.approx(binom.cdf(count, whole, chance), rel=1e-9)


@pytest.mark.parametrize(
    ("count", "before"), [(30, 50), (0, 12), (12, 1), (200, 180), (7_000, 14_000), (1_400_000, 2_800_000)]
)
def test_the_ratio_of_two_rates_is_scipys_binomial_turned(count, before):
    from scipy.stats import binomtest

    theirs = binomtest(count, count + before).proportion_ci(method="exact")
    found = rate_ratio(count, 4, before, 8)
    assert found.low == pytest.approx(theirs.low / (1 - theirs.low) * 2, rel=1e-6, abs=1e-9)
    assert found.high == pytest.approx(theirs.high / (1 - theirs.high) * 2 if theirs.high < 1 else math.inf, rel=1e-6)


def test_nothing_before_leaves_no_ratio():
    assert rate_ratio(5, 4, 0, 8) is None
