"""Accounts behind a linked phone: consent first, its state watched, gentle when new, quiet at night; votes, replies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.connectors.base import Metric, PhoneTold, Replied, Status, TargetChanged, Voted
from publisher.connectors.errors import AccessLost
from publisher.connectors.linking import Phone
from publisher.connectors.whatsapp_gateway import WhatsAppGateway, WhatsAppGatewaySettings
from publisher.connectors.whatsapp_gateway_pace import RATES, WARM_UP
from publisher.deliver import (
    actions,
    channels,
    consent,
    dispatch,
    events,
    muting,
    pace,
    phone_alarms,
    phones,
    responses,
    status,
)
from publisher.deliver.limits import Tokens, account_rules
from publisher.deliver.models import Account, Bucket, Channel, Delivery, PhoneLink, PhoneState, Response, State
from publisher.measure import retention
from publisher.measure.models import PersonStatus
from publisher.measure.record import people_counts
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry

pytestmark = pytest.mark.django_db
ADMIN = Actor("Сәуле")
KEY = "whatsapp-phone"
GROUP = "120363001111111111@g.us"


@pytest.fixture
def account(district, accounts, settings) -> Account:
    given = {**settings.CONFIG.accounts, KEY: WhatsAppGatewaySettings(token="t", hook_secret="s")}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": given})
    channels.follow(settings.CONFIG)
    return Account.objects.get(pk=KEY)


@pytest.fixture
def on(account) -> Account:
    consent.accept(account, ADMIN)
    account.refresh_from_db()
    return account


@pytest.fixture
def group(on, district) -> Channel:
    return Channel.objects.create(
        key="village", account=on, target=GROUP, platform_kind="group", languages=["kk"], district=district
    )


def link() -> PhoneLink:
    return PhoneLink.objects.get(account=KEY)


def reason(account: Account) -> str:
    account.refresh_from_db()
    return account.pause_reason if account.paused_at else ""


# Consent


def test_nothing_goes_out_before_somebody_took_it_on(account, settings):
    assert reason(account) == "gateway_off"
    with pytest.raises(Refusal):
        actions.resume_account(account, ADMIN)
    consent.accept(account, ADMIN)
    assert reason(account) == ""
    channels.follow(settings.CONFIG)
    assert reason(account) == ""


async def _here(fn, *args):
    """The tests' transaction is not seen from another thread."""
    return fn(*args)


def test_nothing_is_even_asked_before(account, district, monkeypatch):
    monkeypatch.setattr(channels, "db", _here)
    monkeypatch.setattr(channels, "connector_for", lambda key: pytest.fail("asked"))
    channel = Channel(account=account, target=GROUP, platform_kind="group", district=district)
    with pytest.raises(StopIteration) as checked:
        channels.check(channel).send(None)
    assert checked.value.value.reason == "gateway_off"
    with pytest.raises(AccessLost):
        channels.look_up(KEY, GROUP).send(None)


def test_who_took_it_on_and_when_is_on_record_once(account):
    for name in ("Сәуле", "Ерлан"):
        consent.accept(account, Actor(name))
    assert link().accepted_by == "Сәуле"
    assert AuditEntry.objects.filter(verb="gateway_accepted").count() == 1


def test_accepting_ends_no_other_pause(on):
    actions.pause_account(on, "тексеру", ADMIN)
    consent.accept(on, ADMIN)
    assert reason(on) == "by_person"


# How the phone is


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("restricted", "phone_restricted"),
        ("banned", "phone_banned"),
        ("qr", "phone_unlinked"),
        ("failed", "phone_unlinked"),
        ("passkey", "phone_passkey"),
        ("ready", ""),
        ("starting", ""),
        ("stopped", ""),
    ],
)
def test_a_phone_in_trouble_pauses_its_account(on, state, why):
    phones.take_note(KEY, Phone(state), timezone.now())
    assert reason(on) == why


def test_a_webhook_tells_the_same_and_being_well_again_resumes_nothing(on):
    until = datetime(2026, 12, 1, tzinfo=UTC)
    events.record(KEY, [PhoneTold("restricted", timezone.now(), until)])
    assert (reason(on), link().until) == ("phone_restricted", until)
    events.record(KEY, [PhoneTold("ready", timezone.now())])
    assert reason(on) == "phone_restricted"
    assert phones.shown_state(on, link()) == PhoneState.RESTRICTED


def test_a_ban_outweighs_what_the_gateway_says_and_a_restriction_does_not_hide_the_code(on):
    phones.take_note(KEY, Phone("ready", "7701"), timezone.now())
    phones.take_note(KEY, Phone("restricted", "7701"), timezone.now())
    phones.take_note(KEY, Phone("qr"), timezone.now())
    assert reason(on) == "phone_restricted"
    assert phones.shown_state(on, link()) == PhoneState.LOGGED_OUT
    phones.take_note(KEY, Phone("banned"), timezone.now())
    phones.take_note(KEY, Phone("qr"), timezone.now())
    assert reason(on) == "phone_banned"
    assert phones.shown_state(on, link()) == PhoneState.BANNED


def test_a_phone_that_was_linked_before_is_logged_out_and_not_new(on):
    phones.take_note(KEY, Phone("qr"), timezone.now())
    assert phones.shown_state(on, link()) == PhoneState.QR
    phones.take_note(KEY, Phone("ready", "7701"), timezone.now())
    phones.take_note(KEY, Phone("qr"), timezone.now())
    assert phones.shown_state(on, link()) == PhoneState.LOGGED_OUT


def test_another_number_is_a_new_one(on):
    then = timezone.now() - timedelta(days=40)
    phones.take_note(KEY, Phone("ready", "7701"), then)
    phones.take_note(KEY, Phone("ready", "7701"), timezone.now())
    assert link().linked_at == then
    phones.take_note(KEY, Phone("ready", "7702"), timezone.now())
    assert link().linked_at > then


def test_silence_after_messages_went_out_is_seen(group, make_delivery):
    hour_ago = timezone.now() - timedelta(hours=1)
    assert not phones.is_deaf(group.account, link())
    make_delivery(on=group, state=State.SENT, sent_at=hour_ago)
    assert phones.is_deaf(group.account, link())
    events.record(KEY, [])
    assert not phones.is_deaf(group.account, link())


def test_people_are_told_once_each_time(on, settings, accounts):
    given = dict(settings.CONFIG.accounts)
    given["telegram-main"] = given["telegram-main"].model_copy(update={"control_chat": "-1001"})
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": given})
    phones.choose(on, ADMIN, fall_back=True, in_use_long=False)
    phones.take_note(KEY, Phone("restricted"), timezone.now())
    (alarm,) = phone_alarms.due()
    assert alarm.chat == "-1001"
    assert KEY in alarm.message.text
    assert phone_alarms.due() == []
    actions.resume_account(on, ADMIN)
    phone_alarms.due()
    Bucket.objects.all().delete()
    phones.take_note(KEY, Phone("restricted"), timezone.now())
    assert len(phone_alarms.due()) == 1


# Pace


def test_a_new_number_starts_with_small_quotas_that_grow(on, settings):
    limits = WhatsAppGateway.limits_for(settings.CONFIG.accounts[KEY])
    days = {age: pace.stage_of(limits, timezone.now() - timedelta(days=age), timezone.now()) for age in (0, 4, 10, 15)}
    assert [stage.days if stage else None for stage in days.values()] == [3, 7, 14, None]
    per_day = [stage.rates[2].count for stage in WARM_UP] + [RATES[2].count]
    assert per_day == sorted(per_day)
    assert all(stage.source.startswith("https://") for stage in WARM_UP)


def test_an_administrator_may_say_that_the_number_is_old(on):
    assert dispatch.limits_of(on).rates == WARM_UP[0].rates
    phones.choose(on, ADMIN, fall_back=False, in_use_long=True)
    assert dispatch.limits_of(on).rates == RATES


def gaps(limits, count: int) -> list[float]:
    """When so many messages may go, each answered at once."""
    moment, at, uses = 1_000_000.0, [], {}
    rules = account_rules(KEY, limits)
    there = Channel(account_id=KEY, target=GROUP)
    for number in range(count):
        while True:
            tokens = Tokens([*(rule.key for rule in rules), f"account:{KEY}", f"chat:{KEY}:{GROUP}"], moment)
            tokens.refresh(rules, uses, moment)
            free = tokens.free_at(there, rules, urgent=True)
            if free <= moment:
                break
            moment = free
        tokens.take(rules, use=f"d{number}")
        tokens.save()
        uses[f"d{number}"] = moment
        at.append(moment)
    return at


def test_between_two_messages_lie_30_to_60_seconds_by_chance(on):
    phones.choose(on, ADMIN, fall_back=False, in_use_long=True)
    at = gaps(dispatch.limits_of(on), 20)
    apart = [after - before for before, after in pairwise(at)]
    assert min(apart) >= 30 - 1e-6
    assert max(apart) <= 60 + 1e-6
    assert len({round(gap, 1) for gap in apart}) > 5


def test_never_more_than_30_in_an_hour_nor_150_in_a_day(on):
    phones.choose(on, ADMIN, fall_back=False, in_use_long=True)
    at = gaps(dispatch.limits_of(on), 160)
    for start in at:
        assert sum(start <= one < start + 3600 for one in at) <= 30
        assert sum(start <= one < start + 86_400 for one in at) <= 150
    assert at[149] - at[0] < 6 * 3600


def test_waiting_for_the_pace_is_no_standstill(group, make_delivery):
    late = make_delivery(on=group, late_s=600)
    assert not status.overdue().exists()
    Delivery.objects.filter(pk=late.pk).update(due_at=timezone.now() - pace.PATIENCE - timedelta(minutes=1))
    assert status.overdue().exists()


def test_at_night_an_ordinary_post_is_held_and_an_urgent_one_goes(group, make_delivery, monkeypatch):
    phones.choose(group.account, ADMIN, fall_back=False, in_use_long=True)
    night = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)  # half past one in Akkaiyn
    for module in (dispatch, pace):
        monkeypatch.setattr(module, "now", lambda: night)
    due = {"on": group, "due_at": night - timedelta(minutes=1)}
    rows = [make_delivery(**due), make_delivery(**due, priority=Delivery.URGENT), make_delivery(**due, late_ok=True)]
    Delivery.objects.update(created_at=night)
    claimed = {ticket.delivery_id for ticket in dispatch.claim("w", 10).tickets}
    rows[0].refresh_from_db()
    assert claimed == {rows[1].pk}
    assert rows[0].held in ("", "quiet_hours")
    Delivery.objects.filter(pk=rows[1].pk).delete()
    dispatch.claim("w", 10)
    rows[0].refresh_from_db()
    assert rows[0].held == "quiet_hours"


# What people do


@pytest.fixture
def standing(group, make_delivery) -> Delivery:
    receipt = {"ids": ["true_x_3EB0"], "url": "", "poll_id": ""}
    return make_delivery(on=group, state=State.SENT, sent_at=timezone.now(), receipt=receipt)


def test_a_webhook_that_comes_twice_counts_once(standing):
    now = timezone.now()
    told = [Voted("true_x_3EB0", "p1", ("Иә",), now, GROUP), Replied("true_x_3EB0", "r1", now, GROUP)]
    for _ in range(2):
        events.record(KEY, told)
    assert responses.counts([standing.pk]) == {standing.pk: [(Metric.POLL_VOTES, "Иә", 1), (Metric.REPLIES, "", 1)]}


def test_the_newest_vote_of_a_person_is_theirs(standing):
    now = timezone.now()
    events.record(KEY, [Voted("true_x_3EB0", "p1", ("Жоқ",), now, GROUP)])
    events.record(KEY, [Voted("true_x_3EB0", "p1", ("Иә",), now - timedelta(minutes=1), GROUP)])
    assert {(r.metric, r.label, r.value) for r in people_counts(standing, now)} == {(Metric.POLL_VOTES, "Жоқ", 1)}


def test_who_did_what_is_forgotten_after_a_week_and_not_taken_down_again(standing):
    now = timezone.now()
    told = [
        Voted("true_x_3EB0", "p1", ("Иә",), now, GROUP),
        Replied("true_x_3EB0", "r1", now, GROUP),
        Status("read", "true_x_3EB0", now, target=GROUP, person="p1"),
    ]
    events.record(KEY, told)
    assert (Response.objects.count(), PersonStatus.objects.count()) == (2, 1)
    later = now + timedelta(days=8)
    responses.forget(later)
    retention.forget_people(later)
    assert (Response.objects.count(), PersonStatus.objects.count()) == (0, 0)
    Delivery.objects.update(sent_at=now - timedelta(days=8))
    events.record(KEY, told)
    assert (Response.objects.count(), PersonStatus.objects.count()) == (0, 0)


# Residents of the official interface who want no more


def test_a_wish_is_honoured_at_once_and_only_they_can_take_it_back(make_channel, make_delivery):
    person = make_channel("aigul", account="whatsapp-main", target="+77010000001")
    make_delivery(on=person, late_ok=True)
    events.record("whatsapp-main", [TargetChanged(t, "opted_out") for t in ("77010000001", "+77010000001")])
    person.refresh_from_db()
    assert person.off_reason == "opted_out"
    assert dispatch.claim("w", 9).tickets == ()
    with pytest.raises(Refusal):
        muting.unmute(person, ADMIN)
    events.record("whatsapp-main", [TargetChanged("+77010000001", "opted_in")])
    person.refresh_from_db()
    assert person.off_reason == ""


def test_a_wish_outlasts_a_mute(make_channel):
    person = make_channel("aigul", account="whatsapp-main", target="+77010000001", off_reason="muted_wait")
    events.record("whatsapp-main", [TargetChanged("+77010000001", "opted_out")])
    person.refresh_from_db()
    with pytest.raises(Refusal):
        muting.mute(person, muting.WAIT, "жөндеу", ADMIN)
    person.refresh_from_db()
    assert person.off_reason == "opted_out"


def test_a_word_about_another_programs_message_disturbs_nothing(make_channel, make_delivery):
    """One number, two programs: theirs has keys of its own, and the webhook's other news counted for nothing."""
    mine = make_delivery(on=make_channel("g", account="whatsapp-main", target="g1"), state=State.UNKNOWN)
    told = [Status("sent", f"wamid.{key}", timezone.now(), key=key) for key in ("order-4711", str(mine.key))]
    events.record("whatsapp-main", told)
    mine.refresh_from_db()
    assert mine.state == State.SENT


def test_what_a_person_did_not_see_and_came_yet_is_not_offered_to_be_sent_again(make_channel, make_delivery):
    mine = make_delivery(on=make_channel("g", account="whatsapp-main", target="g1"), state=State.UNKNOWN)
    actions.settle(mine, False, ADMIN)
    events.record("whatsapp-main", [Status("delivered", "wamid.1", timezone.now(), key=str(mine.key))])
    mine.refresh_from_db()
    assert (mine.state, mine.receipt["ids"]) == (State.SENT, ["wamid.1"])
    assert not actions.send_anyway(mine, ADMIN)


def test_a_wish_to_begin_switches_no_other_channel_on(make_channel):
    person = make_channel("aigul", account="whatsapp-main", target="+77010000001", off_reason="by_person")
    events.record("whatsapp-main", [TargetChanged("+77010000001", "opted_in")])
    person.refresh_from_db()
    assert person.off_reason == "by_person"
