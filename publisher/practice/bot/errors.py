"""Refusals in Telegram's own words."""

from __future__ import annotations

from typing import Any

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
WRONG_FILE = "wrong file identifier/HTTP URL specified"


class BotApiError(Exception):
    """`description` as the Bot API gives it; `parameters` may hold retry_after or migrate_to_chat_id."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return found | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(reason: str) -> BotApiError:
    return BotApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> BotApiError:
    return BotApiError(403, f"Forbidden: {reason}")


def too_many(seconds: int) -> BotApiError:
    return BotApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def migrated(new_id: str) -> BotApiError:
    return BotApiError(
        400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": int(new_id)}
    )


def unauthorized() -> BotApiError:
    return BotApiError(401, "Unauthorized")


def too_large() -> BotApiError:
    return BotApiError(413, "Request Entity Too Large")
