from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.plan.files import WEEKDAYS, load_all, weekly
from publisher.yamlfile import FlawedFile

BASE = "name: N\nto: [a]\nslots:\n"


def flaws(home) -> list[str]:
    with pytest.raises(FlawedFile) as caught:
        load_all(home.schedules)
    return [str(flaw) for flaw in caught.value.flaws]


@pytest.mark.parametrize(
    ("text", "days", "at"),
    [
        ("Mon 10:00", (0,), time(10)),
        ("* 09:00", (0, 1, 2, 3, 4, 5, 6), time(9)),
        ("Mon,Thu 18:30", (0, 3), time(18, 30)),
        ("thu, mon 7:05", (0, 3), time(7, 5)),
        ("Mon-Fri 12:00", (0, 1, 2, 3, 4), time(12)),
        ("Sat-Mon 23:59", (0, 5, 6), time(23, 59)),
    ],
)
def test_a_moment_of_the_week_is_read_from_words(text, days, at):
    assert (weekly(text).days, weekly(text).time) == (days, at)


@given(st.lists(st.sampled_from(WEEKDAYS), min_size=1), st.integers(0, 23), st.integers(0, 59))
def test_any_list_of_days_is_read_whatever_its_order(days, hour, minute):
    found = weekly(f"{','.join(days)} {hour}:{minute:02}")
    assert found.days == tuple(sorted({WEEKDAYS.index(day) for day in days}))
    assert found.time == time(hour, minute)


@pytest.mark.parametrize("text", ["10:00", "Mon", "Mon 10", "Mon 1000", "", "Mon 24:00", "Mon 10:60", "Пн 10:00"])
def test_words_that_are_no_moment_are_refused(text):
    with pytest.raises(ValueError, match=r"Mon|day goes"):
        weekly(text)


def test_a_whole_plan_is_read_with_its_defaults(home, write):
    write()
    plan = load_all(home.schedules)["weekly"]
    file = plan.file
    assert (file.approve, file.prepare_days, file.skip_holidays, file.quiet_hours_exception) == (
        "person",
        3,
        False,
        False,
    )
    assert (file.starts, file.ends, plan.path.name) == (None, None, "weekly.yaml")


def test_a_campaign_has_its_first_and_last_day(home, write):
    write("starts: 2026-12-01\nends: 2026-12-21\n" + BASE + "  - {at: Tue 10:00, kind: notice}\n")
    file = load_all(home.schedules)["weekly"].file
    assert (file.starts, file.ends) == (date(2026, 12, 1), date(2026, 12, 21))


def test_an_unknown_key_names_line_and_nearest_key(home, write):
    path = write(BASE + "  - {at: Mon 10:00, kind: notice}\nprepare_day: 2\n")
    assert flaws(home) == [f"{path}:5: unknown key “prepare_day”. Did you mean “prepare_days”?"]


def test_a_wrong_moment_names_its_line_and_how_to_write_it(home, write):
    path = write(BASE + "  - at: Mon 10:00\n    kind: notice\n  - at: Someday 10:00\n    kind: notice\n")
    (flaw,) = flaws(home)
    assert flaw.startswith(f"{path}:6:")
    assert "no day is called “Someday”" in flaw


def test_a_time_that_yaml_takes_for_a_number_is_explained(home, write):
    path = write(BASE + "  - at: 10:00\n    kind: notice\n")
    (flaw,) = flaws(home)
    assert flaw.startswith(f"{path}:4:")
    assert "in quotes" in flaw


@pytest.mark.parametrize(
    ("slot", "why"),
    [
        ("{at: Mon 10:00}", "say what to post"),
        ("{at: Mon 10:00, templates: [x], kind: notice}", "leave out kind and tags"),
        ("{at: Mon 10:00, kind: poem}", "scam_warning"),
        ("{at: Mon 10:00, kind: notice, pick: random}", "least-recent"),
    ],
)
def test_a_slot_that_does_not_say_what_to_post_is_refused(home, write, slot, why):
    path = write(BASE + f"  - {slot}\n")
    (flaw,) = flaws(home)
    assert flaw.startswith(f"{path}:4:")
    assert why in flaw


def test_two_slots_at_the_same_moment_are_refused_at_the_second(home, write):
    path = write(BASE + "  - {at: '* 10:00', kind: notice}\n  - {at: 'Wed 10:00', kind: scam_warning}\n")
    (flaw,) = flaws(home)
    assert flaw.startswith(f"{path}:5:")
    assert "same moment" in flaw


def test_slots_at_the_same_time_of_other_days_are_fine(home, write):
    write(BASE + "  - {at: 'Mon,Tue 10:00', kind: notice}\n  - {at: 'Wed 10:00', kind: notice}\n")
    assert len(load_all(home.schedules)["weekly"].file.slots) == 2


def test_a_campaign_that_ends_before_it_starts_is_refused(home, write):
    path = write("starts: 2026-12-21\nends: 2026-12-01\n" + BASE + "  - {at: Tue 10:00, kind: notice}\n")
    assert flaws(home) == [f"{path}:2: the campaign ends before it starts. Swap the dates."]


def test_flaws_of_all_files_come_together(home, write):
    write("nonsense: 1\n", "one.yaml")
    write(BASE + "  - {at: never, kind: notice}\n", "two.yaml")
    write("", "three.yml")
    write(BASE + "  - {at: Mon 10:00, kind: notice}\n", "Big Name.yaml")
    text = "\n".join(flaws(home))
    assert all(name in text for name in ("one.yaml", "two.yaml:4", "Call it three.yaml", "Big Name.yaml"))


@pytest.mark.parametrize("days", [0, 15])
def test_posts_are_prepared_one_to_fourteen_days_ahead(home, write, days):
    path = write(BASE + f"  - {{at: Mon 10:00, kind: notice}}\nprepare_days: {days}\n")
    (flaw,) = flaws(home)
    assert flaw.startswith(f"{path}:5:")


def test_no_schedules_means_no_plans(home):
    assert load_all(home.schedules) == {}


def test_the_plans_we_ship_are_sound():
    from django.conf import settings

    assert load_all(settings.HOME.schedules)
