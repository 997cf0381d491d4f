"""Words of the editor's and the versions' pages."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from publisher.compose.differing import Changed
from publisher.compose.models import Post
from publisher.console import moments
from publisher.console.keeping import called

register = template.Library()


@register.filter
def as_json(value: object) -> str:
    """For a data- attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def part_name(change: Changed) -> str:
    """“the text (Русский)” as a heading."""
    words = called([f"{change.name}_{change.language}" if change.language else change.name])[0]
    return words[:1].upper() + words[1:]


@register.filter
def setting(value: Any, post: Post) -> str:
    """A setting of a version as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(str(item[0])[:8] if isinstance(item, list) else str(item) for item in value) or "—"
    moment = parse_datetime(value) if isinstance(value, str) and "T" in value else None
    return moments.moment_words(moment, post.district.zone) if moment else str(value or "—")
