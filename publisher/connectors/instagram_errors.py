"""What instaloader raises, as one of our errors. Nothing read ever means “zero” or “deleted” because of a failure.

Traps (4.16): AbortDownloadException stands outside InstaloaderException; the last 429 comes as ConnectionException with
the real kind only in __cause__; a log-in wall and a missing page both read ProfileNotExists; a field that is missing in
the answer leaves as AttributeError, KeyError or TypeError.
"""

from __future__ import annotations

import json
import re

import instaloader

from publisher.connectors.errors import AccessLost, ConnectorError, RateLimited, Unavailable

STOP = re.compile(r"feedback_required|checkpoint_required|challenge_required")
STATUS = re.compile(r"\b([45]\d\d) ")
COOL_DOWN = 3600.0  # seconds; whoever is refused again waits longer (measure's own record of failures)
NOT_UNDERSTOOD = (
    instaloader.BadResponseException,
    instaloader.QueryReturnedBadRequestException,
    *(AttributeError, KeyError, TypeError, IndexError, ValueError, AssertionError),
)


def classified(cause: Exception) -> ConnectorError:
    """Always an error of ours; texts of the library may hold addresses with signatures, so only kinds are told."""
    if isinstance(cause, ConnectorError):
        return cause
    kind = type(cause).__name__
    if isinstance(cause, instaloader.AbortDownloadException):
        stopped = STOP.search(str(cause))
        return AccessLost(stopped[0], reason="instagram_stopped") if stopped else _wall(kind)
    if isinstance(cause, instaloader.LoginRequiredException):
        return _wall(kind)
    if isinstance(cause, instaloader.PrivateProfileNotFollowedException):
        return Unavailable(kind, reason="instagram_private")
    if isinstance(cause, instaloader.ProfileNotExistsException | instaloader.QueryReturnedNotFoundException):
        return Unavailable(kind, reason="instagram_not_shown")
    return _by_answer(cause, kind)


def _wall(kind: str) -> Unavailable:
    return Unavailable(kind, reason="instagram_login_wall")


def _by_answer(cause: Exception, kind: str) -> ConnectorError:
    below = cause.__cause__
    if instaloader.TooManyRequestsException in (type(cause), type(below)):
        return RateLimited("429", COOL_DOWN, scope="account", reason="instagram_wait")
    if isinstance(below, json.JSONDecodeError) or isinstance(cause, NOT_UNDERSTOOD):
        return Unavailable(kind, reason="instagram_changed")
    if isinstance(cause, instaloader.QueryReturnedForbiddenException):
        return Unavailable(kind, reason="instagram_file_gone")
    if isinstance(cause, instaloader.PostChangedException):
        return Unavailable(kind, reason="instagram_not_shown")
    status = STATUS.search(str(cause))
    if status and status[1] in ("401", "403", "429"):
        return RateLimited(status[1], COOL_DOWN, scope="account", reason="instagram_wait")
    return Unavailable(f"{kind} {status[1]}" if status else kind)
