"""What a broken connection says about the request, the same for every platform."""

from __future__ import annotations

import logging
import re

import httpx

from publisher.connectors.errors import OutcomeUnknown, Unavailable

NEVER_SENT = (
    httpx.ConnectError,  # refused, no route, no such host, TLS not agreed
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
TOKEN_IN_URL = re.compile(r"/bot\d+:[^/\s\"']+")


def failure(cause: BaseException) -> Unavailable | OutcomeUnknown:
    """Whether the request left this machine. Only the kind of failure is told: texts may hold addresses."""
    kind = Unavailable if isinstance(cause, NEVER_SENT) else OutcomeUnknown
    return kind(type(cause).__name__)


class _Redacting(logging.Filter):
    """httpx logs every address at INFO, and the Bot API has its token in the address."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = TOKEN_IN_URL.sub("/bot***", record.getMessage()), ()
        return True


def keep_quiet() -> None:
    """Client libraries log requests and answers in full; whoever raises their levels still gets no token."""
    for name, level in (("httpx", logging.WARNING), ("httpcore", logging.INFO)):
        logging.getLogger(name).setLevel(level)
    if not any(isinstance(f, _Redacting) for f in logging.getLogger("httpx").filters):
        logging.getLogger("httpx").addFilter(_Redacting())
