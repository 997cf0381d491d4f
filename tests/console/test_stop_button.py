"""The stop button in the console: who may press it, who sees it, what is asked afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.deliver import pauses
from publisher.deliver.models import Delivery, State
from publisher.people.audit import Actor
from publisher.people.models import Role

ACTOR = Actor("Айгүл")


@pytest.fixture
def chief(person, log_in):
    """An approver for all districts."""
    return log_in(person(Role.APPROVER, of=None))


def page(client, name):
    return client.get(reverse(name)).content.decode()


def test_the_stop_button_asks_for_a_reason_and_stops(chief, queued):
    queued()
    assert "Stop button" in page(chief, "today")
    chief.post(reverse("stop"), {"scope": "all", "reason": ""})
    assert pauses.stops() == []
    chief.post(reverse("stop"), {"scope": "all", "reason": "жалған мәтін"})
    (stop,) = pauses.stops()
    assert (stop.scope, stop.reason) == ("all", "жалған мәтін")


@pytest.mark.parametrize("name", ["today", "posts", "channels", "report", "help"])
def test_everybody_sees_the_stop_on_every_page(chief, browser, name):
    pauses.stop("all", "жалған мәтін", ACTOR)
    shown = page(browser, name)
    assert "Sending is stopped everywhere." in shown
    assert "жалған мәтін" in shown


def test_the_stop_of_another_district_is_not_shown(log_in, person, other_district):
    pauses.stop("district:akkaiyn", "жалған мәтін", ACTOR)
    assert "жалған мәтін" not in page(log_in(person(Role.OFFICER, of=other_district)), "today")


@pytest.mark.parametrize("scope", ["all", "district:esil", "account:telegram-main"])
def test_a_districts_approver_stops_only_their_own_district(log_in, approver, other_district, scope):
    client = log_in(approver)
    client.post(reverse("stop"), {"scope": scope, "reason": "x"})
    assert pauses.stops() == []
    client.post(reverse("stop"), {"scope": "district:akkaiyn", "reason": "x"})
    assert [stop.scope for stop in pauses.stops()] == ["district:akkaiyn"]


def test_a_districts_approver_does_not_end_the_stop_of_everything(log_in, approver):
    pauses.stop("all", "x", ACTOR)
    assert log_in(approver).post(reverse("resume"), {"scope": "all"}).status_code == 403
    assert pauses.stops()


def test_a_restored_copy_is_let_go_by_an_administrator_alone(chief, log_in, person, queued):
    pauses.fence("copy", ACTOR)
    assert "restored copy" in page(chief, "today")
    assert chief.post(reverse("resume"), {"scope": "restored"}).status_code == 403
    log_in(person(Role.ADMIN, of=None)).post(reverse("resume"), {"scope": "restored"})
    assert pauses.stops() == []


@pytest.fixture
def held(queued, chief):
    """One post that came due during a stop."""
    post = queued()
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=3))
    pauses.stop("all", "x", ACTOR)
    reply = chief.post(reverse("resume"), {"scope": "all"})
    assert reply.headers["Location"] == reverse("backlog")
    return post


def test_what_came_due_is_shown_with_three_answers(chief, held):
    shown = page(chief, "backlog")
    assert held.title in shown
    assert "Send now" in shown
    assert "Move it" in shown
    assert "Drop all that is late" in shown
    assert "came due while sending was stopped" in page(chief, "today")


@pytest.mark.parametrize(
    ("data", "state", "late_ok"),
    [({"action": "send"}, State.WAITING, True), ({"action": "drop"}, State.CANCELLED, False)],
)
def test_a_held_post_is_sent_or_dropped(chief, held, data, state, late_ok):
    chief.post(reverse("backlog"), {"post": held.pk, **data})
    assert set(held.deliveries.values_list("state", "late_ok", "held")) == {(state, late_ok, "")}


def test_all_that_is_late_is_dropped_at_once(chief, held):
    chief.post(reverse("backlog"), {"action": "drop_all"})
    assert set(held.deliveries.values_list("state", flat=True)) == {State.CANCELLED}


def test_a_held_post_is_moved_by_the_clock_of_its_district(chief, held):
    chief.post(reverse("backlog"), {"post": held.pk, "action": "move", "at": "2036-01-02T10:00"})
    moments = {row.due_at.astimezone(held.district.zone).isoformat() for row in held.deliveries.all()}
    assert moments == {"2036-01-02T10:00:00+05:00"}


@pytest.mark.parametrize("at", ["", "soon", "2001-01-01T10:00"])
def test_a_time_that_is_none_moves_nothing(chief, held, at):
    chief.post(reverse("backlog"), {"post": held.pk, "action": "move", "at": at})
    assert set(held.deliveries.values_list("held", flat=True)) == {"paused_meanwhile"}


def test_another_districts_backlog_is_not_touched(held, log_in, person, other_district):
    client = log_in(person(Role.APPROVER, of=other_district))
    assert held.title not in page(client, "backlog")
    client.post(reverse("backlog"), {"action": "drop_all"})
    client.post(reverse("backlog"), {"action": "send", "post": held.pk})
    assert set(held.deliveries.values_list("held", flat=True)) == {"paused_meanwhile"}
