"""What Telegram tells of its own accord: reactions, votes, and channels lost or moved."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

from telegram import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Message,
    MessageOriginChannel,
    MessageReactionCountUpdated,
    MessageReactionUpdated,
    Poll,
    ReactionCount,
    ReactionType,
    ReactionTypeCustomEmoji,
    ReactionTypeEmoji,
    Update,
)
from telegram.constants import ChatType, UpdateType

from publisher.connectors import telegram_rights as rights
from publisher.connectors.base import (
    Commented,
    Counted,
    Event,
    Joined,
    Metric,
    Noticed,
    Reacted,
    Reading,
    Said,
    Started,
    TargetChanged,
    Threaded,
)

SOURCE = "bot-api"
# Reactions are not among the updates that a bot gets unasked.
ALLOWED = (
    UpdateType.MESSAGE,
    UpdateType.MESSAGE_REACTION,
    UpdateType.MESSAGE_REACTION_COUNT,
    UpdateType.POLL,
    UpdateType.MY_CHAT_MEMBER,
    UpdateType.CHAT_MEMBER,
    UpdateType.CALLBACK_QUERY,
)


def events(updates: Sequence[Update], secret: str, now: datetime) -> tuple[Event, ...]:
    return tuple(event for update in updates for event in _events(update, secret, now))


def _events(update: Update, secret: str, now: datetime) -> Iterator[Event]:
    if update.message_reaction_count:
        yield _reactions(update.message_reaction_count)
    if update.message_reaction:
        yield from _reaction(update.message_reaction, secret)
    if update.poll:
        yield _votes(update.poll, now)
    if update.my_chat_member:
        yield from _our_standing(update.my_chat_member)
    if update.chat_member:
        yield from _joined(update.chat_member)
    if update.callback_query:
        yield from _pressed(update.callback_query)
    message = update.message
    if message and message.chat.type == ChatType.PRIVATE:
        yield from _in_private(message)
    if message and message.chat.type == ChatType.SUPERGROUP:
        yield from _below(message)
    if message and message.migrate_to_chat_id:
        yield TargetChanged(str(message.chat.id), "target_moved", moved_to=str(message.migrate_to_chat_id))


def _in_private(message: Message) -> Iterator[Event]:
    yield _said(message)
    if (message.text or "").startswith("/start "):
        yield Started(str(message.chat.id), (message.text or "").removeprefix("/start ").strip()[:64])
    if isinstance(message.forward_origin, MessageOriginChannel):
        yield _noticed(message.forward_origin.chat)


def _said(message: Message) -> Said:
    """Without words: a picture, a voice message, a sticker. A film's or picture's words are its caption."""
    forwarded = message.forward_origin is not None
    return Said(str(message.chat.id), str(message.message_id), _words(message), forwarded=forwarded)


def _words(message: Message) -> str:
    """With the addresses that words and buttons hide, since these are what an impostor changes."""
    entities = message.entities if message.text else message.caption_entities
    units = (message.text or message.caption or "").encode("utf-16-le")
    for entity in sorted(entities, key=lambda one: one.offset, reverse=True):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        shown = units[start:end].decode("utf-16-le", "replace")
        if entity.url and shown.rstrip("/") != entity.url.rstrip("/"):
            units = units[:end] + f" ({entity.url})".encode("utf-16-le") + units[end:]
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    buttons = [f"{button.text}: {button.url}" for row in rows for button in row if button.url]
    return "\n".join([units.decode("utf-16-le", "replace"), *buttons])


def _pressed(query: CallbackQuery) -> Iterator[Said]:
    """A button of ours in a private talk; those below posts lead to web pages and tell nothing."""
    message = query.message
    if message and message.chat.type == ChatType.PRIVATE and query.data:
        yield Said(str(message.chat.id), str(message.message_id), data=query.data, press=query.id)


def _reactions(update: MessageReactionCountUpdated) -> Counted:
    """A full snapshot. When the last reaction was taken back it is empty, which is a known 0."""
    at = update.date.astimezone(UTC)
    readings = [_reading(r, at) for r in update.reactions] or [Reading(Metric.REACTIONS, 0, at, SOURCE)]
    return Counted(tuple(readings), target=str(update.chat.id), message_id=str(update.message_id))


def _reading(reaction: ReactionCount, at: datetime) -> Reading:
    return Reading(Metric.REACTIONS, reaction.total_count, at, SOURCE, label=label(reaction.type))


def label(reaction: ReactionType) -> str:
    """The emoji; a channel's own ones by their id; the paid one as the star that residents see."""
    if isinstance(reaction, ReactionTypeEmoji):
        return reaction.emoji
    if isinstance(reaction, ReactionTypeCustomEmoji):
        return f"custom:{reaction.custom_emoji_id}"
    return "⭐"


def _reaction(update: MessageReactionUpdated, secret: str) -> Iterator[Reacted]:
    """Groups tell reactions person by person. Of several by one person the first is kept: people count once."""
    actor = update.user or update.actor_chat
    if actor:
        person = hmac.new(secret.encode(), str(actor.id).encode(), hashlib.sha256).hexdigest()[:32]
        emoji = label(update.new_reaction[0]) if update.new_reaction else ""
        yield Reacted(str(update.message_id), person, emoji, update.date.astimezone(UTC), str(update.chat.id))


def _votes(poll: Poll, now: datetime) -> Counted:
    """Telegram sends the state of a poll without its moment or chat, so it is dated when it is read."""
    readings = (Reading(Metric.POLL_VOTES, o.voter_count, now, SOURCE, label=o.text) for o in poll.options)
    return Counted(tuple(readings), poll_id=poll.id)


def _our_standing(update: ChatMemberUpdated) -> Iterator[TargetChanged | Noticed]:
    member, chat = update.new_chat_member, update.chat
    if member.status in rights.OUT:
        yield TargetChanged(str(chat.id), "target_gone")
        return
    if rights.may_not_post(chat, member):
        yield TargetChanged(str(chat.id), "no_rights")
    if chat.type != ChatType.PRIVATE:
        yield _noticed(chat, rights.missing(chat, member))


def _joined(update: ChatMemberUpdated) -> Iterator[Joined]:
    """Somebody else came in; who is not looked at. Their leaving shows in the number of members."""
    inside = update.new_chat_member.status not in rights.OUT and update.old_chat_member.status in rights.OUT
    if inside and not update.new_chat_member.user.is_bot:
        link = update.invite_link.invite_link if update.invite_link else ""
        yield Joined(str(update.chat.id), link, update.date.astimezone(UTC))


def _below(message: Message) -> Iterator[Threaded | Commented]:
    """The linked group: our message's copy begins a thread, everything later in it is a comment."""
    origin = message.forward_origin
    if message.is_automatic_forward and isinstance(origin, MessageOriginChannel):
        yield Threaded(str(message.chat.id), str(message.message_id), str(origin.chat.id), str(origin.message_id))
    elif message.message_thread_id and not message.is_automatic_forward:
        yield Commented(str(message.chat.id), str(message.message_thread_id), message.date.astimezone(UTC))


def _noticed(chat: Chat, missing: tuple[str, ...] | None = None) -> Noticed:
    kind: Literal["channel", "group"] = "channel" if chat.type == ChatType.CHANNEL else "group"
    return Noticed(str(chat.id), chat.effective_name or str(chat.id), kind, missing)
