"""The Instagram pages in the console: the notice, the switch, the numbers, new material, numbers by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from publisher.deliver.models import Account
from publisher.measure.models import Page, PageRole, Piece, PieceState, Reading, Watch
from publisher.people.models import AuditEntry, Role


@pytest.fixture
def watch(accounts) -> Watch:
    account = Account.objects.create(key="insta", type="instagram")
    return Watch.objects.create(account=account)


@pytest.fixture
def page(watch, district) -> Page:
    return Page.objects.create(
        account=watch.account, name="police", title="Полиция", role=PageRole.OWN, district=district
    )


@pytest.fixture
def piece(page) -> Piece:
    day = timezone.now() - timedelta(days=4)
    given = {"caption": "Абайлаңыз", "kind": "photo", "first_seen_at": day, "published_at": day, "looked_at": day}
    return Piece.objects.create(page=page, code="abc", author="police", **given)


@pytest.fixture
def source(watch, district) -> Page:
    return Page.objects.create(account=watch.account, name="cyberpol", role=PageRole.SOURCE, district=district)


@pytest.fixture
def material(source) -> Piece:
    now = timezone.now()
    return Piece.objects.create(
        page=source, code="x1", author="cyberpol", kind="photo", first_seen_at=now, state=PieceState.LEFT
    )


def test_it_is_off_until_the_notice_was_read(log_in, admin, watch):
    client = log_in(admin)
    client.post(reverse("watch_switch", args=["insta"]), {"on": "yes"})
    assert not Watch.objects.get().on
    client.post(reverse("watch_switch", args=["insta"]), {"on": "yes", "read": "yes"})
    watch.refresh_from_db()
    assert (watch.on, watch.switched_by) == (True, str(admin))
    assert AuditEntry.objects.filter(verb="watch_on").exists()


def test_it_is_switched_off_at_once(log_in, admin, watch):
    Watch.objects.update(on=True)
    log_in(admin).post(reverse("watch_switch", args=["insta"]), {"on": "no"})
    assert not Watch.objects.get().on


def test_an_officer_sees_the_notice_but_no_switch(browser, page):
    shown = browser.get(reverse("pages")).content.decode()
    assert "forbid automated collection" in shown
    assert "watch_switch" not in shown
    assert reverse("watch_switch", args=["insta"]) not in shown


def _read(piece, after: timedelta, **numbers) -> None:
    at = piece.published_at + after
    for metric, value in numbers.items():
        Reading.objects.create(piece=piece, metric=metric, value=value, at=at, source="instagram-page")


def test_a_number_stands_under_its_horizon(browser, page, piece):
    _read(piece, timedelta(hours=72), reactions=31)
    url = reverse("watched", args=[page.pk])
    assert ">31<" in browser.get(url).content.decode()
    assert ">31<" not in browser.get(url, {"after": "24h"}).content.decode()


def test_what_is_not_known_says_why_and_shows_no_zero(browser, page, piece):
    Piece.objects.update(hidden_likes=True)
    shown = browser.get(reverse("watched", args=[page.pk])).content.decode()
    assert ">hidden<" in shown
    assert ">0<" not in shown


NUMBER = {"metric": "followers", "value": "4200", "day": "2026-11-20", "hour": "10:00", "proof": "Insights"}


def test_a_number_typed_in_says_by_whom(browser, officer, page):
    browser.post(reverse("page_number", args=[page.pk]), NUMBER)
    reading = Reading.objects.get()
    assert (reading.value, reading.source, reading.by, reading.proof) == (4200, "hand", str(officer), "Insights")


@pytest.mark.parametrize("wrong", [{"metric": "views"}, {"value": "-1"}, {"day": "2999-01-01"}, {"proof": ""}], ids=str)
def test_a_wrong_number_is_refused_and_what_was_typed_stays(browser, page, wrong):
    reply = browser.post(reverse("page_number", args=[page.pk]), {**NUMBER, **wrong})
    assert reply.status_code == 422
    assert not Reading.objects.exists()


def _table(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("numbers.csv", text.encode(), "text/csv")


def test_a_table_comes_in_whole(browser, page, piece):
    text = "code,metric,value,at\nabc,views,512,2026-11-20 10:00\n,followers,4200,2026-11-20 10:00\n"
    browser.post(reverse("page_table", args=[page.pk]), {"table": _table(text)})
    assert Reading.objects.count() == 2


def test_a_flawed_table_names_its_lines_and_brings_nothing(browser, page, piece):
    text = "code,metric,value,at\nabc,views,512,2026-11-20 10:00\nxyz,views,1,2026-11-20 10:00\n"
    reply = browser.post(reverse("page_table", args=[page.pk]), {"table": _table(text)})
    assert reply.status_code == 422
    assert "line 3" in reply.content.decode()
    assert not Reading.objects.exists()


def test_material_left_out_can_be_wanted_again(browser, material):
    browser.post(reverse("material", args=[material.pk]), {"want": "yes"})
    material.refresh_from_db()
    assert material.state == PieceState.SEEN
    browser.post(reverse("material", args=[material.pk]), {"want": "no"})
    material.refresh_from_db()
    assert material.state == PieceState.LEFT


def test_a_page_of_another_district_does_not_exist(log_in, person, other_district, page, material):
    client = log_in(person(Role.OFFICER, of=other_district))
    assert client.get(reverse("watched", args=[page.pk])).status_code == 404
    assert client.post(reverse("material", args=[material.pk]), {"want": "yes"}).status_code == 404
    assert "Полиция" not in client.get(reverse("pages")).content.decode()


def test_a_caption_is_shown_as_text(browser, page, piece):
    Piece.objects.update(caption="<script>alert(1)</script>")
    assert "<script>alert" not in browser.get(reverse("watched", args=[page.pk])).content.decode()
