"""What every connector is: a description, and one or more narrow abilities. No Django, no database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal, Self

import httpx
from pydantic import BaseModel

from publisher.connectors.errors import Refused


class Metric(StrEnum):
    FOLLOWERS = "followers"  # members or subscribers of a channel or group
    VIEWS = "views"
    REACTIONS = "reactions"  # one reading per kind: label is the emoji
    FORWARDS = "forwards"
    REPLIES = "replies"
    POLL_VOTES = "poll_votes"  # one reading per option: label is the option's text
    DELIVERED = "delivered"  # people whose phone got it
    READ = "read"
    PLAYED = "played"
    JOINS = "joins"  # people who came by an invitation, since it was made: label is the invitation's


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` calls in `seconds`, for the whole account, one chat, or one group or channel."""

    scope: Literal["account", "chat", "group"]
    count: int
    seconds: float
    jitter: float = 0.0  # seconds at most, by chance, that come on top of each gap
    evenly: bool = True  # False: a quota, used up as it comes


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A number linked less than `days` ago keeps these quotas beside the usual pace; `source` says why."""

    days: int
    rates: tuple[Rate, ...]
    source: str = ""


NEVER = timedelta(0)
"""As a time limit: the platform has no way at all."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Platform rules as data: the composer's counter, the check before queueing and the sender read the same ones.

    Sizes in bytes; `units` tells how the platform counts text (Telegram: UTF-16 code units).
    """

    text: int
    caption: int
    units: Literal["utf16", "characters"]
    album: int = 1
    photo_bytes: int = 0
    video_bytes: int = 0
    photo_types: frozenset[str] = frozenset()
    video_types: frozenset[str] = frozenset()
    document_bytes: int = 0  # 0: only pictures and films can go along
    document_types: frozenset[str] = frozenset()
    poll_question: int = 0  # 0: the platform has no polls for us
    poll_option: int = 0
    poll_options: int = 0
    poll_explanation: int = 0
    buttons: int = 0  # 0: links are appended to the text instead
    edit_within: timedelta | None = None  # None: no time limit; NEVER: what stands there cannot be changed
    withdraw_within: timedelta | None = None
    changes_source: str = ""  # where the platform says so
    replies: bool = False  # a message may answer one that stands there, so a correction can follow it
    upload_lives: timedelta | None = None  # how long an uploaded film may be reused; None: for good
    rates: tuple[Rate, ...] = ()
    warm_up: tuple[WarmUp, ...] = ()  # the shortest first
    by_day_only: bool = False  # nothing but urgent posts goes out in a district's quiet hours
    polls_in: frozenset[str] = frozenset({"channel", "group"})

    def length(self, text: str) -> int:
        return len(text.encode("utf-16-le")) // 2 if self.units == "utf16" else len(text)


@dataclass(frozen=True, slots=True)
class Description:
    """`markup` says which flavour of text the connector sends: entities beside the text, or WhatsApp's own marks."""

    key: str
    label: str
    markup: Literal["entities", "marks"]
    limits: Limits
    metrics: frozenset[Metric] = frozenset()
    risks: str = ""  # what an administrator must know before using it
    by_people: bool = False  # no program posts there: people are asked to, and say when they did
    needs_consent: bool = False  # nothing is asked or sent before an administrator took the risk upon them


@dataclass(frozen=True, slots=True)
class Entity:
    """Formatting of a stretch of text. Offset and length in UTF-16 code units, as Telegram counts."""

    kind: Literal["bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote"]
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A file to show. `remote_id` is what this account's platform called an earlier upload of the same bytes."""

    path: Path
    kind: Literal["photo", "video", "document"]
    mime: str
    size: int  # bytes
    sha256: str
    width: int = 0
    height: int = 0
    duration: float = 0.0  # seconds
    thumbnail: Path | None = None
    remote_id: str = ""
    made: bool = True  # False: the studio is still at it, so it can be shown to the author but not sent


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Poll:
    """`answer` is the 0-based right option of a quiz; None makes it an ordinary poll."""

    question: str
    options: tuple[str, ...]
    answer: int | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One request's worth of content: text, or media with the text as caption, or a poll.

    `key` is the delivery's own key, the same for every attempt: platforms that can, give it back to us.
    """

    key: str
    text: str = ""
    entities: tuple[Entity, ...] = ()
    media: tuple[Media, ...] = ()
    buttons: tuple[Button, ...] = ()
    poll: Poll | None = None
    reply_to: str = ""
    language: str = ""  # for platforms that want it told
    link_preview: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    sha256: str
    remote_id: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform gave back. `ids` has one message id per picture of an album, in order."""

    ids: tuple[str, ...]
    url: str = ""
    poll_id: str = ""
    uploads: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A channel or group as the platform knows it. `id` is the lasting numeric id, whatever was asked with."""

    id: str
    title: str
    kind: Literal["channel", "group", "private"]
    url: str = ""
    members: int | None = None
    missing_rights: tuple[str, ...] = ()  # for instance "post", "edit", "delete", "pin"


@dataclass(frozen=True, slots=True)
class Reading:
    """One number at one moment. A number the platform does not give is absent, never 0."""

    metric: Metric
    value: int
    at: datetime  # UTC
    source: str  # how it was come by: "bot-api", "webhook", …
    label: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """The platform told us of its own accord what people did with a message (a full snapshot, not a change)."""

    readings: tuple[Reading, ...]
    target: str = ""
    message_id: str = ""
    poll_id: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How far one message got with one person. `person` is a keyed hash, never a number or a name."""

    state: Literal["sent", "delivered", "read", "played", "failed"]
    message_id: str
    at: datetime
    key: str = ""
    target: str = ""
    person: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reacted:
    """One person's reaction to a message as it stands now: the latest replaces theirs before it.

    For platforms that tell reactions one by one. `emoji` is empty when it was taken back; `person` is a keyed hash.
    """

    message_id: str
    person: str
    emoji: str
    at: datetime
    target: str = ""


@dataclass(frozen=True, slots=True)
class Voted:
    """One person's answers to a poll as they stand now; none takes them back. `person` is a keyed hash."""

    message_id: str
    person: str
    options: tuple[str, ...]
    at: datetime
    target: str = ""


@dataclass(frozen=True, slots=True)
class Replied:
    """Somebody answered a message of ours. What they wrote is not looked at; `reply` is a keyed hash of its id."""

    message_id: str
    reply: str
    at: datetime
    target: str = ""


@dataclass(frozen=True, slots=True)
class PhoneTold:
    """The linked phone's state changed; `state` as in connectors/linking.py."""

    state: str
    at: datetime
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TargetChanged:
    """A channel was lost to us, or moved to another id. `detail` is a sentence's code: target_gone, no_rights, …"""

    target: str
    detail: str
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody became a member, whoever it is. `invite` is the address they came by; empty: they came another way."""

    target: str
    invite: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Threaded:
    """A message of a channel got its place in the linked group, where its comments will be."""

    group: str
    root: str
    target: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Commented:
    """Somebody wrote below such a message. What and who is not looked at; deletions are not told."""

    group: str
    root: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Noticed:
    """A chat we are in, or were shown a message of: what an administrator may want as a channel.

    `missing_rights` is None where only asking can tell what we may do there.
    """

    target: str
    title: str
    kind: Literal["channel", "group"]
    missing_rights: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote to us in private, or pressed a button under a message of ours (`data`).

    `id` is that message's; `press` is given back to the platform so that the button stops waiting.
    """

    chat: str
    id: str
    text: str = ""
    data: str = ""
    press: str = ""
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody opened a private talk with us through a link of ours that carries `code`."""

    chat: str
    code: str


Told = Counted | Status | Reacted | Voted | Replied | PhoneTold | Joined | Threaded | Commented
Event = Told | TargetChanged | Noticed | Started | Said


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a message cannot go to a platform; `code` finds the sentence, `limit` and `found` fill it."""

    code: str
    limit: int = 0
    found: int = 0


def problems(message: Message, limits: Limits) -> list[Problem]:
    """Everything about the message that breaks the platform's documented limits. Empty means it may be sent."""
    return [*_text_problems(message, limits), *_media_problems(message, limits), *_poll_problems(message, limits)]


def refuse_over_limit(message: Message, limits: Limits) -> None:
    """The last check before a request: raise Refused for the first broken limit."""
    for problem in problems(message, limits):
        detail = f"{problem.code}: {problem.found} (limit {problem.limit})"
        raise Refused(detail, reason=problem.code, limit=problem.limit, found=problem.found)


def _text_problems(message: Message, limits: Limits) -> list[Problem]:
    if message.poll:
        return []
    found = limits.length(message.text)
    if not found and not message.media:
        return [Problem("empty_text")]
    code, limit = ("caption_too_long", limits.caption) if message.media else ("text_too_long", limits.text)
    over = [Problem(code, limit, found)] if found > limit else []
    if message.buttons and len(message.buttons) > limits.buttons:
        over.append(Problem("too_many_buttons", limits.buttons, len(message.buttons)))
    return over


def _media_problems(message: Message, limits: Limits) -> list[Problem]:
    found = [Problem("album_too_long", limits.album, len(message.media))] if len(message.media) > limits.album else []
    for media in message.media:
        largest, types = {
            "photo": (limits.photo_bytes, limits.photo_types),
            "video": (limits.video_bytes, limits.video_types),
            "document": (limits.document_bytes, limits.document_types),
        }[media.kind]
        if media.mime not in types:
            found.append(Problem(f"{media.kind}_type"))
        elif media.size > largest:
            found.append(Problem(f"{media.kind}_too_big", largest, media.size))
    return found


def _poll_problems(message: Message, limits: Limits) -> list[Problem]:
    poll = message.poll
    if not poll:
        return []
    if not limits.poll_options:
        return [Problem("no_polls")]
    measured = [
        ("poll_question_too_long", limits.poll_question, limits.length(poll.question)),
        ("poll_option_too_long", limits.poll_option, max(map(limits.length, poll.options), default=0)),
        ("poll_too_many_options", limits.poll_options, len(poll.options)),
        ("poll_explanation_too_long", limits.poll_explanation, limits.length(poll.explanation)),
    ]
    over = [Problem(code, limit, found) for code, limit, found in measured if found > limit]
    return over if len(poll.options) >= 2 else [*over, Problem("poll_too_few_options", 2, len(poll.options))]


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What an administrator writes under `accounts:` for one account. Secrets are SecretStr.

    `rates` replaces the platform's documented pace, for instance for a server of one's own.
    """

    type: str
    api_url: str
    rates: tuple[Rate, ...] | None = None


class Connector(ABC):
    """One account on one platform. Used as an async context manager; closing twice is harmless.

    `transport` is the one seam for fakes: every request must go through it when it is given.
    """

    description: ClassVar[Description]
    settings_type: ClassVar[type[Settings]]

    @abstractmethod
    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None: ...

    @classmethod
    def limits_for(cls, settings: Settings) -> Limits:
        """The limits as they stand for one account; `description.limits` are the platform's own."""
        limits = cls.description.limits
        return limits if settings.rates is None else replace(limits, rates=settings.rates, warm_up=())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    @abstractmethod
    async def check(self, target: str = "") -> Target:
        """Look at the target and at our rights there (without one: at the account); raise if we could not post."""


class Publishes(ABC):
    @abstractmethod
    async def publish(self, target: str, message: Message) -> Receipt:
        """Send once, with exactly one request that makes something appear. Never retries by itself."""

    @abstractmethod
    async def edit(self, target: str, receipt: Receipt, message: Message) -> Receipt:
        """Make what stands there read like `message`. Doing it twice does no harm."""

    @abstractmethod
    async def withdraw(self, target: str, receipt: Receipt) -> None:
        """Take it away. Something already gone counts as withdrawn."""

    @abstractmethod
    async def find(self, target: str, message: Message, after: str = "") -> Receipt | None:
        """After an unknown outcome: the message if it can be shown to stand there, None if that cannot be told.

        `after` is the last message id known in that chat before the attempt.
        """


def takes_posts(connector: type[Connector]) -> bool:
    """Whether posts can go there at all: by our own requests, or by the hands of people."""
    return issubclass(connector, Publishes) or connector.description.by_people


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that comes back to us as `data` (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of ours in a private talk. `replaces`: the id of one of ours to change, where that can be done."""

    text: str
    choices: tuple[Choice, ...] = ()
    buttons: tuple[Button, ...] = ()
    replaces: str = ""
    language: str = "kk"


class Converses(ABC):
    """Private talks: the platform tells what people write (`Said`), we answer."""

    talk_window: ClassVar[timedelta | None] = None  # how long after a person's last message we may write; None: always

    @abstractmethod
    async def answer(self, chat: str, answer: Answer, press: str = "") -> None:
        """Say it once, with one request that makes it appear; `press` is acknowledged before."""


class Uploads(ABC):
    @abstractmethod
    async def upload(self, media: Media) -> Upload | None:
        """Bring a file to the platform without showing it to residents; None: only publishing can upload it."""


class Pins(ABC):
    @abstractmethod
    async def pin(self, target: str, receipt: Receipt) -> None: ...

    @abstractmethod
    async def unpin(self, target: str, receipt: Receipt) -> None: ...


class Invites(ABC):
    """The platform makes addresses of its own by which people join, and tells who came by which."""

    @abstractmethod
    async def invite(self, target: str, label: str) -> str:
        """A new address. Doing it twice makes two."""

    @abstractmethod
    async def uninvite(self, target: str, url: str) -> None:
        """Nobody gets in by that address any more. One gone already counts as done."""


class Measures(ABC):
    @abstractmethod
    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """Numbers of a target (without receipt) or a message that can be asked for now."""


@dataclass(frozen=True, slots=True)
class Heard:
    events: tuple[Event, ...]
    cursor: str


class Listens(ABC):
    @abstractmethod
    async def listen(self, cursor: str, wait: float) -> Heard:
        """Long-poll the platform for up to `wait` seconds. Saving the cursor is the caller's acknowledgement."""


@dataclass(frozen=True, slots=True)
class Hook:
    """An incoming webhook request, as received."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Hears(ABC):
    @abstractmethod
    def hear(self, hook: Hook) -> tuple[Event, ...]:
        """Events in a webhook. Raises Refused when the signature is not the platform's."""

    @abstractmethod
    def answer_challenge(self, query: Mapping[str, str]) -> str:
        """The platform's question when the webhook is set up. Raises Refused when its token is not ours."""
