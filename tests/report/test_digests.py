"""Digests: owed once a week, written down before they are sent, never twice, honest about what is unknown."""

from __future__ import annotations

import smtplib
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError

from publisher.connectors.base import Receipt, Started
from publisher.connectors.errors import OutcomeUnknown, RateLimited, TargetGone, Unavailable
from publisher.deliver.models import Pause
from publisher.people.audit import Actor
from publisher.report import digests, digests_mail, digests_sending
from publisher.report.digests_models import Digest, DigestState, Subscription
from tests.report import weeks

THURSDAY = datetime(2026, 11, 26, 4, tzinfo=UTC)  # 09:00 in Almaty
ACTOR = Actor("Айгүл")


class Telegram:
    """Takes what is published; `fails` are raised one after another, None lets one through."""

    def __init__(self) -> None:
        self.sent, self.fails = [], []

    async def publish(self, chat, message):
        error = self.fails.pop(0) if self.fails else None
        if error:
            raise error
        media = message.media[0] if message.media else None
        self.sent.append((chat, message.text, media and (media.kind, media.path.read_bytes()[:4])))
        return Receipt(("1",))


class Lent:
    def __init__(self, connector) -> None:
        self.connector = connector

    async def get(self, _key):
        return self.connector

    @asynccontextmanager
    async def lend(self, _key):
        yield self.connector


@pytest.fixture
def chief(district):
    return Subscription.objects.create(
        name="Бастық", chat="777", district=district, made_by="x", since=THURSDAY - timedelta(days=8),
        greeted_at=THURSDAY,
    )  # fmt: skip


@pytest.fixture
def by_mail(district):
    return Subscription.objects.create(
        name="Облыс", road="email", email="chief@example.kz", language="ru", district=district, made_by="x",
        since=THURSDAY - timedelta(days=8),
    )  # fmt: skip


@pytest.fixture
def telegram(monkeypatch):
    made = Telegram()
    monkeypatch.setattr(digests_sending, "publishing", lambda connector: connector)
    return made


@pytest.fixture
def at(monkeypatch):
    """Moves the clock of digests."""

    def moved(moment: datetime) -> None:
        monkeypatch.setattr(digests, "clock", lambda: moment)
        monkeypatch.setattr(digests_sending, "now", lambda: moment)

    moved(THURSDAY)
    return moved


@pytest.fixture
def record(monkeypatch):
    """What the digests report."""

    def given(make) -> None:
        monkeypatch.setattr("publisher.report.weekly.week", lambda *_: make())

    given(weeks.full)
    return given


async def at_once(step, *arguments):
    """The tests' own transaction is open in this thread only."""
    return step(*arguments)


def carried_out(coroutine) -> int:
    """Without a loop: nothing in it waits, since every step is taken at once."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    return end.value.value


@pytest.fixture
def send(telegram, at, record, accounts, monkeypatch):
    """One round of the clock. What is sent is drawn elsewhere (test_report_everywhere)."""
    monkeypatch.setattr(digests_sending, "db", at_once)
    monkeypatch.setattr(digests_sending.asyncio, "to_thread", at_once)
    monkeypatch.setattr("publisher.report.card.week_card", lambda _page: b"\x89PNG")
    monkeypatch.setattr("publisher.report.pdf.week_pdf", lambda _page: b"%PDF")

    def go(moment: datetime = THURSDAY) -> int:
        at(moment)
        return carried_out(digests_sending.send(Lent(telegram)))

    return go


def states() -> list[tuple[str, str]]:
    return [(row.piece, row.state) for row in Digest.objects.order_by("id")]


# What is owed, and when


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (THURSDAY - timedelta(seconds=1), date(2026, 11, 9)),
        (THURSDAY, date(2026, 11, 16)),
        (THURSDAY + timedelta(days=6, hours=23), date(2026, 11, 16)),
        (THURSDAY + timedelta(days=7), date(2026, 11, 23)),
    ],
)
def test_the_digest_is_of_the_last_week_that_was_over_at_its_moment(chief, now, week):
    assert digests.week_before(chief, digests.last_moment(chief, now)) == week


def test_the_moment_is_the_districts_own(chief):
    assert digests.last_moment(chief, THURSDAY) == THURSDAY


def test_a_week_is_owed_once_however_many_clocks_there_are(chief):
    assert digests.owe(THURSDAY) == 2
    assert digests.owe(THURSDAY) == 0
    assert digests.owe(THURSDAY + timedelta(days=3)) == 0
    assert states() == [("card", "waiting"), ("pdf", "waiting")]


def test_two_clocks_at_once_write_one_digest_down(chief, district):
    row = {"subscription": chief, "week": date(2026, 11, 16), "piece": "card", "owed_at": THURSDAY}
    Digest.objects.create(**row, not_before=THURSDAY)
    with pytest.raises(IntegrityError):
        Digest.objects.create(**row, not_before=THURSDAY)


def test_after_weeks_of_silence_only_the_latest_is_caught_up(chief):
    assert digests.owe(THURSDAY + timedelta(days=23)) == 2
    assert {row.week for row in Digest.objects.all()} == {date(2026, 12, 7)}


def test_a_new_reader_waits_for_the_next_moment(chief):
    Subscription.objects.update(since=THURSDAY + timedelta(hours=1))
    assert digests.owe(THURSDAY + timedelta(hours=2)) == 0
    assert digests.owe(THURSDAY + timedelta(days=7)) == 2


@pytest.mark.parametrize("change", [{"on": False}, {"chat": ""}])
def test_who_is_off_or_not_connected_is_owed_nothing(chief, change):
    Subscription.objects.update(**change)
    assert digests.owe(THURSDAY) == 0


def test_a_restored_copy_sends_nothing(chief, send, telegram):
    Pause.objects.create(scope="restored", reason="x", by="x", at=THURSDAY)
    assert send() == 0
    assert telegram.sent == []


# Sending


def test_a_chief_gets_the_picture_with_three_sentences_and_then_the_pdf(chief, send, telegram):
    send()
    send(THURSDAY + timedelta(minutes=1))
    (card, pdf) = telegram.sent
    assert card[2] == ("photo", b"\x89PNG")
    assert pdf[2] == ("document", b"%PDF")
    assert "72 сағат ішіндегі қаралым: кемінде 30\u202f730" in card[1]
    assert "Жедел желі берген кеңес: 1\u202f462" in card[1]
    assert states() == [("card", "sent"), ("pdf", "sent")]


def test_nothing_goes_twice(chief, send, telegram):
    for minutes in range(0, 60, 10):
        send(THURSDAY + timedelta(minutes=minutes))
    assert len(telegram.sent) == 2


def test_a_letter_has_both_files_and_an_id_of_its_own(by_mail, send, monkeypatch):
    monkeypatch.setattr(digests_mail, "has_mail", lambda: True)
    send()
    (letter,) = mail.outbox
    assert letter.to == ["chief@example.kz"]
    assert [(name, mime) for name, _content, mime in letter.attachments] == [
        ("report-2026-11-16-ru.pdf", "application/pdf"),
        ("report-2026-11-16-ru.png", "image/png"),
    ]
    assert letter.extra_headers["Message-ID"].startswith(f"<digest-{Digest.objects.get().pk}@")
    assert "не менее 30\u202f730" in letter.body
    assert letter.body.endswith("/report/week/?week=2026-11-16&district=akkaiyn&language=ru")
    assert states() == [("mail", "sent")]


def test_killed_while_sending_it_is_unknown_and_not_sent_again(chief, send, telegram):
    digests.owe(THURSDAY)
    (row,) = digests.take(THURSDAY)  # and then the process is gone
    assert row.piece == "card"
    send(THURSDAY + timedelta(minutes=1))
    assert telegram.sent == []  # its lease runs, and the PDF waits for the picture
    send(THURSDAY + timedelta(minutes=6))
    assert states() == [("card", "unknown"), ("pdf", "sent")]
    assert [text for _chat, _words, text in telegram.sent] == [("document", b"%PDF")]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OutcomeUnknown("cut"), DigestState.UNKNOWN),
        (TargetGone("kicked"), DigestState.FAILED),
        (Unavailable("no route"), DigestState.WAITING),
        (RateLimited("slow down", retry_after=40), DigestState.WAITING),
        (ValueError("ours"), DigestState.UNKNOWN),
    ],
)
def test_each_outcome_has_its_own_end(chief, send, telegram, error, state):
    telegram.fails = [error]
    send()
    assert states()[0] == ("card", state)
    assert Digest.objects.first().lease_until is None


def test_one_that_comes_after_a_slow_one_has_its_whole_lease(chief, send, telegram, at):
    leases, publish = [], telegram.publish

    async def slowly(chat, message):
        leases.append(Digest.objects.get(state="sending").lease_until - THURSDAY - digests.LEASE)
        at(THURSDAY + timedelta(minutes=6))
        return await publish(chat, message)

    telegram.publish = slowly
    send()
    assert leases == [timedelta(), timedelta(minutes=6)]


def test_what_was_certainly_not_sent_is_tried_again(chief, send, telegram):
    telegram.fails = [Unavailable("no route"), Unavailable("no route")]
    send()
    send(THURSDAY + timedelta(seconds=30))
    assert len(telegram.fails) == 1  # not before its time
    send(THURSDAY + timedelta(minutes=2))
    send(THURSDAY + timedelta(minutes=9))
    assert ("card", "sent") in states()


def test_after_three_days_it_is_given_up(chief, send, telegram):
    telegram.fails = [Unavailable("no route")] * 99
    send()
    send(THURSDAY + timedelta(days=3, minutes=1))
    assert {state for _piece, state in states()} == {"failed"}


def test_what_cannot_be_made_is_made_again_later(chief, send, telegram, record):
    def broken():
        raise ZeroDivisionError

    record(broken)
    send()
    assert states()[0] == ("card", "waiting")
    record(weeks.full)
    send(THURSDAY + timedelta(minutes=2))
    assert states()[0] == ("card", "sent")


# Below the stated share


def test_below_the_stated_share_it_says_so_before_everything_else(chief, send, telegram, record):
    record(weeks.partly)
    send()
    text = telegram.sent[0][1]
    assert text.startswith("Толық емес, белгілісі 80 пайызға жетпейді: қаралым — 17 / 43")
    assert Digest.objects.first().warned


def test_the_share_is_the_readers_own(chief, send, telegram, record):
    Subscription.objects.update(least_known=95)
    send()
    assert telegram.sent[0][1].startswith("Толық емес, белгілісі 95 пайызға жетпейді: қаралым — 40 / 43")


def test_with_enough_known_it_does_not_warn(chief, send, telegram):
    send()
    assert "Толық емес" not in telegram.sent[0][1]
    assert not Digest.objects.first().warned


def test_a_caption_keeps_whole_paragraphs():
    assert digests_sending.shortened("а" * 1000 + "\n\n" + "б" * 30) == "а" * 1000


# People


def test_a_person_says_what_became_of_it(chief, send, telegram):
    telegram.fails = [OutcomeUnknown("cut")]
    send()
    row = Digest.objects.first()
    assert digests.in_doubt([chief]) == [row]
    assert digests.settle(row, arrived=True, actor=ACTOR)
    assert not digests.settle(row, arrived=True, actor=ACTOR)
    assert digests.in_doubt([chief]) == []


def test_sent_again_by_a_persons_word_alone(chief, send, telegram):
    telegram.fails = [OutcomeUnknown("cut")]
    send()
    send(THURSDAY + timedelta(minutes=10))
    assert states() == [("card", "unknown"), ("pdf", "sent")]
    digests.settle(Digest.objects.first(), arrived=False, actor=ACTOR)
    send(THURSDAY + timedelta(minutes=20))
    assert states() == [("card", "sent"), ("pdf", "sent")]


def test_a_late_answer_tells_the_truth_about_an_unknown_one_but_not_against_a_person(chief, send, telegram):
    digests.owe(THURSDAY)
    (row,) = digests.take(THURSDAY)
    digests.sweep(THURSDAY + timedelta(minutes=6))
    digests.sent(row, warned=False)
    assert states()[0] == ("card", "sent")


def test_a_sample_goes_at_once_and_the_weeks_own_digest_is_owed_all_the_same(chief, send, telegram, at):
    at(THURSDAY - timedelta(days=1))
    digests.ask_sample(chief, ACTOR)
    send(THURSDAY - timedelta(days=1))
    assert telegram.sent[0][1].splitlines()[0].startswith("Үлгі. ")
    assert digests.owe(THURSDAY) == 2


def test_switched_off_nothing_that_waits_is_sent(chief, send, telegram, at):
    digests.owe(THURSDAY)
    digests.switch(chief, False, ACTOR)
    send()
    assert telegram.sent == []


def test_a_reader_connects_by_their_own_link_and_is_greeted_once(chief, send, telegram):
    Subscription.objects.update(chat="", greeted_at=None, since=THURSDAY + timedelta(days=1))
    digests_sending.record_event("telegram-main", Started("4242", chief.start_code))
    send()
    send(THURSDAY + timedelta(minutes=1))
    assert [(chat, "бейсенбі, 09:00" in text) for chat, text, _media in telegram.sent] == [("4242", True)]


def test_a_new_link_forgets_the_old_chat_and_the_old_link(chief):
    old = chief.start_code
    digests.forget_chat(chief, ACTOR)
    digests.connected(old, "1")
    chief.refresh_from_db()
    assert (chief.chat, chief.start_code == old) == ("", False)


# Letters


class Server:
    """A mail backend's connection that fails where it is told to."""

    def __init__(self, opening=None, sending=None) -> None:
        self.opening, self.sending, self.closed = opening, sending, False

    def open(self):
        if self.opening:
            raise self.opening

    def send_messages(self, _letters):
        if self.sending:
            raise self.sending
        return 1

    def close(self):
        self.closed = True


LETTER = ("a@example.kz", "Есеп", "мәтін", "report", b"png", b"pdf", "digest-1")


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (Server(opening=OSError("refused")), (digests_mail.NotSent, False)),
        (Server(opening=smtplib.SMTPAuthenticationError(535, b"no")), (digests_mail.NotSent, False)),
        (Server(sending=smtplib.SMTPRecipientsRefused({"a": (550, b"no such")})), (digests_mail.NotSent, True)),
        (Server(sending=smtplib.SMTPRecipientsRefused({"a": (451, b"later")})), (digests_mail.NotSent, False)),
        (Server(sending=smtplib.SMTPDataError(554, b"spam")), (digests_mail.NotSent, True)),
        (Server(sending=smtplib.SMTPServerDisconnected("gone")), (digests_mail.Unclear, None)),
        (Server(sending=TimeoutError("slow")), (digests_mail.Unclear, None)),
    ],
)
def test_a_letters_fate_is_told_honestly(monkeypatch, server, expected):
    monkeypatch.setattr(digests_mail, "get_connection", lambda **_: server)
    monkeypatch.setattr(digests_mail, "has_mail", lambda: True)
    kind, for_good = expected
    with pytest.raises(kind) as caught:
        digests_mail.post_letter(*LETTER)
    assert getattr(caught.value, "for_good", None) is for_good
    assert server.closed is (server.opening is None)


def test_without_a_mail_server_it_says_so(monkeypatch, by_mail, send):
    monkeypatch.setattr(digests_mail, "has_mail", lambda: False)
    send()
    assert [(row.state, row.reason) for row in Digest.objects.all()] == [("waiting", "mail_not_set_up")]
