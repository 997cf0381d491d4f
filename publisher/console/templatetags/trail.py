"""Words for the audit trail's page."""

from __future__ import annotations

import json
from typing import Any

from django import template

from publisher.people.models import AuditEntry

register = template.Library()


@register.filter
def changed_pairs(line: AuditEntry) -> list[tuple[str, tuple[str, str]]]:
    """Each changed field with what was and what is."""
    before, after = line.before or {}, line.after or {}
    return [(name, (shown(before.get(name)), shown(after.get(name)))) for name in {**before, **after}]


@register.filter
def shown(value: Any) -> str:
    """A word as it is, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
