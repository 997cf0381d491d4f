"""Who wants to know: later stages register here when they start, since this stage may not import them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from publisher.connectors.base import Description, Event, Message

on_sent: list[Callable[..., None]] = []
"""Called with each `Delivery`, inside the transaction that records them as sent."""

on_event: list[Callable[[str, Event], None]] = []
"""Called with the account's key for numbers and statuses a platform tells of its own accord."""


@dataclass(frozen=True, slots=True)
class Worded:
    """What is about to be said on one channel."""

    post_id: int
    district_key: str
    channel_id: int
    language: str
    message: Message
    description: Description


on_wording: list[Callable[[Sequence[Worded]], Sequence[Message]]] = []
"""Called before anything is sent, corrected or looked for: gives each message back, as that channel gets it."""


def worded(asked: Sequence[Worded]) -> list[Message]:
    """The same for the same channel every time, so that what stands there is recognised."""
    messages = [one.message for one in asked]
    for listener in on_wording:
        messages = list(listener([replace(one, message=m) for one, m in zip(asked, messages, strict=True)]))
    return messages
