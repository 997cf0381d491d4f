"""Muting, looking before a slot, and chats heard of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.connectors.base import Noticed, Target, TargetChanged
from publisher.connectors.errors import AccessLost, OutcomeUnknown, RateLimited, TargetGone, Unavailable
from publisher.deliver import channels, dispatch, events, heard, muting, wellbeing
from publisher.deliver.models import Account, Attempt, Bucket, Channel, Delivery, HeardChat, State
from publisher.people.audit import SYSTEM, Actor
from publisher.people.models import AuditEntry

OFFICER = Actor("Айгүл")


@pytest.fixture
def says(monkeypatch):
    """What the platform says when it is asked about a channel."""

    def answer(with_what):
        class Asked:
            async def __aenter__(self):
                return self

            async def __aexit__(self, *exc):
                return None

            async def check(self, target):
                if isinstance(with_what, Exception):
                    raise with_what
                return with_what

        monkeypatch.setattr(channels, "connector_for", lambda key: Asked())

    return answer


async def _direct(fn, *args, **kwargs):
    return fn(*args, **kwargs)


@pytest.fixture
def check(monkeypatch, channel):
    """One look, in this very thread: the tests' transaction is not seen from another."""
    monkeypatch.setattr(channels, "db", _direct)

    def look():
        step = channels.check(channel)
        try:
            while True:
                step.send(None)
        except StopIteration as end:
            channel.refresh_from_db()
            return end.value

    return look


def test_a_muted_channels_posts_wait_and_are_held_when_it_comes_back(make_delivery, channel):
    due = make_delivery()
    later = make_delivery(late_s=-3600, language="ru")
    muting.mute(channel, muting.WAIT, "каникул", OFFICER)
    assert dispatch.claim("w", 10).tickets == ()
    assert muting.unmute(channel, OFFICER) == 1
    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.state, due.held, later.held) == (State.WAITING, "paused_meanwhile", "")
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["channel_on", "channel_off"]


def test_where_posts_are_skipped_what_is_due_ends_there_and_the_rest_stays(make_delivery, channel):
    due = make_delivery()
    later = make_delivery(late_s=-3600, language="ru")
    muting.mute(channel, muting.SKIP, "арна көшеді", OFFICER)
    due.refresh_from_db()
    assert (due.state, due.error_reason) == (State.CANCELLED, "muted_skip")
    later.refresh_from_db()
    assert later.state == State.WAITING
    Delivery.objects.filter(pk=later.pk).update(due_at=timezone.now())
    assert muting.skip_due() == 1


def test_a_mute_takes_back_what_nobody_has_begun(make_delivery, channel):
    make_delivery()
    [ticket] = dispatch.claim("w", 10).tickets
    muting.mute(channel, muting.WAIT, "тоқтату", OFFICER)
    assert Delivery.objects.get(pk=ticket.delivery_id).state == State.WAITING
    assert Attempt.objects.get().outcome == "taken_back"


def test_a_mute_says_who_and_why_and_needs_a_reason(channel):
    with pytest.raises(Refusal):
        muting.mute(channel, muting.WAIT, "  ", OFFICER)
    muting.mute(channel, muting.WAIT, "жөндеу", OFFICER)
    channel.refresh_from_db()
    assert (channel.off_reason, channel.off_detail) == ("muted_wait", "жөндеу — Айгүл")


@pytest.mark.parametrize("blip", [Unavailable("x"), OutcomeUnknown("x"), RateLimited("x", retry_after=5)])
def test_a_blip_never_switches_a_channel_off(check, says, channel, blip):
    says(blip)
    assert check() is blip
    assert (channel.off_reason, channel.checked_at) == ("", None)


def test_lost_access_of_the_account_is_not_blamed_on_the_channel(check, says, channel):
    says(AccessLost("401"))
    check()
    assert channel.off_reason == ""


def test_a_lost_channel_is_off_and_comes_back_when_it_is_found_again(check, says, channel):
    says(TargetGone("kicked"))
    check()
    assert channel.off_reason == "target_gone"
    says(Target(channel.target, "Тұрғындар", "channel", missing_rights=("pin",)))
    assert check() is None
    assert channel.off_reason == ""
    assert heard.missing_rights(channel) == ["pin"]


def test_a_mute_by_a_person_is_not_ended_by_looking(check, says, channel):
    muting.mute(channel, muting.WAIT, "жөндеу", OFFICER)
    says(Target(channel.target, "Тұрғындар", "channel"))
    check()
    assert channel.off_reason == "muted_wait"


@pytest.mark.parametrize("lasting", ["muted_skip", "opted_out"])
@pytest.mark.parametrize(
    "answer", [TargetGone("kicked"), Target("-1", "Тұрғындар", "channel", missing_rights=("post",))]
)
def test_what_the_program_finds_does_not_take_the_place_of_a_persons_word(check, says, channel, lasting, answer):
    """Once the bot was let in again, a channel whose posts are skipped would speak."""
    Channel.objects.update(off_reason=lasting)
    channel.refresh_from_db()
    says(answer)
    check()
    events.record("telegram-main", [TargetChanged(channel.target, "target_gone")])
    channel.refresh_from_db()
    assert channel.off_reason == lasting


def test_a_channel_is_looked_at_within_half_an_hour_before_its_post(make_delivery, channel, make_channel):
    other = make_channel("later")
    make_delivery(late_s=-20 * 60)
    make_delivery(on=other, late_s=-3 * 3600)
    assert channels.to_probe(timezone.now()) == [channel]
    Channel.objects.update(checked_at=timezone.now() - timedelta(minutes=10))
    assert channels.to_probe(timezone.now()) == []
    Channel.objects.update(checked_at=timezone.now() - timedelta(hours=10))
    assert channels.to_probe(timezone.now()) == [channel]


def test_nobody_asks_about_what_a_person_muted_or_through_a_paused_account(make_delivery, channel):
    make_delivery(late_s=-60)
    muting.mute(channel, muting.WAIT, "жөндеу", OFFICER)
    assert channels.to_probe(timezone.now()) == []
    muting.unmute(channel, OFFICER)
    Account.objects.update(paused_at=timezone.now())
    assert channels.to_probe(timezone.now()) == []


def test_a_chat_that_lets_the_bot_in_is_offered_until_it_is_a_channel(accounts, channel):
    told = [
        Noticed("-1002", "Ауыл жаңалығы", "channel", ("pin",)),
        Noticed(channel.target, "Тұрғындар", "channel", ()),
    ]
    events.record("telegram-main", told)
    assert [chat.title for chat in heard.to_add("telegram-main")] == ["Ауыл жаңалығы"]
    assert heard.to_add("whatsapp-main") == []


def test_a_chat_that_puts_the_bot_out_or_moves_is_offered_no_more(accounts):
    for target in ("-1", "-2", "-3"):
        events.record("telegram-main", [Noticed(target, "x", "group", ())])
    events.record("telegram-main", [TargetChanged("-1", "target_gone"), TargetChanged("-2", "target_moved", "-5")])
    events.record("telegram-main", [TargetChanged("-3", "no_rights")])
    assert [chat.target for chat in heard.to_add("telegram-main")] == ["-3"]


def test_a_forwarded_message_does_not_overwrite_what_the_platform_told_of_rights(accounts):
    events.record("telegram-main", [Noticed("-1", "A", "channel", ("delete",)), Noticed("-1", "B", "channel")])
    [chat] = heard.to_add("telegram-main")
    assert (chat.title, chat.missing) == ("B", ["delete"])
    events.record("telegram-main", [Noticed("-9", "C", "channel")])
    assert HeardChat.objects.get(target="-9").missing == [heard.ASK]


def test_a_stranger_who_forwards_much_pushes_no_real_chat_out(accounts):
    events.record("telegram-main", [Noticed("-1", "ours", "channel", ())])
    events.record("telegram-main", [Noticed(f"-2{n}", "x", "channel") for n in range(heard.KEPT + 5)])
    assert HeardChat.objects.count() == heard.KEPT
    assert HeardChat.objects.filter(target="-1").exists()


def test_the_limits_used_and_the_last_error_are_told(make_delivery, channel):
    at = timezone.now()
    delivery = make_delivery()
    for number, outcome, reason in ((1, "refused", "text_too_long"), (2, "sent", ""), (3, "taken_back", "")):
        Attempt.objects.create(
            delivery=delivery,
            number=number,
            worker="w",
            claimed_at=at,
            ended_at=at,
            outcome=outcome,
            reason=reason,
        )
    Bucket.objects.create(key="account:telegram-main:1", full_at=at.timestamp() + 9)
    Bucket.objects.create(key="account:telegram-main", blocked_until=at.timestamp() + 30)
    Bucket.objects.create(key=f"chat:telegram-main:{channel.target}", blocked_until=at.timestamp() + 20)
    of_account = wellbeing.of_account(channel.account)
    assert (of_account.sent_today, of_account.refused_today, of_account.waiting) == (1, 1, 1)
    assert of_account.last_error.reason == "text_too_long"
    assert 5 < of_account.used.booked_s <= 9
    assert 20 < of_account.used.blocked_s <= 30
    assert of_account.used.blocked_chats == 1
    of_channel = wellbeing.of_channel(channel)
    assert 10 < of_channel.used.blocked_s <= 20
    assert of_channel.last_sent is not None


def test_an_error_of_long_ago_is_no_news(make_delivery, channel):
    at = timezone.now() - timedelta(days=8)
    Attempt.objects.create(
        delivery=make_delivery(), number=1, worker="w", claimed_at=at, ended_at=at, outcome="refused", reason="refused"
    )
    assert wellbeing.of_channel(channel).last_error is None


def test_what_cannot_be_added_is_said_in_the_readers_language(channel, district):
    from django.utils import translation

    with translation.override("ru"), pytest.raises(channels.NotAdded) as refused:
        channels.add("residents", "telegram-main", "-1", languages=["kk"], district=district, actor=SYSTEM)
    assert "residents" in refused.value.what
    assert "There is" not in refused.value.what


def test_a_channel_speaks_in_its_districts_order(district, accounts):
    assert channels.ordered(["ru", "kk", "xx"]) == ["kk", "ru"]
    district.languages = ["ru", "kk"]
    row = channels.add("a", "telegram-main", "-1", languages=["kk", "ru", "en"], district=district, actor=Actor("x"))
    assert row.languages == ["ru", "kk", "en"]
