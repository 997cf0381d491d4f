from __future__ import annotations

from itertools import chain, zip_longest

import pytest
from django.conf import settings


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of real processes wait more than they reckon: begun early beside quick ones, none is left for the end."""
    files: dict[object, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    slow = [tests for tests in files.values() if tests[0].get_closest_marker("e2e")]
    quick = [tests for tests in files.values() if not tests[0].get_closest_marker("e2e")]
    items[:] = chain.from_iterable(tests for pair in zip_longest(slow, quick) for tests in pair if tests)


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
