"""Reports in a real browser: charts under the strict policy, numbers that open, keys that turn weeks, a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from publisher.console.views import report_month, report_week
from publisher.people.models import Role
from publisher.report import digests
from publisher.report.models import Subscription
from tests.console import test_in_browser as common
from tests.report import months, weeks

chromium, window = common.chromium, common.window
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("REPORT_SHOTS", "")  # a folder: every page is also saved there as a picture
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
PAGES = ("report_week", "report_month", "report_districts", "report_campaigns", "report_questions", "report_digests")


@pytest.fixture
def figures(monkeypatch):
    """What the pages get instead of the database's figures."""

    def given(week=weeks.full, month=months.full):
        monkeypatch.setattr(report_week, "week", lambda *_: week())
        monkeypatch.setattr(report_month, "month", lambda *_: month())

    given()
    return given


@pytest.fixture
def reader(district):
    """A chief's digest that went out, and one that may have."""
    now = timezone.now()
    made = Subscription.objects.create(name="Аудан бастығы", chat="77", district=district, made_by="x")
    Subscription.objects.create(name="Облыс", road="email", email="region@example.kz", language="ru", made_by="x")
    digests._write_down(made, weeks.PERIOD.start, now, now)
    made.digests.filter(piece="card").update(state="sent", ended_at=now)
    made.digests.filter(piece="pdf").update(state="unknown", reason="outcome_unknown", ended_at=now)
    return made


def chief(person, language: str = "en"):
    user = person(Role.CHIEF, of=None)
    user.language = language
    user.save()
    return user


def save(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_every_report_is_readable_and_fits(window, person, figures, reader, size):
    """No error, nothing of another host, no serious fault of accessibility, nothing wider than the window."""
    page = window(chief(person), *SIZES[size])
    faults = {}
    for name in PAGES:
        page.goto(reverse(name))
        save(page, f"{name}-{size}")
        page.evaluate(common.AXE)
        found = page.evaluate(f"({common.RULES})()")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if found or wide > 1:
            faults[name] = (found, wide)
    assert faults == {}


def test_charts_are_drawn_as_vectors_with_their_table_under_them(window, person, figures):
    page = window(chief(person))
    page.goto(reverse("report_month"))
    expect(page.locator("[data-chart] svg")).to_have_count(6)
    first = page.locator(".rep-chart").first
    first.locator("summary").click()
    expect(first.locator("tbody tr")).to_have_count(13)
    page.goto(reverse("report_districts"))
    expect(page.locator("[data-chart] svg")).to_be_visible()
    assert page.locator("[data-chart] svg path").count() > 10  # points, curves and axes


def test_a_number_opens_its_readings_and_arrows_turn_the_weeks(window, person, figures):
    page = window(chief(person))
    page.goto(reverse("report_week"))
    chosen = page.locator("#period").input_value()
    page.locator("[data-figure=views] a.rep-num").click()
    expect(page.locator("#readings")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("h1.page-title").click()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**week=*")
    assert page.locator("#period").input_value() < chosen


@pytest.mark.skipif(not SHOTS, reason="only to look at")
@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("kind", weeks.WEEKS)
def test_pictures_of_every_kind_of_week(window, person, figures, reader, language, kind):
    figures(week=weeks.WEEKS[kind], month=months.MONTHS["empty" if kind == "empty" else "full"])
    for size, sides in SIZES.items():
        page = window(chief(person, language), *sides)
        for name in PAGES if kind in ("full", "empty") else ("report_week",):
            page.goto(reverse(name))
            save(page, f"{name}-{kind}-{language}-{size}")
