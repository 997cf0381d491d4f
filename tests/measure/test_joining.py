"""Joins by invitation and comments in the linked group, from Telegram's own updates to the reading."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from telegram import Update

from publisher.connectors import telegram_updates
from publisher.measure.appointments import make_for
from publisher.measure.joining import comments_of, joined_between
from publisher.measure.models import InviteLink, Reading, Thread
from publisher.measure.record import record_event

AT = 1_795_500_000
BOT = {"id": 1, "is_bot": False, "first_name": "Әсел"}
CHANNEL = {"id": -1001, "type": "channel", "title": "K"}
GROUP = {"id": -1009, "type": "supergroup", "title": "G"}


def told(**update) -> None:
    found = Update.de_json({"update_id": 1, **update}, None)
    for event in telegram_updates.events([found], "secret", datetime.now(UTC)):
        record_event("telegram-main", event)


def joined(url: str = "", number: int = 7, at: int = AT) -> None:
    user = {"id": number, "is_bot": False, "first_name": "Қайрат"}
    change = {"chat": CHANNEL, "from": BOT, "date": at}
    change |= {
        "old_chat_member": {"status": "left", "user": user},
        "new_chat_member": {"status": "member", "user": user},
    }
    given = {
        "invite_link": url,
        "creator": BOT,
        "creates_join_request": False,
        "is_primary": False,
        "is_revoked": False,
    }
    told(chat_member=change | ({"invite_link": given} if url else {}))


@pytest.fixture
def invite(telegram) -> InviteLink:
    return InviteLink.objects.create(channel=telegram, url="https://t.me/+abc", label="Смирново", made_by="Айгүл")


def joins() -> list[tuple[str, int]]:
    return list(Reading.objects.filter(metric="joins").order_by("id").values_list("label", "value"))


def test_each_who_comes_by_an_invitation_is_counted_under_its_name(invite):
    joined(invite.url)
    joined(invite.url, 8, AT + 5)
    joined("", 9, AT + 6)
    assert joins() == [("Смирново", 1), ("Смирново", 2), ("", 1)]
    invite.refresh_from_db()
    assert invite.joined == 2


def test_two_in_the_same_second_are_two(invite):
    joined(invite.url)
    joined(invite.url, 8)
    invite.refresh_from_db()
    assert (invite.joined, joins()) == (2, [("Смирново", 2)])


def test_nothing_of_the_person_is_kept(invite):
    joined(invite.url)
    assert "Қайрат" not in str(list(Reading.objects.values()))


def test_a_stranger_channel_and_a_leaving_are_no_joins(invite):
    change = {"chat": {**CHANNEL, "id": -1002}, "from": BOT, "date": AT}
    user = {"id": 7, "is_bot": False, "first_name": "x"}
    left, member = {"status": "left", "user": user}, {"status": "member", "user": user}
    told(chat_member=change | {"old_chat_member": left, "new_chat_member": member})
    told(chat_member=change | {"chat": CHANNEL, "old_chat_member": member, "new_chat_member": left})
    assert joins() == []


def test_reports_get_how_many_came_between_two_days(invite, telegram):
    for n in range(4):
        joined(invite.url, 10 + n, AT + n * 86_400)
    start = datetime.fromtimestamp(AT + 86_000, UTC)
    end = datetime.fromtimestamp(AT + 2 * 86_400 + 1, UTC)
    assert joined_between([telegram.pk], start, end) == {(telegram.pk, "Смирново"): 2}


def copied(number: int = 500, post: int = 11) -> None:
    origin = {"type": "channel", "date": AT, "chat": CHANNEL, "message_id": post}
    given = {"message_id": number, "date": AT, "chat": GROUP, "is_automatic_forward": True, "text": "…"}
    told(message=given | {"forward_origin": origin, "sender_chat": CHANNEL})


def commented(thread: int = 500) -> None:
    told(
        message={
            "message_id": 501,
            "date": AT,
            "chat": GROUP,
            "from": BOT,
            "text": "рақмет",
            "message_thread_id": thread,
        }
    )


def test_comments_below_our_message_are_counted_and_not_read(telegram, send, after):
    delivery = send(telegram, "11")
    copied()
    commented()
    commented()
    (reading,) = comments_of([delivery.pk], after())[delivery.pk]
    assert (reading.metric, reading.value, reading.source) == ("replies", 2, "discussion")
    assert "рақмет" not in str(list(Thread.objects.values()))


def test_comments_in_other_threads_are_not_ours(telegram, send):
    send(telegram, "11")
    copied()
    commented(thread=44)
    assert Thread.objects.get().comments == 0


def test_a_message_without_a_copy_in_a_group_has_no_number(telegram, send, after):
    delivery = send(telegram, "11")
    make_for(delivery)
    assert comments_of([delivery.pk], after())[delivery.pk] == []
