from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import translation


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


@pytest.fixture(autouse=True)
def _nobody_has_spoken_yet():
    """A page that a test asked for leaves its language to the thread, and the order of tests is another each time."""
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def _tables_can_be_emptied():
    """A test with real transactions empties all tables after it; the audit trail's triggers come back by themselves."""
    from django.test import TransactionTestCase

    from publisher.people import triggers

    empty = TransactionTestCase._fixture_teardown

    def with_the_trail(self):
        triggers.take_away()
        empty(self)

    TransactionTestCase._fixture_teardown = with_the_trail
    yield
    TransactionTestCase._fixture_teardown = empty
