from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.utils.translation import override

from publisher.compose.refusal import Refusal
from publisher.hotline.models import Case, Consultation
from publisher.people.audit import SYSTEM
from publisher.people.models import AuditEntry
from publisher.report.models import Study
from publisher.report.page_month_parts import answered
from publisher.report.scope import Scope
from publisher.report.studies import drop, register, state_of, studies
from tests.report.conftest import SENT

MONDAY = date(2026, 11, 23)
WEEK = timedelta(days=7)


@pytest.fixture
def study(district):
    def study(**more: object) -> Study:
        given = {"district": district, "pattern": "fake-delivery", **more}
        return register("Fake deliveries", "calls", given.pop("starts", MONDAY), SYSTEM, **given)

    return study


@pytest.fixture
def weeks(district):
    """So many calls in each week beginning with one long ago."""

    def weeks(first: date, counts: list[int], pattern: str = "fake-delivery") -> None:
        zone = district.zone
        Consultation.objects.bulk_create(
            Consultation(
                district=district,
                pattern=pattern,
                verdict="fraud",
                at=datetime.combine(first + n * WEEK + timedelta(days=k % 7), time(10), zone),
            )
            for n, count in enumerate(counts)
            for k in range(count)
        )

    return weeks


def test_a_question_is_written_down_with_the_audit_trail(study, district):
    found = study(control="patterns", lag_weeks=2)
    assert AuditEntry.objects.filter(verb="study_registered", subject=f"study:{found.pk}").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts": date(2026, 11, 24)}, "study_starts_on_monday"),
        ({"lag_weeks": 13}, "study_lag_too_long"),
        ({"control": "patterns", "pattern": ""}, "study_control_impossible"),
        ({"control": "districts", "district": None}, "study_control_impossible"),
    ],
)
def test_what_could_never_be_answered_is_refused(study, more, code):
    with pytest.raises(Refusal) as refused:
        study(**more)
    assert refused.value.code == code
    assert str(refused.value)


def test_a_question_with_a_start_to_come_waits(study):
    found = state_of(study(starts=date(2028, 1, 3)), SENT)
    assert (found.state, found.registered_late) == ("waiting", False)


def test_a_question_written_down_after_its_start_says_so(study):
    one = study(starts=MONDAY)
    Study.objects.filter(pk=one.pk).update(registered_at=SENT)
    one.refresh_from_db()
    assert state_of(one, SENT).registered_late


def test_too_few_weeks_before_are_named(study, weeks):
    weeks(MONDAY - 10 * WEEK, [9] * 30)
    found = state_of(study(), SENT + 20 * WEEK)
    assert (found.state, found.reason, found.needed, found.found) == ("too_few", "weeks_before", 26, 10)


def test_with_enough_weeks_it_is_answered_with_its_control_and_power(study, weeks):
    chance = random.Random(5)
    weeks(MONDAY - 60 * WEEK, [chance.choice([8, 9, 10, 11, 12]) for _ in range(60)] + [5] * 20)
    weeks(MONDAY - 60 * WEEK, [chance.choice([8, 9, 10, 11, 12]) for _ in range(80)], "charity")
    found = state_of(study(control="patterns"), SENT + 20 * WEEK)
    assert found.state == "answered"
    assert found.series.weeks_before == 60
    assert found.series.weeks_after == 20
    assert found.series.level.interval.high < 1
    assert found.series.against_control.interval.high < 1
    with override("en"):
        assert "compared with: other ruses – \u2212" in answered(found)
        assert "compared with" not in answered(replace(found, series=replace(found.series, against_control=None)))
    assert [fall for fall, _power in found.series.power] == [10, 20, 30, 40]


def test_weeks_before_the_controls_first_entry_are_left_out(study, weeks):
    weeks(MONDAY - 100 * WEEK, [9, 10, 8, 9] * 30)
    weeks(MONDAY - 40 * WEEK, [8, 9, 10, 9] * 15, "charity")
    found = state_of(study(control="patterns"), SENT + 20 * WEEK)
    assert (found.state, found.series.weeks_before) == ("answered", 40)
    assert found.series.control.interval.low < 1 < found.series.control.interval.high


def test_registered_cases_are_counted_by_their_day(study, district):
    Case.objects.bulk_create(
        Case(district=district, pattern="fake-delivery", day=MONDAY - timedelta(days=n), by_name="A")
        for n in range(1, 400)
    )
    found = state_of(study(), SENT + 20 * WEEK)
    assert found.state == "too_few"
    one = Study.objects.create(
        title="Cases", district=district, outcome="cases", starts=MONDAY, registered_by="A", pattern="fake-delivery"
    )
    assert state_of(one, SENT + 3 * WEEK).reason == "weeks_after"


def test_a_dropped_question_stays_with_its_reason(study):
    one = study()
    assert drop(one, "The calls were counted otherwise", SYSTEM)
    assert not drop(one, "again", SYSTEM)
    one.refresh_from_db()
    found = state_of(one, SENT)
    assert (found.state, found.reason) == ("dropped", "The calls were counted otherwise")


def test_a_district_sees_its_own_questions_and_those_of_all(study, district):
    study()
    study(district=None)
    from publisher.people.models import District

    other = District.objects.exclude(pk=district.pk).first()
    assert len(studies(Scope(district), SENT)) == 2
    assert len(studies(Scope(other), SENT)) == 1


def test_the_command_writes_one_down_lists_and_drops_it(district, capsys):
    import json

    from publisher.cli import _parser
    from publisher.commands import reporting
    from publisher.studying import add, drop_one, show

    def run(function, *words: str) -> tuple[int, str]:
        code = reporting(function, _parser().parse_args(["study", *words]))
        return code, capsys.readouterr().out

    given = ["--outcome", "calls", "--starts", "2028-01-03", "--pattern", "charity", "--control", "patterns"]
    code, out = run(add, "add", "Charity after the film", *given, "--district", "akkaiyn", "--json")
    made = json.loads(out)
    assert (code, made["state"], made["registered_late"]) == (0, "waiting", False)
    assert "waiting (weeks_after: 0 of 12)" in run(show, "list")[1]
    assert run(drop_one, "drop", str(made["id"]), "--why", "no film was made")[0] == 0
    assert "dropped" in run(show, "list", "--district", "akkaiyn")[1]
    assert run(add, "add", "x", "--outcome", "calls", "--starts", "2028-01-04")[0] == 2
    assert run(add, "add", "x", "--outcome", "calls", "--starts", "tomorrow")[0] == 2
    assert run(add, "add", "x", "--outcome", "calls", "--starts", "2028-01-03", "--pattern", "no-such")[0] == 2
