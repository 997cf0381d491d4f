"""A full disk: a step happens whole or not at all, and is done when there is room again."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from publisher.connectors.base import Receipt
from publisher.deliver import border, dispatch, record
from publisher.deliver.models import Attempt, Delivery, State

pytestmark = pytest.mark.django_db(transaction=True)
NO_LIMIT = 4294967294


def allow(pages: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count={pages}")


def no_room() -> None:
    """Not one page more, as when the disk is full."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # else earlier tests' pages would be free to use
        (used,) = cursor.execute("PRAGMA page_count").fetchone()
    allow(used)


@pytest.fixture(autouse=True)
def _room_afterwards():
    yield
    allow(NO_LIMIT)


@pytest.fixture
def begun(make_delivery):
    make_delivery()
    (ticket,) = dispatch.claim("w", 10).tickets
    assert record.begin(ticket)
    return ticket


LONG = Receipt(tuple(str(n) for n in range(50_000)))  # needs pages that are not there


def test_an_outcome_that_cannot_be_written_leaves_the_row_in_sending(begun, monkeypatch):
    """From there it becomes unknown, and is never simply sent again."""
    monkeypatch.setattr(border, "PATIENCE", 0.2)
    no_room()
    with pytest.raises(OperationalError, match="full"):
        border.patiently(record.finish_sent, begun, LONG)
    allow(NO_LIMIT)
    assert Delivery.objects.get().state == State.SENDING
    assert Attempt.objects.get().outcome == ""
    assert record.sweep(frozenset({"w"})).unknown == 1
    assert dispatch.claim("w", 10).tickets == ()


def test_the_outcome_is_written_when_there_is_room_again(begun):
    no_room()
    tries = []

    def step() -> bool:
        tries.append(1)
        if len(tries) == 3:
            allow(NO_LIMIT)
        return record.finish_sent(begun, LONG)

    assert border.patiently(step)
    assert len(tries) == 3
    assert Delivery.objects.get().state == State.SENT


def test_without_room_nothing_is_claimed_by_halves(make_delivery, make_channel, monkeypatch):
    monkeypatch.setattr(border, "PATIENCE", 0.2)
    for n in range(40):
        make_delivery(on=make_channel(f"c{n}"))
    no_room()

    def greedy() -> None:
        with transaction.atomic():
            dispatch.claim("w", 50)
            Delivery.objects.update(error_detail="x" * 100_000)

    with pytest.raises(OperationalError, match="full"):
        border.patiently(greedy)
    allow(NO_LIMIT)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.WAITING}
    assert not Attempt.objects.exists()
