"""Messages, groups, channels and events as the gateway writes them (engine GOWS, OpenAPI 2026.7.2)."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from publisher.practice.chats import Chat
from publisher.practice.gateway.sessions import NUMBER, Session
from publisher.practice.messages import Message
from publisher.practice.world import World

ACKS = {"ERROR": -1, "PENDING": 0, "SERVER": 1, "DEVICE": 2, "READ": 3, "PLAYED": 4}
ENVIRONMENT = {
    "version": "2026.7.2",
    "engine": "GOWS",
    "tier": "CORE",
    "browser": "",
    "platform": "linux/x64",
    "worker": {"id": "practice"},
}
EVENT_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def own_id(chat: Chat, given: str) -> str:
    return f"true_{chat.id}_{given}"


def lid(person: str) -> str:
    """People in groups go by an id that is not their number."""
    return f"{int(hashlib.sha256(person.encode()).hexdigest()[:12], 16)}@lid"


def session_info(session: Session) -> dict[str, Any]:
    info: dict[str, Any] = {
        "name": session.name,
        "status": session.status,
        "presence": {},
        "timestamps": {"activity": int(session.since * 1000)},
        "config": {"webhooks": session.webhooks},
    }
    return info | {"me": me(session)} if session.linked else info


def me(session: Session) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": session.number,
        "lid": lid(NUMBER),
        "pushName": "Баспасөз қызметі",
        "reachoutTimelock": None,
    }
    if session.restricted_until:
        told["reachoutTimelock"] = timelock(session)
    return told


def timelock(session: Session) -> dict[str, Any]:
    ends = int(session.restricted_until)
    return {"enforcementType": "WEB_COMPANION_ONLY", "isActive": session.restricted, "timeEnforcementEnds": ends}


def message(world: World, chat: Chat, found: Message) -> dict[str, Any]:
    receipts = world.messages.receipts(found)
    ack = "READ" if any("read" in states for states in receipts.values()) else "DEVICE" if receipts else "SERVER"
    words = found.text or (found.poll or {}).get("question", "")
    mine = found.sender != "resident"
    person = "" if mine else f"{found.body['from']['wa_id']}@c.us"
    return {
        "id": found.id,
        "timestamp": int(found.sent_at),
        "from": f"{NUMBER}@c.us" if mine else chat.id,
        "fromMe": mine,
        "source": "api",
        "to": chat.id if mine else f"{NUMBER}@c.us",
        "participant": person,
        "body": words,
        "hasMedia": "media" in found.body,
        "mediaUrl": "",
        "ack": ACKS[ack],
        "ackName": ack,
        "vCards": [],
    }


def group(world: World, chat: Chat) -> dict[str, Any]:
    """As whatsmeow writes a group's facts."""
    admin = chat.bot == "administrator"
    ours = [_member(NUMBER, admin=admin)] if chat.bot in ("administrator", "member") else []
    people = [_member(person, admin=n == 0) for n, (person, _) in enumerate(world.chats.people(chat.id))]
    return {
        "JID": chat.id,
        "OwnerJID": people[0]["JID"] if people else "",
        "Name": chat.title,
        "Topic": chat.description,
        "IsLocked": False,
        "IsAnnounce": announce_only(chat),
        "IsEphemeral": False,
        "GroupCreated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(chat.created_at)),
        "Participants": [*ours, *people],
    }


def _member(person: str, *, admin: bool) -> dict[str, Any]:
    jid = f"{person}@s.whatsapp.net"
    return {"JID": lid(person), "PhoneNumber": jid, "LID": lid(person), "IsAdmin": admin, "IsSuperAdmin": False}


def participants(world: World, chat: Chat) -> list[dict[str, Any]]:
    ours = {"administrator": "admin", "member": "participant"}.get(chat.bot)
    rows = [{"id": lid(NUMBER), "pn": f"{NUMBER}@c.us", "role": ours}] if ours else []
    people = world.chats.people(chat.id)
    return rows + [
        {"id": lid(person), "pn": f"{person}@c.us", "role": "superadmin" if n == 0 else "participant"}
        for n, (person, _name) in enumerate(people)
    ]


def announce_only(chat: Chat) -> bool:
    return "can_send_messages" in chat.missing


def channel(chat: Chat) -> dict[str, Any]:
    number = chat.id.partition("@")[0]
    return {
        "id": chat.id,
        "name": chat.title,
        "invite": f"https://www.whatsapp.com/channel/{number}",
        "role": {"administrator": "OWNER", "member": "SUBSCRIBER"}.get(chat.bot, "GUEST"),
        "description": chat.description,
        "verified": False,
        "subscribersCount": chat.members,
    }


def event(session: Session, name: str, payload: dict[str, Any]) -> dict[str, Any]:
    stamp = time.time_ns()
    letters = "".join(EVENT_LETTERS[stamp >> shift & 31] for shift in range(0, 60, 5))
    return {
        "id": f"evt_01{letters:0>24}",
        "timestamp": stamp // 1_000_000,
        "session": session.name,
        "engine": "GOWS",
        "event": name,
        "payload": payload,
        "me": me(session),
        "environment": ENVIRONMENT,
    }


def ack(chat: Chat, found: Message, person: str, name: str) -> dict[str, Any]:
    """Of a group one event for each person, whose id ends the message's."""
    who = f"{person}@c.us"
    return {
        "id": f"{found.id}_{who}",
        "from": f"{NUMBER}@c.us",
        "to": chat.id,
        "participant": who,
        "fromMe": True,
        "ack": ACKS[name],
        "ackName": name,
    }


def reaction(chat: Chat, found: Message, person: str, emoji: str) -> dict[str, Any]:
    who = f"{person}@c.us"
    return {
        "id": f"false_{chat.id}_{time.time_ns():X}_{who}",
        "timestamp": int(time.time()),
        "from": chat.id,
        "fromMe": False,
        "source": "app",
        "to": f"{NUMBER}@c.us",
        "participant": who,
        "reaction": {"text": emoji, "messageId": found.id},
    }


def vote(chat: Chat, found: Message, person: str, options: list[str]) -> dict[str, Any]:
    who = f"{person}@c.us"
    given = {"id": f"false_{chat.id}_{time.time_ns():X}_{who}", "selectedOptions": options, "fromMe": False}
    moment = {"timestamp": int(time.time() * 1000), "to": f"{NUMBER}@c.us", "from": chat.id, "participant": who}
    poll = {"id": found.id, "to": chat.id, "from": f"{NUMBER}@c.us", "fromMe": True}
    return {"vote": given | moment, "poll": poll}


def written(world: World, chat: Chat, found: Message) -> dict[str, Any]:
    told = message(world, chat, found)
    answered = found.body.get("reply_to")
    return told | ({"replyTo": {"id": answered.rpartition("_")[2], "hasMedia": False}} if answered else {})
