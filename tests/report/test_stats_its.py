"""The interrupted series: against statsmodels used directly, and against series whose truth is known."""

from __future__ import annotations

import math

import pytest

from publisher.report.stats.its import Refused, fit


@pytest.fixture(scope="module")
def numpy():
    return pytest.importorskip("numpy")


@pytest.fixture
def chance(numpy):
    return numpy.random.default_rng(20261127)


def series(chance, means):
    return [int(n) for n in chance.poisson(means)]


def test_it_is_the_quasi_poisson_model_of_the_paper(numpy, chance):
    import statsmodels.api as sm

    t = numpy.arange(130)
    after = (t >= 104).astype(float)
    counts = series(chance, numpy.exp(2.6 + 0.001 * t - 0.4 * after))
    angle = 2 * numpy.pi * t / 52.1775
    design = numpy.column_stack([numpy.ones(130), t, after, (t - 104) * after, numpy.sin(angle), numpy.cos(angle)])
    offset = numpy.log(numpy.linspace(500_000, 520_000, 130))
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), offset=offset).fit(scale="X2")
    ours = fit(counts, 104, population=list(numpy.exp(offset)))
    assert ours.level.ratio == pytest.approx(math.exp(theirs.params[2]), rel=1e-6)
    assert ours.slope.ratio == pytest.approx(math.exp(theirs.params[3]), rel=1e-6)
    assert ours.dispersion == pytest.approx(theirs.scale, rel=1e-6)
    low, high = numpy.exp(theirs.conf_int()[2])
    assert (ours.level.interval.low, ours.level.interval.high) == pytest.approx((low, high), rel=1e-6)


def test_a_true_fall_to_a_half_is_found(numpy, chance):
    found = fit(series(chance, [20.0] * 104 + [10.0] * 52), 104)
    assert found.level.interval.low < 0.5 < found.level.interval.high < 0.9
    assert found.slope.interval.low < 1 < found.slope.interval.high


def test_the_stated_power_is_how_often_such_a_fall_is_seen(numpy, chance):
    stated = dict(fit(series(chance, [13.7] * 130), 104).power)
    runs = [fit(series(chance, [13.7] * 104 + [13.7 * 0.7] * 26), 104) for _ in range(200)]
    seen = sum(run.level.interval.high < 1 or run.level.interval.low > 1 for run in runs) / len(runs)
    assert stated[30] == pytest.approx(seen, abs=0.12)
    assert stated[10] < stated[20] < stated[30] < stated[40]


def test_without_any_change_one_in_twenty_looks_like_one(numpy, chance):
    runs = [fit(series(chance, [13.7] * 130), 104) for _ in range(200)]
    assert sum(run.level.interval.high < 1 or run.level.interval.low > 1 for run in runs) <= 20


def test_a_control_that_changed_alike_takes_the_change_away(numpy, chance):
    both = [30.0] * 104 + [15.0] * 40
    found = fit(series(chance, both), 104, control=series(chance, both))
    assert found.level.interval.high < 1
    assert found.against_control.interval.low < 1 < found.against_control.interval.high


def test_neighbouring_weeks_that_resemble_each_other_widen_the_interval(numpy, chance):
    steady = numpy.repeat(chance.gamma(3, 7, 33), 4)[:130]
    found = fit(series(chance, steady), 104)
    assert found.autocorrelation > 0.2
    assert found.dispersion > 1


def test_the_weeks_of_the_lag_belong_to_neither_side(numpy, chance):
    base = series(chance, [20.0] * 130)
    wild = [*base[:104], 500, 500, 500, *base[107:]]
    assert fit(base, 104, lag=3).level == fit(wild, 104, lag=3).level


@pytest.mark.parametrize(
    ("counts", "start", "lag", "refused"),
    [
        ([20] * 60, 25, 0, Refused("weeks_before", 26, 25)),
        ([20] * 60, 50, 0, Refused("weeks_after", 12, 10)),
        ([20] * 63, 50, 2, Refused("weeks_after", 12, 11)),
        ([20] * 60, 80, 0, Refused("weeks_after", 12, 0)),
        ([1, 0] * 40, 40, 0, Refused("events", 50, 20)),
        ([20] * 50 + [0] * 20, 50, 0, Refused("constant", 1, 0)),
    ],
)
def test_too_little_is_refused_with_what_is_missing(counts, start, lag, refused):
    assert fit(counts, start, lag) == refused


def test_a_control_that_is_too_thin_refuses_as_well():
    assert fit([20] * 60, 40, control=[0] * 60) == Refused("events", 50, 0)
