"""Which template speaks next on a set of channels: the one that has been silent there longest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from publisher.compose.models import Post, Status
from publisher.compose.templates import Template
from publisher.plan.files import Rule

Uses = Mapping[str, Collection[date]]


def fits(template: Template, rule: Rule) -> bool:
    """Named by the rule, or of its kind and with one of its tags."""
    if rule.templates:
        return template.slug in rule.templates
    of_kind = rule.kind is None or template.kind == rule.kind
    return of_kind and (not rule.tags or bool(set(rule.tags) & set(template.tags)))


def speaks(template: Template, languages: Collection[str]) -> bool:
    """Written in every language of the channels; one with a reason for a single language in at least one of them."""
    written = set(template.versions) & set(languages)
    return bool(written) and (len(written) == len(set(languages)) or bool(template.single_language_reason))


def pick(templates: Iterable[Template], rule: Rule, uses: Uses, day: date) -> Template | None:
    """The fitting template used longest ago; never-used ones first, in the rule's order, then by slug.

    A template rests for `repeat_after_days` calendar days before and after each use, so a post already made for
    a later day counts too.
    """
    fitting = [t for t in templates if fits(t, rule) and _rested(t, uses.get(t.slug, ()), day)]
    order = {slug: n for n, slug in enumerate(rule.templates)}
    return min(
        fitting,
        key=lambda t: (max(uses.get(t.slug, ()), default=date.min), order.get(t.slug, 0), t.slug),
        default=None,
    )


def _rested(template: Template, used: Iterable[date], day: date) -> bool:
    """Counted in days of the wall calendar: 7 days from Monday 10:00 is Monday 10:00, even where a clock changed."""
    return all(abs((day - one).days) >= (template.repeat_after_days or 0) for one in used)


def uses_on(channel_keys: Collection[str], slugs: Collection[str], zone: ZoneInfo) -> dict[str, list[date]]:
    """Local dates on which each template spoke, or is to speak, on any of these channels."""
    posts = Post.objects.filter(template_slug__in=slugs).exclude(status=Status.CANCELLED)
    wanted, found = set(channel_keys), defaultdict(list)
    for slug, publish_at, created_at, keys in posts.values_list(
        "template_slug", "publish_at", "created_at", "channel_keys"
    ):
        if wanted & set(keys):
            found[slug].append((publish_at or created_at).astimezone(zone).date())
    return dict(found)
