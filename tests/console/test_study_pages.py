"""Questions written down beforehand: asked twice, never changed, given up only with a reason and within reach."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.hotline.models import Consultation
from publisher.people.models import AuditEntry, Role
from publisher.report.models import Study


def monday(weeks: int):
    today = timezone.localdate()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


@pytest.fixture
def given(district):
    return {
        "title": "Фильмнен кейін шығындар азайды ма?",
        "district": district.pk,
        "outcome": "losses",
        "pattern": "",
        "starts": monday(2).isoformat(),
        "lag_weeks": "2",
        "control": "",
    }


@pytest.fixture
def study(district):
    return Study.objects.create(
        title="Did it fall?", district=district, outcome="calls", starts=monday(1), registered_by="x"
    )


def test_it_is_asked_once_more_before_it_stands(person, log_in, given, district):
    noon = datetime.combine(monday(-8), time(12), district.zone)
    Consultation.objects.create(district=district, at=noon, outcome="loss")
    client = log_in(person(Role.CHIEF))
    shown = client.post(reverse("study_add"), given)
    assert not Study.objects.exists()
    assert (shown.context["weeks"], shown.context["late"]) == (8, False)
    again = dict(shown.context["given"])
    assert client.post(reverse("study_add"), again | {"sure": "yes"}).status_code == 302
    made = Study.objects.get()
    assert (made.title, made.outcome, made.starts, made.lag_weeks) == (given["title"], "losses", monday(2), 2)
    assert AuditEntry.objects.filter(verb="study_registered", subject=f"study:{made.pk}").exists()
    assert made.title in client.get(reverse("report_studies")).content.decode()


def test_what_was_chosen_can_be_changed_before(person, log_in, given):
    shown = log_in(person(Role.CHIEF)).post(reverse("study_add"), given | {"change": "yes"})
    assert shown.context["form"]["title"].value() == given["title"]
    assert not Study.objects.exists()


def test_a_start_that_is_over_is_said_to_be_late(person, log_in, given):
    shown = log_in(person(Role.CHIEF)).post(reverse("study_add"), given | {"starts": monday(-1).isoformat()})
    assert shown.context["late"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "Әсер"}, "title"),
        ({"control": "patterns"}, "control"),
        ({"starts": "2026-11-24"}, "starts"),
        ({"lag_weeks": "13"}, "lag_weeks"),
        ({"district": "esil"}, "district"),
        ({"district": ""}, "district"),
    ],
)
def test_what_cannot_be_answered_is_refused_where_it_was_written(person, log_in, given, other_district, more, field):
    shown = log_in(person(Role.CHIEF)).post(reverse("study_add"), given | more | {"sure": "yes"})
    assert shown.status_code == 422
    assert list(shown.context["form"].errors) == [field]
    assert not Study.objects.exists()


def test_giving_up_takes_a_reason_and_keeps_it(person, log_in, study):
    client, address = log_in(person(Role.CHIEF)), reverse("study_drop", args=[study.pk])
    assert client.post(address, {"why": "  "}).status_code == 422
    assert client.post(address, {"why": "Фильм шықпады"}).status_code == 302
    study.refresh_from_db()
    assert study.dropped_why == "Фильм шықпады"
    assert "Фильм шықпады" in client.get(reverse("report_studies")).content.decode()
    client.post(address, {"why": "басқа"})
    study.refresh_from_db()
    assert study.dropped_why == "Фильм шықпады"


def test_one_about_all_districts_is_seen_by_all_and_given_up_only_by_the_centre(person, log_in, study):
    Study.objects.filter(pk=study.pk).update(district=None)
    near, centre = log_in(person(Role.CHIEF)), log_in(person(Role.CHIEF, name="centre", of=None))
    address = reverse("study_drop", args=[study.pk])
    assert study.title in near.get(reverse("report_studies")).content.decode()
    assert near.post(address, {"why": "x y"}).status_code == 404
    assert centre.post(address, {"why": "x y"}).status_code == 302


def test_an_officer_reads_them_and_writes_none(person, log_in, study):
    client = log_in(person(Role.OFFICER))
    page = client.get(reverse("report_studies")).content.decode()
    assert study.title in page
    assert reverse("study_add") not in page
    assert client.get(reverse("study_add")).status_code == 403
