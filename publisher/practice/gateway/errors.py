"""Refusals in the gateway's own shapes: what WhatsApp itself said comes as 500 with its words."""

from __future__ import annotations

from typing import Any

NOT_AS_EXPECTED = "Session status is not as expected. Try again later or restart the session"


class GatewayError(Exception):
    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, headers or {}


def unauthorized() -> GatewayError:
    return GatewayError(401, {"message": "Unauthorized", "statusCode": 401})


def not_working(session: str, status: str) -> GatewayError:
    told = {"error": NOT_AS_EXPECTED, "session": session, "status": status, "expected": ["WORKING"]}
    return GatewayError(422, told)


def whatsapp_said(words: str) -> GatewayError:
    return GatewayError(500, {"statusCode": 500, "exception": {"message": words}})


def missing(what: str) -> GatewayError:
    return GatewayError(404, {"message": f"{what} not found", "error": "Not Found", "statusCode": 404})


def invalid(*words: str) -> GatewayError:
    return GatewayError(400, {"message": list(words), "error": "Bad Request", "statusCode": 400})


def too_many(seconds: int) -> GatewayError:
    body = {"message": "Too Many Requests", "statusCode": 429}
    return GatewayError(429, body, {"Retry-After": str(seconds)})


RESTRICTED = "server returned error 463"
BANNED = "stream error 403: the account is banned"
NOT_A_PARTICIPANT = "you're not a participant in that group"
ONLY_ADMINS = "server returned error 405: only admins may send"
TOO_LARGE = "failed to upload media: request entity too large"
