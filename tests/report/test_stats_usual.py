from __future__ import annotations

import statistics
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.report.stats.people import if_independent, people
from publisher.report.stats.usual import compare, usual_of
from publisher.report.values import Behind, Count, Sum

EIGHT = [10, 12, 11, 13, 9, 12, 10, 11]
counts = st.lists(st.integers(0, 10**6), min_size=5, max_size=8)


def whole(value: int) -> Sum:
    return Sum(value, 5, 5)


def test_the_usual_of_eight_weeks_is_their_median_with_fences():
    usual = usual_of(EIGHT)
    assert (usual.median, usual.q1, usual.q3, usual.weeks) == (11, 10, 12, 8)
    assert (usual.low, usual.high) == (7, 15)


@given(counts)
def test_the_quartiles_are_numpys(values):
    import numpy

    usual = usual_of(values)
    assert (usual.q1, usual.median, usual.q3) == pytest.approx(tuple(numpy.percentile(values, [25, 50, 75])))
    assert usual.median == statistics.median(values)


@given(counts, st.randoms())
def test_the_order_of_weeks_does_not_matter(values, chance):
    mixed = list(values)
    chance.shuffle(mixed)
    assert usual_of(mixed) == usual_of(values)


@pytest.mark.parametrize(("now", "verdict"), [(15, "usual"), (16, "above"), (7, "usual"), (6, "below")])
def test_only_outside_the_fences_is_a_week_unusual(now, verdict):
    assert compare(whole(now), map(whole, EIGHT)).verdict == verdict


def test_earlier_periods_count_as_if_they_had_been_as_long():
    before = [Sum(1, 1, 5), *map(whole, EIGHT)]
    found = compare(whole(22), before, lengths=[9.0, *[2.0] * 8])
    assert (found.verdict, found.usual.median, found.weeks) == ("usual", 22, 8)


def test_four_weeks_are_too_few_to_be_usual():
    found = compare(whole(500), map(whole, EIGHT[:4]))
    assert (found.verdict, found.reason, found.weeks, found.usual) == ("not_compared", "too_few_weeks", 4, None)


def test_a_week_known_for_less_than_80_percent_is_compared_with_nothing():
    assert compare(Sum(500, 4, 5), map(whole, EIGHT)).verdict == "above"
    found = compare(Sum(500, 3, 5), map(whole, EIGHT))
    assert (found.verdict, found.reason, found.now.at_least) == ("not_compared", "too_little_known", True)


def test_young_messages_are_named_as_the_reason():
    assert compare(Sum(500, 3, 5, growing=2), map(whole, EIGHT)).reason == "growing"


def test_earlier_weeks_known_for_less_than_80_percent_do_not_count():
    before = [*map(whole, EIGHT[:4]), *[Sum(1, 1, 5)] * 4]
    assert compare(whole(500), before).reason == "too_few_weeks"


def test_a_week_that_still_runs_is_not_compared():
    assert compare(whole(500), map(whole, EIGHT), over=False).reason == "not_over"


def test_what_was_not_kept_is_not_compared_and_says_so():
    assert compare(Count(None, "not_kept"), [Count(n) for n in EIGHT]).reason == "not_kept"


def test_a_percentage_is_given_from_20_on():
    many = compare(whole(150), map(whole, [n * 10 for n in EIGHT]))
    assert many.percent == pytest.approx(100 * (150 / 110 - 1))
    assert compare(Count(16), [Count(n) for n in EIGHT]).percent is None


def test_three_channels_reach_between_the_largest_and_their_sum():
    found = people([52_000, 31_000, 18_000], 400_000)
    assert (found.low, found.high, found.by_population) == (52_000, 101_000, False)
    assert round(if_independent([52_000, 31_000, 18_000], 400_000)) == 93_416


def test_no_more_people_than_live_there():
    assert people([9_000, 9_500], 17_800).high == 17_800
    assert people([9_000, 9_500], 17_800).by_population


def test_an_unknown_channel_leaves_only_the_population_above():
    assert people([9_000, None], 17_800).high == 17_800
    assert people([9_000, None], None).high is None
    assert people([9_000, None], None).low == 9_000


def test_nothing_known_has_no_bounds():
    assert people([None], 17_800).low is None


def test_followers_from_elsewhere_may_be_more_than_the_residents():
    found = people([30_000, 100], 17_800)
    assert (found.low, found.high, found.by_population) == (30_000, 30_100, False)


@given(st.lists(st.none() | st.integers(0, 10**5), max_size=8), st.none() | st.integers(1, 10**5), st.randoms())
def test_bounds_hold_in_any_order_and_an_unknown_never_lowers_them(reached, population, chance):
    found = people(reached, population)
    mixed = list(reached)
    chance.shuffle(mixed)
    assert people(mixed, population) == found
    if found.low is not None:
        assert found.high is None or found.low <= found.high
        more = people([*reached, None], population)
        assert more.low == found.low
        assert more.high is None or more.high >= found.high


AT = datetime(2026, 11, 23, tzinfo=UTC)
words = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), max_size=12)


@given(st.builds(Behind, st.sampled_from(["messages", "calls"]), st.just(AT), st.just(AT), words, words, words, words))
def test_the_address_of_a_figure_brings_it_back(behind):
    assert Behind.of_query(behind.as_query()) == behind


@pytest.mark.parametrize(
    "query", [{}, {"thing": "people"}, {"thing": "calls", "first": "2026-01-01", "last": "2026-01-08"}]
)
def test_an_address_that_no_figure_has_is_refused(query):
    with pytest.raises(ValueError):  # noqa: PT011
        Behind.of_query(query)


def test_a_loss_has_no_percentage():
    """−40 % of a usual loss would read as less, +100 % as more."""
    before = [whole(n) for n in (-40, -50, -60, -45, -55, -50, -50, -50)]
    assert compare(whole(-100), before).percent is None
    assert compare(whole(80), before).percent is None
    assert compare(whole(-80), [whole(-n.value) for n in before]).percent is None


def test_what_is_unknown_of_a_difference_may_be_less_than_nothing():
    assert Sum(12, 2, 6).at_least
    assert not Sum(12, 2, 6, net=True).at_least
