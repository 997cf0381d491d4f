from __future__ import annotations

import pytest

from publisher import clock
from publisher.deliver import deployment, dispatch, pauses
from publisher.deliver.models import Deployment, Pause
from publisher.people.audit import Actor

pytestmark = pytest.mark.django_db
ACTOR = Actor("Айгүл")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(deployment, "_path", lambda: tmp_path / "database.json")


def claimed():
    return [ticket.delivery_id for ticket in dispatch.claim("w", 10).tickets]


def test_the_first_start_makes_the_deployment_and_stops_nothing(make_delivery):
    delivery = make_delivery()
    pauses.fence_a_copy()
    pauses.fence_a_copy()
    assert Deployment.objects.count() == 1
    assert claimed() == [delivery.pk]


def carried():
    """The database without the folder's word for it."""
    pauses.fence_a_copy()
    deployment._path().unlink()
    pauses.fence_a_copy()


def restored():
    """As `publisher restore` leaves it."""
    pauses.fence_a_copy()
    Deployment.objects.update(epoch=2)
    pauses.fence_a_copy()


@pytest.mark.parametrize("copy", [carried, restored])
def test_a_copy_sends_nothing_until_a_person_confirms_it(make_delivery, copy):
    make_delivery()
    copy()
    assert claimed() == []
    assert pauses.resume(pauses.RESTORED, ACTOR) == 1
    pauses.fence_a_copy()
    assert not Pause.objects.exists()
    assert claimed() == []
    assert [row.held for row in pauses.backlog()] == ["restored"]


def test_a_file_that_cannot_be_read_counts_as_not_confirmed(make_delivery):
    pauses.fence_a_copy()
    deployment._path().write_text("{")
    pauses.fence_a_copy()
    assert [stop.scope for stop in pauses.stops()] == ["restored"]


def test_a_copy_does_not_take_from_the_original_what_the_platform_tells(accounts, monkeypatch):
    """Telegram tells each thing once, to whoever asks: residents' questions would be lost with the copy."""

    async def directly(fn, *given):
        return fn(*given)

    class Nobody:
        async def get(self, account_key):
            raise AssertionError("it was asked")

    monkeypatch.setattr(clock, "db", directly)
    restored()
    with pytest.raises(StopIteration) as end:  # in this very thread, where the test's own rows are seen
        clock.Clock(Nobody()).listen_once("telegram-main", 0.0).send(None)
    assert end.value.value == clock.DEAF
    pauses.resume(pauses.RESTORED, ACTOR)
    with pytest.raises(AssertionError):
        clock.Clock(Nobody()).listen_once("telegram-main", 0.0).send(None)
