"""Sums over messages: what is unknown, too young or never given must not make a number larger than it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.connectors.base import Metric
from publisher.report.curves import map_of
from publisher.report.lines import against_usual
from publisher.report.messages import Row, add_rows, add_up, minute, moment_of, tallied
from publisher.report.settle import METRICS

AT = datetime(2026, 11, 24, 5, tzinfo=UTC)
GIVES = {1: frozenset(METRICS), 2: frozenset({Metric.VIEWS, Metric.REACTIONS}), 3: frozenset()}
numbers = st.fixed_dictionaries({metric: st.none() | st.integers(0, 10**6) for metric in METRICS})
rows = st.builds(
    Row,
    delivery=st.integers(1),
    post=st.integers(1, 5),
    channel=st.sampled_from([1, 2, 3]),
    language=st.sampled_from(["kk", "ru"]),
    sent_at=st.just(AT),
    numbers=numbers,
    growing=st.booleans(),
    reactions_floor=st.booleans(),
)
unknown = st.builds(
    Row, st.just(0), st.just(9), st.sampled_from([1, 2, 3]), st.just("kk"), st.just(AT), st.just(dict.fromkeys(METRICS))
)
metrics = st.sampled_from(METRICS)
few = settings(max_examples=40)


def whole(found: list[Row], metric: Metric):
    return add_up(tallied(found), metric, GIVES)


@few
@given(st.lists(rows, max_size=8), unknown, metrics)
def test_one_more_unknown_never_changes_the_sum_and_never_makes_it_more_comparable(found, more, metric):
    before, after = whole(found, metric), whole([*found, more], metric)
    if before.value:
        assert after.value == before.value
    assert after.known == before.known
    assert after.of + after.outside == len(found) + 1
    assert before.comparable or not after.comparable or after.of == before.of


@few
@given(st.lists(rows, max_size=8), st.randoms(), metrics)
def test_the_order_of_messages_does_not_matter(found, chance, metric):
    mixed = list(found)
    chance.shuffle(mixed)
    assert whole(mixed, metric) == whole(found, metric)


@few
@given(st.lists(rows, max_size=8), metrics)
def test_adding_up_rows_is_adding_up_their_tallies(found, metric):
    assert add_rows(found, metric, GIVES) == whole(found, metric)


@few
@given(st.lists(rows, max_size=8), metrics)
def test_known_growing_and_unknown_never_exceed_the_messages(found, metric):
    total = whole(found, metric)
    assert 0 <= total.known + total.growing <= total.of
    assert total.of + total.outside == len(found)
    assert (total.value is None) == bool(total.reason) or total.reason == "nothing_sent"


@few
@given(st.lists(rows.filter(lambda row: not row.growing), min_size=1, max_size=8), metrics)
def test_a_message_that_grows_makes_the_sum_a_lower_bound_of_what_it_becomes(found, metric):
    young = [replace(found[0], growing=True), *found[1:]]
    assert (whole(young, metric).value or 0) <= (whole(found, metric).value or 0)
    if found[0].channel == 1:
        assert whole(young, metric).known < whole(young, metric).of


@few
@given(st.lists(rows, max_size=8), st.dictionaries(st.sampled_from([1, 2, 3]), st.floats(1, 1e6)))
def test_a_post_twice_as_much_seen_has_twice_its_score(found, usual):
    score = against_usual(found, usual)
    double = [replace(row, numbers={m: v and 2 * v for m, v in row.numbers.items()}) for row in found]
    assert (score is None) == (against_usual(double, usual) is None)
    if score is not None:
        assert abs(against_usual(double, usual) - 2 * score) < 1e-6 * max(score, 1)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_a_minute_written_down_is_the_moment_without_its_seconds(at):
    assert moment_of(minute(at)) == at.replace(second=0, microsecond=0)


def test_hours_of_a_zone_with_a_quarter_of_an_hour_are_told_by_its_clock():
    from zoneinfo import ZoneInfo

    sent = {minute(AT.replace(minute=n)): 1 for n in (10, 20)}
    hours = map_of(sent, [], ZoneInfo("Asia/Kathmandu"))  # +05:45
    assert [(cell.weekday, cell.hour, cell.messages) for cell in hours.cells] == [(1, 10, 1), (1, 11, 1)]
