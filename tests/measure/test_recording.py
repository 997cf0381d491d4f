from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.connectors.base import Counted, Metric, Reacted, Status, TargetChanged
from publisher.connectors.base import Reading as Read
from publisher.deliver import listeners
from publisher.measure.models import PersonStatus, Reading
from publisher.measure.record import from_people, people_counts, record_counted, record_event, record_reacted
from publisher.measure.record import record_status as record

AT = datetime(2026, 11, 24, 6, tzinfo=UTC)


def reactions(*counts: tuple[str, int], at: datetime = AT) -> tuple[Read, ...]:
    return tuple(Read(Metric.REACTIONS, value, at, "bot-api", label) for label, value in counts)


def stored() -> list[tuple[str, str, int]]:
    return list(Reading.objects.values_list("metric", "label", "value"))


def test_reactions_are_kept_for_their_message_one_row_per_emoji(telegram, send):
    delivery = send(telegram, "11")
    assert record_counted("telegram-main", Counted(reactions(("👍", 5), ("❤", 2)), target="-1001", message_id="11"))
    assert stored() == [("reactions", "👍", 5), ("reactions", "❤", 2)]
    assert set(Reading.objects.values_list("delivery", flat=True)) == {delivery.pk}


def test_a_reaction_to_any_picture_of_an_album_counts_for_the_album(telegram, send):
    send(telegram, "11", "12", "13")
    assert record_counted("telegram-main", Counted(reactions(("👍", 1)), target="-1001", message_id="13"))


@pytest.mark.parametrize(
    ("account", "target", "message"),
    [("telegram-main", "-1001", "99"), ("telegram-main", "-1002", "11"), ("whatsapp-main", "-1001", "11")],
)
def test_numbers_of_strangers_messages_are_left_alone(telegram, send, account, target, message):
    send(telegram, "11")
    assert not record_counted(account, Counted(reactions(("👍", 1)), target=target, message_id=message))
    assert stored() == []


def test_the_same_event_twice_changes_nothing(telegram, send):
    send(telegram, "11")
    event = Counted(reactions(("👍", 5), ("❤", 2)), target="-1001", message_id="11")
    record_counted("telegram-main", event)
    record_counted("telegram-main", event)
    assert len(stored()) == 2


def test_a_later_snapshot_of_the_same_second_replaces_the_earlier_whole(telegram, send):
    send(telegram, "11")
    record_counted("telegram-main", Counted(reactions(("👍", 5), ("❤", 2)), target="-1001", message_id="11"))
    record_counted("telegram-main", Counted(reactions(("👍", 6)), target="-1001", message_id="11"))
    assert stored() == [("reactions", "👍", 6)]


def test_every_snapshot_of_another_moment_is_kept(telegram, send, after):
    send(telegram, "11")
    for minute, count in ((1, 1), (2, 3), (3, 2)):
        event = Counted(reactions(("👍", count), at=after(minutes=minute)), target="-1001", message_id="11")
        record_counted("telegram-main", event)
    assert [row[2] for row in stored()] == [1, 3, 2]


def test_votes_are_kept_for_the_poll_and_not_for_its_text(telegram, send):
    text = send(telegram, "11")
    poll = send(telegram, "12", part="poll", poll_id="p1", post=text.post)
    votes = (Read(Metric.POLL_VOTES, 3, AT, "bot-api", "Yes"), Read(Metric.POLL_VOTES, 0, AT, "bot-api", "No"))
    assert record_counted("telegram-main", Counted(votes, poll_id="p1"))
    assert set(Reading.objects.values_list("delivery", "value")) == {(poll.pk, 3), (poll.pk, 0)}


def test_a_number_of_the_channel_itself_is_kept_for_the_channel(telegram):
    assert record_counted("telegram-main", Counted((Read(Metric.FOLLOWERS, 812, AT, "bot-api"),), target="-1001"))
    assert list(Reading.objects.values_list("channel__key", "value")) == [("tg", 812)]


def test_a_status_is_found_by_our_own_key_before_the_answer_came(whatsapp, send):
    delivery = send(whatsapp, state="sending")
    event = Status("delivered", "wamid.1", AT, key=str(delivery.key), target="group-7", person="p")
    assert record("whatsapp-main", event)
    assert PersonStatus.objects.get().delivery == delivery


def test_a_status_without_key_is_found_by_the_messages_id(whatsapp, send):
    send(whatsapp, "wamid.1")
    assert record("whatsapp-main", Status("read", "wamid.1", AT, target="group-7", person="p"))


@pytest.mark.parametrize(
    "event",
    [
        Status("sent", "wamid.1", AT, target="group-7", person="p"),
        Status("failed", "wamid.1", AT, target="group-7", person="p"),
        Status("delivered", "wamid.1", AT, target="group-7"),
        Status("delivered", "", AT, key=str(uuid.UUID(int=7)), person="p"),
        Status("delivered", "", AT, key="not ours", person="p"),
    ],
)
def test_statuses_that_say_nothing_of_a_person_or_of_us_are_not_counted(whatsapp, send, event):
    send(whatsapp, "wamid.1")
    assert not record("whatsapp-main", event)
    assert not PersonStatus.objects.exists()


@given(st.lists(st.integers(0, 3)))
def test_whoever_read_it_had_it_delivered(ranks):
    counts = {metric: count for metric, _, count in from_people([(r, "") for r in ranks], reacted_before=False)}
    row = [counts.get(metric, 0) for metric in (Metric.DELIVERED, Metric.READ, Metric.PLAYED)]
    assert row == sorted(row, reverse=True)
    assert row[0] == sum(rank > 0 for rank in ranks)
    assert 0 not in counts.values()


@pytest.mark.parametrize("order", [["delivered", "read"], ["read", "delivered"], ["read", "delivered", "read"]])
def test_a_late_delivered_does_not_take_back_a_read(whatsapp, send, order):
    send(whatsapp, "wamid.1")
    for state in order:
        record("whatsapp-main", Status(state, "wamid.1", AT, target="group-7", person="p"))
    assert list(PersonStatus.objects.values_list("person", "rank")) == [("p", 2)]


def test_people_are_counted_by_how_far_the_message_got_at_least(whatsapp, send):
    delivery = send(whatsapp, "wamid.1")
    for person, state in (("a", "delivered"), ("b", "read"), ("c", "delivered"), ("b", "delivered")):
        record("whatsapp-main", Status(state, "wamid.1", AT, target="group-7", person=person))
    counts = {(r.metric, r.value, r.source) for r in people_counts(delivery, AT)}
    assert counts == {(Metric.DELIVERED, 3, "confirmations"), (Metric.READ, 1, "confirmations")}


def test_a_count_of_nobody_is_absent_and_not_0(whatsapp, send):
    delivery = send(whatsapp, "wamid.1")
    record("whatsapp-main", Status("delivered", "wamid.1", AT, target="group-7", person="p"))
    assert [r.metric for r in people_counts(delivery, AT)] == [Metric.DELIVERED]


def test_a_person_has_one_reaction_the_latest(whatsapp, send):
    delivery = send(whatsapp, "wamid.1")
    for person, emoji in (("a", "👍"), ("b", "👍"), ("a", "❤"), ("b", "")):
        assert record_reacted("whatsapp-main", Reacted("wamid.1", person, emoji, AT, "group-7"))
    assert [(r.label, r.value) for r in people_counts(delivery, AT)] == [("❤", 1)]


def test_a_reaction_taken_back_leaves_0_only_where_it_was_counted_before():
    assert from_people([(1, "")], reacted_before=False) == [(Metric.DELIVERED, "", 1)]
    assert (Metric.REACTIONS, "", 0) in from_people([(1, "")], reacted_before=True)


def test_the_stage_listens_to_what_platforms_tell(whatsapp, send):
    send(whatsapp, "wamid.1")
    assert record_event in listeners.on_event
    for event in (
        Status("read", "wamid.1", AT, target="group-7", person="p"),
        Reacted("wamid.1", "p", "👍", AT, "group-7"),
        Counted((Read(Metric.FOLLOWERS, 7, AT, "cloud-api"),), target="group-7"),
        TargetChanged("group-7", "target_gone"),
    ):
        record_event("whatsapp-main", event)
    assert list(PersonStatus.objects.values_list("rank", "emoji")) == [(2, "👍")]
    assert stored() == [("followers", "", 7)]
