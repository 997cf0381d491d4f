"""Linked phones: each session's state, what it still needs, and what WhatsApp did to it."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from publisher.practice.database import Database

STARTING_S = 0.5  # seconds that a start takes
NUMBER = "77152021566"
KEY = "gateway session "
NAMES = "gateway sessions"


@dataclass(frozen=True)
class Session:
    """`linked`: the phone has let us in. `passkey`, `confirm`: what WhatsApp asks of this account when linking.

    `restricted_until`: seconds since 1970; `deaf`: its webhooks are dead although it works.
    """

    name: str
    status: str = "STOPPED"
    since: float = 0.0
    linked: bool = False
    passkey: bool = False
    confirm: bool = False
    asked_at: float = 0.0  # somebody looked at the code to scan
    challenge: str = ""
    restricted_until: float = 0.0
    banned: bool = False
    deaf: bool = False
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    codes: int = 0

    @property
    def number(self) -> str:
        return f"{NUMBER}@c.us"

    @property
    def restricted(self) -> bool:
        return self.restricted_until > time.time()

    @property
    def passkey_answer(self) -> dict[str, Any]:
        """What an authenticator on web.whatsapp.com would give for the challenge."""
        told = {"type": "webauthn.get", "challenge": self.challenge, "origin": "https://web.whatsapp.com"}
        client = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
        parts = {"clientDataJSON": client, "authenticatorData": "cHJhY3RpY2U", "signature": "cHJhY3RpY2U"}
        return {"id": "cHJhY3RpY2U", "rawId": "cHJhY3RpY2U", "type": "public-key", "response": parts}


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Session | None:
        saved = self._database.recall(KEY + name)
        return self._settled(Session(**saved)) if saved else None

    def all(self) -> list[Session]:
        return [found for name in self._database.recall(NAMES, []) if (found := self.get(name))]

    def save(self, session: Session) -> Session:
        names = self._database.recall(NAMES, [])
        if session.name not in names:
            self._database.remember(NAMES, [*names, session.name])
        self._database.remember(KEY + session.name, asdict(session))
        return session

    def to(self, session: Session, status: str, **changes: Any) -> Session:
        return self.save(replace(session, status=status, since=time.time(), **changes))

    def start(self, session: Session) -> Session:
        return session if session.status == "WORKING" else self.to(session, "STARTING")

    def _settled(self, session: Session) -> Session:
        if session.status != "STARTING" or time.time() - session.since < STARTING_S:
            return session
        if session.banned:
            return self.to(session, "FAILED")
        return self.to(session, "WORKING" if session.linked else "SCAN_QR_CODE", asked_at=0.0)

    def scanned(self, session: Session) -> Session:
        """The phone took the code; on some accounts WhatsApp wants the passkey besides."""
        if session.passkey:
            return self.to(session, "PASSKEY_REQUIRED", challenge=secrets.token_urlsafe(32))
        return self.let_in(session)

    def signed(self, session: Session) -> Session:
        return self.to(session, "PASSKEY_CONFIRMATION_REQUIRED") if session.confirm else self.let_in(session)

    def let_in(self, session: Session) -> Session:
        return self.to(session, "WORKING", linked=True, challenge="")

    def shut_out(self, session: Session) -> Session:
        """The phone, or WhatsApp, ended the link."""
        return self.to(session, "SCAN_QR_CODE", linked=False, asked_at=0.0)


def fresh_code() -> str:
    """What a code to scan says: four parts, renewed while it is looked at."""
    return ",".join([f"2@{secrets.token_urlsafe(40)}", *(secrets.token_urlsafe(24) for _ in range(3))])
