"""Error reports to a Sentry-compatible server of one's own. Off unless config.yaml names it; secrets never go along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from publisher.config import Config
from publisher.yamlfile import Flaw, FlawedFile

HIDDEN = "[hidden]"
# Telegram's bot tokens, our own tokens and one-time links, bearer headers, and passwords in addresses.
SHAPES = (
    re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bpub_[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?<=/invitation/)[A-Za-z0-9_-]+"),
    re.compile(r"(?<=/r/)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?<=/calendar/)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)
DROPPED = ("cookies", "data", "env", "headers", "query_string")  # of a request: what people typed, and who they are


def start(config: Config) -> bool:
    """True when reports are sent from now on. Raises FlawedFile when the extra `sentry` is not installed."""
    if config.practice or not config.reporting.dsn.get_secret_value():
        return False
    try:
        import sentry_sdk  # only where it is switched on
    except ImportError as error:
        what, hint = "“reporting” needs sentry-sdk.", 'Install it: pip install "awareness-publisher[sentry]".'
        raise FlawedFile([Flaw(Path("config.yaml"), 0, what, hint)]) from error
    known = sorted(set(secrets_in(config)), key=len, reverse=True)
    sentry_sdk.init(
        dsn=config.reporting.dsn.get_secret_value(),
        environment=config.reporting.environment,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=0.0,
        before_send=lambda event, _hint: cleaned(event, known),
        before_breadcrumb=lambda crumb, _hint: None,
    )
    return True


def cleaned(event: Any, known: list[str]) -> Any:
    """Without the request's content and its sender, and with every known or secret-shaped text replaced."""
    event.pop("user", None)
    event.pop("server_name", None)
    request = event.get("request") or {}
    for name in DROPPED:
        request.pop(name, None)
    return _without(event, known)


def _without(value: Any, known: list[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, known) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, known) for inner in value]
    if not isinstance(value, str):
        return value
    for secret in known:
        value = value.replace(secret, HIDDEN)
    for shape in SHAPES:
        value = shape.sub(HIDDEN, value)
    return value


def secrets_in(value: Any) -> Iterator[str]:
    """Every secret of the settings, wherever it stands."""
    if isinstance(value, SecretStr):
        if len(text := value.get_secret_value()) >= 6:
            yield text
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if name == "password" and isinstance(inner, str) and len(inner) >= 6:
                yield inner
            yield from secrets_in(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from secrets_in(inner)
