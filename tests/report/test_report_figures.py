from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery, State
from publisher.measure.readings import Known, Unknown
from publisher.people.models import District
from publisher.plan.models import Slot
from publisher.report.figures import bounds, build, change_between, total
from tests.report.conftest import SENT

WEEK = (date(2026, 11, 23), date(2026, 11, 29))
LATER = SENT + timedelta(days=10)
AT = datetime(2026, 11, 24, tzinfo=UTC)

known = st.builds(Known, st.integers(0, 10**9), st.just(AT), st.just("x"), at_least=st.booleans())
unknown = st.builds(Unknown, st.sampled_from(["not_given", "not_yet", "reader_failed"]))


def week(**more):
    return build(*WEEK, now=LATER, **more)


@given(st.lists(known), st.lists(unknown))
def test_a_sum_is_made_of_known_numbers_only(knowns, unknowns):
    found = total([*knowns, *unknowns])
    assert (found.known, found.of) == (len(knowns), len(knowns) + len(unknowns))
    assert found.value == (sum(n.value for n in knowns) if knowns else None)


@given(st.lists(known | unknown), unknown)
def test_one_more_unknown_never_changes_a_sum_but_makes_it_a_lower_bound(numbers, more):
    before, after = total(numbers), total([*numbers, more])
    assert after.value == before.value
    assert after.at_least is (after.value is not None)


@given(st.lists(known | unknown), st.randoms())
def test_the_order_of_numbers_does_not_matter(numbers, chance):
    mixed = list(numbers)
    chance.shuffle(mixed)
    assert total(mixed) == total(numbers)


@given(st.lists(unknown))
def test_nothing_known_is_unknown_and_never_0(numbers):
    assert total(numbers).value is None


def test_known_zeros_are_a_known_0():
    assert total([Known(0, AT, "x")]).value == 0


@given(
    st.dates(date(2023, 6, 1), date(2030, 1, 1)),
    st.integers(0, 40),
    st.sampled_from(["Asia/Almaty", "Asia/Aqtau", "Europe/Prague", "America/New_York"]),
)
def test_periods_in_a_row_touch_without_gap_or_overlap(start, days, name):
    zone, end = ZoneInfo(name), start + timedelta(days=days)
    first, last = bounds(start, end, zone)
    assert bounds(end + timedelta(days=1), end + timedelta(days=9), zone)[0] == last
    assert (first.astimezone(zone).date(), (last - timedelta(seconds=1)).astimezone(zone).date()) == (start, end)


def test_a_day_is_25_hours_long_where_the_zone_was_set_back():
    # Kazakhstan: +06 → +05 at the end of 2024-02-29.
    first, last = bounds(date(2024, 2, 29), date(2024, 2, 29), ZoneInfo("Asia/Almaty"))
    assert last - first == timedelta(hours=25)


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        (datetime(2026, 11, 22, 18, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 19, tzinfo=UTC), True),  # Monday 00:00 in Almaty
        (datetime(2026, 11, 29, 18, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 29, 19, tzinfo=UTC), False),
    ],
)
def test_the_week_is_counted_in_the_districts_own_days(telegram, send, district, at, inside):
    send(telegram, at)
    assert len(week(district=district).posts) == inside


def test_a_post_stands_once_with_all_its_languages_and_channels(telegram, whatsapp, send, make_post):
    post = make_post()
    send(telegram, SENT + timedelta(minutes=2), post=post, language="ru")
    send(telegram, SENT, post=post)
    send(whatsapp, SENT + timedelta(minutes=1), post=post)
    (found,) = week().posts
    assert found.languages == ("kk", "ru")
    assert [(m.channel, m.language) for m in found.messages] == [("tg", "kk"), ("wa", "kk"), ("tg", "ru")]
    assert found.published_at == SENT


def test_the_value_at_72_h_is_preferred_to_the_latest(telegram, send, read, take):
    delivery = send(telegram)
    take(delivery)
    read(delivery, "reactions", 5, 70, "👍")
    read(delivery, "reactions", 9, 100, "👍")
    number = week().messages[0].numbers[Metric.REACTIONS]
    assert (number.value, number.horizon, number.at) == (5, "72h", SENT + timedelta(hours=70))


def test_until_72_h_the_latest_stands_with_its_own_time(telegram, send, read):
    delivery = send(telegram)
    read(delivery, "reactions", 5, 7, "👍")
    report = build(*WEEK, now=SENT + timedelta(hours=8))
    number = report.messages[0].numbers[Metric.REACTIONS]
    assert (number.value, number.horizon, number.at) == (5, "", SENT + timedelta(hours=7))
    assert report.totals[Metric.REACTIONS].at_horizon == 0


def test_a_total_says_how_many_of_its_numbers_are_known(telegram, send, read, take):
    for value in (4, 6, None):
        delivery = send(telegram)
        take(delivery)
        if value is not None:
            read(delivery, "reactions", value, 1, "👍")
    found = week().totals[Metric.REACTIONS]
    assert (found.value, found.known, found.of, found.at_horizon, found.at_least) == (10, 2, 3, 2, True)


def test_views_are_not_given_by_the_bot_api_and_never_0(telegram, send):
    send(telegram)
    report = week()
    assert report.messages[0].numbers[Metric.VIEWS] == Unknown("not_given")
    assert report.totals[Metric.VIEWS].value is None
    assert Metric.VIEWS not in report.metrics
    assert ("Telegram", Metric.VIEWS, "telegram") in [(g.where, g.metric, g.road) for g in report.gaps]


def test_what_one_channel_of_a_platform_gives_is_not_said_to_be_never_given(telegram, make_channel):
    make_channel("public", url="https://t.me/akkaiyn")
    never = [gap.metric for gap in week().gaps if gap.road == "telegram"]
    assert "views" not in never
    assert "delivered" in never


def test_what_a_platform_can_give_but_did_not_is_listed_with_the_reason(telegram, send, take):
    for _ in range(2):
        take(send(telegram))
    gaps = [(g.where, g.metric, g.reason, g.count) for g in week().gaps if g.count]
    assert ("Channel tg", Metric.REACTIONS, "not_given", 2) in gaps


def test_a_message_without_poll_lacks_no_votes(telegram, send, make_post, read):
    post = make_post()
    with_poll = send(telegram, post=post)
    poll = send(telegram, post=post, part="poll")
    read(poll, "poll_votes", 3, 1, "Yes")
    send(telegram)
    report = week()
    assert report.totals[Metric.POLL_VOTES].of == 1
    (message,) = [m for m in report.messages if Metric.POLL_VOTES in m.numbers]
    assert (message.delivery, message.numbers[Metric.POLL_VOTES].parts) == (with_poll.pk, (("Yes", 3),))


def test_a_poll_is_no_message_of_its_own(telegram, send, make_post):
    post = make_post()
    send(telegram, post=post)
    send(telegram, post=post, part="poll")
    assert len(week().messages) == 1


def test_followers_change_between_the_readings_nearest_to_both_midnights(telegram, read):
    for hours, value in ((-60, 90), (-30, 100), (20, 104), (120, 130), (135, 131), (180, 140)):
        read(telegram, "followers", value, hours)
    (channel,) = week().channels  # from SENT - 34 h to SENT + 134 h
    assert (channel.start.value, channel.end.value, channel.change) == (100, 131, 31)
    assert channel.percent == pytest.approx(31.0)


def test_a_week_that_is_not_over_ends_now(telegram, read):
    read(telegram, "followers", 100, -34)
    read(telegram, "followers", 103, 1)
    (channel,) = build(*WEEK, now=SENT + timedelta(hours=1)).channels
    assert (channel.end.value, channel.end.at) == (103, SENT + timedelta(hours=1))


def test_one_reading_tells_nothing_about_change(telegram, read):
    read(telegram, "followers", 100, -20)  # within a day of Monday's midnight and of now
    (channel,) = build(*WEEK, now=SENT - timedelta(hours=1)).channels
    assert (channel.change, channel.change_reason, channel.percent) == (None, "single_reading", None)


def test_no_percent_without_a_denominator(telegram, read):
    read(telegram, "followers", 0, -34)
    read(telegram, "followers", 5, 134)
    (channel,) = week().channels
    assert (channel.change, channel.percent) == (5, None)


def test_unread_followers_are_unknown_and_the_sum_says_so(telegram, make_channel, read):
    make_channel("two")
    read(telegram, "followers", 100, -34)
    read(telegram, "followers", 90, 134)
    report = week()
    assert (report.followers.value, report.followers.known, report.followers.of) == (-10, 1, 2)
    assert [g.reason for g in report.gaps if g.metric == Metric.FOLLOWERS and not g.road] == ["not_read_in_time"]


@given(st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6))
def test_a_change_needs_both_ends(start, end):
    ends = [
        Unknown("not_given") if n is None else Known(n, AT + timedelta(days=d), "x") for d, n in ((0, start), (7, end))
    ]
    change, reason = change_between(*ends)
    assert (change is None) is (start is None or end is None) is bool(reason)
    assert change is None or change == end - start


@pytest.mark.parametrize("state", [State.UNKNOWN, State.FAILED, State.EXPIRED])
def test_what_did_not_go_out_is_listed_by_the_time_it_was_due(telegram, send, state):
    send(telegram, state=state, sent_at=None, error_reason="target_gone")
    report = week()
    assert report.posts == ()
    assert [(t.state, t.reason, t.at) for t in report.troubles] == [(state, "target_gone", SENT)]


def test_a_withdrawn_message_was_published_and_is_listed(telegram, send):
    send(telegram, state=State.WITHDRAWN)
    report = week()
    assert [m.state for m in report.messages] == [State.WITHDRAWN]
    assert [t.state for t in report.troubles] == [State.WITHDRAWN]


def test_a_planned_moment_that_passed_in_silence_is_listed(district):
    Slot.objects.create(
        plan="weekly", at=SENT, district=district, rule={"name": "Weekly plan"}, channel_keys=["tg"], state="missed",
        reason="slot_missed",
    )  # fmt: skip
    (trouble,) = week().troubles
    assert (trouble.title, trouble.where, trouble.reason) == ("Weekly plan", "tg", "slot_missed")


def test_what_waits_or_was_cancelled_is_no_trouble(telegram, send):
    for state in (State.WAITING, State.CANCELLED):
        send(telegram, state=state, sent_at=None)
    assert week().troubles == ()


def test_a_district_sees_its_own_posts_channels_and_troubles_only(telegram, make_channel, send, make_post, district):
    other, _ = District.objects.get_or_create(
        key="esil", defaults={"name_kk": "Есіл", "name_ru": "Есиль", "hotline": "2"}
    )
    foreign = make_channel("esil", district=other)
    send(foreign, post=make_post(district=other))
    send(foreign, post=make_post(district=other), state=State.FAILED, sent_at=None)
    send(telegram)
    mine, all_of_them = week(district=district), week()
    assert (len(mine.posts), len(mine.channels), len(mine.troubles)) == (1, 1, 0)
    assert (len(all_of_them.posts), len(all_of_them.channels), len(all_of_them.troubles)) == (2, 2, 1)


def test_the_number_of_queries_does_not_grow_with_the_posts(telegram, send, read, django_assert_max_num_queries):
    for _ in range(30):
        read(send(telegram), "reactions", 1, 1, "👍")
    with django_assert_max_num_queries(12):
        week()
    assert Delivery.objects.count() == 30
