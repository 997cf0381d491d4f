"""Okrugs of the district, and people who sit at its desk."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.hotline.models import Consultation, Okrug
from publisher.people.models import Role
from tests.console.conftest import admin, channel, log_in, officer, other_district, person  # noqa: F401


@pytest.fixture
def okrugs(district) -> list[Okrug]:
    names = [("Қиялы", "Киялинский", 420), ("Полтава", "Полтавский", 310), ("Шағалалы", "Шагалалинский", 380)]
    return [
        Okrug.objects.create(district=district, name_kk=kk, name_ru=ru, households=households)
        for kk, ru, households in names
    ]


@pytest.fixture
def duty(person):  # noqa: F811
    return person(Role.DUTY)


@pytest.fixture
def call():
    """A call as the browser sends it."""

    def make(**details):
        given = {
            "uid": str(uuid.uuid4()),
            "at": timezone.now().isoformat(),
            "verdict": "fraud",
            "pattern": "officer-safe-account",
            "signs": ["poses-as-officer", "take-loan"],
        }
        return given | details

    return make


@pytest.fixture
def told(district):
    """Consultations so many days ago."""

    def make(days: int = 0, count: int = 1, **details):
        given = {"pattern": "officer-safe-account", "verdict": "fraud", "district": district} | details
        at = timezone.now() - timedelta(days=days)
        return [Consultation.objects.create(at=at, **given) for _ in range(count)]

    return make
