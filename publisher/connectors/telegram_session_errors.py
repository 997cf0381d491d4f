"""What Telethon raises, as one of our errors. Nothing read ever means “none” because of a failure.

Traps (1.45): a pause is demanded as FloodWaitError, and as three kin of it with the seconds under the same name; a
log-out elsewhere comes as UnauthorizedError; an answer of a newer layer as TypeNotFoundError; a connection that was
never made as ConnectionError with words only. The library's texts may hold names of chats, so only kinds are told.
"""

from __future__ import annotations

from collections.abc import Callable

from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Refused, TargetGone, Unavailable

PAUSE = 60.0  # seconds, for a demand to slow down that names none
PASSWORD_NEEDED = "session_password"
WRONG_PASSWORD = "session_password_wrong"

LOST = {
    *("AuthKeyDuplicatedError", "AuthKeyInvalidError", "AuthKeyPermEmptyError", "AuthKeyUnregisteredError"),
    *("SessionExpiredError", "SessionRevokedError", "UserDeactivatedError", "UserDeactivatedBanError"),
    *("InputUserDeactivatedError", "PhoneNumberBannedError", "AuthKeyNotFound", "FrozenMethodInvalidError"),
    "FrozenParticipantMissingError",
}
WRONG_APP = {"ApiIdInvalidError", "ApiIdPublishedFloodError"}
GONE = {
    *("ChannelPrivateError", "ChannelInvalidError", "ChannelPublicGroupNaError", "ChatIdInvalidError"),
    *("PeerIdInvalidError", "UsernameNotOccupiedError", "UsernameInvalidError", "ChatForbiddenError"),
    *("UserNotParticipantError", "InputChatDeactivatedError", "ChatInvalidError"),
}
NOT_FOR_US = {
    *("ChatAdminRequiredError", "BroadcastRequiredError", "MegagroupRequiredError", "ParticipantsTooFewError"),
    *("BroadcastPublicVotersForbiddenError", "StatsUnavailableError", "RightForbiddenError", "ChatWriteForbiddenError"),
}
MESSAGE_GONE = {"MessageIdInvalidError", "MsgIdInvalidError", "MessageIdsEmptyError", "MessageEmptyError"}
NOT_UNDERSTOOD = (AttributeError, KeyError, TypeError, IndexError, ValueError, AssertionError)


def classified(cause: Exception) -> ConnectorError:
    """Always an error of ours."""
    if isinstance(cause, ConnectorError):
        return cause
    kind = type(cause).__name__
    for names, made in _BY_NAME:
        if kind in names:
            return made(kind)
    return _by_answer(cause, kind)


def _by_answer(cause: Exception, kind: str) -> ConnectorError:
    from telethon import errors

    seconds = getattr(cause, "seconds", None)
    if isinstance(seconds, int) or isinstance(cause, errors.FloodError):
        return RateLimited(kind, float(seconds or PAUSE), scope="account", reason="session_wait")
    if isinstance(cause, errors.UnauthorizedError | errors.AuthKeyError):
        return AccessLost(kind, reason="session_lost")
    if isinstance(cause, errors.ForbiddenError):
        return Refused(kind, reason="session_not_allowed")
    if isinstance(cause, errors.BadRequestError | errors.NotFoundError):
        return Refused(kind, reason="session_refused")
    if isinstance(cause, (errors.TypeNotFoundError, *NOT_UNDERSTOOD)):
        return Unavailable(kind, reason="session_changed")
    return Unavailable(kind, reason="session_silent")  # no connection, a broken one, a fault of the service's own


_BY_NAME: tuple[tuple[set[str], Callable[[str], ConnectorError]], ...] = (
    (LOST, lambda kind: AccessLost(kind, reason="session_lost")),
    (WRONG_APP, lambda kind: AccessLost(kind, reason="session_wrong_app")),
    (GONE, lambda kind: TargetGone(kind, reason="session_not_in")),
    (NOT_FOR_US, lambda kind: Refused(kind, reason="session_not_allowed")),
    (MESSAGE_GONE, lambda kind: Refused(kind, reason="session_message_gone")),
    ({"SessionPasswordNeededError"}, lambda kind: AccessLost(kind, reason=PASSWORD_NEEDED)),
    ({"PasswordHashInvalidError"}, lambda kind: Refused(kind, reason=WRONG_PASSWORD)),
)
