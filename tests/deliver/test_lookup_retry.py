from __future__ import annotations

import pytest
from django.utils import timezone

from publisher.deliver import dispatch, lookup
from publisher.deliver.models import Delivery, State

pytestmark = pytest.mark.django_db


def test_a_platform_that_could_not_be_asked_is_asked_again_without_using_up_a_look_up(make_delivery):
    row = make_delivery(state=State.UNKNOWN, lookups=1, not_before=timezone.now())
    lookup._did_not_happen(dispatch.Ticket(row.pk, 1, 0), 17)
    row.refresh_from_db()
    assert row.lookups == 0
    assert 15 < (row.not_before - timezone.now()).total_seconds() <= 17


def test_one_without_its_words_keeps_nobody_else_from_being_looked_up(make_delivery, make_channel):
    for name in ("a", "b"):
        make_delivery(on=make_channel(name), state=State.UNKNOWN, not_before=timezone.now())
    first, second = Delivery.objects.order_by("pk")
    first.post.versions.all().delete()
    assert [question.ticket.delivery_id for question in lookup.due()] == [second.pk]


def test_an_answered_delivery_is_left_alone(make_delivery):
    row = make_delivery(state=State.SENT, lookups=1)
    lookup._did_not_happen(dispatch.Ticket(row.pk, 1, 0), 17)
    assert Delivery.objects.get(pk=row.pk).lookups == 1
