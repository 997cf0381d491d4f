"""What was said lately, and what will be said soon, on some of the same channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Coalesce

from publisher.compose.models import Post, Version
from publisher.compose.sameness import Recent
from publisher.deliver.models import Channel, Delivery, State

GONE = (State.CANCELLED, State.FAILED, State.EXPIRED, State.WITHDRAWN)
AT_MOST = 300  # posts: more than any district says in a fortnight


def texts(post: Post, channels: Sequence[Channel], when: datetime) -> list[Recent]:
    """Of other posts, within the days that config.yaml names; of each text the first moment counts."""
    span = timedelta(days=settings.CONFIG.checks.duplicate_days)
    rows = Delivery.objects.filter(channel__in=channels, due_at__gte=when - span, due_at__lte=when + span)
    rows = rows.exclude(post=post).exclude(state__in=GONE)
    first = rows.values("post").annotate(at=Min(Coalesce("sent_at", "due_at"))).order_by("-at")[:AT_MOST]
    moments: dict[int, datetime] = {row["post"]: row["at"] for row in first}
    versions = Version.objects.filter(post__in=moments).select_related("post")
    return [Recent(row.post_id, row.post.title, row.language, row.body, moments[row.post_id]) for row in versions]
