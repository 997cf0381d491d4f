"""While WhatsApp keeps a phone out, people post for its groups: only what certainly was not sent, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.connectors.base import Receipt
from publisher.connectors.errors import AccessLost, OutcomeUnknown
from publisher.connectors.whatsapp_gateway import WhatsAppGatewaySettings
from publisher.deliver import actions, changes, channels, consent, dispatch, phones, record
from publisher.deliver.models import Account, Change, ChangeState, Channel, Delivery, State
from publisher.people.audit import Actor
from publisher.relay import doing, handing
from publisher.relay.models import Duty, Task, TaskKind
from tests.relay.conftest import DUE

ADMIN = Actor("Сәуле")
KEY = "whatsapp-phone"


@pytest.fixture
def account(district, settings) -> Account:
    """Takes the place of the circle of people: the group is the phone's own."""
    accounts = {**settings.CONFIG.accounts, KEY: WhatsAppGatewaySettings(token="t")}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": accounts})
    channels.follow(settings.CONFIG)
    account = Account.objects.get(pk=KEY)
    consent.accept(account, ADMIN)
    phones.choose(account, ADMIN, fall_back=True, in_use_long=True)
    return account


@pytest.fixture
def now(monkeypatch, at):
    for module in (dispatch, record, changes):
        monkeypatch.setattr(module, "now", lambda: at(1))
    return at(1)


def restrict(delivery: Delivery) -> None:
    """As it happens: a message is refused with 463, and the account stands still."""
    (ticket,) = dispatch.claim("w", 9).tickets
    assert ticket.delivery_id == delivery.pk
    record.finish_error(ticket, AccessLost("500: 463", reason="phone_restricted"))


def state(delivery: Delivery) -> State:
    delivery.refresh_from_db()
    return State(delivery.state)


def test_what_was_refused_goes_to_people(make, account, now, at, relays):
    delivery = make()
    restrict(delivery)
    assert state(delivery) == State.WAITING
    assert handing.hand_out(at(2)) == 1
    assert state(delivery) == State.PEOPLE
    doing.done(Task.objects.get(), at(3))
    assert state(delivery) == State.SENT
    actions.resume_account(Account.objects.get(pk=KEY), ADMIN)
    assert dispatch.claim("w", 9).tickets == ()


def test_what_nobody_knows_never_does(make, account, now, at):
    delivery = make()
    (ticket,) = dispatch.claim("w", 9).tickets
    Delivery.objects.filter(pk=delivery.pk).update(state=State.SENDING)
    record.finish_error(ticket, OutcomeUnknown("cut"))
    Account.objects.filter(pk=KEY).update(paused_at=at(1), pause_reason="phone_restricted")
    assert handing.hand_out(at(2)) == 0
    assert state(delivery) == State.UNKNOWN


@pytest.mark.parametrize("why", ["by_person", "access_lost"])
def test_another_pause_is_not_theirs_to_fill(make, account, now, at, why):
    make()
    Account.objects.filter(pk=KEY).update(paused_at=at(0), pause_reason=why)
    assert handing.hand_out(at(2)) == 0


def test_without_the_administrators_wish_or_without_people_posts_wait(make, account, now, at):
    delivery = make()
    restrict(delivery)
    phones.choose(account, ADMIN, fall_back=False, in_use_long=True)
    assert handing.hand_out(at(2)) == 0
    phones.choose(account, ADMIN, fall_back=True, in_use_long=True)
    Duty.objects.all().delete()
    assert handing.hand_out(at(2)) == 0
    assert state(delivery) == State.WAITING


def test_while_the_phone_works_nobody_else_posts(make, account, now, at):
    make()
    assert handing.hand_out(at(2)) == 0
    assert list(handing.groups()) == list(Channel.objects.filter(key="smirnovo"))


def test_what_people_posted_people_correct_and_delete(make, account, now, at, relays):
    delivery = make()
    restrict(delivery)
    handing.hand_out(at(2))
    doing.done(Task.objects.get(), at(3))
    delivery.refresh_from_db()
    assert changes.by_people(delivery)
    actions.resume_account(Account.objects.get(pk=KEY), ADMIN)
    change = Change.objects.create(delivery=delivery, kind="withdraw", due_at=DUE - timedelta(hours=1), asked_by="x")
    assert changes.take(9) == []
    change.refresh_from_db()
    assert change.state == ChangeState.BY_HAND
    handing.follow_up(at(4))
    assert Task.objects.get(kind=TaskKind.WITHDRAW).relay == relays[0]


def test_what_the_phone_sent_stays_the_phones(make, account, now):
    delivery = make()
    (ticket,) = dispatch.claim("w", 9).tickets
    Delivery.objects.filter(pk=delivery.pk).update(state=State.SENDING)
    record.finish_sent(ticket, Receipt(("true_x_3EB0",)))
    delivery.refresh_from_db()
    assert not changes.by_people(delivery)
