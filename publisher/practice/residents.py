"""The simulated residents: they look, react, forward, vote and join, at the pace of the residents' clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from zlib import crc32

from publisher.practice import acts, talkers
from publisher.practice.chats import Chat
from publisher.practice.crowd import LIVELY, Crowd, Reader
from publisher.practice.gateway import telling
from publisher.practice.messages import Message
from publisher.practice.world import World

PAUSE = 1.0  # seconds between two rounds
QUIET = 3.0  # a message is left alone for so long after a look: platforms tell counts with a delay, too
PLAYS = 60.0  # seconds on the residents' clock between reading and having seen the film
AT_ONCE = 100  # messages of each platform in one round
EVERYTHING = 1_000_000


class Residents:
    def __init__(self, world: World) -> None:
        self._world = world

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            self.act()

    def act(self, *, everybody: bool = False) -> None:
        """One round. `everybody` looks at all living messages at once, whenever they were looked at last."""
        limit, quiet = (EVERYTHING, 0.0) if everybody else (AT_ONCE, QUIET)
        world = self._world
        with world.database.transaction():
            for message in world.messages.alive("telegram", limit, quiet):
                self._look(message, self._telegram)
            for message in world.messages.alive("whatsapp", limit, quiet):
                self._look(message, self._whatsapp)
            for message in world.messages.alive("gateway", limit, quiet):
                self._look(message, self._phone)
            telling.scan_when_looked_at(world)
            for chat in world.chats.all():
                self._join(chat)
            talkers.act(world)

    def _look(self, message: Message, act: Callable[[Chat, Message, float], None]) -> None:
        chat = self._world.chats.get(message.chat)
        age = self._world.clock.now() - message.born
        if chat is not None:
            act(chat, message, age)
        self._world.messages.looked_at(message, settled=age > LIVELY)

    def _telegram(self, chat: Chat, message: Message, age: float) -> None:
        if chat.kind == "private":
            return
        world, crowd = self._world, Crowd(self._world.seed, chat.id, str(message.id), chat.founders)
        readers = crowd.views(age)
        if chat.kind == "channel" and (readers > message.views or crowd.forwards(age) > message.forwards):
            message = acts.viewed(
                world, message, views=max(readers, message.views), forwards=max(crowd.forwards(age), message.forwards)
            )
        if poll := message.poll:
            votes = crowd.votes(age, readers, len(poll["options"]), poll.get("correct_option_ids") or ())
            acts.voted(world, message, [max(pair) for pair in zip(votes, message.votes, strict=True)])
        elif not message.album or message.id == world.messages.album(chat.id, message.album)[0].id:
            given = crowd.reactions(age, readers)
            acts.reacted(
                world, message, message.reactions | {e: max(n, message.reactions.get(e, 0)) for e, n in given.items()}
            )

    def _whatsapp(self, chat: Chat, message: Message, age: float) -> None:
        world = self._world
        people = [person for person, _name in world.chats.people(chat.id)] or [chat.id]
        readers = {person: Reader.of(world.seed, str(message.id), person) for person in people}
        known = world.messages.receipts(message)
        delivered = [
            p for p, reader in readers.items() if reader.delivered <= age and "delivered" not in known.get(p, ())
        ]
        read = [
            p for p, reader in readers.items() if (reader.read or age + 1) <= age and "read" not in known.get(p, ())
        ]
        # Meta leaves "delivered" out for those who read at once.
        acts.got(world, message, [person for person in delivered if person not in read], "delivered")
        acts.got(world, message, read, "read")
        for person, reader in readers.items():
            if (
                reader.reacts is not None
                and reader.reacts <= age
                and world.messages.receipt(message, person, "reacted")
            ):
                current = world.messages.get(message.chat, message.id)
                if current:
                    acts.reacted_in_whatsapp(world, current, person, reader.emoji)

    def _phone(self, chat: Chat, message: Message, age: float) -> None:
        """A group on a phone is like Meta's, with answers to a poll; a channel only counts looks and reactions."""
        if chat.kind == "channel":
            crowd = Crowd(self._world.seed, chat.id, str(message.id), chat.founders)
            readers = max(crowd.views(age), message.views)
            given = crowd.reactions(age, readers)
            counts = message.reactions | {e: max(n, message.reactions.get(e, 0)) for e, n in given.items()}
            self._world.messages.note(message, views=readers, reactions=counts)
            return
        self._whatsapp(chat, message, age)
        if message.body.get("media", {}).get("kind") == "video":
            people = [person for person, _name in self._world.chats.people(chat.id)]
            crowd_of = {person: Reader.of(self._world.seed, str(message.id), person) for person in people}
            played = [p for p, one in crowd_of.items() if one.read is not None and one.read + PLAYS <= age]
            telling.got(self._world, message, played, "played")
        current = self._world.messages.get(message.chat, message.id)
        if current and (poll := current.poll):
            self._vote(chat, current, [option["text"] for option in poll["options"]], age)

    def _vote(self, chat: Chat, message: Message, options: list[str], age: float) -> None:
        for person, _name in self._world.chats.people(chat.id):
            reader = Reader.of(self._world.seed, str(message.id), person)
            if reader.reacts is None or reader.reacts > age:
                continue
            if self._world.messages.receipt(message, person, "voted"):
                current = self._world.messages.get(message.chat, message.id)
                if current:
                    choice = options[crc32(f"{message.id}{person}".encode()) % len(options)]
                    telling.voted(self._world, current, person, [choice])

    def _join(self, chat: Chat) -> None:
        if chat.platform != "telegram" or chat.kind == "private" or chat.moved_to:
            return
        crowd = Crowd(self._world.seed, chat.id, "joins", chat.founders)
        new = chat.founders + crowd.joined(self._world.clock.now() - chat.born) - chat.members
        if new > 0:
            acts.joined(self._world, chat, new)
