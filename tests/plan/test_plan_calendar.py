from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.plan.calendar import is_holiday, is_quiet, moments
from publisher.plan.files import WEEKDAYS, Plan, PlanFile

ALMATY, PRAGUE = ZoneInfo("Asia/Almaty"), ZoneInfo("Europe/Prague")
ZONES = [ALMATY, PRAGUE, ZoneInfo("Asia/Aqtau"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]


def plan(*at: str, **more: object) -> Plan:
    slots = [{"at": text, "kind": "notice"} for text in at]
    return Plan("p", Path("p.yaml"), PlanFile.model_validate({"name": "P", "to": ["a"], "slots": slots, **more}), {})


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def found(made: Plan, zone: ZoneInfo, start: datetime, end: datetime) -> list[str]:
    return [f"{m.at:%d %H:%M}" for m in moments(made, zone, start, end)]


def test_a_moment_is_stored_in_utc_from_the_districts_own_time():
    assert found(plan("Mon 10:00"), ALMATY, utc(2026, 11, 23), utc(2026, 12, 8)) == ["23 05:00", "30 05:00", "07 05:00"]


def test_the_same_wall_time_moves_by_an_hour_in_utc_when_kazakhstan_changed_its_zone():
    # From +06 to +05 on 2024-03-01 00:00.
    days = found(plan("* 10:00"), ALMATY, utc(2024, 2, 28), utc(2024, 3, 3))
    assert days == ["28 04:00", "29 04:00", "01 05:00", "02 05:00"]


def test_the_hour_that_happened_twice_posts_once():
    # 2024-02-29 23:30 came at 17:30 and again at 18:30 UTC.
    assert found(plan("* 23:30"), ALMATY, utc(2024, 2, 29), utc(2024, 3, 1, 23)) == ["29 17:30", "01 18:30"]


def test_a_start_between_the_two_passes_of_the_hour_does_not_post_again():
    assert found(plan("* 23:30"), ALMATY, utc(2024, 2, 29, 18), utc(2024, 2, 29, 23)) == []


def test_a_time_that_spring_leaves_out_comes_an_hour_later_by_the_wall():
    (one,) = moments(plan("* 02:30"), PRAGUE, utc(2027, 3, 28), utc(2027, 3, 28, 12))
    assert one.at.astimezone(PRAGUE).time() == time(3, 30)
    assert one.day == date(2027, 3, 28)


def test_midnight_is_not_skipped_after_a_spring_change():
    days = found(plan("Mon 00:00"), PRAGUE, utc(2023, 3, 19), utc(2023, 4, 3))
    assert days == ["19 23:00", "26 22:00", "02 22:00"]


def test_moments_of_several_rules_come_in_order():
    assert found(plan("Tue 10:00", "Mon 20:00", "* 08:00"), ALMATY, utc(2026, 11, 23), utc(2026, 11, 24, 12)) == [
        "23 03:00",
        "23 15:00",
        "24 03:00",
        "24 05:00",
    ]


def test_the_end_is_not_included_and_the_start_is():
    at = utc(2026, 11, 23, 5)
    assert found(plan("Mon 10:00"), ALMATY, at, at + timedelta(days=7)) == ["23 05:00"]


def test_a_campaign_includes_both_its_days_in_the_districts_zone():
    made = plan("* 02:00", starts="2026-12-01", ends="2026-12-03")  # 02:00 in Almaty is the day before in UTC
    assert found(made, ALMATY, utc(2026, 11, 20), utc(2026, 12, 20)) == ["30 21:00", "01 21:00", "02 21:00"]


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2023, 1, 1), date(2030, 1, 1)),
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    minute=st.integers(0, 24 * 60 - 1),
)
def test_every_wanted_day_has_exactly_one_moment_at_its_wall_time(zone, day, days, minute):
    at = f"{','.join(days)} {minute // 60}:{minute % 60:02}"
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=21), time(), zone).astimezone(UTC)
    made = moments(plan(at), zone, start, end)
    wanted = [day + timedelta(days=n) for n in range(21)]
    assert [m.day for m in made] == [d for d in wanted if WEEKDAYS[d.weekday()] in days]
    for m in made:
        wall = datetime.combine(m.day, time(minute // 60, minute % 60), zone)
        exists = wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
        assert not exists or m.at == wall.astimezone(UTC)
        assert m.at.tzinfo == UTC


@given(
    day=st.dates(date(2023, 1, 1), date(2030, 1, 1)), cut=st.integers(1, 14 * 24 * 3600), zone=st.sampled_from(ZONES)
)
def test_two_stretches_give_what_one_gives(day, cut, zone):
    start = datetime.combine(day, time(), UTC)
    middle, end = start + timedelta(seconds=cut), start + timedelta(days=14)
    made = plan("* 02:30", "Mon 01:15", "* 23:30")
    halves = moments(made, zone, start, middle) + moments(made, zone, middle, end)
    assert halves == moments(made, zone, start, end)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [("22:00", True), ("23:59", True), ("00:00", True), ("07:59", True), ("08:00", False), ("21:59", False)],
)
def test_quiet_hours_reach_over_midnight(moment, quiet):
    assert is_quiet(time.fromisoformat(moment), time(22), time(8)) is quiet


@pytest.mark.parametrize(("moment", "quiet"), [("12:59", False), ("13:00", True), ("13:59", True), ("14:00", False)])
def test_quiet_hours_may_lie_within_a_day(moment, quiet):
    assert is_quiet(time.fromisoformat(moment), time(13), time(14)) is quiet


def test_equal_ends_mean_no_quiet_hours():
    assert not any(is_quiet(time(hour), time(8), time(8)) for hour in range(24))


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2026, 12, 16), True),  # Independence Day
        (date(2026, 3, 21), True),  # Nauryz
        (date(2026, 3, 9), True),  # 8 March fell on a Sunday
        (date(2026, 12, 17), False),
    ],
)
def test_the_public_holidays_are_kazakhstans(day, holiday):
    assert is_holiday(day) is holiday
