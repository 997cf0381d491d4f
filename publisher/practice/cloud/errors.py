"""Refusals in Meta's own shape. Codes and titles from the Cloud API's error list."""

from __future__ import annotations

import secrets
from typing import Any

TITLES = {
    1: "An unknown error has occurred.",
    2: "An unexpected error has occurred. Please retry your request later.",
    100: "Invalid parameter",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131026: "Message undeliverable",
    131041: "Group does not exist",
    131051: "Unsupported message type",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    130429: "Rate limit hit",
    132001: "Template does not exist",
    132015: "Template is paused",
}


class CloudApiError(Exception):
    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        status: int = 400,
        message: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(details or message)
        self.code, self.details, self.status, self.message = code, details, status, message
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "message": self.message or f"(#{self.code}) {TITLES.get(self.code, 'Invalid parameter')}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": f"A{secrets.token_urlsafe(16)}",
        }
        if self.details:
            found["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": found}


def unauthorized() -> CloudApiError:
    return CloudApiError(190, status=401, message="Error validating access token: Session has expired")


def parameter(details: str) -> CloudApiError:
    return CloudApiError(100, details)


def too_many(
    seconds: int, details: str = "Too many messages sent from this phone number in a short time."
) -> CloudApiError:
    return CloudApiError(130429, details, status=429, headers={"Retry-After": str(seconds)})


def unknown_object(object_id: str) -> CloudApiError:
    return CloudApiError(
        100,
        status=400,
        message=f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation",
    )
