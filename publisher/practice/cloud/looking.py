"""GET of a phone number, a group, a phone number's groups."""

from __future__ import annotations

import base64
from typing import Any

from publisher.practice.chats import Chat
from publisher.practice.cloud.errors import CloudApiError
from publisher.practice.cloud.payloads import NUMBER, user_id
from publisher.practice.world import World

PHONE_FIELDS = ("verified_name", "display_phone_number", "quality_rating", "code_verification_status", "id")
# Documented fields that this number has no value for; the Graph API leaves such ones out.
PHONE_EMPTY = frozenset(
    {
        "certificate",
        "conversational_automation",
        "country_code",
        "eligibility_for_api_business_global_search",
        "health_status",
        "is_on_biz_app",
        "is_pin_enabled",
        "is_preverified_number",
        "last_onboarded_time",
        "new_certificate",
        "new_name_status",
        "quality_score",
        "search_visibility",
        "username",
        "webhook_configuration",
    }
)
GROUPS_PAGE = (25, 1024)


def phone(phone_id: str, fields: str) -> dict[str, Any]:
    known = {
        "id": phone_id,
        "verified_name": "Practice number",
        "display_phone_number": f"+7 {NUMBER[1:5]} {NUMBER[5:7]} {NUMBER[7:9]} {NUMBER[9:]}",
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_1K",
        "account_mode": "SANDBOX",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "is_official_business_account": True,
        "country_dial_code": "7",
    }
    return _picked(known, fields, PHONE_FIELDS)


def group(world: World, chat: Chat, fields: str) -> dict[str, Any]:
    people = [{"wa_id": number, "user_id": user_id(number)} for number, _name in world.chats.people(chat.id)]
    known = {
        "id": chat.id,
        "messaging_product": "whatsapp",
        "subject": chat.title,
        "description": chat.description,
        "suspended": False,
        "creation_timestamp": int(chat.created_at),
        "participants": people,
        "total_participant_count": len(people),
        "join_approval_mode": "auto_approve",
    }
    return _picked(known, fields, tuple(known))


def _picked(known: dict[str, Any], fields: str, usual: tuple[str, ...]) -> dict[str, Any]:
    wanted = [name.strip() for name in fields.split(",") if name.strip()]
    for name in wanted:
        if name not in known and name not in PHONE_EMPTY:
            raise CloudApiError(100, message=f"(#100) Tried accessing nonexisting field ({name})")
    return {name: known[name] for name in ("id", *(wanted or usual)) if name in known}


def groups(world: World, limit: str, after: str) -> dict[str, Any]:
    chats = [
        chat for chat in world.chats.all() if chat.platform == "whatsapp" and chat.kind == "group" and not chat.moved_to
    ]
    size = min(max(int(limit), 1), GROUPS_PAGE[1]) if limit.isdigit() else GROUPS_PAGE[0]
    start = int(base64.urlsafe_b64decode(after)) if after else 0
    shown = chats[start : start + size]
    found = [{"id": chat.id, "subject": chat.title, "created_at": str(int(chat.created_at))} for chat in shown]
    cursors = {"before": _cursor(start), "after": _cursor(start + len(shown))}
    more = {"next": "practice:next"} if start + size < len(chats) else {}
    return {"data": {"groups": found}, "paging": {"cursors": cursors} | more}


def _cursor(at: int) -> str:
    return base64.urlsafe_b64encode(str(at).encode()).decode()
