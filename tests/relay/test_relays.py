"""Posts that people carry out: handed out once, sent only on their word, reminded, passed on, given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.compose import posts
from publisher.compose.models import Post
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Metric, Started
from publisher.connectors.errors import RateLimited, Refused, Unavailable
from publisher.deliver import actions, dispatch, pauses
from publisher.deliver.models import Account, Bucket, Change, ChangeKind, ChangeState, Delivery, State
from publisher.measure.models import Appointment, Reading
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry
from publisher.relay import doing, handing, links, notices, people
from publisher.relay.models import Duty, Relay, Task, TaskKind, TaskState

OFFICER = Actor("Сәуле")


def state(delivery: Delivery) -> State:
    delivery.refresh_from_db()
    return State(delivery.state)


def task_for(relay: Relay, kind: str = TaskKind.POST) -> Task:
    return Task.objects.filter(relay=relay, kind=kind).latest("id")


def test_a_due_post_is_handed_to_the_first_person_and_is_not_sent(make, relays, at):
    delivery = make()
    assert handing.hand_out(at(1)) == 1
    assert state(delivery) == State.PEOPLE
    assert [task.relay for task in Task.objects.all()] == relays[:1]
    assert delivery.attempts.get().started_at == at(1)


def test_it_is_handed_out_once_however_many_clocks_there_are(make, at):
    make()
    assert [handing.hand_out(at(1)), handing.hand_out(at(1))] == [1, 0]
    assert Task.objects.count() == 1


def test_no_worker_ever_claims_it(make, at, monkeypatch):
    make()
    monkeypatch.setattr(dispatch, "now", lambda: at(1))
    assert dispatch.claim("w1", 8).tickets == ()


@pytest.mark.parametrize("held", [{"held": "paused_meanwhile"}, {"due_at": "later"}])
def test_what_is_held_or_not_due_stays_with_us(make, at, held):
    if "due_at" in held:
        held = {"due_at": at(60)}
    make(**held)
    assert handing.hand_out(at(1)) == 0


def test_a_stop_keeps_everything_with_us(make, at):
    make()
    pauses.stop(pauses.EVERYTHING, "жаттығу", OFFICER)
    assert handing.hand_out(at(1)) == 0


@pytest.mark.parametrize(
    ("more", "minutes", "ends", "reason"),
    [({}, 61, State.FAILED, "too_late"), ({"expires": 5}, 6, State.EXPIRED, "expired")],
)
def test_what_is_too_late_or_over_is_not_handed_out(make, at, more, minutes, ends, reason):
    delivery = make(**({"expires_at": at(more["expires"])} if more else {}))
    assert handing.hand_out(at(minutes)) == 0
    assert state(delivery) == ends
    assert delivery.error_reason == reason


def test_without_anybody_it_fails_with_what_to_do(make, at):
    delivery = make()
    Duty.objects.all().delete()
    handing.hand_out(at(1))
    assert (state(delivery), delivery.error_reason) == (State.FAILED, "no_relay")


@pytest.fixture
def handed(make, at):
    delivery = make()
    handing.hand_out(at(1))
    return delivery


def test_the_tick_makes_it_sent_with_who_and_when(handed, relays, at):
    assert doing.done(task_for(relays[0]), at(9), members=214)
    assert state(handed) == State.SENT
    assert (handed.settled_by, handed.sent_at) == ("Айгүл", at(9))
    assert handed.attempts.get().outcome == "sent"
    assert Appointment.objects.filter(delivery=handed).count() == 4
    reading = Reading.objects.get(channel=handed.channel)
    assert (reading.metric, reading.value, reading.source) == (Metric.FOLLOWERS, 214, "relay")
    assert AuditEntry.objects.filter(verb="relay_posted").exists()


def test_two_ticks_count_once(handed, relays, at):
    task = task_for(relays[0])
    assert [doing.done(task, at(9)), doing.done(task, at(10))] == [True, False]
    handed.refresh_from_db()
    assert handed.sent_at == at(9)


def test_a_reminder_comes_once(handed, relays, at):
    Task.objects.update(noticed_at=at(1))
    handing.follow_up(at(22))
    assert task_for(relays[0]).noticed_at is None
    Task.objects.update(noticed_at=at(22))
    handing.follow_up(at(30))
    assert task_for(relays[0]).noticed_at == at(22)


def test_the_deputy_is_asked_too_and_the_first_may_still_do_it(handed, relays, at):
    handing.follow_up(at(47))
    assert Task.objects.filter(state=TaskState.OPEN).count() == 2
    assert doing.done(task_for(relays[0]), at(50))
    assert task_for(relays[1]).state == TaskState.TAKEN_BACK


def test_a_second_post_by_the_deputy_is_not_counted(handed, relays, at):
    handing.follow_up(at(47))
    doing.done(task_for(relays[0]), at(50))
    assert not doing.done(task_for(relays[1]), at(51))
    handed.refresh_from_db()
    assert handed.settled_by == "Айгүл"


def test_who_cannot_passes_it_on_at_once(handed, relays, at):
    doing.cannot(task_for(relays[0]), "жолдамын", at(5))
    assert task_for(relays[0]).reason == "жолдамын"
    assert task_for(relays[1]).state == TaskState.OPEN
    doing.cannot(task_for(relays[1]), "", at(6))
    assert (state(handed), handed.error_reason) == (State.FAILED, "relay_cannot")


def test_silence_to_the_end_is_given_back_to_us(handed, relays, at):
    handing.follow_up(at(182))
    assert (state(handed), handed.error_reason) == (State.FAILED, "relay_silent")
    assert task_for(relays[0]).state == TaskState.MISSED


def test_a_late_word_still_counts(handed, relays, at):
    handing.follow_up(at(182))
    assert doing.done(task_for(relays[0]), at(200))
    assert state(handed) == State.SENT


def test_sent_again_by_a_person_it_is_handed_out_anew(handed, relays, at):
    handing.follow_up(at(182))
    actions.send_anyway(handed, OFFICER)
    assert handing.hand_out(at(190)) == 1
    assert Task.objects.filter(state=TaskState.OPEN).count() == 1
    assert handed.attempts.count() == 2


def test_a_cancelled_post_is_taken_back_from_people(handed, relays, at):
    actions.cancel(handed.post, OFFICER)
    handing.follow_up(at(3))
    assert state(handed) == State.CANCELLED
    assert task_for(relays[0]).state == TaskState.TAKEN_BACK


def test_posted_although_cancelled_it_is_known_and_its_deletion_asked_for(handed, relays, at):
    actions.cancel(handed.post, OFFICER)
    assert doing.done(task_for(relays[0]), at(4))
    assert state(handed) == State.SENT
    handing.follow_up(at(5))
    task = task_for(relays[0], TaskKind.WITHDRAW)
    assert doing.done(task, at(6))
    assert state(handed) == State.WITHDRAWN


def test_posted_in_an_older_wording_a_correction_is_asked_for(handed, relays, at):
    Post.objects.update(revision=2)
    task = task_for(relays[0])
    doing.done(task, at(4), revision=1)
    change = Change.objects.get()
    assert (change.kind, change.state, change.revision) == (ChangeKind.EDIT, ChangeState.BY_HAND, 2)


def test_an_expired_post_is_taken_back(make, relays, at):
    delivery = make(expires_at=at(30))
    handing.hand_out(at(1))
    handing.follow_up(at(31))
    assert state(delivery) == State.EXPIRED
    assert task_for(relays[0]).state == TaskState.TAKEN_BACK


def test_a_withdrawal_goes_to_whoever_posted_it(handed, relays, at):
    handing.follow_up(at(47))
    doing.done(task_for(relays[1]), at(50))
    Change.objects.create(
        delivery=handed, kind=ChangeKind.WITHDRAW, state=ChangeState.BY_HAND, due_at=at(60), asked_by="Сәуле"
    )
    handing.follow_up(at(61))
    assert Task.objects.get(kind=TaskKind.WITHDRAW).relay == relays[1]


def test_a_change_done_otherwise_is_not_asked_of_people_any_more(handed, relays, at):
    doing.done(task_for(relays[0]), at(2))
    change = Change.objects.create(
        delivery=handed, kind=ChangeKind.EDIT, state=ChangeState.BY_HAND, due_at=at(60), asked_by="Сәуле"
    )
    handing.follow_up(at(61))
    actions.done_by_hand(change, OFFICER)
    handing.follow_up(at(62))
    assert task_for(relays[0], TaskKind.CORRECT).state == TaskState.TAKEN_BACK


def test_how_many_have_seen_it_is_marked_as_the_relays_word(handed, relays, at):
    task = task_for(relays[0])
    doing.done(task, at(9))
    doing.seen_by(task, 87, at(300))
    reading = Reading.objects.get(delivery=handed, metric=Metric.READ)
    assert (reading.value, reading.source) == (87, "relay")


def test_a_link_is_good_for_its_task_and_for_nothing_else(handed, relays):
    task = task_for(relays[0])
    token = links.token_of(task)
    assert links.task_of(token) == task
    assert links.task_of(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert links.task_of("nonsense") is None
    Task.objects.update(nonce="another")
    assert links.task_of(token) is None


def test_an_old_link_leads_nowhere(handed, relays, time_machine):
    token = links.token_of(task_for(relays[0]))
    time_machine.move_to(task_for(relays[0]).given_at + timedelta(days=400))
    assert links.task_of(token) is None


def test_the_bot_learns_whose_chat_it_is_by_the_link(relays):
    notices.record_event("telegram-main", Started("777", relays[0].start_code))
    notices.record_event("telegram-main", Started("888", "made-up"))
    relays[0].refresh_from_db()
    assert relays[0].telegram_chat == "777"


def test_a_link_is_brought_once_and_in_the_relays_language(handed, relays, account):
    relays[0].telegram_chat = "777"
    relays[0].greeted_at = handed.due_at
    relays[0].save()

    Account.objects.get_or_create(key="telegram-main", defaults={"type": "telegram"})
    (notice,) = notices.due()
    assert (notice.chat, notice.task_id) == ("777", task_for(relays[0]).pk)
    assert "Смирново тұрғындары" in notice.text
    assert notice.address.endswith("/")
    assert notices.due() == []


@pytest.fixture
def by_telegram(relays, at):
    """Links come to everybody's chat."""
    Account.objects.get_or_create(key="telegram-main", defaults={"type": "telegram"})
    Relay.objects.update(telegram_chat="777", greeted_at=at(0))


def test_people_without_an_address_do_not_keep_the_others_links(handed, relays, district, by_telegram, at):
    Task.objects.update(noticed_at=at(1))
    for number in range(notices.AT_ONCE + 1):
        relay = Relay.objects.create(name=f"Адам {number}", district=district)
        Task.objects.create(delivery=handed, relay=relay, given_at=at(1), until=at(90))
    mine = Task.objects.create(delivery=handed, relay=relays[1], given_at=at(1), until=at(90))
    assert [notice.task_id for notice in notices.due()] == [mine.pk]


@pytest.mark.parametrize(
    ("error", "again"),
    [(Unavailable("no net"), True), (RateLimited("wait", retry_after=0), True), (Refused("x"), False)],
)
def test_a_link_that_certainly_was_not_sent_is_sent_again(handed, by_telegram, monkeypatch, error, again):
    """Not only with the reminder, twenty minutes later."""

    async def directly(function, *given):
        return function(*given)

    class Platform:
        async def get(self, account_key):
            raise error

    monkeypatch.setattr(notices, "db", directly)
    with pytest.raises(StopIteration):  # nothing in it waits, so one step runs it through
        notices.send(Platform()).send(None)
    Bucket.objects.update(full_at=0, uses=[])
    assert bool(notices.due()) is again


@pytest.mark.parametrize("scope", [pauses.EVERYTHING, "district:akkaiyn"])
def test_a_stop_asks_nobody_to_post_and_still_asks_to_delete(handed, relays, by_telegram, at, scope):
    doing.done(task_for(relays[0]), at(2))
    actions.withdraw(handed.post, OFFICER)
    pauses.stop(scope, "қате мәтін", OFFICER)
    Change.objects.update(state=ChangeState.BY_HAND)
    handing.follow_up(at(3))
    Task.objects.create(delivery=handed, relay=relays[1], given_at=at(1), until=at(90))
    (notice,) = notices.due()
    assert notice.task_id == task_for(relays[0], TaskKind.WITHDRAW).pk


def test_nobody_is_asked_to_post_what_is_being_corrected(handed, by_telegram):
    posts.approve_from_shell(handed.post, OFFICER)
    posts.save_versions(handed.post, {"kk": "Бекітілмеген мәтін"}, OFFICER)
    assert notices.due() == []
    posts.approve_from_shell(handed.post, OFFICER)
    assert len(notices.due()) == 1


def test_a_person_who_is_switched_off_is_asked_for_nothing(handed, relays):
    people.switch(relays[0], False, OFFICER)
    assert task_for(relays[0]).state == TaskState.TAKEN_BACK
    assert handing.relays_of(handed.channel) == [relays[1]]


def test_what_lay_with_somebody_switched_off_goes_to_the_next(handed, relays, at):
    people.switch(relays[0], False, OFFICER)
    handing.follow_up(at(5))
    assert task_for(relays[1]).state == TaskState.OPEN
    people.switch(relays[1], False, OFFICER)
    handing.follow_up(at(6))
    assert (state(handed), handed.error_reason) == (State.FAILED, "relay_cannot")


def test_a_third_person_is_not_asked_at_the_same_moment_as_the_second(handed, relays, district, at):
    third = Relay.objects.create(name="Дәурен", district=district)
    Duty.objects.create(channel=handed.channel, relay=third, place=2)
    for minutes in (47, 48, 80):
        handing.follow_up(at(minutes))
        assert set(Task.objects.values_list("relay", flat=True)) == {relay.pk for relay in relays}
    handing.follow_up(at(93))
    assert task_for(third).given_at == at(93)


def test_promptness_counts_what_was_asked_and_done(handed, relays, at):
    doing.done(task_for(relays[0]), at(13))
    found = people.promptness(relays, at(60))[relays[0].pk]
    assert (found.asked, found.posted, found.missed, found.typical) == (1, 1, 0, timedelta(minutes=12))


def test_the_connector_describes_itself_and_sends_nothing():
    connector = CONNECTORS["whatsapp_relay"]
    assert connector.description.by_people
    assert connector.description.limits.video_bytes == 16_000_000
    assert not hasattr(connector, "publish")
