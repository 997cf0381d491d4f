"""Each line of the audit trail carries a hash of itself and of the line before: none can be changed unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIRST = "0" * 64  # what the first line follows
FIELDS = ("number", "at", "actor_id", "actor_name", "verb", "subject", "district_id", "detail", "before", "after")


def digest(previous: str, line: Mapping[str, Any]) -> str:
    """The same on every database: keys sorted, moments in UTC to the microsecond, 1.0 and 1 alike."""
    content = {name: _plain(line[name]) for name in FIELDS}
    text = json.dumps([previous, content], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
