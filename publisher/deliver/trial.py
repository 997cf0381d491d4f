"""A test in the press office's own chat: exactly what residents would get, and no delivery.

What it is stands in a message of its own before it, never inside; the same limits are kept as for every other message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import httpx
from asgiref.sync import sync_to_async
from django.utils import translation
from django.utils.translation import gettext

from publisher.compose.codes import line_below
from publisher.compose.message import NAMES, VersionLike, media_of, message_for
from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.compose.variables import UnknownVariable
from publisher.connectors.base import Description, Message
from publisher.connectors.errors import RateLimited
from publisher.deliver import pauses
from publisher.deliver.border import now
from publisher.deliver.changes import allowed
from publisher.deliver.channels import connector_for, description_of
from publisher.deliver.models import Account, Channel, Pause
from publisher.deliver.questions import control_chat
from publisher.deliver.worker import publishing
from publisher.people.audit import Actor, note

PATIENCE = 60.0  # seconds for the limits to let all of its messages pass
STEP = 0.2


@dataclass(frozen=True, slots=True)
class Trial:
    """What goes into the control chat, in order; the first message says that the others are a test."""

    account: Account
    chat: str
    messages: Sequence[Message]


def prepare(
    post: Post, versions: Sequence[VersionLike], channels: Sequence[Channel], actor: Actor, when: datetime
) -> Trial:
    """Raises Refusal when there is nothing to send, nowhere to send it, or it cannot be made up."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():
        raise Refusal("restored")
    if not channels:
        raise Refusal("no_channels")
    place = control_chat(channels[0].account_id, post.district_id)
    if place is None:
        raise Refusal("no_control_chat")
    try:
        found = list(_messages(post, versions, channels, when))
    except UnknownVariable as error:
        raise Refusal("unknown_variable", name=error.name) from error
    if not found:
        raise Refusal("empty_text")
    label = Message("", text=_label(post, actor, [named for named, _messages_of_it in found]))
    return Trial(place[0], place[1], [label, *(message for _named, some in found for message in some)])


def _messages(
    post: Post, versions: Sequence[VersionLike], channels: Sequence[Channel], when: datetime
) -> Iterator[tuple[str, list[Message]]]:
    """Once for each platform and language, however many channels share them."""
    wanted: dict[tuple[str, str], Description] = {}
    for channel in channels:
        for language in channel.languages:
            wanted.setdefault((channel.account.type, language), description_of(channel))
    written = {version.language: version for version in versions}
    for (_type, language), description in wanted.items():
        version = written.get(language)
        if version is None:
            continue
        media = media_of(post, language, description)
        if not all(file.made for file in media):
            raise Refusal("film_in_the_making")
        ai, below = post.made_with_ai, line_below(post)
        main = message_for(version, description, post.district, when, media, made_with_ai=ai, below=below)
        some = [main]
        if version.poll and description.limits.poll_options:
            some.append(message_for(version, description, post.district, when, part="poll"))
        yield f"{description.label} · {NAMES[language]}", some


def _label(post: Post, actor: Actor, names: Sequence[str]) -> str:
    """Kazakh, then Russian: both may be read there."""
    said = []
    for language in ("kk", "ru"):
        with translation.override(language):
            words = gettext("TEST: “%(title)s”, from %(name)s. Residents do not get it; below it stands as they would.")
            said.append(words % {"title": post.title, "name": actor.name})
    listed = [f"{number}. {name}" for number, name in enumerate(names, start=1)]
    return "\n\n".join([*said, "\n".join(listed)])


async def send(trial: Trial, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
    """Raises a ConnectorError; what was sent until then stands in the chat and does no harm."""
    there = Channel(account=trial.account, target=trial.chat, platform_kind="group")
    until = monotonic() + PATIENCE
    async with connector_for(trial.account.key, transport=transport) as connector:
        for message in trial.messages:
            await _turn(there, until)
            await publishing(connector).publish(trial.chat, message)


async def _turn(there: Channel, until: float) -> None:
    while not await sync_to_async(_may_go)(there):
        if monotonic() > until:
            raise RateLimited("the control chat's limits are used up", retry_after=PATIENCE)
        await asyncio.sleep(STEP)


def _may_go(there: Channel) -> bool:
    return allowed(there, now().timestamp())


def remember(post: Post, actor: Actor, trial: Trial) -> None:
    """In the audit trail alone: a test is no delivery, and no number counts it."""
    note(actor, "tested", f"post:{post.pk}", district=post.district, messages=len(trial.messages) - 1)
