"""The Bot API's refusals and python-telegram-bot's exceptions, turned into our six errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from publisher.connectors.errors import (
    AccessLost,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from publisher.connectors.network import TOKEN_IN_URL, failure

FLOOD_PAUSE = 30.0  # seconds, for a 429 that names none

NOT_MODIFIED = "not_modified"
MESSAGE_GONE = "message_gone"
STALE_UPLOAD = "stale_upload"
INVITE_GONE = "invite_gone"

# Beginnings or parts of the Bot API's descriptions, in lower case; the first that fits decides.
GONE = (
    "chat not found",
    "peer_id_invalid",
    "channel_private",
    "channel_invalid",
    "group chat was deactivated",
    "chat was deleted",
)
NO_RIGHTS = (
    "not enough rights",
    "need administrator rights",
    "have no rights to send",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_send_",
    "member list is inaccessible",
)
REASONS = (
    ("message is not modified", NOT_MODIFIED),
    ("chat_not_modified", NOT_MODIFIED),
    ("message to delete not found", MESSAGE_GONE),
    ("message to edit not found", MESSAGE_GONE),
    ("message to forward not found", MESSAGE_GONE),
    ("message to pin not found", MESSAGE_GONE),
    ("message to unpin not found", MESSAGE_GONE),
    ("message_id_invalid", MESSAGE_GONE),
    ("invite_hash_", INVITE_GONE),
    ("message can't be deleted", "too_old_to_delete"),
    ("message can't be edited", "cannot_edit"),
    ("there is no text in the message to edit", "cannot_edit"),  # a film stands there, a text is wanted
    ("wrong file identifier", STALE_UPLOAD),
    ("wrong remote file", STALE_UPLOAD),
    ("file_reference_", STALE_UPLOAD),
)


@contextmanager
def translated(sent_bytes: int = 0, allowed_bytes: int = 0) -> Iterator[None]:
    """Around a call of the library: whatever it raises comes out as one of ours, without address or token."""
    try:
        yield
    except TelegramError as error:
        raise ours(error, sent_bytes, allowed_bytes) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"an answer that is not the Bot API's ({type(error).__name__})") from None


def ours(error: TelegramError, sent_bytes: int = 0, allowed_bytes: int = 0) -> ConnectorError:
    """The order matters: BadRequest and TimedOut are NetworkErrors, and all of them are TelegramErrors."""
    detail = TOKEN_IN_URL.sub("/bot***", error.message)
    match error:
        case RetryAfter():
            return RateLimited(detail, _seconds(error.retry_after))
        case InvalidToken():
            return AccessLost("Telegram does not accept the bot's token (HTTP 401 or 404)")
        case ChatMigrated():
            return TargetGone("the group became a supergroup", moved_to=str(error.new_chat_id))
        case Forbidden():
            return TargetGone(detail, reason="no_rights" if _any(NO_RIGHTS, detail) else "")
        case Conflict():
            return Unavailable(detail, reason="other_poller")
        case BadRequest():
            return _bad_request(detail)
        case NetworkError():
            return _network(error, detail, sent_bytes, allowed_bytes)
    return OutcomeUnknown(detail)  # 200 with an answer that cannot be read


def _bad_request(detail: str) -> ConnectorError:
    if _any(GONE, detail):
        return TargetGone(detail)
    if _any(NO_RIGHTS, detail):
        return TargetGone(detail, reason="no_rights")
    found = next((reason for part, reason in REASONS if part in detail.lower()), "")
    return Refused(detail, reason=found)


def _network(error: NetworkError, detail: str, sent_bytes: int, allowed_bytes: int) -> ConnectorError:
    """Answers that the library has no class for, and broken connections (their cause tells which)."""
    if detail.startswith("Too Many Requests"):
        return RateLimited("429 without a pause", FLOOD_PAUSE, scope="account")
    if detail.startswith(("Request Entity Too Large", "Content Too Large")):
        return Refused("413", reason="video_too_big", limit=allowed_bytes, found=sent_bytes)
    if error.__cause__ is not None and not isinstance(error.__cause__, TelegramError):
        return failure(error.__cause__)
    return OutcomeUnknown(detail.partition(". Parsing the server response")[0])


@contextmanager
def rights_are_for_this_alone() -> Iterator[None]:
    """Lacking the right to pin, edit or delete does not mean that we may not post: the channel stays on."""
    try:
        yield
    except TargetGone as error:
        if error.reason == "no_rights":
            raise Refused(error.detail, reason="no_rights") from None
        raise


@contextmanager
def already(*reasons: str) -> Iterator[None]:
    """What is so already counts as done, so that doing it twice does no harm."""
    try:
        yield
    except Refused as error:
        if error.reason not in reasons:
            raise


def _any(parts: tuple[str, ...], text: str) -> bool:
    return any(part in text.lower() for part in parts)


def _seconds(pause: int | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
