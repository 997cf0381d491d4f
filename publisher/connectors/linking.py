"""Accounts that work through a linked phone: linking it, how it is, and the groups and channels it is in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

State = Literal[
    "ready",
    "restricted",
    "banned",
    "logged_out",
    "qr",
    "passkey",
    "confirm",
    "starting",
    "stopped",
    "missing",
    "failed",
]
"""`restricted`: connected, but WhatsApp keeps it from some messages. `missing`: the gateway knows no such session."""


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` is our own number as the platform writes it; `until` ends a restriction, if the platform says so."""

    state: State
    number: str = ""
    name: str = ""
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A group or channel that the phone is in."""

    id: str
    title: str
    kind: Literal["channel", "group"]
    members: int | None = None
    admin: bool = False
    announce_only: bool = False  # only administrators may write

    @property
    def may_post(self) -> bool:
        return self.admin or (self.kind == "group" and not self.announce_only)


class Links(ABC):
    """Raises the six errors like everything else. Asking changes nothing, and nothing of this shows to residents."""

    @abstractmethod
    async def phone(self) -> Phone: ...

    @abstractmethod
    async def start(self, hook_url: str) -> None:
        """Make the session if there is none, let it tell `hook_url` what happens, and start it."""

    @abstractmethod
    async def qr(self) -> str:
        """What the code to be scanned says. It is a key to the account: shown once, never kept or logged."""

    @abstractmethod
    async def pairing_code(self, number: str) -> str: ...

    @abstractmethod
    async def passkey(self) -> Mapping[str, Any]:
        """What the account's passkey is to sign, in the words of navigator.credentials.get."""

    @abstractmethod
    async def give_passkey(self, assertion: Mapping[str, Any]) -> None: ...

    @abstractmethod
    async def confirmation(self) -> str:
        """The code that the phone must show as well."""

    @abstractmethod
    async def confirm(self) -> None: ...

    @abstractmethod
    async def log_out(self) -> None: ...

    @abstractmethod
    async def places(self) -> Sequence[Place]: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How the platform rates an account, in its own words; empty: it does not say."""

    quality: str = ""  # GREEN, YELLOW, RED
    limit: str = ""  # people who may be written to first in a day: TIER_250, TIER_1K, …
    throughput: str = ""
    status: str = ""  # CONNECTED, FLAGGED, RESTRICTED, …


class Rated(ABC):
    @abstractmethod
    async def standing(self) -> Standing: ...
