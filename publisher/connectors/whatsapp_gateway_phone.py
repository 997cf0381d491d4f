"""Linking a phone to the gateway, how it is, and what it is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from publisher.connectors.errors import OutcomeUnknown, Refused, TargetGone
from publisher.connectors.linking import Links, Phone, Place, State
from publisher.connectors.whatsapp_gateway_door import Door

STATES: dict[str, State] = {
    "STOPPED": "stopped",
    "STARTING": "starting",
    "SCAN_QR_CODE": "qr",
    "PASSKEY_REQUIRED": "passkey",
    "PASSKEY_CONFIRMATION_REQUIRED": "confirm",
    "WORKING": "ready",
    "FAILED": "failed",
}
EVENTS = (
    "session.status",
    "message",  # for replies: only which message of ours was answered is looked at
    "message.ack",
    "message.ack.group",
    "message.reaction",
    "poll.vote",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.participants",
)


class LinkedPhone(Links):
    door: Door

    async def phone(self) -> Phone:
        try:
            answer = await self.door.asked("GET", f"/api/sessions/{self.door.settings.session}", whole=True)
        except TargetGone:
            return Phone("missing")
        return phone_of(answer)

    async def start(self, hook_url: str) -> None:
        """An existing session gets the webhook and is started again: it loses nothing by that."""
        settings, config = self.door.settings, _config(hook_url, self.door.settings.hook_secret.get_secret_value())
        one = f"/api/sessions/{settings.session}"
        try:
            await self._asked("PUT", one, {"config": config}, whole=True)
        except TargetGone:
            body = {"name": settings.session, "start": True, "config": config}
            await self._asked("POST", "/api/sessions", body, whole=True)
            return
        await self._asked("POST", f"{one}/start", whole=True)

    async def qr(self) -> str:
        answer = await self.door.asked("GET", "/auth/qr?format=raw")
        return _told(answer, "value")

    async def pairing_code(self, number: str) -> str:
        digits = "".join(sign for sign in number if sign.isdigit())
        return _told(await self._asked("POST", "/auth/request-code", {"phoneNumber": digits}), "code")

    async def passkey(self) -> Mapping[str, Any]:
        answer = await self.door.asked("GET", "/auth/passkey/challenge")
        if not isinstance(answer, Mapping) or not answer.get("challenge"):
            raise OutcomeUnknown("a passkey challenge without a challenge")
        return answer

    async def give_passkey(self, assertion: Mapping[str, Any]) -> None:
        await self._asked("POST", "/auth/passkey", assertion)

    async def confirmation(self) -> str:
        return _told(await self.door.asked("GET", "/auth/passkey/confirmation"), "code")

    async def confirm(self) -> None:
        await self._asked("POST", "/auth/passkey/confirm")

    async def log_out(self) -> None:
        with suppress(TargetGone):
            await self._asked("POST", f"/api/sessions/{self.door.settings.session}/logout", whole=True)

    async def places(self) -> Sequence[Place]:
        """Groups we are in, and channels that are ours."""
        me = await self.ourselves()
        groups, channels = await self.door.asked("GET", "/groups"), await self.door.asked("GET", "/channels?role=OWNER")
        found = [group_of(one, me) for one in _rows(groups)]
        return [*(one for one in found if one), *(one for one in map(channel_of, _rows(channels)) if one)]

    async def ourselves(self) -> frozenset[str]:
        """The ways our own number is written: as a number, and as the id that hides it."""
        answer = await self.door.asked("GET", f"/api/sessions/{self.door.settings.session}", whole=True)
        me = (answer.get("me") if isinstance(answer, Mapping) else None) or {}
        return frozenset(user for name in ("id", "lid", "jid") if (user := user_of(me.get(name))))

    async def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, whole: bool = False
    ) -> Any:
        return await self.door.asked(method, path, body, whole=whole, harmless=True)


def phone_of(info: object) -> Phone:
    told = info if isinstance(info, Mapping) else {}
    state = STATES.get(str(told.get("status", "")), "failed")
    me = told.get("me") or {}
    lock = me.get("reachoutTimelock") or {}
    number, name = user_of(me.get("id")), str(me.get("pushName") or "")
    if state == "ready" and lock.get("isActive"):
        return Phone(
            "restricted", number, name, moment(lock.get("timeEnforcementEnds")), str(lock.get("enforcementType"))
        )
    return Phone(state, number, name)


def group_of(info: object, me: frozenset[str]) -> Place | None:
    """The engines write groups differently: GOWS as whatsmeow does, others in the gateway's own words."""
    told = info if isinstance(info, Mapping) else {}
    target = _text(told.get("JID") or told.get("id"))
    if not target.endswith("@g.us"):
        return None
    people = _rows(told.get("Participants", told.get("participants")))
    title = _text(told.get("Name") or told.get("subject") or told.get("name")) or target
    announce = bool(told.get("IsAnnounce") or told.get("announce") or told.get("membersCanSendMessages") is False)
    admin = any(_is_admin(one) for one in people if _is_us(one, me))
    return Place(target, title, "group", len(people) or None, admin, announce)


def channel_of(info: object) -> Place | None:
    told = info if isinstance(info, Mapping) else {}
    target, count = _text(told.get("id")), told.get("subscribersCount")
    if not target.endswith("@newsletter"):
        return None
    ours = told.get("role") in ("OWNER", "ADMIN")
    members = int(count) if isinstance(count, int | float) else None
    return Place(target, _text(told.get("name")) or target, "channel", members, admin=ours)


def _is_us(person: Mapping[str, Any], me: frozenset[str]) -> bool:
    names = ("JID", "PhoneNumber", "LID", "id", "pn")
    return bool(me & {user_of(person.get(name)) for name in names})


def _is_admin(person: Mapping[str, Any]) -> bool:
    flags = ("IsAdmin", "IsSuperAdmin", "isAdmin", "isSuperAdmin")
    return any(person.get(flag) for flag in flags) or person.get("role") in ("admin", "superadmin")


def moment(stamp: object) -> datetime | None:
    """Seconds since 1970, as the gateway writes a restriction's end."""
    given = isinstance(stamp, int | float) and not isinstance(stamp, bool) and 0 < stamp < 4e9
    return datetime.fromtimestamp(float(stamp), UTC) if given else None  # type: ignore[arg-type]


def _config(hook_url: str, secret: str) -> dict[str, Any]:
    hook: dict[str, Any] = {"url": hook_url, "events": list(EVENTS)}
    hook |= {"hmac": {"key": secret}, "retries": {"delaySeconds": 2, "attempts": 15, "policy": "linear"}}
    return {"webhooks": [hook] if hook_url and secret else []}


def _told(answer: object, name: str) -> str:
    found = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(found, str) or not found:
        raise Refused(f"the gateway gave no {name}")
    return found


def _rows(answer: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in answer if isinstance(one, Mapping)] if isinstance(answer, list) else []


def _text(value: object) -> str:
    if isinstance(value, Mapping):  # {"_serialized": …} of other engines
        value = value.get("_serialized", "")
    return value if isinstance(value, str) else ""


def user_of(value: object) -> str:
    """Without the place it is written for and the device: `123:4@s.whatsapp.net` and `123@c.us` are one."""
    return _text(value).partition("@")[0].partition(":")[0]
