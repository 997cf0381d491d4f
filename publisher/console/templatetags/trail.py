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
    return [(name, (_shown(before.get(name)), _shown(after.get(name)))) for name in {**before, **after}]


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
