"""A stand-in for Telegram's own protocol: Telethon's real client above, its real types on the wire, no network below.

Each request is serialised as Telethon would send it and read again from its bytes, and so is each answer: what cannot
exist in layer 229 cannot be answered here. Shapes are those of the documentation; none was recorded from the service.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from telethon import TelegramClient, errors, password
from telethon.crypto import AuthKey
from telethon.extensions import BinaryReader
from telethon.sessions import StringSession
from telethon.tl import types

CHANNEL = 1001
KEY = b"k" * 256
PRIME = next(const for const in password.check_prime_and_good.__code__.co_consts if isinstance(const, tuple))
G = 3


def wired(thing: Any) -> Any:
    """The same thing after its way through the wire."""
    return BinaryReader(bytes(thing)).tgread_object()


def channel(number: int = CHANNEL, title: str = "Аққайың полициясы", **more: Any) -> types.Channel:
    given = {"photo": types.ChatPhotoEmpty(), "date": datetime(2026, 1, 1, tzinfo=UTC), "broadcast": True}
    return types.Channel(id=number, title=title, **{**given, "access_hash": 77, **more})


def post(number: int, **more: Any) -> types.Message:
    at = datetime(2026, 11, 24, 5, tzinfo=UTC)
    given = {
        "peer_id": types.PeerChannel(CHANNEL),
        "date": at,
        "message": "…",
        "post": True,
        "views": 1,
        "forwards": 0,
        **more,
    }
    return types.Message(id=number, **given)


def reactions(**counts: int) -> types.MessageReactions:
    names = {"heart": "❤", "thumb": "👍"}
    found = [types.ReactionCount(types.ReactionEmoji(names[name]), count) for name, count in counts.items()]
    return types.MessageReactions(results=found)


def views(views: int | None = None, forwards: int | None = None, replies: int | None = None) -> types.MessageViews:
    told = (
        None if replies is None else types.MessageReplies(replies=replies, replies_pts=1, comments=True, channel_id=9)
    )
    return types.MessageViews(views=views, forwards=forwards, replies=told)


def graph(**lines: list[int]) -> types.StatsGraph:
    hours = [1_795_496_400_000 + 3_600_000 * n for n in range(len(next(iter(lines.values()))))]
    columns = [["x", *hours], *([f"y{n}", *values] for n, values in enumerate(lines.values()))]
    kinds = {"x": "x"} | {f"y{n}": "line" for n in range(len(lines))}
    names = {f"y{n}": name for n, name in enumerate(lines)}
    return types.StatsGraph(types.DataJSON(json.dumps({"columns": columns, "types": kinds, "names": names})))


def statistics() -> types.stats.BroadcastStats:
    day = datetime(2026, 11, 17, tzinfo=UTC)
    plain = {name: graph(a=[1]) for name in BROADCAST_GRAPHS}
    pairs = {name: types.StatsAbsValueAndPrev(0.0, 0.0) for name in BROADCAST_PAIRS}
    pairs |= {"followers": types.StatsAbsValueAndPrev(812.0, 790.0)}
    pairs |= {"views_per_post": types.StatsAbsValueAndPrev(410.5, 399.0)}
    graphs = {"views_by_source_graph": graph(Channels=[5, 6], Search=[1, 2])}
    graphs |= {"languages_graph": types.StatsGraphAsync(token="later")}
    return types.stats.BroadcastStats(
        period=types.StatsDateRangeDays(day, day + timedelta(days=7)),
        enabled_notifications=types.StatsPercentValue(part=400.0, total=812.0),
        recent_posts_interactions=[],
        **{**plain, **graphs, **pairs},
    )


BROADCAST_PAIRS = (
    *("followers", "views_per_post", "shares_per_post", "reactions_per_post"),
    *("views_per_story", "shares_per_story", "reactions_per_story"),
)
BROADCAST_GRAPHS = (
    *("growth_graph", "followers_graph", "mute_graph", "top_hours_graph", "interactions_graph"),
    *("iv_interactions_graph", "views_by_source_graph", "new_followers_by_source_graph", "languages_graph"),
    *("reactions_by_emotion_graph", "story_interactions_graph", "story_reactions_by_emotion_graph"),
)


def _same(answer: Any) -> Any:
    return answer


@dataclass
class Telegram:
    """The service: what stands there, who scanned, and what is to go wrong next."""

    posts: dict[int, types.Message] = field(default_factory=dict)
    counters: dict[int, types.MessageViews] = field(default_factory=dict)
    chats: list[Any] = field(default_factory=lambda: [channel()])
    full: dict[str, Any] = field(default_factory=lambda: {"participants_count": 812, "can_view_stats": True})
    reposts: list[types.Message] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    next: list[Exception] = field(default_factory=list)
    always: Exception | None = None
    unreachable: bool = False
    scanned: bool = False
    elsewhere: int = 0  # the data centre where the account lives
    statistics_at: int = 0  # the data centre of the statistics
    password: str = ""
    sessions: set[bytes] = field(default_factory=lambda: {KEY})  # keys that are logged in
    tokens: int = 0
    change: Callable[[Any], Any] = _same  # an answer of another shape

    def answer(self, client: Client, request: Any) -> Any:
        self.asked.append(request)
        if self.next:
            raise self.next.pop(0)
        if self.always:
            raise self.always
        answer = getattr(self, f"_{type(request).__name__.removesuffix('Request')}")(client, request)
        return self.change(answer)

    def names(self) -> list[str]:
        return [type(request).__name__.removesuffix("Request") for request in self.asked]

    def _ExportLoginToken(self, client: Client, request: Any) -> Any:
        if self.scanned and self.elsewhere and client.session.dc_id != self.elsewhere:
            return types.auth.LoginTokenMigrateTo(self.elsewhere, b"moved")
        if self.scanned:
            return self._let_in(client, request)
        self.tokens += 1
        until = datetime.now(UTC) + timedelta(seconds=30)
        return types.auth.LoginToken(expires=until, token=f"token-{self.tokens}".encode())

    def _ImportLoginToken(self, client: Client, request: Any) -> Any:
        return self._let_in(client, request)

    def _let_in(self, client: Client, request: Any) -> Any:
        if self.password:
            raise errors.SessionPasswordNeededError(request)
        return types.auth.LoginTokenSuccess(self._authorized(client))

    def _authorized(self, client: Client) -> Any:
        self.sessions.add(client.session.auth_key.key)
        return types.auth.Authorization(user=officer())

    def _GetPassword(self, client: Client, request: Any) -> Any:
        self._b, self._srp = secrets.randbits(2000), secrets.randbits(31)
        prime = int.from_bytes(bytes(PRIME), "big")
        algorithm = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(b"1", b"2", G, bytes(PRIME))
        self._v = pow(G, int.from_bytes(password.compute_hash(algorithm, self.password), "big"), prime)
        multiplier = _number(_hash(bytes(PRIME), _long(G)))
        self._B = _long((multiplier * self._v + pow(G, self._b, prime)) % prime)
        plain = types.PasswordKdfAlgoUnknown()
        safe = types.SecurePasswordKdfAlgoUnknown()
        given = {"new_algo": plain, "new_secure_algo": safe, "secure_random": b"", "has_password": True}
        return types.account.Password(current_algo=algorithm, srp_B=self._B, srp_id=self._srp, **given)

    def _CheckPassword(self, client: Client, request: Any) -> Any:
        """The service's half of SRP: it never sees the password."""
        prime, given = int.from_bytes(bytes(PRIME), "big"), request.password
        u = _number(_hash(given.A, self._B))
        key = _hash(_long(pow(_number(given.A) * pow(self._v, u, prime), self._b, prime)))
        mixed = bytes(a ^ b for a, b in zip(_hash(bytes(PRIME)), _hash(_long(G)), strict=True))
        if _hash(mixed, _hash(b"1"), _hash(b"2"), given.A, self._B, key) != given.M1:
            raise errors.PasswordHashInvalidError(request)
        return self._authorized(client)

    def _LogOut(self, client: Client, request: Any) -> Any:
        self.sessions.discard(client.session.auth_key.key)
        return types.auth.LoggedOut()

    def _GetUsers(self, client: Client, request: Any) -> Any:
        if client.session.auth_key.key not in self.sessions:
            raise errors.AuthKeyUnregisteredError(request)
        return [officer()]

    def _GetDialogs(self, client: Client, request: Any) -> Any:
        return types.messages.Dialogs(dialogs=[], messages=[], chats=self.chats, users=[])

    def _ResolveUsername(self, client: Client, request: Any) -> Any:
        found = [chat for chat in self.chats if getattr(chat, "username", None) == request.username]
        if not found:
            raise errors.UsernameNotOccupiedError(request)
        return types.contacts.ResolvedPeer(peer=types.PeerChannel(found[0].id), chats=found, users=[])

    def _GetFullChannel(self, client: Client, request: Any) -> Any:
        empty = types.PhotoEmpty(0)
        quiet = types.PeerNotifySettings()
        given = {"about": "", "read_inbox_max_id": 0, "read_outbox_max_id": 0, "unread_count": 0, "pts": 1}
        full = types.ChannelFull(CHANNEL, chat_photo=empty, notify_settings=quiet, bot_info=[], **given, **self.full)
        return types.messages.ChatFull(full_chat=full, chats=self.chats, users=[])

    def _GetMessagesViews(self, client: Client, request: Any) -> Any:
        assert not request.increment, "looking must not count as a view"
        told = [self.counters.get(number, types.MessageViews()) for number in request.id]
        return types.messages.MessageViews(views=told, chats=[], users=[])

    def _GetMessages(self, client: Client, request: Any) -> Any:
        numbers = [wanted.id for wanted in request.id]
        found = [self.posts.get(number) or types.MessageEmpty(number, types.PeerChannel(CHANNEL)) for number in numbers]
        given = {"pts": 1, "count": len(found), "topics": [], "chats": self.chats, "users": []}
        return types.messages.ChannelMessages(messages=found, **given)

    def _GetBroadcastStats(self, client: Client, request: Any) -> Any:
        return self._at_home(request, client) or statistics()

    def _LoadAsyncGraph(self, client: Client, request: Any) -> Any:
        return graph(Kazakh=[30], Russian=[12])

    def _GetMessageStats(self, client: Client, request: Any) -> Any:
        return self._at_home(request, client) or types.stats.MessageStats(graph(Views=[10, 60, 20]), graph(a=[1]))

    def _GetMessagePublicForwards(self, client: Client, request: Any) -> Any:
        told = [types.PublicForwardMessage(message) for message in self.reposts]
        chats = [channel(2002, "Солтүстік жаңалықтары", username="soltustik")]
        return types.stats.PublicForwards(count=len(told), forwards=told, chats=chats, users=[])

    def _at_home(self, request: Any, client: Client) -> None:
        if self.statistics_at and not client.away:
            raise errors.StatsMigrateError(request, self.statistics_at)


def officer() -> types.User:
    return types.User(id=5, first_name="Айгүл", last_name="Сейітова", access_hash=1)


class Client(TelegramClient):
    """Telethon's client with its connection taken away."""

    service: Telegram
    away = False

    async def connect(self) -> None:
        if self.service.unreachable:
            raise ConnectionError("Connection to Telegram failed 1 time(s)")
        if not self.session.server_address:
            self.session.set_dc(2, "149.154.167.51", 443)
        if self.session.auth_key is None:
            self.session.auth_key = AuthKey(secrets.token_bytes(256))
        self._there = True

    def is_connected(self) -> bool:
        return getattr(self, "_there", False)

    async def disconnect(self) -> None:
        self._there = False

    async def _call(self, sender: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        assert self.is_connected()
        self.beginning()
        answer = self.service.answer(self, wired(request))
        return answer if isinstance(answer, list) else wired(answer)

    def beginning(self) -> None:
        """For a test that wants something to happen just before a request."""

    async def _switch_dc(self, new_dc: int) -> None:
        self.session.set_dc(new_dc, "149.154.167.92", 443)
        self.session.auth_key = AuthKey(secrets.token_bytes(256))

    async def _borrow_exported_sender(self, dc_id: int) -> Any:
        assert dc_id == self.service.statistics_at
        self.away = True
        return self

    async def send(self, request: Any) -> Any:
        return await self._call(None, request)

    async def _return_exported_sender(self, sender: Any) -> None:
        self.away = False

    async def tell(self, update: Any) -> None:
        for builder, callback in self._event_builders:
            if isinstance(update, builder.types):
                await callback(update)


def client_of(service: Telegram) -> Callable[..., Client]:
    """To stand in the place of telegram_session.new_client."""

    def new_client(settings: Any, session: str, *, updates: bool = False) -> Client:
        client = Client(StringSession(session), settings.api_id, "hash", receive_updates=updates)
        client.service = service
        return client

    return new_client


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _long(number: int) -> bytes:
    return number.to_bytes(256, "big")


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
