"""Calls at the desk: saved once, undone for a short time, refused with names or numbers in them."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from publisher.compose.refusal import Refusal
from publisher.hotline import desk, privacy
from publisher.hotline.models import Consultation, LeafletBatch, TakenBack, VisitRound
from publisher.measure.models import Link
from publisher.people.audit import user_actor


@pytest.fixture
def browser(log_in, duty):
    return log_in(duty)


def _send(browser, *calls):
    reply = browser.post(reverse("desk_send"), json.dumps({"calls": calls}), content_type="application/json")
    return reply.json()["answers"]


def test_a_call_sent_twice_is_saved_once(browser, call):
    given = call()
    assert _send(browser, given, given) == [{"uid": given["uid"], "why": ""}] * 2
    assert _send(browser, given)[0]["why"] == ""
    assert Consultation.objects.count() == 1


def test_one_bad_call_does_not_keep_back_the_others(browser, call):
    bad, good = call(verdict="perhaps"), call()
    answers = _send(browser, bad, {"uid": "none"}, good)
    assert [bool(answer["why"]) for answer in answers] == [True, True, False]
    assert str(Consultation.objects.get().uid) == good["uid"]


def test_the_hour_without_a_connection_keeps_the_hour_of_the_call(browser, call):
    at = timezone.now() - timedelta(hours=1)
    _send(browser, call(at=at.isoformat()))
    assert Consultation.objects.get().at == at


def test_a_clock_that_is_ahead_does_not_put_calls_into_the_future(browser, call):
    _send(browser, call(at=(timezone.now() + timedelta(days=2)).isoformat()))
    assert Consultation.objects.get().at <= timezone.now()


def test_what_waited_more_than_a_week_is_asked_about(browser, call):
    (answer,) = _send(browser, call(at=(timezone.now() - timedelta(days=8)).isoformat()))
    assert "more than a week old" in answer["why"]


def test_an_undone_call_does_not_come_back_by_a_late_copy(browser, call):
    given = call()
    _send(browser, given)
    reply = browser.post(reverse("desk_undo"), json.dumps({"uid": given["uid"]}), content_type="application/json")
    assert reply.json() == {"undone": True}
    assert _send(browser, given)[0]["why"] == ""
    assert not Consultation.objects.exists()
    assert TakenBack.objects.count() == 1


def test_a_call_is_undone_by_whoever_wrote_it_and_only_shortly_after(district, duty, officer, call):
    row = desk.save(desk.Call.model_validate(call()), district, user_actor(duty))
    assert not desk.undo(row.uid, district, user_actor(officer))
    Consultation.objects.update(saved_at=timezone.now() - desk.UNDO - timedelta(seconds=1))
    assert not desk.undo(row.uid, district, user_actor(duty))
    assert Consultation.objects.count() == 1


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("Звонили с 8 701 123 45 67", "number_in_note"),
        ("ЖСН 020115550123 айтты", "number_in_note"),
        ("карта 4400430111111111", "number_in_note"),
        ("Серікұлы Болатқа хабарласқан", "name_in_note"),
        ("Иванова Мария Петровна перевела", "name_in_note"),
        ("Перезвонить на 2-15-99", "number_in_note"),
    ],
)
def test_numbers_and_names_are_refused(district, note, code):
    assert list(privacy.faults(note)) == [code]


@pytest.mark.parametrize(
    "note",
    ["Газ есептегішін тексереміз деп келген", "обещали 2-15-65 проверить", "сказали ждать до 18:30", "ашулы болды"],
)
def test_ordinary_words_pass(district, note):
    assert list(privacy.faults(note)) == []


def test_the_leaflets_code_tells_the_okrug(district, duty, okrugs, call):
    link = Link.objects.create(code="abc2345", url="https://t.me/x", kind="poster", label="x", district=district)
    today = timezone.localdate()
    round = VisitRound.objects.create(district=district, name="x", begins=today, ends=today)
    LeafletBatch.objects.create(round=round, okrug=okrugs[2], printed=10, link=link)
    given = desk.Call.model_validate(call(heard="leaflet", code="ABC2345"))
    assert desk.save(given, district, user_actor(duty)).okrug == okrugs[2]


def test_an_okrug_of_another_district_is_not_taken(other_district, duty, okrugs, call):
    given = desk.Call.model_validate(call(okrug=okrugs[0].pk))
    assert desk.save(given, other_district, user_actor(duty)).okrug is None


def test_fields_that_are_not_ours_are_refused(call):
    with pytest.raises(ValueError, match="phone"):
        desk.Call.model_validate(call(phone="+77010000000"))


def test_the_page_that_the_browser_keeps_knows_nobody(browser, duty):
    shell = browser.get(reverse("desk_shell")).content.decode()
    assert str(duty) not in shell
    assert "csrf" not in shell.lower()


def test_another_districts_desk_does_not_exist(browser, other_district):
    assert browser.get(f"{reverse('desk')}?district={other_district.pk}").status_code == 404
    assert browser.get(f"{reverse('desk_state')}?district={other_district.pk}").status_code == 404


def test_a_refusal_says_what_to_do(district, duty, call):
    given = desk.Call.model_validate(call(uid=str(uuid.uuid4()), note="+7 701 123 45 67"))
    with override("en"), pytest.raises(Refusal, match="Take it out"):
        desk.save(given, district, user_actor(duty))
