"""Any order of claims, requests, answers, lost workers, look-ups and people's decisions: nothing is doubled or lost."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from publisher.connectors.base import Receipt
from publisher.connectors.errors import AccessLost, ConnectorError, OutcomeUnknown, RateLimited, Refused, Unavailable
from publisher.deliver import actions, border, dispatch, limits, pauses, record
from publisher.deliver import models as delivering
from publisher.deliver.dispatch import Ticket
from publisher.deliver.models import Account, Bucket, Channel, Delivery, State
from publisher.people.audit import Actor

pytestmark = pytest.mark.django_db
PERSON = Actor("Айгүл")
SCOPES = ["all", "district:akkaiyn", "account:telegram-main"]
CERTAINLY_NOT_SENT = [
    lambda: Unavailable("refused"),
    lambda: RateLimited("wait", retry_after=2),
    lambda: Refused("no"),
    lambda: AccessLost("revoked"),
]
OPEN = {State.WAITING, State.CLAIMED, State.SENDING, State.UNKNOWN, State.FAILED, State.EXPIRED}


class Deliveries(RuleBasedStateMachine):
    """A model beside the rows: what may stand in the channel, and what a person has said since."""

    make: object = None
    clock: object = None

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.point = transaction.savepoint()
        self.rows: list[int] = []
        self.tickets: list[Ticket] = []
        self.on_the_wire: dict[int, Ticket] = {}
        self.may_stand: set[int] = set()  # a request left and nobody has said that nothing came of it
        self.begun_twice: list[int] = []
        for _ in range(2):
            self.rows.append(type(self).make().pk)

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)
        self.stack.close()
        type(self).clock.shift = timedelta()

    # Time and the two ends of the engine

    @rule(seconds=st.sampled_from([1, 3, 20, 90, 600]))
    def time_passes(self, seconds: int) -> None:
        type(self).clock.shift += timedelta(seconds=seconds)

    @rule(hours=st.sampled_from([-1, 1]))
    def the_clock_is_set(self, hours: int) -> None:
        type(self).clock.shift += timedelta(hours=hours)

    @rule()
    def dispatch(self) -> None:
        self.tickets += dispatch.claim("w", 10).tickets

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def a_worker_begins(self, data) -> None:
        """The engine may deliver a ticket late or twice: it stays in the list."""
        self.begin(data.draw(st.sampled_from(self.tickets)))

    @rule()
    def all_goes_as_usual_up_to_the_request(self) -> None:
        type(self).clock.shift += timedelta(seconds=5)  # the limits are free again
        self.dispatch()
        for ticket in self.tickets[-3:]:
            self.begin(ticket)

    def begin(self, ticket: Ticket) -> None:
        if record.begin(ticket):
            if ticket.delivery_id in self.may_stand:
                self.begun_twice.append(ticket.delivery_id)
            self.may_stand.add(ticket.delivery_id)
            self.on_the_wire[ticket.delivery_id] = ticket

    @precondition(lambda self: self.on_the_wire)
    @rule(data=st.data())
    def the_platform_accepts(self, data) -> None:
        ticket = self.on_the_wire.pop(data.draw(st.sampled_from(sorted(self.on_the_wire))))
        record.finish_sent(ticket, Receipt((str(ticket.delivery_id),)))

    @precondition(lambda self: self.on_the_wire)
    @rule(data=st.data(), error=st.sampled_from(CERTAINLY_NOT_SENT))
    def the_platform_refuses(self, data, error) -> None:
        ticket = self.on_the_wire.pop(data.draw(st.sampled_from(sorted(self.on_the_wire))))
        if record.finish_error(ticket, error()):
            self.may_stand.discard(ticket.delivery_id)

    @precondition(lambda self: self.on_the_wire)
    @rule()
    def the_answers_are_lost(self) -> None:
        while self.on_the_wire:
            record.finish_error(self.on_the_wire.popitem()[1], OutcomeUnknown("cut"))

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), error=st.sampled_from([*CERTAINLY_NOT_SENT, lambda: OutcomeUnknown("upload cut")]))
    def preparing_fails(self, data, error) -> None:
        """Before `begin` nothing left, whatever the error says."""
        ticket = data.draw(st.sampled_from(self.tickets))
        if Delivery.objects.filter(pk=ticket.delivery_id, state=State.CLAIMED).exists():
            self.finish(ticket, error())

    def finish(self, ticket: Ticket, error: ConnectorError) -> None:
        record.finish_error(ticket, error)

    @rule()
    def sweep(self) -> None:
        record.sweep()

    @rule()
    def every_worker_died(self) -> None:
        """Their requests may have arrived."""
        record.sweep(frozenset({"w"}))
        self.on_the_wire.clear()

    # People

    @rule(data=st.data(), appeared=st.booleans())
    def a_person_answers(self, data, appeared: bool) -> None:
        row = Delivery.objects.get(pk=data.draw(st.sampled_from(self.rows)))
        if actions.settle(row, appeared, PERSON) and not appeared:
            self.may_stand.discard(row.pk)

    @rule()
    def a_person_presses_send_now_everywhere(self) -> None:
        for row in Delivery.objects.filter(pk__in=self.rows):
            actions.send_anyway(row, PERSON)

    @rule(data=st.data())
    def a_person_drops_it(self, data) -> None:
        actions.drop(Delivery.objects.get(pk=data.draw(st.sampled_from(self.rows))), PERSON)

    @rule(data=st.data())
    def a_person_cancels_the_post(self, data) -> None:
        actions.cancel(Delivery.objects.get(pk=data.draw(st.sampled_from(self.rows))).post, PERSON)

    @rule(scope=st.sampled_from(SCOPES))
    def stop(self, scope: str) -> None:
        pauses.stop(scope, "тексеру", PERSON)

    @rule(scope=st.sampled_from(SCOPES))
    def resume(self, scope: str) -> None:
        pauses.resume(scope, PERSON)

    @rule()
    def the_backlog_is_sent(self) -> None:
        pauses.send_now(pauses.backlog(), PERSON)

    @rule()
    def what_is_past_its_date_expires(self) -> None:
        dispatch.expire()

    # What must always hold

    @invariant()
    def nothing_is_begun_a_second_time_while_it_may_stand_there(self) -> None:
        assert self.begun_twice == []

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every delivery either stands there, was given up by a person, or still shows that it needs doing."""
        states = dict(Delivery.objects.filter(pk__in=self.rows).values_list("pk", "state"))
        assert states.keys() == set(self.rows)
        for pk, state in states.items():
            assert state in OPEN | {State.SENT, State.CANCELLED}
            if state == State.SENT:
                assert pk in self.may_stand
            if pk in self.may_stand:
                assert state in {State.SENDING, State.UNKNOWN, State.SENT}

    @invariant()
    def one_at_a_time_goes_to_a_channel(self) -> None:
        flying = list(
            Delivery.objects.filter(state__in=[State.CLAIMED, State.SENDING]).values_list("channel", flat=True)
        )
        assert len(flying) == len(set(flying))

    @invariant()
    def nothing_begins_during_a_stop_of_everything(self) -> None:
        if pauses.current().everything:
            assert not Delivery.objects.filter(state=State.CLAIMED).exists()

    @invariant()
    def what_is_held_only_waits(self) -> None:
        assert not Delivery.objects.exclude(held="").exclude(state=State.WAITING).exists()


class Clock:
    """The database's clock, which tests move."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self):
        return timezone.now() + self.shift


@pytest.fixture
def clock(monkeypatch):
    moved = Clock()
    for module in (border, dispatch, limits, pauses, record, actions, delivering):
        if hasattr(module, "now"):
            monkeypatch.setattr(module, "now", moved)
    return moved


def test_nothing_is_doubled_or_lost_in_any_order(make_delivery, make_channel, make_post, channel, clock):
    Deliveries.clock = clock
    Deliveries.make = lambda: make_delivery(post=make_post(), on=channel)
    run_state_machine_as_test(
        Deliveries,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )
    assert not Bucket.objects.exists()  # each run was rolled back
    assert Account.objects.filter(paused_at=None).count() == Account.objects.count()
    assert Channel.objects.get(pk=channel.pk).off_reason == ""
