"""Every number opens to the readings it is made of, and they add up to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta

import pytest
from django.utils.translation import override

from publisher.measure.models import Link, LinkDay, Reading
from publisher.people.models import District
from publisher.report.behind import listing, place, total
from publisher.report.monthly import month
from publisher.report.page_questions import grown
from publisher.report.page_readings import readings_page
from publisher.report.page_words import days
from publisher.report.questions import best_hours, what_an_okrug_does_not_get, which_ruse_grew
from publisher.report.values import Behind, Sum
from publisher.report.weekly import week
from tests.report.conftest import SENT

MONDAY = date(2026, 11, 23)
LATER = datetime(2026, 12, 20, 6, tzinfo=SENT.tzinfo)
WEEK = timedelta(days=7)


def figures(thing: object) -> Iterator[object]:
    if is_dataclass(thing) and not isinstance(thing, type):
        if hasattr(thing, "behind") and isinstance(thing.behind, Behind):
            yield thing
        for one in fields(thing):
            yield from figures(getattr(thing, one.name))
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from figures(value)
    elif isinstance(thing, tuple):
        for value in thing:
            yield from figures(value)


@pytest.fixture
def busy(public, whatsapp, make_post, went, read, called, send):
    post = make_post("Both", template_slug="fake-delivery")
    went(public, views=100, forwards=5, post=post)
    went(public, SENT + timedelta(minutes=3), views=60, post=post, language="ru")
    went(whatsapp, views=None)
    send(public, LATER - timedelta(hours=10))
    read(public, "followers", 900, -34)
    read(public, "followers", 912, 134)
    called(pattern="fake-delivery", outcome="near_miss", heard="leaflet")
    called(pattern="charity", outcome="loss", amount=10)


def test_every_figure_of_both_reports_opens_and_sums_add_up(district, busy):
    pages = week(district, MONDAY, LATER), month(district, date(2026, 11, 1), LATER)
    seen = [one for page in pages for one in figures(page)]
    assert len(seen) > 60
    for figure in seen:
        behind = Behind.of_query(figure.behind.as_query())
        assert place(behind) == district
        found = listing(behind, LATER, most=500)
        if isinstance(figure, Sum) and behind.thing == "messages" and figure.value is not None:
            assert total(found.lines) == figure.value, behind
        if behind.thing == "calls" and type(figure).__name__ == "Count":
            assert found.total == figure.value, behind


def test_a_number_typed_in_names_who_and_where_from(district, public, send):
    delivery = send(public)
    delivery.appointments.update(state="taken", taken_at=SENT + timedelta(hours=72))
    Reading.objects.create(
        delivery=delivery,
        metric="views",
        value=5,
        at=SENT + timedelta(hours=72),
        source="hand",
        by="Айгүл",
        proof="ab12",
    )
    views = week(district, MONDAY, LATER).headline.views.now
    (line,) = listing(views.behind, LATER).lines
    assert (line.number.value, line.number.source, line.by, line.proof) == (5, "hand", "Айгүл", "ab12")


def test_readings_are_told_by_the_clock_of_the_place(district, public, went):
    District.objects.filter(pk=district.pk).update(time_zone="Asia/Tokyo")
    district.refresh_from_db()
    went(public)
    behind = week(district, MONDAY, LATER).headline.views.now.behind
    with override("en"):
        page = readings_page(behind, listing(behind, LATER), "en")
        assert page.period == days(MONDAY, MONDAY + timedelta(days=6))
    assert page.zone == "UTC+9"


def test_a_long_list_comes_in_pages(district, public, went):
    for n in range(5):
        went(public, SENT + timedelta(minutes=n))
    behind = week(district, MONDAY, LATER).headline.views.now.behind
    found = listing(behind, LATER, start=3, most=3)
    assert (len(found.lines), found.total, found.start) == (2, 5, 3)


def test_clicks_count_devices_and_only_messages_with_a_link_go_into_the_ctr(district, public, went):
    carried = went(public, views=100)
    went(public, views=900)
    link = Link.objects.create(
        code="abc2345", url="https://gov.kz/", kind="message", label="—", district=district, post=carried.post,
        channel=public, language="kk", made_by="A",
    )  # fmt: skip
    Link.objects.filter(pk=link.pk).update(made_at=SENT)
    LinkDay.objects.create(link=link, day=date(2026, 11, 25), visits=9, people=4)
    page = week(district, MONDAY, LATER)
    assert (page.ratios.ctr.part, page.ratios.ctr.whole, page.ratios.ctr.known) == (4, 100, 1)
    assert page.response.clicks.now.value == 4
    assert [line.number.value for line in listing(page.response.clicks.now.behind, LATER).lines] == [4]


def test_a_month_before_that_was_written_down_in_part_says_nothing_of_growth(district, called):
    called(datetime(2026, 10, 28, 5, tzinfo=SENT.tzinfo), pattern="charity")
    for n in range(24):
        called(SENT - 2 * WEEK + timedelta(hours=12 * n), pattern="charity")
    (found,) = which_ruse_grew(district, date(2026, 11, 1), datetime(2026, 12, 2, tzinfo=SENT.tzinfo))
    assert (found.now.value, found.before.value) == (24, 1)
    assert (found.ratio, found.interval, found.grew) == (None, None, False)


@pytest.mark.parametrize(("hours", "told"), [(5, "days after the first report: 0"), (-5, "before the first report")])
def test_a_warning_of_the_same_day_stands_before_the_first_report_only_if_it_went_out_before(
    district, called, public, went, make_post, hours, told
):
    called(pattern="charity")
    went(public, SENT + timedelta(hours=hours), post=make_post(template_slug="fake-charity"))
    found = which_ruse_grew(district, date(2026, 11, 1), datetime(2026, 12, 2, tzinfo=SENT.tzinfo))
    with override("en"):
        (row,) = grown(found, district.zone, "en").table.rows
    assert row.note == f"warned 24.11.2026, {told}"


def test_the_ruse_that_grew_is_first_with_how_late_the_warning_was(district, called, public, went, make_post):
    called(SENT - 9 * WEEK)
    for n in range(4):
        called(SENT - 5 * WEEK + timedelta(days=n), pattern="charity")
    for n in range(24):
        called(SENT - 2 * WEEK + timedelta(hours=12 * n), pattern="charity")
    called(pattern="fake-delivery")
    went(public, SENT, post=make_post(template_slug="fake-charity"))
    first, second = which_ruse_grew(district, date(2026, 11, 1), datetime(2026, 12, 2, tzinfo=SENT.tzinfo))
    assert (first.key, first.now.value, first.before.value, first.grew) == ("charity", 24, 4, True)
    assert first.interval.low > 1
    assert (first.late, first.posts, first.warned_at) == (14, 1, SENT)
    assert (second.key, second.grew, second.warned_at) == ("fake-delivery", False, None)


def test_an_okrug_is_told_what_it_does_not_get(district, called, make_channel, went, make_post):
    from publisher.hotline.models import Okrug

    okrug = Okrug.objects.create(district=district, name_kk="Астраханка", name_ru="Астраханский", households=120)
    Okrug.objects.create(district=district, name_kk="Иванов", name_ru="Ивановский")
    mine = make_channel("mine", tags=["астраханский"], languages=["ru"])
    make_channel("theirs", tags=["Иванов"])
    called(okrug=okrug, pattern="charity")
    called(okrug=okrug, pattern="charity")
    called(okrug=okrug, pattern="fake-delivery")
    went(mine, post=make_post(template_slug="fake-delivery"), language="ru")
    found = what_an_okrug_does_not_get(okrug, SENT + timedelta(days=10))
    assert (found.own, found.channels, found.languages) == (True, ("Channel mine",), ("kk",))
    assert [(one.key, one.calls, one.warned_at is None) for one in found.left] == [
        ("charity", 2, True),
        ("fake-delivery", 1, False),
    ]
    assert found.silent == ("Channel mine",)
    assert (found.households, found.visited, found.calls) == (120, None, 3)


def test_the_best_hour_is_of_one_language_and_silent_while_there_is_too_little(district, public, went):
    went(public)
    assert best_hours(district, "kk", LATER).spans == ()
    for n in range(45):
        went(public, SENT - (n % 9) * WEEK + timedelta(hours=3 * (n % 3)), views=100 + 50 * (n % 3))
        went(public, SENT - (n % 9) * WEEK, views=5_000, language="ru")
    found = best_hours(district, "kk", LATER)
    assert (found.spans[0].start, found.spans[0].count) == (15, 15)
    assert found.known == 46
