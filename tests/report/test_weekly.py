from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery
from publisher.measure.models import Horizon, Reading
from publisher.report.behind import listing, total
from publisher.report.messages import Messages
from publisher.report.monthly import month
from publisher.report.page_month import month_page
from publisher.report.page_week import week_page
from publisher.report.scope import Scope
from publisher.report.weekly import week
from tests.report.conftest import SENT

MONDAY = date(2026, 11, 23)
LATER = datetime(2026, 12, 3, 6, tzinfo=SENT.tzinfo)
WEEK = timedelta(days=7)


def now_of(place=None, now=LATER, monday=MONDAY):
    return week(place, monday, now)


def test_a_day_that_is_no_monday_is_refused(db):
    with pytest.raises(ValueError, match="no Monday"):
        week(None, MONDAY + timedelta(days=1), LATER)


def test_an_empty_deployment_has_a_page_and_knows_nothing(district):
    page = now_of(district)
    assert (page.posts, page.messages, page.measured.of) == (0, 0, 0)
    assert page.headline.views.verdict == page.headline.followers.verdict == "not_compared"
    assert (page.response.calls.now.value, page.response.calls.now.reason) == (None, "not_kept")
    assert page.people.low is None
    assert (page.best, page.weakest, page.schemes) == ((), None, ())
    assert [ask.code for ask in page.asks] == ["nothing_out"]
    assert page.headline.followers.now.reason == "no_channels"


def test_views_are_those_at_72_h_and_add_up_over_channels(district, public, make_channel, went):
    went(public, views=100)
    went(make_channel("tg2", url="https://t.me/second"), views=50, language="ru")
    found = now_of(district).headline.views.now
    assert (found.value, found.known, found.of, found.at_least) == (150, 2, 2, False)


def test_channels_that_never_show_views_stand_outside_the_sum(district, public, whatsapp, went):
    went(public, views=100)
    went(whatsapp, views=None)
    page = now_of(district)
    found = page.headline.views.now
    assert (found.value, found.known, found.of, found.outside) == (100, 1, 1, 1)
    assert any(gap.metric == Metric.VIEWS and gap.reason == "not_given" for gap in page.gaps)


def test_an_unknown_message_makes_the_sum_a_lower_bound_and_never_raises_it(district, public, went, send):
    went(public, views=100)
    before = now_of(district).headline.views.now
    went(public, views=None)
    after = now_of(district).headline.views.now
    assert (after.value, after.at_least, after.of) == (before.value, True, before.of + 1)
    assert not after.comparable


def test_young_messages_count_with_what_they_have_and_say_so(district, public, send, read):
    delivery = send(public)
    read(delivery, "views", 30, 5, source="public-page")
    read(delivery, "views", 40, 20, source="public-page")
    page = now_of(district, now=SENT + timedelta(hours=21))
    found = page.headline.views.now
    assert (found.value, found.known, found.of, found.growing, found.at_least) == (40, 0, 1, 1, True)
    assert page.headline.views.reason == "not_over"
    assert page.period.growing_until == SENT + timedelta(hours=78)


def test_two_sources_read_together_are_not_added_up_for_a_young_message(district, public, send, read):
    delivery = send(public)
    for source, views, replies in (("mtproto", 40, 9), ("public-page", 39, 0), ("discussion", None, 7)):
        if views:
            read(delivery, "views", views, 20, source=source)
        if replies:
            read(delivery, "replies", replies, 20, source=source)
    scope, now = Scope(district), SENT + timedelta(hours=21)
    (row,) = Messages(scope, now).rows(SENT, LATER, Horizon.THREE_DAYS)
    assert (row.growing, row.numbers["views"], row.numbers["replies"]) == (True, 40, 9)
    views = now_of(district, now=now).headline.views.now
    assert (views.value, total(listing(views.behind, now).lines)) == (40, 40)


def test_the_usual_is_made_of_the_eight_weeks_before(district, public, went):
    for n in range(1, 10):
        went(public, SENT - n * WEEK, views=100 + n)
    went(public, views=500)
    found = now_of(district).headline.views
    assert (found.verdict, found.weeks, found.usual.median) == ("above", 8, 104.5)


def test_weeks_before_the_first_message_are_not_weeks_without_views(district, public, went):
    for n in range(1, 4):
        went(public, SENT - n * WEEK)
    went(public)
    found = now_of(district).headline.views
    assert (found.weeks, found.reason) == (3, "too_few_weeks")


def test_silent_weeks_after_the_first_message_are_weeks_without_views(district, public, went):
    for n in (1, 2, 3, 4, 5, 20):
        went(public, SENT - n * WEEK, views=100)
    went(public, views=100)
    found = now_of(district).headline.views
    assert (found.weeks, found.usual.median, found.usual.q1) == (8, 100, 0)


def test_net_followers_are_the_difference_of_both_edges(district, public, read):
    read(public, "followers", 900, -34)  # Sunday 24:00 in Almaty
    read(public, "followers", 912, 134)
    page = now_of(district)
    assert page.headline.followers.now.value == 12
    assert page.channels[0].net == 12
    assert (page.people.low, page.people.known) == (912, 1)


def test_an_unknown_channel_may_have_lost_followers_so_the_net_change_is_no_lower_bound(
    district, public, make_channel, read
):
    other = make_channel("tg2")
    for channel, start, end in ((public, 900, 912), (other, 500, None)):
        read(channel, "followers", start, -34)
        if end:
            read(channel, "followers", end, 134)
    page = now_of(district)
    found = page.headline.followers.now
    assert (found.value, found.known, found.of, found.at_least) == (12, 1, 2, False)
    shown = week_page(page, "en")
    assert shown.three[1].text == "+12"
    assert "known for 1 of 2" in shown.three[1].note
    assert "Followers, net: +12, known for 1 of 2" in shown.sentences[1]


def test_a_channel_read_once_leaves_the_change_unknown(district, public, read):
    read(public, "followers", 912, 134)
    found = now_of(district).headline.followers.now
    assert (found.value, found.known, found.of, found.reason) == (None, 0, 1, "nothing_known")


def test_er_is_only_made_of_messages_where_all_its_parts_are_known(district, public, went, read):
    whole = went(public, views=100, forwards=4)
    read(whole, "reactions", 5, 72, "👍")
    read(whole, "reactions", 2, 72, "❤")
    read(whole, "replies", 1, 72)
    went(public, views=900, forwards=10)
    found = now_of(district).ratios.er
    assert (found.part, found.whole, found.known, found.of) == (12, 100, 1, 2)
    assert found.value == pytest.approx(0.12)


def test_err_is_the_median_of_views_after_a_day_by_followers_then(district, public, went, read):
    for views in (100, 200, 400):
        went(public, views=views)
    read(public, "followers", 1_000, 1)
    found = now_of(district).ratios.err
    assert (found.value, found.known, found.of) == (pytest.approx(0.16), 3, 3)


def test_the_best_post_is_best_for_its_channel_not_by_size(district, public, make_channel, make_post, went):
    large = make_channel("large", url="https://t.me/large1")
    for n in range(1, 6):
        went(public, SENT - n * WEEK, views=100)
        went(large, SENT - n * WEEK, views=10_000)
    good, weak = make_post("Small but good"), make_post("Large and weak")
    went(public, views=150, post=good)
    went(large, views=9_000, post=weak)
    for n in range(3):
        went(public, views=110 + n)
    page = now_of(district)
    assert page.best[0].title == "Small but good"
    assert page.best[0].against_usual == pytest.approx(1.5)
    assert page.weakest.title == "Large and weak"


def test_a_ruse_residents_tell_of_and_nobody_warned_of_is_missed(district, public, went, make_post, called):
    went(public, post=make_post(template_slug="fake-delivery"))
    called(pattern="officer-safe-account", outcome="near_miss")
    called(pattern="officer-safe-account", outcome="loss", amount=900_000)
    called(pattern="fake-delivery")
    page = now_of(district)
    assert [(s.key, s.state, s.calls.value) for s in page.schemes] == [
        ("officer-safe-account", "missed", 2),
        ("fake-delivery", "covered", 1),
    ]
    assert page.asks[0].code == "warn_about"
    assert page.asks[0].values["pattern"] == "officer-safe-account"
    assert (page.response.lost, page.response.lost_median) == (900_000, 900_000)


def test_money_of_losses_without_an_amount_is_at_least_the_known_sum(district, called):
    called(outcome="loss", amount=900_000)
    called(outcome="loss", amount=None)
    page = now_of(district)
    assert (page.response.lost, page.response.lost_known, page.response.losses.value) == (900_000, 1, 2)
    lost = next(figure for figure in week_page(page, "en").part("response").figures if figure.key == "lost")
    assert (lost.at_least, lost.note) == (True, "known for 1 of 2")
    table = next(
        one for one in month_page(month(district, date(2026, 11, 1), LATER), "en").tables if one.key == "outcome"
    )
    row = next(row for row in table.rows if row.key == "lost")
    assert row.figures[0].at_least
    assert row.note.startswith("known for 1 of 2")


def test_a_warning_of_the_four_weeks_before_still_covers(district, public, went, make_post, called):
    went(public, SENT - 3 * WEEK, post=make_post(template_slug="fake-delivery"))
    called(pattern="fake-delivery")
    assert now_of(district).schemes[0].state == "covered"


def test_calls_are_counted_by_how_people_heard_and_recognised_attempts_have_an_interval(district, called):
    for _ in range(3):
        called(heard="leaflet", outcome="near_miss")
    called(outcome="loss")
    called(source="bot", outcome="near_miss")
    response = now_of(district).response
    assert response.calls.now.value == 4
    assert [(h.answer, h.calls.value) for h in response.heard] == [("leaflet", 3), ("", 1)]
    assert (response.heard_known, response.near_misses.now.value, response.losses.value) == (3, 4, 1)
    assert response.recognised.value == 0.8
    assert response.recognised.interval.low < 0.8 < response.recognised.interval.high


def test_a_week_without_calls_is_0_once_calls_are_kept(district, called):
    called(SENT - 5 * WEEK)
    assert now_of(district).response.calls.now.value == 0


def test_parity_counts_pairs_and_how_long_russian_waited(district, public, went, make_post):
    both, one = make_post("Both"), make_post("One", single_language_reason="urgent")
    went(public, post=both)
    went(public, SENT + timedelta(minutes=7), post=both, language="ru")
    went(public, post=one)
    found = now_of(district).parity
    assert (found.posts, found.pairs, found.only_kk, found.only_ru, found.lag_minutes) == (2, 1, 1, 0, 7)
    assert found.one_language == ((one.pk, "One", "kk", "urgent"),)
    assert list(found.views) == ["kk", "ru"]


def test_views_that_fell_are_named(district, public, went):
    delivery = went(public, views=100)
    Reading.objects.filter(delivery=delivery, at=SENT + timedelta(hours=72)).update(value=60)
    (found,) = now_of(district).corrections
    assert (found.kind, found.detail, found.post) == ("counter_fell", "80 > 60", delivery.post_id)


def test_views_read_exactly_and_then_from_a_page_that_rounds_did_not_fall(district, public, went):
    delivery = went(public, views=15_425)  # 12,340 after a day
    Reading.objects.filter(delivery=delivery, at=SENT + timedelta(hours=72)).update(value=12_300)
    assert now_of(district).corrections == ()


def test_another_districts_messages_do_not_count(district, public, went, make_channel):
    from publisher.people.models import District

    other = District.objects.exclude(pk=district.pk).first()
    went(public, views=100)
    went(make_channel("far", district=other, url="https://t.me/faraway"), views=900)
    assert now_of(district).headline.views.now.value == 100
    assert now_of(None).headline.views.now.value == 1_000


def test_a_withdrawn_message_keeps_its_numbers(district, public, went):
    delivery = went(public, views=100)
    Delivery.objects.filter(pk=delivery.pk).update(state="withdrawn")
    page = now_of(district)
    assert page.headline.views.now.value == 100
    assert [trouble.state for trouble in page.troubles] == ["withdrawn"]


def test_a_week_that_still_runs_does_not_ask_why_nothing_went_out(district):
    page = now_of(district, now=SENT)
    assert [ask.code for ask in page.asks] == ["keep_on"]


def test_a_channel_is_called_silent_only_once_the_week_is_over(district, public, make_channel, went):
    make_channel("quiet", url="https://t.me/quiet1")
    went(public)
    assert "silent_channels" in [ask.code for ask in now_of(district).asks]
    assert "silent_channels" not in [ask.code for ask in now_of(district, now=SENT + timedelta(hours=5)).asks]


def test_a_rate_of_a_sum_that_is_a_lower_bound_is_one_too(public, went, district):
    district.population = 10_000
    district.save()
    went(public, SENT, views=100)
    went(public, SENT, views=None)
    found = now_of(district).per_100k
    assert (found.value, found.at_least) == (1_000, True)
