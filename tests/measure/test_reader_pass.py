"""A pass of the press-office account: what it reads, what it leaves to the other roads, and every way it can fail."""

from __future__ import annotations

import asyncio
import queue
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import telegram_tl_stand as stand
from django.utils import timezone
from pydantic import SecretStr
from telethon import errors
from telethon.tl import types

from publisher.connectors import telegram_session
from publisher.connectors.telegram_session import TelegramSession, TelegramSessionSettings
from publisher.deliver.models import Account, Channel
from publisher.measure import collect, reader, reader_pass
from publisher.measure.appointments import make_for
from publisher.measure.models import (
    Appointment,
    ChannelStatistics,
    MessageLook,
    ReaderChannel,
    ReaderLogin,
    Reading,
    Repost,
    Watch,
)
from publisher.measure.readings import gives
from publisher.measure.routes import routes
from publisher.measure.sealing import seal
from publisher.report.scope import Scope

KEY = "reader"
SETTINGS = TelegramSessionSettings(type="telegram_session", api_id=7, api_hash=SecretStr("h"), gap=0)


@pytest.fixture
def service(monkeypatch) -> stand.Telegram:
    service = stand.Telegram()
    service.posts = {11: stand.post(11, reactions=stand.reactions(heart=3)), 12: stand.post(12)}
    service.counters = {11: stand.views(210, 4, 2), 12: stand.views(9, 0)}
    monkeypatch.setattr(telegram_session, "new_client", stand.client_of(service))
    return service


@pytest.fixture
def logged_in(accounts, settings) -> None:
    known = {**settings.CONFIG.accounts, KEY: SETTINGS}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": known})
    Account.objects.create(key=KEY, type="telegram_session")
    reader.follow(settings.CONFIG)
    string = stand.StringSession()
    string.set_dc(2, "149.154.167.51", 443)
    string.auth_key = stand.AuthKey(stand.KEY)
    ReaderLogin.objects.update(sealed=seal(string.save()))
    Watch.objects.filter(pk=KEY).update(on=True)


@pytest.fixture
def run(monkeypatch, service, logged_in):
    """One pass in a loop of its own thread; database work comes back to the test's thread and its transaction."""
    jobs: queue.Queue = queue.Queue()

    async def db(fn, *arguments):
        answer: Future = Future()
        jobs.put(lambda: _answered(answer, fn, arguments))
        return await asyncio.wrap_future(answer)

    monkeypatch.setattr(reader_pass, "db", db)

    @asynccontextmanager
    async def opened(_key):
        async with TelegramSession(SETTINGS) as connector:
            yield connector

    def run(now) -> int:
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(lambda: asyncio.run(reader_pass.read(now, opened)))
            done.add_done_callback(lambda _: jobs.put(None))
            while job := jobs.get():
                job()
            return done.result()

    return run


def _answered(answer: Future, fn, arguments) -> None:
    try:
        answer.set_result(fn(*arguments))
    except BaseException as error:
        answer.set_exception(error)


@pytest.fixture
def channel(telegram):
    telegram.target = "-1001001"
    telegram.save()
    return telegram


@pytest.fixture
def sent(send, channel):
    def sent(*ids, **more):
        delivery = send(channel, *ids, **more)
        make_for(delivery)
        return delivery

    return sent


def stored() -> dict[str, int]:
    return {f"{r.metric}{r.label}": r.value for r in Reading.objects.filter(delivery__isnull=False)}


def test_a_due_message_is_read_with_its_source(run, sent, after):
    sent("11")
    assert run(after(hours=1)) == 1
    assert stored() == {"views": 210, "forwards": 4, "replies": 2, "reactions❤": 3}
    assert set(Reading.objects.values_list("source", flat=True)) == {"mtproto"}
    assert Appointment.objects.get(horizon="1h").state == "taken"


def test_an_albums_reactions_add_up_and_its_views_are_the_firsts(run, sent, after, service):
    service.posts[12] = stand.post(12, reactions=stand.reactions(heart=1, thumb=1))
    sent("11", "12")
    run(after(hours=1))
    assert stored() == {"views": 210, "forwards": 4, "replies": 2, "reactions❤": 4, "reactions👍": 1}


def test_a_message_that_is_gone_leaves_its_appointment_open(run, sent, after):
    sent("99")
    assert run(after(hours=1)) == 0
    assert (Appointment.objects.get(horizon="1h").state, stored()) == ("waiting", {})


def test_what_it_reads_is_not_asked_of_the_page_unless_it_fails(run, sent, after, channel):
    run(after())
    sent("11")
    assert not _asked_of_the_bot(after(hours=1))
    Appointment.objects.update(tries=reader_pass.FIRST_TRIES)
    assert _asked_of_the_bot(after(hours=1, minutes=4))


def _asked_of_the_bot(now) -> bool:
    return any(question.receipt for asked in collect.due_questions(now).values() for question in asked)


def test_a_channel_it_cannot_see_goes_the_other_roads(run, sent, after, channel, service):
    service.chats = []
    sent("11")
    run(after(hours=1))
    assert ReaderChannel.objects.get().problem == "session_not_in"
    assert _asked_of_the_bot(after(hours=1))
    assert [route.why for route in routes(channel, after(hours=1))][-1] == "session_not_in"


def test_private_channels_it_is_not_in_cost_no_request_each(run, after, channel, service):
    service.chats = []
    for n in range(5):
        made = {"account_id": channel.account_id, "district": channel.district, "target": f"-100900{n}"}
        Channel.objects.create(key=f"more{n}", platform_kind="channel", title="x", languages=["kk"], **made)
    run(after())
    assert service.names().count("GetDialogs") == 1
    assert set(ReaderChannel.objects.values_list("problem", flat=True)) == {"session_not_in"}


def test_the_channels_page_and_the_report_know_what_it_gives(run, after, channel):
    assert "forwards" not in gives(channel)
    run(after())
    assert {"views", "forwards", "replies"} <= gives(channel)
    _bot, page, session = routes(channel, after())
    assert (session.works, page.works) == (True, False)


def test_a_pause_does_not_change_what_a_past_week_is_made_of(run, after, channel):
    run(after())
    Watch.objects.filter(pk=KEY).update(blocked_until=timezone.now() + timedelta(minutes=9))
    assert reader.channels_read(timezone.now()) == frozenset()
    assert {"views", "forwards", "replies"} <= gives(channel)
    reader.lost(KEY, "session_lost", after())
    assert "forwards" in Scope(channel.district).gives[channel.pk]


def test_what_many_channels_give_takes_one_look_at_the_reader(run, after, channel, django_assert_num_queries):
    run(after())
    for n in range(5):
        made = {"account_id": channel.account_id, "district": channel.district, "target": f"-100900{n}"}
        Channel.objects.create(key=f"more{n}", platform_kind="channel", title="x", languages=["kk"], **made)
    with django_assert_num_queries(2):
        assert len(Scope(channel.district).gives) == 6


def test_a_pause_that_telegram_demands_is_kept_to_the_second(run, sent, after, service, channel):
    sent("11")
    service.always = errors.FloodWaitError(None, 600)
    run(after(hours=1))
    asked = len(service.asked)
    run(after(hours=1, minutes=9))
    assert len(service.asked) == asked
    service.always = None
    assert run(after(hours=1, minutes=11)) == 1
    assert Watch.objects.get(pk=KEY).blocked_until is None


def test_a_lost_log_in_is_asked_nothing_until_somebody_logs_in(run, sent, after, service):
    sent("11")
    service.always = errors.SessionRevokedError(None)
    run(after(hours=1))
    login = ReaderLogin.objects.get()
    assert (login.sealed, login.lost_reason) == ("", "session_lost")
    asked = len(service.asked)
    run(after(hours=1, minutes=5))
    assert len(service.asked) == asked


def test_silence_makes_longer_pauses_and_then_the_other_roads(run, sent, after, service, channel):
    run(after())
    sent("11")
    service.always = errors.ServerError(None, "RPC_CALL_FAIL", 500)
    moments = [after(hours=1) + timedelta(seconds=30 * n) for n in range(20)]
    for moment in moments:
        run(moment)
    assert len(service.asked) < 12
    assert reader.channels_read(moments[-1]) == frozenset()
    service.always = None
    run(after(hours=2))
    assert reader.channels_read(after(hours=2)) == {channel.pk}


def test_two_processes_do_not_read_at_once(logged_in, after):
    assert reader.take(KEY, after()) is not None
    assert reader.take(KEY, after(seconds=1)) is None


def test_statistics_come_once_a_day(run, after, service, channel):
    for hours in (0, 1, 23, 25):
        run(after(hours=hours))
    assert service.names().count("GetBroadcastStats") == 2
    row = ChannelStatistics.objects.first()
    assert (row.data["followers"], row.data["graphs"]["languages"]) == ([812.0, 790.0], {"Kazakh": 30, "Russian": 12})
    assert ReaderChannel.objects.get().statistics


def test_without_the_right_to_statistics_everything_else_goes_on(run, after, service, sent):
    service.full = {"participants_count": 9, "can_view_stats": False}
    sent("11")
    assert run(after(hours=1)) == 1
    assert not ReaderChannel.objects.get().statistics
    assert "GetBroadcastStats" not in service.names()


def test_who_passed_a_message_on_is_looked_at_after_three_and_seven_days(run, after, service, sent):
    service.reposts = [stand.post(55, peer_id=types.PeerChannel(2002), views=900)]
    sent("11")
    for hours in (24, 73, 80, 169, 200):
        run(after(hours=hours))
    assert service.names().count("GetMessagePublicForwards") == 2
    assert Repost.objects.get().title == "Солтүстік жаңалықтары"
    look = MessageLook.objects.get()
    assert (look.looks, look.next_at) == (2, None)
