"""Texts put together by the database; it runs on PostgreSQL as well (tests/e2e/test_postgres.py)."""

from __future__ import annotations

from django.db.models import Value
from django.db.models.functions import Concat

from publisher.deliver.gathered import Gathered
from publisher.deliver.models import Delivery, State


def test_each_different_text_of_a_group_stands_there_once(make_post, make_channel, make_delivery):
    post = make_post()
    for n, state in enumerate([State.SENT, State.SENT, State.UNKNOWN]):
        make_delivery(post=post, on=make_channel(f"c{n}"), state=state)
    rows = Delivery.objects.order_by().values_list("post").annotate(
        on=Gathered("channel__key"), states=Gathered(Concat("state", Value(":"), "held"))
    )  # fmt: skip
    ((_post, on, states),) = rows
    assert sorted(on.split(",")) == ["c0", "c1", "c2"]
    assert sorted(states.split(",")) == ["sent:", "unknown:"]
