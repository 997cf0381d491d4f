"""Who wants to know: later stages register here when they start, since this stage may not import them."""

from __future__ import annotations

from collections.abc import Callable

from publisher.connectors.base import Event

on_sent: list[Callable[..., None]] = []
"""Called with each `Delivery`, inside the transaction that records them as sent."""

on_event: list[Callable[[str, Event], None]] = []
"""Called with the account's key for numbers and statuses a platform tells of its own accord."""
