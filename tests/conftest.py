from __future__ import annotations

import pytest
from django.conf import settings


@pytest.fixture
def district(db):
    """The first district of the tests' config.yaml; both exist."""
    from publisher.people import districts
    from publisher.people.models import District

    districts.follow(settings.CONFIG)
    return District.objects.get(pk="akkaiyn")


@pytest.fixture
def accounts(db):
    from publisher.deliver import channels

    channels.follow(settings.CONFIG)
