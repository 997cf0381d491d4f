"""Which channels a plan's `to:` means. This stage stands below the channels' table, so callers pass what they know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TAG = "tag:"


@dataclass(frozen=True, slots=True)
class KnownChannel:
    key: str
    district: str
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def resolve(to: Iterable[str], district: str, channels: Iterable[KnownChannel]) -> tuple[KnownChannel, ...]:
    """The channels meant, each once, in the order of their keys; only the plan's own district.

    A post names one district's hotline, so a tag never reaches over the border.
    """
    wanted = set(to)
    meant = {
        channel.key: channel
        for channel in channels
        if channel.district == district and (channel.key in wanted or any(TAG + tag in wanted for tag in channel.tags))
    }
    return tuple(meant[key] for key in sorted(meant))
