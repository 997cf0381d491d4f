from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from publisher.people.audit import SYSTEM
from publisher.plan import changes
from publisher.plan.models import Slot, SlotState
from publisher.plan.slots import materialise
from publisher.yamlfile import FlawedFile
from tests.plan.plan_texts import WEEKLY

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)  # a Tuesday, 11:00 in Almaty
DAILY = WEEKLY.replace("Mon 10:00", "* 10:00")

pytestmark = pytest.mark.usefixtures("district")


@pytest.fixture
def plan(home, channels):
    """Materialise at a moment; returns how many slots are new."""

    def plan(now: datetime = NOW) -> int:
        return materialise(now, home, channels)

    return plan


def rows() -> list[tuple[str, str, str]]:
    return [(f"{slot.at:%d.%m %H:%M}", slot.state, slot.reason) for slot in Slot.objects.all()]


def test_slots_exist_two_weeks_ahead_in_utc(write, plan):
    write()
    assert plan() == 2
    assert rows() == [("30.11 05:00", "planned", ""), ("07.12 05:00", "planned", "")]


def test_a_slot_keeps_its_line_channels_and_district(write, plan):
    write()
    plan()
    slot = Slot.objects.first()
    assert slot.district_id == "akkaiyn"
    assert slot.channel_keys == ["akkaiyn-tg", "akkaiyn-wa"]
    assert (slot.rule["at"], slot.rule["kind"], slot.rule["languages"]) == ("Mon 10:00", "scam_warning", ["kk", "ru"])


def test_doing_it_again_makes_nothing_new(write, plan):
    write()
    plan()
    assert plan() == 0
    assert plan(NOW + timedelta(hours=1)) == 0
    assert Slot.objects.count() == 2


def test_the_next_week_comes_into_sight_as_time_passes(write, plan):
    write()
    plan()
    assert plan(NOW + timedelta(days=7)) == 1


def test_two_clocks_that_look_at_the_same_time_make_each_slot_once(write, home, channels, monkeypatch):
    from publisher.plan import slots

    write()
    foresee, other_ran = slots.foresee, []

    def late(*arguments):
        wished = foresee(*arguments)
        if not other_ran:  # the other clock does its whole work between our look and our writing
            other_ran.append(True)
            materialise(NOW, home, channels)
        return wished

    monkeypatch.setattr(slots, "foresee", late)
    materialise(NOW, home, channels)
    assert Slot.objects.count() == 2


def test_the_database_itself_refuses_a_second_slot_of_a_plan_at_a_moment(write, plan):
    write()
    plan()
    slot = Slot.objects.first()
    slot.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        slot.save()


def test_a_slot_in_the_quiet_hours_is_skipped_and_says_so(write, plan):
    write(WEEKLY.replace("10:00", "23:00"))
    plan()
    assert {row[1:] for row in rows()} == {("skipped", "quiet_hours")}


@pytest.mark.parametrize(
    "change",
    [("kind: scam_warning", "kind: scam_warning, urgent: true"), ("to:", "quiet_hours_exception: true\nto:")],
)
def test_urgent_slots_and_plans_with_an_exception_ignore_the_quiet_hours(write, plan, change):
    write(WEEKLY.replace("10:00", "23:00").replace(*change))
    plan()
    assert {row[1] for row in rows()} == {"planned"}


def test_the_quiet_hours_are_the_districts_own(write, plan, no_quiet_hours):
    write(WEEKLY.replace("10:00", "23:00"))
    plan()
    assert {row[1] for row in rows()} == {"planned"}


def test_a_public_holiday_is_skipped_only_when_the_plan_says_so(write, plan):
    at = datetime(2026, 12, 15, tzinfo=UTC)  # the day before Independence Day
    write("skip_holidays: true\n" + DAILY)
    write(DAILY.replace("10:00", "11:00"), "other.yaml")
    plan(at)
    independence = Slot.objects.filter(at__date="2026-12-16").order_by("at")
    assert [(slot.plan, slot.state, slot.reason) for slot in independence] == [
        ("weekly", "skipped", "holiday"),
        ("other", "planned", ""),
    ]
    assert Slot.objects.get(plan="weekly", at__date="2026-12-17").state == "planned"


def test_a_plan_without_any_channel_is_skipped_and_stands_once_there_is_one(write, home, channels):
    write()
    materialise(NOW, home, [])
    assert {row[1:] for row in rows()} == {("skipped", "no_channels")}
    materialise(NOW, home, channels)
    assert {row[1:] for row in rows()} == {("planned", "")}


def test_a_changed_file_changes_coming_slots(write, plan):
    write()
    plan()
    write(WEEKLY.replace("Mon 10:00", "Wed 12:00"))
    assert plan() == 2
    assert [row[0] for row in rows()] == ["25.11 07:00", "02.12 07:00"]


def test_a_file_taken_away_takes_its_coming_slots_along(write, plan):
    path = write()
    plan()
    path.unlink()
    plan()
    assert rows() == []


def test_a_persons_decision_wins_over_the_file(write, plan):
    path = write()
    plan()
    first, second = Slot.objects.all()
    Slot.objects.filter(pk=first.pk).update(state=SlotState.SKIPPED, by_person=True)
    write(WEEKLY.replace("Mon 10:00", "Wed 12:00"))
    plan()
    path.unlink()
    plan()
    assert list(Slot.objects.values_list("pk", "state")) == [(first.pk, "skipped")]
    assert second.pk not in Slot.objects.values_list("pk", flat=True)


def test_what_was_made_of_a_slot_stays_when_the_file_goes(write, plan):
    path = write()
    plan()
    Slot.objects.filter(at__date="2026-11-30").update(state=SlotState.MADE)
    path.unlink()
    plan()
    assert [row[1] for row in rows()] == ["made"]


def test_a_moment_that_passed_without_a_post_is_missed_with_the_reason(write, plan):
    write()
    plan()
    plan(NOW + timedelta(days=6))
    assert rows()[0] == ("30.11 05:00", "missed", "slot_missed")


def test_moments_missed_in_a_long_stop_come_to_light(write, plan):
    write()
    plan()
    plan(NOW + timedelta(days=20))  # stopped for longer than slots exist ahead
    assert [row[:2] for row in rows()] == [
        ("30.11 05:00", "missed"),
        ("07.12 05:00", "missed"),
        ("14.12 05:00", "missed"),
        ("21.12 05:00", "planned"),
        ("28.12 05:00", "planned"),
    ]


def test_a_stop_of_a_month_shows_at_most_two_weeks_of_missed_moments(write, plan):
    write(DAILY)
    plan()
    plan(NOW + timedelta(days=60))
    missed = Slot.objects.filter(state=SlotState.MISSED)
    assert missed.count() == 14 + 14  # those that existed, and those of the last two weeks
    assert set(missed.values_list("reason", flat=True)) == {"slot_missed"}


def test_a_new_plan_missed_nothing(write, plan):
    write(DAILY)
    plan()
    assert {row[1] for row in rows()} == {"planned"}


def test_a_flawed_file_changes_nothing(write, plan):
    write()
    plan()
    write("name: broken", "other.yaml")
    with pytest.raises(FlawedFile):
        plan()
    assert Slot.objects.count() == 2


def test_a_plan_for_an_unknown_district_is_refused_with_its_place(write, plan):
    path = write(WEEKLY.replace("akkaiyn", "akkayin"))
    with pytest.raises(FlawedFile, match=f"{path}:2: .*Did you mean “akkaiyn”"):
        plan()


def test_a_moved_slot_does_not_come_back_at_its_old_moment(write, plan, time_machine_at):
    time_machine_at(NOW)
    write()
    plan()
    slot = Slot.objects.first()
    moved = changes.move(slot, slot.at + timedelta(hours=5), SYSTEM)
    plan()
    assert rows()[:2] == [("30.11 05:00", "skipped", "moved"), ("30.11 10:00", "planned", "")]
    assert moved.by_person


def for_many(named: str) -> str:
    return WEEKLY.replace("district: akkaiyn", f"districts: {named}")


@pytest.mark.parametrize(
    ("named", "keys"), [("[all]", {"akkaiyn", "esil"}), ("[esil]", {"esil"}), ("['region:sko']", {"akkaiyn", "esil"})]
)
def test_a_plan_of_the_centre_makes_slots_in_each_of_its_districts(write, plan, named, keys):
    write(for_many(named))
    assert plan() == 2 * len(keys)
    assert plan() == 0
    assert set(Slot.objects.values_list("district", flat=True)) == keys
    for slot in Slot.objects.all():
        assert all(key.startswith(slot.district_id) for key in slot.channel_keys)


def test_what_one_district_skips_or_moves_stays_in_the_others(write, plan):
    write(for_many("[all]"))
    plan()
    mine, _later = Slot.objects.filter(district="akkaiyn")
    moved = changes.move(mine, mine.at + timedelta(hours=2), SYSTEM)
    changes.move(moved, mine.at, SYSTEM)
    plan()
    assert [slot.state for slot in Slot.objects.filter(district="esil")] == [SlotState.PLANNED] * 2


def test_a_district_taken_out_of_the_plan_loses_its_coming_slots(write, plan):
    write(for_many("[all]"))
    plan()
    write(for_many("[esil]"))
    plan()
    assert set(Slot.objects.values_list("district", flat=True)) == {"esil"}


def test_a_district_that_nobody_knows_is_named_with_its_line(write, plan):
    write(for_many("[esil, 'region:none']"))
    with pytest.raises(FlawedFile) as flawed:
        plan()
    assert [(flaw.line, "region:none" in flaw.what) for flaw in flawed.value.flaws] == [(2, True)]
