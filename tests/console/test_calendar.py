from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation

from publisher.compose import posts
from publisher.compose.models import Status
from publisher.console import agenda, moments
from publisher.console.forms.calendar import look_of
from publisher.deliver.models import Delivery, State
from publisher.measure.hours import Seen, compare
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, Role
from publisher.plan.holiday_names import holiday_name
from publisher.plan.models import Slot, SlotState

ZONE = ZoneInfo("Asia/Almaty")


@pytest.fixture(autouse=True)
def monday():
    """10:00 on Monday, 8 June 2026, in Kazakhstan: no holiday near."""
    with time_machine.travel(datetime(2026, 6, 8, 5, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def slot(district, channel):
    def make(after: timedelta = timedelta(days=2), **fields) -> Slot:
        given = {"rule": {"name": "Апталық", "kind": "hotline_promo"}, "channel_keys": [channel.key], **fields}
        return Slot.objects.create(plan="weekly", at=timezone.now() + after, district=district, **given)

    return make


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def move(browser, post, at: str, **more):
    was = post.deliveries.first()
    given = {"at": at, **({"was": int(was.due_at.timestamp())} if was else {}), **more}
    return browser.post(reverse("move_post", args=[post.pk]), given)


@pytest.mark.parametrize("view", ["month", "week", "day", "list"])
def test_every_view_shows_queued_posts_wishes_and_slots_together(view, browser, queued, draft, slot):
    queued(after=timedelta(hours=3), title="Кезекте")
    draft(title="Тілек", publish_at=timezone.now() + timedelta(hours=5))
    slot(timedelta(hours=7))
    shown = browser.get(reverse("calendar"), {"view": view}).content.decode()
    for title in ("Кезекте", "Тілек", "Апталық"):
        assert title in shown
    assert ("calendar-data" in shown) == (view != "list")


def test_what_the_address_does_not_make_sense_of_is_this_month(browser, district):
    for asked in ({"view": "year"}, {"date": "yesterday"}, {"date": "0001-01-01", "view": "week"}, {"kind": "'"}):
        assert browser.get(reverse("calendar"), asked).status_code == 200


def test_a_month_is_shown_in_whole_weeks():
    look = look_of(QueryDict("view=month&date=2026-06-08"), ZONE, date(2026, 6, 8))
    assert (look.first, look.last) == (date(2026, 6, 1), date(2026, 7, 5))
    assert (look.neighbour(-1), look.neighbour(1)) == (date(2026, 5, 1), date(2026, 7, 1))


@pytest.mark.parametrize(
    ("asked", "stays"),
    [
        ({"channel": "residents"}, True),
        ({"channel": "none"}, False),
        ({"kind": "notice"}, False),
        ({"district": "esil"}, False),
    ],
)
def test_the_calendar_can_be_narrowed(asked, stays, browser, queued, slot, draft):
    queued(title="Ескерту")
    draft(title="Ескерту тілек", publish_at=timezone.now() + timedelta(hours=9))
    slot()
    shown = browser.get(reverse("calendar"), asked).content.decode()
    assert ("Ескерту" in shown) == ("Ескерту тілек" in shown) == stays
    assert ("Апталық" in shown) == stays


def test_a_queued_post_moves_and_moves_back(browser, queued):
    post = queued(after=timedelta(hours=3))
    before = post.deliveries.first().due_at
    reply = move(browser, post, "2026-06-09T15:00")
    assert reply.headers["Location"] == reverse("calendar")
    assert {row.due_at for row in post.deliveries.all()} == {local("2026-06-09T15:00")}
    post.refresh_from_db()
    assert posts.is_approved(post)  # the words were approved, and they stay
    entry = AuditEntry.objects.filter(verb="moved").first()
    assert "2026-06-09T10:00" in str(vars(entry))

    shown = browser.get(reverse("calendar")).content.decode()
    assert reverse("calendar_undo") in shown
    browser.post(reverse("calendar_undo"))
    assert {row.due_at for row in post.deliveries.all()} == {before}
    assert reverse("calendar_undo") not in browser.get(reverse("calendar")).content.decode()


def test_undo_is_offered_for_ten_minutes(browser, queued):
    move(browser, queued(), "2026-06-09T15:00")
    with time_machine.travel(datetime(2026, 6, 8, 5, 11, tzinfo=UTC), tick=False):
        assert reverse("calendar_undo") not in browser.get(reverse("calendar")).content.decode()


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-06-08T09:00", "is in the past"),
        ("", "The new time is missing"),
        ("soon", "The new time is missing"),
        ("2026-06-20T12:00", "not to go out any more"),
    ],
)
def test_what_cannot_be_is_refused_in_words(at, words, browser, queued):
    post = queued(expires_at=local("2026-06-15T12:00"))
    shown = move(browser, post, at).content.decode()
    assert words in shown
    assert post.deliveries.first().due_at == timezone.now() + timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "words"),
    [("2026-06-09T23:30", "quiet hours"), ("2026-07-06T12:00", "Capital Day"), ("2026-06-09T15:20", "Көрші")],
)
def test_what_speaks_against_it_is_said_first(at, words, browser, queued, draft):
    draft(title="Көрші", publish_at=local("2026-06-09T15:00"))
    post = queued()
    before = post.deliveries.first().due_at
    reply = move(browser, post, at)
    assert words in reply.content.decode()
    assert post.deliveries.first().due_at == before
    assert move(browser, post, at, sure=at).status_code == 302
    assert post.deliveries.first().due_at == local(at)


def test_an_urgent_post_may_go_into_the_night_without_a_word(browser, queued):
    assert move(browser, queued(urgent=True), "2026-06-08T23:30").status_code == 302


@pytest.mark.parametrize("state", [State.CLAIMED, State.SENDING, State.SENT, State.UNKNOWN])
def test_what_is_on_its_way_does_not_move(state, browser, queued):
    post = queued()
    one = post.deliveries.first()
    Delivery.objects.filter(pk=one.pk).update(state=state)
    assert "It went out, is being sent or was moved" in move(browser, post, "2026-06-09T15:00").content.decode()
    assert {row.due_at for row in post.deliveries.all()} == {one.due_at}


def test_a_stale_page_moves_nothing(browser, queued):
    post = queued()
    reply = browser.post(reverse("move_post", args=[post.pk]), {"was": 1, "at": "2026-06-09T15:00"})
    assert reply.headers["Location"] == reverse("post", args=[post.pk])


def test_a_colleagues_post_is_moved_by_an_approver_only(log_in, person, queued, approver):
    post = queued()
    colleague = log_in(person(Role.OFFICER, name="colleague"))
    assert "colleague" in move(colleague, post, "2026-06-09T15:00").content.decode()
    assert post.deliveries.first().due_at == timezone.now() + timedelta(hours=1)
    assert move(log_in(approver), post, "2026-06-09T15:00").status_code == 302


def test_moving_what_was_approved_but_not_queued_asks_for_approval_again(browser, in_review, approver):
    post = posts.approve(in_review(publish_at=timezone.now() + timedelta(days=1)), user_actor(approver))
    at = "2026-06-10T15:00"
    assert "approved again" in move(browser, post, at).content.decode()
    move(browser, post, at, sure=at)
    post.refresh_from_db()
    assert (post.status, post.publish_at) == (Status.DRAFT, local(at))


def test_a_posts_slot_goes_along_with_it_and_back(browser, in_review, slot):
    post = in_review(publish_at=timezone.now() + timedelta(days=2))
    made = slot(state=SlotState.MADE, post=post)
    old = made.at
    move(browser, post, "2026-06-11T15:00")
    made.refresh_from_db()
    assert made.at == local("2026-06-11T15:00")
    assert Slot.objects.get(at=old).reason == "moved"
    browser.post(reverse("calendar_undo"))
    made.refresh_from_db()
    assert made.at == old
    assert Slot.objects.filter(post=post).count() == 1


def test_a_slot_moves_and_moves_back(browser, slot):
    one = slot()
    browser.post(reverse("move_slot", args=[one.pk]), {"at": "2026-06-11T15:00"})
    assert Slot.objects.get(state=SlotState.PLANNED).at == local("2026-06-11T15:00")
    assert "Апталық" in browser.get(reverse("calendar")).content.decode()
    browser.post(reverse("calendar_undo"))
    assert Slot.objects.get(state=SlotState.PLANNED).at == one.at


def test_a_planned_post_that_a_colleague_moved_meanwhile_does_not_stand_twice(browser, slot, log_in, person):
    """From a page that is older than the colleague's move: dragged, taken up again, or taken back."""
    first, colleague = slot(), log_in(person(Role.APPROVER))
    browser.post(reverse("move_slot", args=[first.pk]), {"at": "2026-06-11T12:00"})
    mine = Slot.objects.get(state=SlotState.PLANNED)
    colleague.post(reverse("move_slot", args=[mine.pk]), {"at": "2026-06-11T15:00"})
    told = browser.post(reverse("move_slot", args=[mine.pk]), {"at": "2026-06-11T18:00"}).content.decode()
    assert "moved this planned post already" in told
    browser.post(reverse("slot_switch", args=[mine.pk]))
    browser.post(reverse("calendar_undo"))
    assert [row.at for row in Slot.objects.filter(state=SlotState.PLANNED)] == [local("2026-06-11T15:00")]


def test_one_moment_of_a_plan_can_be_left_out_and_taken_up_again(browser, slot):
    one = slot()
    for state in (SlotState.SKIPPED, SlotState.PLANNED):
        browser.post(reverse("slot_switch", args=[one.pk]))
        one.refresh_from_db()
        assert one.state == state
        assert one.by_person


def test_posts_too_close_on_one_channel_are_marked_and_empty_days_named(officer, queued, slot):
    queued(after=timedelta(hours=2), title="Бірінші")
    queued(after=timedelta(hours=2, minutes=20), title="Екінші")
    slot(timedelta(days=2))
    now = timezone.now()
    found = agenda.Agenda(officer, agenda.Asked(now, now + timedelta(days=4)))
    with translation.override("en"):  # whatever the test before spoke
        assert [bool(entry.marks) for entry in found.entries] == [True, True, False]
    assert "20 min" in found.entries[0].marks[0]
    assert found.empty_days(ZONE) == [date(2026, 6, 9), date(2026, 6, 11)]


def test_a_skipped_slot_says_why(browser, slot):
    slot(state=SlotState.SKIPPED, reason="holiday")
    assert "public holiday" in browser.get(reverse("calendar")).content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", ("2026 жылғы маусым", "дүйсенбі")), ("ru", ("Июнь 2026", "понедельник")), ("en", ("June 2026", "Monday"))],
)
def test_names_of_months_and_days_come_from_the_server(language, words, log_in, officer, slot):
    officer.language = language
    officer.save()
    slot()
    shown = log_in(officer).get(reverse("calendar")).content.decode()
    for word in words:
        assert word in shown


def test_days_of_one_month_and_of_two_are_written_short_and_in_full():
    week, over = (date(2026, 6, 8), date(2026, 6, 14)), (date(2026, 6, 29), date(2026, 7, 5))
    said = []
    for language in ("kk", "ru", "en"):
        with translation.override(language):
            said += [moments.span_of_days(*week), moments.span_of_days(*over)]
    assert said == [
        "2026 ж. 8–14 маусым",
        "29 маусым – 2026 ж. 5 шілде",
        "8–14 июня 2026 г.",
        "29 июня – 5 июля 2026 г.",
        "8–14 June 2026",
        "29 June – 5 July 2026",
    ]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_holiday_has_its_name_in_our_languages(language):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    with translation.override(language):
        names = [name for day in days if (name := holiday_name(day))]
    assert len(names) == 19
    assert not any(letter in "abcdefghijklmnopqrstuvwxyz" for name in names for letter in name)


def _seen(count: int, hour: int, views: int) -> list[Seen]:
    return [Seen(1, datetime.combine(date(2026, 6, 1), time(hour), ZONE), views) for _ in range(count)]


def test_what_people_write_is_escaped_in_the_list(browser, queued):
    queued(title="<img src=x>")
    shown = browser.get(reverse("calendar"), {"view": "list"}).content.decode()
    assert "<img src=x>" not in shown
    assert "&lt;img src=x&gt;" in shown


def test_best_hours_need_enough_readings():
    few = [*_seen(9, 9, 10), *_seen(10, 13, 20), *_seen(10, 19, 40)]
    assert compare(few, ZONE).spans == ()
    assert compare(few, ZONE).known == 29
    one_sided = _seen(40, 9, 10)
    assert compare(one_sided, ZONE).spans == ()


def test_the_best_hours_come_first_against_the_channels_own_usual():
    enough = [*_seen(10, 9, 10), *_seen(10, 13, 20), *_seen(10, 19, 40)]
    spans = compare(enough, ZONE).spans
    assert [(span.start, span.end, span.ratio) for span in spans] == [(18, 21, 2.0), (12, 15, 1.0), (9, 12, 0.5)]


def test_the_page_says_that_the_best_hours_are_not_known_yet(browser, district):
    assert "Not known yet" in browser.get(reverse("calendar_hours")).content.decode()


def test_deliveries_of_one_moment_are_one_line_with_what_most_needs_to_be_seen(browser, queued, channel):
    post = queued(title="Бір жол")
    one = post.deliveries.first()
    other = type(channel).objects.create(
        key="second", account=channel.account, target="-2", languages=["ru"], district=channel.district
    )
    Delivery.objects.create(post=post, channel=other, language="ru", due_at=one.due_at, state=State.UNKNOWN)
    asked = agenda.Asked(timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1))
    (entry,) = agenda.Agenda(post.author, asked).entries
    assert entry.channels == tuple(sorted([channel.key, "second"]))
    assert entry.look is agenda.STATES[State.UNKNOWN]
    assert not entry.movable


def test_nothing_that_people_wrote_becomes_part_of_the_page(browser, queued, channel):
    evil = '"><script>alert(1)</script>'
    type(channel).objects.update(title=evil)
    queued(title=evil)
    queued(title=evil, after=timedelta(hours=1, minutes=5))  # close to each other: the mark names both
    shown = browser.get(reverse("calendar"), {"view": "list"}).content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown
    assert "entry-mark" in shown
