"""What the bot may do in a chat, by its membership there."""

from __future__ import annotations

from telegram import Chat, ChatFullInfo, ChatMember, ChatMemberAdministrator, ChatMemberRestricted
from telegram.constants import ChatMemberStatus, ChatType

OUT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def missing(chat: Chat | ChatFullInfo, member: ChatMember) -> tuple[str, ...]:
    """In groups a bot may always edit and delete its own messages; in channels each is a right of its own.

    What every member of a group may do stands in its full description alone.
    """
    rights = _in_channel(member) if chat.type == ChatType.CHANNEL else _in_group(chat, member)
    return tuple(name for name, given in rights.items() if not given)


def may_not_post(chat: Chat, member: ChatMember) -> bool:
    return chat.type == ChatType.CHANNEL and not _in_channel(member)["post"]


def _in_channel(member: ChatMember) -> dict[str, bool]:
    """Pinning in a channel comes with the right to edit."""
    if not isinstance(member, ChatMemberAdministrator):
        return dict.fromkeys(("post", "edit", "delete", "pin"), False)
    return {
        "post": bool(member.can_post_messages),
        "edit": bool(member.can_edit_messages),
        "delete": bool(member.can_delete_messages),
        "pin": bool(member.can_edit_messages),
    }


def _in_group(chat: Chat | ChatFullInfo, member: ChatMember) -> dict[str, bool]:
    if isinstance(member, ChatMemberAdministrator):
        return {"post": True, "pin": bool(member.can_pin_messages)}
    rules = member if isinstance(member, ChatMemberRestricted) else getattr(chat, "permissions", None)
    if rules is None:
        return {"post": True, "pin": False}
    return {"post": rules.can_send_messages is not False, "pin": bool(rules.can_pin_messages)}
