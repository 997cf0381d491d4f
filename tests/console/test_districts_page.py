"""The districts' page, and a district's own look: tried without being saved, refused with a colour that will do."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from publisher.people.audit import SYSTEM
from publisher.people.models import AuditEntry, Brand, District, Role
from publisher.render import brands
from publisher.render.brands import Look

GOOD = {"night": "#0e4d3a", "accent": "#ffd54a", "name_kk": "Аққайың полициясы"}


@pytest.fixture
def manager(log_in, admin):
    return log_in(admin)


@pytest.fixture
def page(district) -> str:
    return reverse("district_brand", args=[district.pk])


def logo(format: str = "PNG", side: int = 200) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(out, format)
    return SimpleUploadedFile("../../logo.svg", out.getvalue(), "image/svg+xml")


def test_a_look_is_saved_with_its_logo_and_goes_again(manager, page, district):
    assert manager.post(page, {**GOOD, "logo": logo()}).status_code == 302
    saved = Brand.objects.get()
    assert (saved.night, saved.accent, saved.name_kk) == ("#0E4D3A", "#FFD54A", "Аққайың полициясы")
    assert bytes(saved.logo).startswith(b"\x89PNG")
    manager.post(page, GOOD)  # without a file the logo stays
    assert Brand.objects.get().logo
    manager.post(page, {**GOOD, "no_logo": "on"})
    assert not Brand.objects.get().logo
    manager.post(reverse("district_brand_off", args=[district.pk]))
    assert not Brand.objects.exists()
    assert AuditEntry.objects.filter(verb__startswith="brand_", district=district).count() == 3


def test_a_look_is_tried_without_being_saved(manager, district):
    shown = manager.post(reverse("district_look", args=[district.pk]), GOOD).content.decode()
    assert shown.count("data:image/jpeg;base64,") == 2
    assert not Brand.objects.exists()


def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(manager, page):
    shown = manager.post(page, {**GOOD, "night": "#ff0000"})
    assert shown.status_code == 422
    assert "4.5 : 1" in shown.content.decode()
    assert 'name="night" value="#d70000"' in shown.content.decode()
    assert not Brand.objects.exists()


@pytest.mark.parametrize("given", [b"<svg onload='alert(1)'/>", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"])
def test_what_is_no_picture_is_no_logo(manager, page, given):
    shown = manager.post(page, {**GOOD, "logo": SimpleUploadedFile("logo.png", given, "image/png")})
    assert shown.status_code == 422
    assert not Brand.objects.exists()


def test_a_name_that_does_not_fit_the_end_card_is_told_beside_it(manager, page):
    shown = manager.post(page, {**GOOD, "name_kk": "Қ" * 119})
    assert shown.status_code == 422
    assert "too long" in shown.content.decode()


def test_the_list_shows_what_the_files_say_and_whose_look_is_its_own(log_in, person, district, other_district):
    brands.save(other_district, Look("#0E4D3A", "#FFD54A"), {}, SYSTEM)
    person(Role.APPROVER)
    shown = log_in(person(Role.ADMIN, of=None)).get(reverse("districts")).content.decode()
    assert "Approver-Akkaiyn" in shown
    assert shown.count("Its own look</div>") == 1
    assert 'fill="#0E4D3A"' in shown


def test_many_districts_are_searched(log_in, person, district):
    District.objects.bulk_create(
        District(key=f"d{n}", name_kk=f"Аудан {n}", name_ru=f"Район {n}", hotline="1") for n in range(14)
    )
    browser = log_in(person(Role.ADMIN, of=None))
    shown = browser.get(reverse("districts"), {"q": "РАЙОН 13"}).content.decode()
    assert shown.count('class="row-item"') == 1


def test_a_district_sees_itself_alone(manager, other_district):
    assert reverse("district_brand", args=[other_district.pk]) not in manager.get(reverse("districts")).content.decode()


@pytest.mark.parametrize("name", ["district_brand", "district_look", "district_brand_off"])
def test_only_its_own_administrators_reach_a_look(name, log_in, person, regional, district, other_district):
    address = reverse(name, args=[district.pk])
    asked = {
        "own": person(Role.ADMIN),
        "region": regional(Role.ADMIN),
        "officer": person(Role.OFFICER),
        "other": person(Role.ADMIN, of=other_district),
        "far": regional(Role.ADMIN, "akmola"),
    }
    found = {who: log_in(user).post(address, GOOD).status_code for who, user in asked.items()}
    assert found["own"] == found["region"]
    assert found["own"] < 400
    assert (found["officer"], found["other"], found["far"]) == (403, 404, 404)
