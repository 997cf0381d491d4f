"""The judgement of a soak: a leak, a drift, a stuck row and a doubled text are found, and good days pass."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from benchmarks.soaking import judging, trouble
from benchmarks.soaking.judging import DAY, Row, Sample

HOUR = 3600.0


def lives(grows, days=24, killed=(), noise=0.4, seed=1):
    """Hourly samples of a process that grows by so many MB a day, and starts anew on some days."""
    chance, samples, born, life = random.Random(seed), [], 0.0, 0
    for hour in range(1, days * 24):
        if hour % 24 == 12 and hour // 24 in killed:
            born, life = hour * HOUR, life + 1
        age = hour * HOUR - born
        rss = 110 + grows * age / DAY + 8 * min(age / (3 * HOUR), 1) + chance.gauss(0, noise)
        samples.append(Sample(hour * HOUR, "clock", life, age, rss, 20 + chance.randint(0, 2), 4))
    return samples


def only(findings):
    (found,) = findings
    return found


@pytest.mark.parametrize("killed", [(), (12,)])
def test_memory_that_only_trembles_is_flat_also_over_several_lives(killed):
    found = only(judging.memory(lives(0.0, killed=killed), 24))
    assert not found.bad, found.figures
    low, high = found.figures["mb_a_day"][1:]
    assert low <= 0 <= high or abs(found.figures["mb_a_day"][0]) < 0.1


@pytest.mark.parametrize("killed", [(), (12,)])
def test_a_leak_is_found_also_by_a_process_that_is_killed_now_and_then(killed):
    found = only(judging.memory(lives(2.0, killed=killed), 24))
    assert found.bad
    assert 1.8 < found.figures["mb_a_day"][0] < 2.2


def test_the_worker_settles_in_half_a_day_and_is_judged_though_it_is_killed_every_fifth():
    rows = [replace(row, process="worker") for row in lives(2.0, killed=(4, 9, 14, 19))]
    assert only(judging.memory(rows, 24)).bad


def stepping(at_hours, mb):
    return [replace(row, rss_mb=row.rss_mb + mb * sum(row.at > hour * HOUR for hour in at_hours)) for row in lives(0.0)]


def test_what_the_first_week_loads_is_told_and_growth_by_a_step_each_day_or_week_is_a_leak():
    once = only(judging.memory(stepping([80], 100.0), 24))
    assert (once.bad, len(once.figures["steps"])) == (False, 1)
    assert only(judging.memory(stepping(range(9, 576, 24), 2.0), 24)).bad
    assert only(judging.memory(stepping(range(80, 576, 168), 40.0), 24)).bad
    assert only(judging.memory(stepping([80, 300], 100.0), 24)).bad


def test_a_long_soak_must_show_that_memory_is_flat_and_a_short_one_only_must_not_show_a_leak():
    assert not only(judging.memory(lives(0.0, days=4, noise=40.0), 4)).bad
    assert only(judging.memory(lives(0.0, days=12, noise=40.0), 12)).bad
    killed_too_often = lives(0.0, killed=range(1, 24, 3))
    assert only(judging.memory(killed_too_often, 24)).bad  # nothing could be judged


def test_files_that_are_never_closed_are_found():
    rows = [Sample(h * HOUR, "web", 0, h * HOUR, 100.0, 20 + h, 4) for h in range(1, 400)]
    assert only(judging.memory(rows, 17)).bad


def days_late(drift, days=20):
    chance = random.Random(2)
    return [{"p50": 9 + drift * n + chance.gauss(0, 0.5), "p99": 30 + chance.gauss(0, 3)} for n in range(days)]


def test_lateness_that_grows_day_by_day_is_a_drift_and_noise_is_none():
    assert [one.bad for one in judging.lateness(days_late(0.0), speed=60)] == [False, False]
    assert [one.bad for one in judging.lateness(days_late(1.0), speed=60)] == [True, False]


def test_no_day_with_a_sent_text_is_no_judgement():
    assert all(one.bad for one in judging.lateness([{"number": 0}], speed=60))


def test_a_row_past_its_lease_and_one_that_nobody_sends_are_stuck():
    good = [{"at": n * HOUR, "past_lease": 0} for n in range(5)]
    assert not judging.stuck(good, []).bad
    assert judging.stuck([*good, {"at": 6 * HOUR, "past_lease": 1}], []).bad
    assert judging.stuck(good, [{"id": 7, "state": "waiting"}]).bad


SENT = Row("a", "бір", "sent")


def test_every_text_once_passes_with_what_a_person_answered():
    rows = [SENT, Row("a", "екі", "failed", "by_person"), Row("b", "бір", "failed", "target_gone")]
    assert not judging.exactly_once(rows, {"a": {"бір": 1}, "b": {}}).bad


@pytest.mark.parametrize(
    ("rows", "standing"),
    [
        ([SENT], {"a": {"бір": 2}}),
        ([SENT], {"a": {}}),
        ([Row("a", "бір", "failed", "by_person")], {"a": {"бір": 1}}),
        ([Row("a", "бір", "failed", "too_late")], {"a": {}}),
        ([Row("a", "бір", "unknown")], {"a": {"бір": 1}}),
        ([], {}),
    ],
    ids=["twice", "absent", "there all the same", "without a cause", "still unknown", "nothing at all"],
)
def test_what_did_not_go_as_it_should_fails(rows, standing):
    assert judging.exactly_once(rows, standing).bad


def test_the_same_seed_makes_the_same_troubles_and_a_short_soak_has_each_of_them():
    assert trouble.troubles(24, 0, 3) == trouble.troubles(24, 0, 3)
    for days, start in ((24, 0.0), (0.25, 7.5 * HOUR)):
        kinds = {event.kind for event in trouble.troubles(days, start, 3)}
        assert kinds == {"lock", "kill", "gone", "back", "kicked", "taken_in"}
    kills = [e for e in trouble.troubles(24, 0, 3) if e.kind == "kill"]
    assert {part: sum(e.what == part for e in kills) for part in ("worker", "clock", "web")} == {
        "worker": 4,
        "clock": 2,
        "web": 2,
    }
