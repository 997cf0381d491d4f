"""The press-office account's road: every number with its shape, every failure with its meaning, nothing made up."""

from __future__ import annotations

import asyncio
import inspect
from datetime import UTC, datetime

import pytest
import telegram_tl_stand as stand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from telegram_tl_stand import Telegram, channel, client_of, graph, post, reactions, views
from telethon import errors
from telethon.errors import rpcerrorlist
from telethon.sessions import StringSession
from telethon.tl import types

from publisher.connectors import telegram_login, telegram_session
from publisher.connectors.base import Metric, Receipt
from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Refused, TargetGone, Unavailable
from publisher.connectors.telegram_session import TelegramSession, TelegramSessionSettings
from publisher.connectors.telegram_session_errors import classified
from publisher.connectors.telegram_session_shapes import Peer, graph_in, half_after

PEER = Peer(stand.CHANNEL, 77)
SETTINGS = TelegramSessionSettings(type="telegram_session", api_id=7, api_hash=SecretStr("h-a-s-h"), gap=0)


def logged_in() -> str:
    session = StringSession()
    session.set_dc(2, "149.154.167.51", 443)
    session.auth_key = stand.AuthKey(stand.KEY)
    return session.save()


@pytest.fixture
def service(monkeypatch) -> Telegram:
    service = Telegram()
    monkeypatch.setattr(telegram_session, "new_client", client_of(service))
    return service


@pytest.fixture
async def reader(service):
    async with TelegramSession(SETTINGS) as connector:
        await connector.use(logged_in())
        yield connector


async def test_a_hundred_messages_cost_two_requests(service, reader):
    service.posts = {n: post(n, reactions=reactions(heart=n)) for n in range(1, 101)}
    service.counters = {n: views(n * 10, 1, 2) for n in range(1, 101)}
    found = await reader.counts(PEER, list(range(1, 101)))
    assert service.names() == ["GetMessagesViews", "GetMessages"]
    assert (found[7].views, found[7].forwards, found[7].replies, found[7].reactions) == (70, 1, 2, {"❤": 7})


async def test_what_was_not_given_is_absent_and_never_zero(service, reader):
    service.posts, service.counters = {1: post(1)}, {1: views(5)}
    found = (await reader.counts(PEER, [1]))[1]
    assert (found.forwards, found.replies, found.reactions) == (None, None, None)
    assert [r.metric for r in found.readings(datetime.now(UTC))] == [Metric.VIEWS]


async def test_a_message_that_stands_there_no_more_has_no_numbers(service, reader):
    service.posts, service.counters = {1: post(1)}, {1: views(5)}
    assert set(await reader.counts(PEER, [1, 2])) == {1}


async def test_labels_are_those_of_the_bots_road(service, reader):
    kinds = [types.ReactionEmoji("👍"), types.ReactionCustomEmoji(42), types.ReactionPaid(), types.ReactionEmpty()]
    told = types.MessageReactions(results=[types.ReactionCount(kind, n + 1) for n, kind in enumerate(kinds)])
    service.posts, service.counters = {1: post(1, reactions=told)}, {1: views(5)}
    assert (await reader.counts(PEER, [1]))[1].reactions == {"👍": 1, "custom:42": 2, "⭐": 3}


async def test_our_channel_is_found_among_the_accounts_chats(reader):
    assert await reader.find("-1001001", "") == PEER


async def test_a_public_channel_is_found_by_its_name_without_being_in_it(service, reader):
    service.chats = [channel(username="akkaiyn")]
    assert await reader.find("-1001001", "akkaiyn") == PEER
    assert service.names() == ["ResolveUsername"]


async def test_a_channel_we_are_not_in_is_said_to_be_so(service, reader):
    service.chats = [channel(9, left=True), types.ChannelForbidden(1001, 5, "x", broadcast=True)]
    with pytest.raises(TargetGone) as caught:
        await reader.find("-1001001", "gone_name")
    assert caught.value.reason == "session_not_in"


async def test_followers_and_whether_there_are_statistics(service, reader):
    facts = await reader.facts(PEER)
    assert (facts.followers, facts.statistics) == (812, True)
    service.full = {"can_view_stats": False}
    facts = await reader.facts(PEER)
    assert (facts.followers, facts.statistics) == (None, False)


@pytest.mark.parametrize("elsewhere", [0, 4])
async def test_statistics_are_read_wherever_they_live(service, reader, elsewhere):
    service.statistics_at = elsewhere
    found = await reader.statistics(PEER)
    assert (found.followers, found.views_a_post, found.notified) == ((812.0, 790.0), (410.5, 399.0), (400.0, 812.0))
    assert found.graphs == {"sources": {"Channels": 11, "Search": 3}, "languages": {"Kazakh": 30, "Russian": 12}}


async def test_reposts_of_public_channels_are_named(service, reader):
    service.reposts = [post(55, peer_id=types.PeerChannel(2002), views=900)]
    (found,) = await reader.reposts(PEER, 1)
    assert (found.title, found.url, found.views) == ("Солтүстік жаңалықтары", "https://t.me/soltustik/55", 900)


async def test_half_of_the_views_came_within_hours(reader):
    sent = datetime.fromtimestamp(1_795_496_400, UTC)
    assert await reader.half_after(PEER, 1, sent) == 1


def test_a_graph_that_telegram_does_not_have_is_none():
    assert graph_in(types.StatsGraphError("Not enough data")) is None
    assert half_after(graph_in(graph(Views=[0, 0])), datetime.now(UTC)) is None


async def test_who_we_are(reader):
    assert (await reader.check()).title == "Айгүл Сейітова"


async def test_it_measures_only_what_it_declares(service, reader):
    service.posts, service.counters = {1: post(1, reactions=reactions(heart=1))}, {1: views(5, 1, 1)}
    told = [*await reader.measure("-1001001", Receipt(("1",))), *await reader.measure("-1001001", None)]
    assert {reading.metric for reading in told} == reader.description.metrics


async def test_nobody_is_asked_without_a_log_in(service):
    async with TelegramSession(SETTINGS) as connector:
        with pytest.raises(AccessLost):
            await connector.check()
    assert service.asked == []


FAULTS = [
    (errors.FloodWaitError(None, 37), RateLimited, "session_wait"),
    (errors.SlowModeWaitError(None, 5), RateLimited, "session_wait"),
    (errors.FloodError(None, "FLOOD", 420), RateLimited, "session_wait"),
    (errors.AuthKeyUnregisteredError(None), AccessLost, "session_lost"),
    (errors.AuthKeyDuplicatedError(None), AccessLost, "session_lost"),
    (errors.SessionRevokedError(None), AccessLost, "session_lost"),
    (errors.UserDeactivatedBanError(None), AccessLost, "session_lost"),
    (errors.UnauthorizedError(None, "SOMETHING_NEW", 401), AccessLost, "session_lost"),
    (errors.ApiIdInvalidError(None), AccessLost, "session_wrong_app"),
    (errors.ChannelPrivateError(None), TargetGone, "session_not_in"),
    (errors.ChatAdminRequiredError(None), Refused, "session_not_allowed"),
    (errors.BroadcastRequiredError(None), Refused, "session_not_allowed"),
    (errors.MessageIdInvalidError(None), Refused, "session_message_gone"),
    (errors.ForbiddenError(None, "X", 403), Refused, "session_not_allowed"),
    (errors.BadRequestError(None, "SOMETHING_NEW", 400), Refused, "session_refused"),
    (errors.ServerError(None, "RPC_CALL_FAIL", 500), Unavailable, "session_silent"),
    (errors.TimedOutError(None, "Timeout", 503), Unavailable, "session_silent"),
    (errors.TypeNotFoundError(0x12345678, b""), Unavailable, "session_changed"),
    (errors.SecurityError("wrong"), Unavailable, "session_silent"),
    (ConnectionError("Connection to Telegram failed 1 time(s)"), Unavailable, "session_silent"),
    (TimeoutError(), Unavailable, "session_silent"),
    (asyncio.IncompleteReadError(b"", 8), Unavailable, "session_silent"),
    (AttributeError("'NoneType' object has no attribute 'views'"), Unavailable, "session_changed"),
]


@pytest.mark.parametrize(("fault", "kind", "reason"), FAULTS, ids=lambda v: type(v).__name__)
async def test_every_fault_has_one_meaning(service, reader, fault, kind, reason):
    service.next = [fault]
    with pytest.raises(ConnectorError) as caught:
        await reader.counts(PEER, [1])
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert len(service.asked) == 1, "it is not asked again by itself"


async def test_the_pause_that_telegram_names_is_told_on(service, reader):
    service.next = [errors.FloodWaitError(None, 37)]
    with pytest.raises(RateLimited) as caught:
        await reader.facts(PEER)
    assert (caught.value.retry_after, caught.value.scope) == (37, "account")


async def test_without_a_connection_nothing_is_asked(service, reader):
    service.unreachable = True
    with pytest.raises(Unavailable):
        await reader.facts(PEER)
    assert service.asked == []


KNOWN = [cls for _, cls in inspect.getmembers(rpcerrorlist, inspect.isclass) if issubclass(cls, errors.RPCError)]


def test_every_refusal_that_the_library_knows_is_one_of_ours():
    assert len(KNOWN) > 400
    for cls in KNOWN:
        count = len(inspect.signature(cls.__init__).parameters) - 2
        found = classified(cls(None, *([3] * count)))
        assert isinstance(found, ConnectorError), cls
        assert found.reason.startswith("session_"), cls
        assert found.detail == cls.__name__


NUMBERS = {"views": 5, "forwards": 1, "reactions": {"❤": 1}}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_a_changed_answer_is_an_error_or_absent_and_never_another_number(service, reader, data):
    """Pieces of the answers are taken away or replaced: no count may come out that was not there."""
    service.posts, service.counters = {1: post(1, reactions=reactions(heart=1))}, {1: views(5, 1)}
    service.change = lambda answer: _mutated(answer, data)
    try:
        found = await reader.counts(PEER, [1])
    except ConnectorError:
        return
    finally:
        service.asked.clear()
    for name, value in NUMBERS.items():
        assert all(getattr(counts, name) in (value, None) for counts in found.values())


def _mutated(answer, data):
    """One attribute somewhere in it is gone."""
    places = list(_attributes(answer))
    thing, name = data.draw(st.sampled_from(places))
    value = getattr(thing, name)
    setattr(thing, name, [] if isinstance(value, list) else None)
    try:
        stand.wired(answer)
    except Exception:  # such an answer cannot be sent at all
        setattr(thing, name, value)
    return answer


def _attributes(thing):
    for name, value in vars(thing).items():
        if name.startswith("_"):
            continue
        yield thing, name
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "CONSTRUCTOR_ID"):
                yield from _attributes(inner)


# Logging in


async def test_a_code_is_shown_and_stays_the_same_while_it_is_good(service):
    first = await telegram_login.scan(SETTINGS, None, 0)
    assert (first.state, first.url.startswith("tg://login?token=")) == ("scan", True)
    again = await telegram_login.scan(SETTINGS, first, 0.01)
    assert (again, service.tokens) == (first, 1)


async def test_a_code_that_ran_out_is_followed_by_another(service):
    first = await telegram_login.scan(SETTINGS, None, 0)
    old = telegram_login.Step("scan", first.session, first.url, datetime(2026, 1, 1, tzinfo=UTC))
    assert (await telegram_login.scan(SETTINGS, old, 5)).url != first.url


async def test_once_scanned_it_is_logged_in(service, monkeypatch):
    first = await telegram_login.scan(SETTINGS, None, 0)
    made = []
    new_client = client_of(service)
    monkeypatch.setattr(telegram_session, "new_client", lambda *a, **k: made.append(new_client(*a, **k)) or made[0])

    async def scan():
        while not (made and made[0].list_event_handlers()):
            await asyncio.sleep(0)
        service.scanned = True
        await made[0].tell(types.UpdateLoginToken())

    step, _ = await asyncio.gather(telegram_login.scan(SETTINGS, first, 5), scan())
    assert (step.state, step.name) == ("done", "Айгүл Сейітова")
    assert StringSession(step.session).auth_key.key in service.sessions


async def test_an_account_of_another_data_centre_is_logged_in_there(service):
    service.scanned, service.elsewhere = True, 4
    step = await telegram_login.scan(SETTINGS, None, 0)
    assert (step.state, StringSession(step.session).dc_id) == ("done", 4)


async def test_an_account_with_a_second_step_is_asked_for_its_password(service):
    service.scanned, service.password = True, "құпия сөз"
    step = await telegram_login.scan(SETTINGS, None, 0)
    assert step.state == "password"
    with pytest.raises(Refused) as caught:
        await telegram_login.give_password(SETTINGS, step.session, "басқа")
    assert caught.value.reason == "session_password_wrong"
    done = await telegram_login.give_password(SETTINGS, step.session, "құпия сөз")
    assert (done.state, done.name) == ("done", "Айгүл Сейітова")


async def test_logging_out_tells_telegram_and_minds_no_lost_log_in(service):
    service.scanned = True
    step = await telegram_login.scan(SETTINGS, None, 0)
    await telegram_login.log_out(SETTINGS, step.session)
    assert service.sessions == {stand.KEY}
    service.next = [errors.AuthKeyUnregisteredError(None)]
    await telegram_login.log_out(SETTINGS, step.session)


def test_the_real_client_does_nothing_by_itself():
    client = telegram_session.new_client(SETTINGS, "")
    assert client.flood_sleep_threshold == 0
    assert (client._request_retries, client._connection_retries, client._auto_reconnect) == (1, 1, False)
    for private in ("_switch_dc", "_borrow_exported_sender", "_return_exported_sender"):
        assert callable(getattr(client, private)), "Telethon changed below us"
