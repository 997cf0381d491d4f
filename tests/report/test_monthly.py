from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from publisher.hotline.models import Case, Consultation
from publisher.people.models import District, Region
from publisher.plan.files import Plan, PlanFile
from publisher.report.districts import funnel
from publisher.report.monthly import ground_of, month
from publisher.report.scope import Scope
from tests.report.conftest import SENT

NOVEMBER = date(2026, 11, 1)
LATER = datetime(2026, 12, 20, 6, tzinfo=SENT.tzinfo)
WEEK = timedelta(days=7)


def november(place=None, now=LATER):
    return month(place, NOVEMBER, now)


def test_a_day_that_is_not_the_first_is_refused(db):
    with pytest.raises(ValueError, match="not the first"):
        month(None, date(2026, 11, 2), LATER)


def test_an_empty_month_has_every_part(district):
    page = november(district)
    assert [line.name for line in page.lines] == [
        "views", "followers", "forwards", "calls", "near_misses", "losses", "clicks",
    ]  # fmt: skip
    assert {len(line.points) for line in page.lines} == {13}
    assert (page.hours.cells, page.hours.enough) == ((), False)
    assert (page.outcome.cases.value, page.outcome.cases.reason) == (None, "not_kept")
    assert page.funnel is None


def test_the_months_views_are_those_after_seven_days(district, public, went):
    went(public, views=100)
    assert november(district).headline.views.now.value == 110


def test_a_february_is_not_below_the_usual_for_being_short(district):
    start = datetime(2026, 5, 31, 20, tzinfo=SENT.tzinfo)
    days = (start + timedelta(days=n) for n in range(320))
    Consultation.objects.bulk_create(
        Consultation(district=district, at=day, verdict="fraud") for day in days for _ in range(4)
    )
    february, january, march = (
        month(district, date(2027, n, 1), datetime(2027, 4, 9, tzinfo=SENT.tzinfo)).response.calls for n in (2, 1, 3)
    )
    assert (february.now.value, february.verdict, february.weeks) == (112, "usual", 8)
    assert february.usual.median == pytest.approx(112)
    assert (january.verdict, march.verdict) == ("usual", "usual")


def test_the_lines_end_with_the_last_week_that_is_over_in_the_month(district, public, went):
    went(public, views=100)
    went(public, SENT - 3 * WEEK, views=50)
    views = november(district).lines[0].points
    assert views[-1].monday == date(2026, 11, 23)
    assert [point.value for point in views] == [None] * 9 + [50, 0, 0, 100]  # nobody published before: no 0


def test_weeks_of_silence_after_the_first_message_are_0(district, public, went):
    went(public, SENT - 20 * WEEK, views=50)
    assert [point.value for point in november(district).lines[0].points] == [0] * 13


def test_messages_stand_in_their_weekday_and_hour_by_the_place_s_clock(district, public, went):
    for n in range(30):
        went(public, SENT - (n % 10) * WEEK + timedelta(hours=3 * (n % 3)), views=100 + 50 * (n % 3))
    hours = november(district).hours
    assert {(cell.weekday, cell.hour) for cell in hours.cells} == {(1, 10), (1, 13), (1, 16)}
    assert [cell.ratio for cell in hours.cells] == [pytest.approx(2 / 3, abs=0.001), 1, pytest.approx(4 / 3, abs=0.001)]
    assert (hours.known, hours.enough) == (30, True)


def test_topics_are_ruses_and_else_kinds_and_each_message_counts_once(district, public, went, make_post):
    went(public, views=100, post=make_post(template_slug="fake-delivery"))
    went(public, views=50, post=make_post(kind="hotline_promo"))
    page = november(district)
    assert [(one.key, one.views.value) for one in page.topics] == [("fake-delivery", 110), ("hotline_promo", 55)]
    assert sum(one.messages for one in page.topics) == page.messages
    assert [one.key for one in page.languages] == ["kk"]


def test_registered_cases_have_a_rate_with_an_interval_and_13_months(district, called):
    District.objects.filter(pk=district.pk).update(population=17_800)
    district.refresh_from_db()
    for day in (date(2026, 11, 3), date(2026, 11, 30), date(2026, 6, 1)):
        Case.objects.create(district=district, day=day, by_name="A", amount=500_000)
    called(outcome="near_miss")
    outcome = november(district).outcome
    assert (outcome.cases.value, outcome.attempts.value, outcome.losses.value) == (2, 1, 0)
    assert outcome.cases_rate.value == pytest.approx(2 / 17_800 * 100_000)
    assert outcome.cases_rate.interval.low < outcome.cases_rate.value < outcome.cases_rate.interval.high
    assert [point.value for point in outcome.before[-6:]] == [1, 0, 0, 0, 0, 2]
    assert [point.value for point in outcome.before[:7]] == [None] * 7


def test_an_unknown_population_leaves_rates_unknown(district, called):
    District.objects.update(population=None)
    called()
    found = november(None).outcome.calls_rate
    assert (found.value, found.reason, found.count) == (None, "population_unknown", 1)


@pytest.fixture
def many(district):
    """Twelve districts of different size with the same rate of calls, but for one."""
    made = [
        District(key=f"d{n}", name_kk=f"Аудан {n:02}", name_ru=f"Район {n:02}", hotline="102", population=size)
        for n, size in enumerate([1_000, 2_000, 5_000, 8_000, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 80_000])
    ]
    District.objects.bulk_create(made)
    for one in made:
        number = 60 if one.key == "d5" else one.population // 1_000
        moments = [SENT - 5 * WEEK] + [SENT] * number
        Consultation.objects.bulk_create(Consultation(district=one, at=at, verdict="fraud") for at in moments)
    return made


def test_the_funnel_finds_the_district_that_is_different_and_no_small_one(many):
    found = funnel(ground_of(Scope(), NOVEMBER, LATER))
    places = {line.district.pk: line.place for line in found.lines}
    assert places.pop("d5") == "far_above"
    assert {place for key, place in places.items() if key.startswith("d")} == {"inside"}
    assert places["akkaiyn"] == "unknown"
    assert found.without_population >= 1


def test_a_district_that_began_to_write_calls_down_within_the_month_is_not_low(many):
    Consultation.objects.filter(district="d10", at__lt=SENT).delete()
    Consultation.objects.filter(district="d10").exclude(
        pk=Consultation.objects.filter(district="d10").first().pk
    ).delete()
    Consultation.objects.create(district_id="d10", at=SENT - 9 * WEEK, verdict="fraud", source="bot")
    (line,) = (one for one in funnel(ground_of(Scope(), NOVEMBER, LATER)).lines if one.district.pk == "d10")
    assert (line.calls.value, line.calls_rate.value, line.place) == (1, None, "unknown")


def test_calls_are_not_0_while_only_the_bot_was_there(district, called):
    called(SENT - 20 * WEEK, source="bot", outcome="near_miss")
    called()
    found = november(district).response
    assert (found.calls.now.value, found.calls.weeks, found.calls.reason) == (1, 0, "too_few_weeks")
    assert found.near_misses.weeks == 3


def test_the_funnel_is_in_the_order_of_names_and_widens_where_few_live(many):
    found = funnel(ground_of(Scope(), NOVEMBER, LATER))
    assert [line.district.name_kk for line in found.lines] == sorted(line.district.name_kk for line in found.lines)
    width = {line.district.pk: line.limits95.high - line.limits95.low for line in found.lines if line.limits95}
    assert width["d0"] > width["d5"] > width["d10"]


def test_two_districts_are_not_put_side_by_side(district, called):
    District.objects.update(population=17_800)
    called()
    found = november(None).funnel
    assert found.level is None
    assert {line.place for line in found.lines} == {"unknown"}


def test_a_campaign_is_compared_with_the_eight_weeks_before_and_says_what_forbids_more(district, called, went, public):
    from publisher.report.campaigns import campaigns

    begin = datetime(2026, 12, 1, 5, tzinfo=SENT.tzinfo)
    for n in range(1, 80):
        called(begin - timedelta(days=n))
    for n in range(20):
        called(begin + timedelta(days=n), outcome="near_miss")
    (found,) = campaigns(Scope(district), begin + timedelta(days=30))
    assert (found.plan, found.state) == ("campaign-safe-account", "over")
    assert (found.calls_before.value, found.calls_during.value) == (56, 20)
    assert found.verdict == "usual"
    assert found.interval.low < found.ratio < found.interval.high
    assert {"coincided", "other_changes", "no_control", "season"} <= set(found.caveats)


def test_a_campaign_without_eight_weeks_before_is_not_compared(district, called):
    from publisher.report.campaigns import campaigns

    called(SENT)
    (found,) = campaigns(Scope(district), datetime(2027, 1, 5, tzinfo=SENT.tzinfo))
    assert (found.verdict, found.reason, found.ratio) == ("not_compared", "too_few_weeks", None)


@pytest.mark.parametrize(
    ("named", "ours"), [(["esil"], False), (["esil", "akkaiyn"], True), (["all"], True), (["region:sko"], True)]
)
def test_a_campaign_of_other_districts_is_not_told_of_as_ones_own(district, monkeypatch, named, ours):
    from publisher.report import campaigns

    slots = [{"at": "Mon 10:00", "templates": ["fake-delivery"]}]
    given = {"name": "Theirs", "districts": named, "to": ["all"], "slots": slots}
    file = PlanFile.model_validate(given | {"starts": date(2026, 11, 1), "ends": date(2026, 11, 20)})
    plan = Plan("theirs", Path("theirs.yaml"), file, {})
    monkeypatch.setattr(campaigns, "_plans", lambda: [plan])
    assert [one.plan for one in campaigns.campaigns(Scope(district), LATER)] == (["theirs"] if ours else [])


def test_a_campaign_still_to_come_is_only_planned(district):
    from publisher.report.campaigns import campaigns

    (found,) = campaigns(Scope(district), SENT)
    assert (found.state, found.reason) == ("planned", "not_over")


def test_a_region_is_its_districts_together(district, public, make_channel, went):
    other, far = District.objects.exclude(pk=district.pk)[0], District(key="far", name_kk="Алыс", name_ru="Дальний")
    far.save()
    region = Region.objects.create(key="north", name_kk="Солтүстік", name_ru="Север")
    District.objects.filter(pk__in=[district.pk, other.pk]).update(region=region, population=10_000)
    went(public, views=100)
    went(make_channel("second", district=other, url="https://t.me/second"), views=200)
    went(make_channel("third", district=far, url="https://t.me/third1"), views=900)
    page = november(region)
    assert page.headline.views.now.value == 330
    assert page.headline.views.now.behind.region == "north"
    assert (page.per_100k.population, page.per_100k.value) == (20_000, 1_650)
    assert [line.district.pk for line in page.funnel.lines] == sorted([district.pk, other.pk], key=lambda key: key)
    assert november(None).per_100k.reason == "population_unknown"
