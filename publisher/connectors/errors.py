"""
Every failure a connector may raise, and the one thing the delivery engine does about it.

ConnectorError
├─ Refused          this content will never go through   → failed, shown to the author
├─ TargetGone       this channel or group is lost to us  → channel off (or moved), a person is told
├─ AccessLost       token revoked, phone unlinked        → account paused, administrator told, deliveries wait
├─ RateLimited      try again after `retry_after`        → put off, not counted as an attempt
├─ Unavailable      certainly not sent                   → retried with back-off
└─ OutcomeUnknown   may or may not have been sent        → never retried blindly: looked up, else a person is asked
"""

from __future__ import annotations

from typing import ClassVar


class ConnectorError(Exception):
    """`detail` is for the log and the attempt's history; people read the sentence found by `reason`."""

    default_reason: ClassVar[str] = "connector_error"

    def __init__(self, detail: str, *, reason: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason or self.default_reason


class Refused(ConnectorError):
    """`values` fills the sentence, for instance the limit and the length found."""

    default_reason = "refused"

    def __init__(self, detail: str, *, reason: str = "", **values: object) -> None:
        super().__init__(detail, reason=reason)
        self.values = values


class TargetGone(ConnectorError):
    """`moved_to` is the new id when the platform gives one (a group that became a supergroup)."""

    default_reason = "target_gone"

    def __init__(self, detail: str, *, reason: str = "", moved_to: str = "") -> None:
        super().__init__(detail, reason=reason or ("target_moved" if moved_to else ""))
        self.moved_to = moved_to


class AccessLost(ConnectorError):
    default_reason = "access_lost"


class RateLimited(ConnectorError):
    """`retry_after` in seconds; `scope` says who must wait: that chat alone, or the whole account."""

    default_reason = "rate_limited"

    def __init__(self, detail: str, retry_after: float, *, scope: str = "chat", reason: str = "") -> None:
        super().__init__(detail, reason=reason)
        self.retry_after = retry_after
        self.scope = scope


class Unavailable(ConnectorError):
    default_reason = "unavailable"


class OutcomeUnknown(ConnectorError):
    default_reason = "outcome_unknown"
