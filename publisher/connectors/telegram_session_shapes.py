"""What Telegram's own protocol answers, in our terms. Shapes: layer 229, as Telethon 1.45 reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from publisher.connectors.base import Metric, Reading
from publisher.connectors.errors import Unavailable

SOURCE = "mtproto"
CHANNEL = "-100"  # in front of a channel's own number, as the Bot API writes it


@dataclass(frozen=True, slots=True)
class Peer:
    """A channel as this session may address it: the hash is good for the session alone."""

    id: int
    access_hash: int

    @property
    def target(self) -> str:
        return f"{CHANNEL}{self.id}"


@dataclass(frozen=True, slots=True)
class Facts:
    """`statistics`: Telegram lets this session see the channel's own statistics (from about 50 members on)."""

    followers: int | None
    statistics: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """One message's numbers; None was not given. Without reactions Telegram does not say why there are none."""

    views: int | None = None
    forwards: int | None = None
    replies: int | None = None
    reactions: Mapping[str, int] | None = None

    def readings(self, at: datetime) -> tuple[Reading, ...]:
        plain = ((Metric.VIEWS, self.views), (Metric.FORWARDS, self.forwards), (Metric.REPLIES, self.replies))
        found = [Reading(metric, value, at, SOURCE) for metric, value in plain if value is not None]
        each = self.reactions or {}
        found += [Reading(Metric.REACTIONS, value, at, SOURCE, label) for label, value in each.items()]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Repost:
    """A public channel that passed a message on. Private ones are only a number, which Telegram counts in forwards."""

    title: str
    url: str
    at: datetime
    views: int | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """A channel's own statistics. Each pair is (now, the period before)."""

    since: datetime
    until: datetime
    followers: tuple[float, float]
    views_a_post: tuple[float, float]
    shares_a_post: tuple[float, float]
    reactions_a_post: tuple[float, float]
    notified: tuple[float, float]  # members with notifications on, of all
    graphs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # sources, languages: name → sum


def peers_in(chats: Sequence[Any]) -> Iterator[Peer]:
    """Channels and supergroups among what was answered; a forbidden one has no hash."""
    for chat in chats:
        if type(chat).__name__ == "Channel" and chat.access_hash is not None and not chat.left:
            yield Peer(chat.id, chat.access_hash)


def facts_in(answer: Any) -> Facts:
    full = answer.full_chat
    return Facts(_whole(full.participants_count), bool(full.can_view_stats))


def counts_in(ids: Sequence[int], views: Any, messages: Any) -> dict[int, Counts]:
    """By message id; a message that stands there no more is left out. `views` answers in the order of the asking."""
    if len(views.views) != len(ids):
        raise Unavailable("as many answers as questions", reason="session_changed")
    standing = {message.id: message for message in messages.messages if type(message).__name__ == "Message"}
    return {
        number: Counts(
            views=_whole(told.views),
            forwards=_whole(told.forwards),
            replies=_whole(told.replies.replies) if told.replies else None,
            reactions=_reactions(standing[number]),
        )
        for number, told in zip(ids, views.views, strict=True)
        if number in standing
    }


def _reactions(message: Any) -> dict[str, int] | None:
    """Without any the list is absent, as it is where they are switched off: so that is no 0."""
    if message.reactions is None or not message.reactions.results:
        return None
    found: dict[str, int] = {}
    for one in message.reactions.results:
        name = _label(one.reaction)
        if name:
            found[name] = found.get(name, 0) + one.count
    return found


def _label(reaction: Any) -> str:
    """The same labels that the bot's road gives."""
    kind = type(reaction).__name__
    if kind == "ReactionEmoji":
        return str(reaction.emoticon)
    if kind == "ReactionCustomEmoji":
        return f"custom:{reaction.document_id}"
    return "⭐" if kind == "ReactionPaid" else ""


def reposts_in(answer: Any) -> list[Repost]:
    chats = {chat.id: chat for chat in answer.chats}
    found = []
    for one in answer.forwards:
        message = getattr(one, "message", None)
        peer = getattr(getattr(message, "peer_id", None), "channel_id", None)
        if message is None or peer not in chats:
            continue  # a story, or a person's public page: no channel to name
        chat = chats[peer]
        url = f"https://t.me/{chat.username}/{message.id}" if getattr(chat, "username", None) else ""
        found.append(Repost(str(chat.title), url, message.date.astimezone(UTC), _whole(message.views)))
    return found


def statistics_in(answer: Any, graphs: Mapping[str, Mapping[str, int]]) -> Statistics:
    return Statistics(
        since=answer.period.min_date.astimezone(UTC),
        until=answer.period.max_date.astimezone(UTC),
        followers=_pair(answer.followers),
        views_a_post=_pair(answer.views_per_post),
        shares_a_post=_pair(answer.shares_per_post),
        reactions_a_post=_pair(answer.reactions_per_post),
        notified=(float(answer.enabled_notifications.part), float(answer.enabled_notifications.total)),
        graphs=graphs,
    )


def _pair(value: Any) -> tuple[float, float]:
    return float(value.current), float(value.previous)


@dataclass(frozen=True, slots=True)
class Graph:
    """`x` in milliseconds since 1970; a line for each name."""

    x: tuple[int, ...]
    lines: Mapping[str, tuple[int, ...]]

    def sums(self) -> dict[str, int]:
        return {name: sum(values) for name, values in self.lines.items()}


def graph_in(answer: Any) -> Graph | None:
    """None: Telegram has no graph (yet); it says so itself."""
    if type(answer).__name__ == "StatsGraphError":
        return None
    told = json.loads(answer.json.data)
    columns = {column[0]: column[1:] for column in told["columns"]}
    kinds, names = told["types"], told.get("names") or {}
    x = next(key for key, kind in kinds.items() if kind == "x")
    lines = {str(names.get(key, key)): tuple(map(int, values)) for key, values in columns.items() if key != x}
    return Graph(tuple(map(int, columns[x])), lines)


def half_after(graph: Graph, sent_at: datetime) -> int | None:
    """Hours after which half of the views had come, by the message's own graph; None while there are none."""
    views = next(iter(graph.lines.values()), ())
    whole, so_far = sum(views), 0
    for moment, value in zip(graph.x, views, strict=True):
        so_far += value
        if whole and so_far * 2 >= whole:
            passed = datetime.fromtimestamp(moment / 1000, UTC) - sent_at
            return max(0, round(passed.total_seconds() / 3600))
    return None


def _whole(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError("not a count")
    return value
