"""What was said lately, and what will be said soon, on some of the same channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery

from publisher.compose.models import Post, Version
from publisher.compose.sameness import Recent
from publisher.deliver.models import Channel, Delivery, State

GONE = (State.CANCELLED, State.FAILED, State.EXPIRED, State.WITHDRAWN)
AT_MOST = 300  # posts: more than any district says in a fortnight
AHEAD = timedelta(days=60)  # so long before its day a post is written at most; older ones are not looked through


def texts(post: Post, channels: Sequence[Channel], when: datetime) -> list[Recent]:
    """Of other posts, within the days that config.yaml names; of each the first moment counts."""
    span = timedelta(days=settings.CONFIG.checks.duplicate_days)
    there = Delivery.objects.filter(post=OuterRef("pk"), channel__in=channels, due_at__range=(when - span, when + span))
    first = Subquery(there.exclude(state__in=GONE).order_by("due_at").values("due_at")[:1])
    lately = Post.objects.filter(district=post.district_id, created_at__gte=when - span - AHEAD).exclude(pk=post.pk)
    found = lately.annotate(at=first).exclude(at=None).order_by("-pk").values_list("pk", "at", "title")[:AT_MOST]
    said = {pk: (at, title) for pk, at, title in found}
    versions = Version.objects.filter(post__in=said).values_list("post_id", "language", "body")
    return [Recent(pk, said[pk][1], language, body, said[pk][0]) for pk, language, body in versions]
