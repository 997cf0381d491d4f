"""Preview, counters and findings of what somebody is typing, by the code that will send it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.utils import timezone
from django.utils.translation import pgettext

from publisher.compose.checks import Content, Finding, check, graded
from publisher.compose.codes import line_below
from publisher.compose.message import VersionLike
from publisher.compose.models import Post
from publisher.compose.review import before_approval
from publisher.compose.sameness import duplicates
from publisher.compose.shown import files_of
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Description, takes_posts
from publisher.console.bubbles import Bubble, draw
from publisher.deliver import load, recent
from publisher.deliver.channels import description_of
from publisher.deliver.models import Channel
from publisher.measure.tracked import HIDDEN_CODE


@dataclass(frozen=True, slots=True)
class Preview:
    languages: Sequence[tuple[str, list[Bubble]]]
    findings: Sequence[Finding]

    @property
    def short_links(self) -> bool:
        """Some link leads by a short address of ours, which is another for each channel."""
        shown = (f"{b.html}{[button.url for button in b.buttons]}" for _, bubbles in self.languages for b in bubbles)
        return any(HIDDEN_CODE in one for one in shown)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "warning"]


def preview(
    post: Post, versions: Sequence[VersionLike], channels: Sequence[Channel], when: datetime | None, reason: str
) -> Preview:
    """Without channels every platform we have an account on is shown, so that writing may come before choosing."""
    moment = when or timezone.now()
    asked = [(channel.key, channel.languages, description_of(channel)) for channel in channels]
    content = Content(versions, partial(files_of, post), reason, post.made_with_ai, line_below(post))
    findings = [
        *check(content, asked, post.district, moment, settings.CONFIG.link_hosts),
        *before_approval(post),
        *said_again(post, versions, channels, moment),
        *too_much(post, channels, moment),
    ]
    shown = _platforms(channels)
    languages = [(v.language, _bubbles(v, shown, post, moment)) for v in versions]
    return Preview(languages, sorted(findings, key=lambda finding: finding.severity))


def said_again(
    post: Post, versions: Sequence[VersionLike], channels: Sequence[Channel], when: datetime
) -> list[Finding]:
    if not channels or settings.CONFIG.checks.duplicate == "off":
        return []
    return graded(list(duplicates(versions, recent.texts(post, channels, when))), settings.CONFIG.checks)


def too_much(post: Post, channels: Sequence[Channel], when: datetime) -> list[Finding]:
    """What the channels bear, by the days and weeks around its moment. Urgent warnings are never counted out."""
    if post.urgent or settings.CONFIG.checks.channel_overloaded == "off":
        return []
    spans = {"day": pgettext("in one", "day"), "week": pgettext("in one", "week")}
    told = [
        {"channel": str(one.channel), "found": one.found, "limit": one.limit, "span": spans[one.span]}
        for one in load.crowded(channels, when, post.pk)
    ]
    return graded([Finding("channel_overloaded", "warning", "", values) for values in told], settings.CONFIG.checks)


def _platforms(channels: Sequence[Channel]) -> list[tuple[Description, set[str] | None]]:
    """Each platform with the languages it gets there (None: whichever)."""
    if not channels:
        types = dict.fromkeys(account.type for account in settings.CONFIG.accounts.values())
        return [(CONNECTORS[kind].description, None) for kind in types if takes_posts(CONNECTORS[kind])]
    found: dict[str, tuple[Description, set[str] | None]] = {}
    for channel in channels:
        description = description_of(channel)
        languages = found.setdefault(description.key, (description, set()))[1]
        languages |= set(channel.languages)
    return list(found.values())


def _bubbles(
    version: VersionLike, platforms: Sequence[tuple[Description, set[str] | None]], post: Post, when: datetime
) -> list[Bubble]:
    return [
        draw(
            version,
            description,
            post.district,
            when,
            files_of(post, version.language, description),
            made_with_ai=post.made_with_ai,
            below=line_below(post),
        )
        for description, languages in platforms
        if languages is None or version.language in languages
    ]


def saved_preview(post: Post, channels: Sequence[Channel]) -> Preview:
    """Of a post as it stands in the database, dated as residents got it, or will get it."""
    order = ("kk", "ru", "en")
    versions = sorted(post.versions.all(), key=lambda version: order.index(version.language))
    sent = post.deliveries.filter(sent_at__isnull=False).order_by("sent_at").first()
    when = sent.sent_at if sent else post.publish_at
    return preview(post, versions, channels, when, post.single_language_reason)
