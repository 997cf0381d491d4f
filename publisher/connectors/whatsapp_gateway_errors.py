"""The gateway's refusals as our six errors: 422 for a phone that is not linked, 500 for what WhatsApp itself said."""

from __future__ import annotations

import re

import httpx

from publisher.connectors.errors import (
    AccessLost,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)

SESSION = {
    "STOPPED": "gateway_stopped",
    "SCAN_QR_CODE": "phone_unlinked",
    "PASSKEY_REQUIRED": "phone_passkey",
    "PASSKEY_CONFIRMATION_REQUIRED": "phone_passkey",
    "FAILED": "phone_unlinked",
}
RESTRICTED = re.compile(r"\b463\b|reachout|restricted|temporar\w* ban|\b402\b", re.IGNORECASE)
BANNED = re.compile(r"\bbanned\b|\b403\b.*(ban|locked)|logged.?out", re.IGNORECASE)
TOO_FAST = re.compile(r"rate.?overlimit|\b429\b|too many", re.IGNORECASE)
NOT_THERE = re.compile(r"not.?a?.?(participant|member)|\b404\b|item-not-found|group.*not found|\b410\b", re.IGNORECASE)
NO_RIGHT = re.compile(r"not-authorized|forbidden|announce|only admins|\b401\b|\b405\b", re.IGNORECASE)
TOO_LARGE = re.compile(r"entity too large|file.{0,20}too large|media.{0,20}too large|\b413\b", re.IGNORECASE)
PAUSE = 300.0  # seconds: WhatsApp names none, and asking again soon is what it punishes


def refusal(reply: httpx.Response, secret: str) -> ConnectorError:
    text = reply.text.replace(secret, "***")[:500]
    detail, status = f"{reply.status_code}: {text}", reply.status_code
    if status == 429:
        return RateLimited(detail, _pause(reply), scope="account")
    if status in (401, 403):
        return AccessLost(detail)
    if status == 422 and "STARTING" in text:  # restarted a moment ago: nothing was sent
        return Unavailable(detail)
    if status == 422 and (found := _session_in(text)):
        return AccessLost(detail, reason=found)
    if status in (502, 503, 504):
        return Unavailable(detail) if status == 503 else OutcomeUnknown(detail)
    return _by_words(status, text, detail)


def _by_words(status: int, text: str, detail: str) -> ConnectorError:
    if BANNED.search(text):
        return AccessLost(detail, reason="phone_banned")
    if RESTRICTED.search(text):
        return AccessLost(detail, reason="phone_restricted")
    if TOO_FAST.search(text):
        return RateLimited(detail, PAUSE, scope="account")
    if status == 413 or TOO_LARGE.search(text):
        return Refused(detail, reason="whatsapp_media_too_large")
    if NO_RIGHT.search(text):
        return TargetGone(detail, reason="no_rights")
    if status == 404 or NOT_THERE.search(text):
        return TargetGone(detail)
    return OutcomeUnknown(detail) if status >= 500 else Refused(detail)


def _session_in(text: str) -> str:
    return next((reason for status, reason in SESSION.items() if status in text), "")


def _pause(reply: httpx.Response) -> float:
    given = reply.headers.get("retry-after", "")
    return float(given) if given.replace(".", "", 1).isdigit() else PAUSE
