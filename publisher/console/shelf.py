"""What the library shows beside a template or file: when it was last used, and what is known to have come of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from publisher.compose.models import Post, PostMedia, Upload
from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery, Part
from publisher.measure.metrics import LABELS
from publisher.measure.readings import Gathered, Known
from publisher.people.access import everywhere, within_reach
from publisher.people.models import User

SHOWN = (Metric.VIEWS, Metric.READ, Metric.REACTIONS, Metric.FORWARDS, Metric.POLL_VOTES)


@dataclass(frozen=True, slots=True)
class Result:
    """The sum of one number over the last use's messages, and how many of them it is known for."""

    label: object
    value: int
    at_least: bool
    known: int
    messages: int


@dataclass(frozen=True, slots=True)
class Use:
    """How often it was published, and the last time with its results; without any use `last` is empty."""

    posts: int = 0
    last: datetime | None = None
    post: int | None = None
    results: tuple[Result, ...] = ()


def of_templates(user: User, slugs: Collection[str]) -> dict[str, Use]:
    """A fixed number of queries, however many templates and posts there are."""
    sent = _sent(user).filter(post__template_slug__in=slugs)
    return _uses(sent, "post__template_slug")


def of_uploads(user: User, uploads: Iterable[Upload]) -> dict[int, Use]:
    rows = PostMedia.objects.filter(upload__in=[row.pk for row in uploads])
    return _uses(_sent(user).filter(post__in=rows.values("post")), "post__media__upload")


def _sent(user: User) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(part=Part.MAIN, sent_at__isnull=False)
    return within_reach(user, rows, "post__district").order_by()


def _uses(sent: QuerySet[Delivery], by: str) -> dict:
    counts = {
        key: (posts, last)
        for key, posts, last in sent.values(by)
        .annotate(posts=Count("post", distinct=True), last=Max("sent_at"))
        .values_list(by, "posts", "last")
    }
    moments = {last for _posts, last in counts.values()}
    newest = {(key, at): post for key, at, post in sent.filter(sent_at__in=moments).values_list(by, "sent_at", "post")}
    posts = {key: newest[key, last] for key, (_count, last) in counts.items()}
    results = _results(set(posts.values()))
    return {key: Use(count, last, posts[key], results.get(posts[key], ())) for key, (count, last) in counts.items()}


def _results(posts: Collection[int]) -> dict[int, tuple[Result, ...]]:
    """Of each post; what no platform gave does not appear."""
    messages = Delivery.objects.filter(post__in=posts, part=Part.MAIN, sent_at__isnull=False)
    gathered = Gathered(messages, timezone.now())
    by_post: dict[int, list[Delivery]] = defaultdict(list)
    for message in messages.select_related("channel__account"):
        by_post[message.post_id].append(message)
    return {post: tuple(_of_post(rows, gathered)) for post, rows in by_post.items()}


def _of_post(messages: list[Delivery], gathered: Gathered) -> Iterable[Result]:
    for metric in SHOWN:
        numbers = [gathered.latest(message, metric) for message in messages]
        known = [number for number in numbers if isinstance(number, Known)]
        if known:
            total = sum(number.value for number in known)
            at_least = len(known) < len(messages) or any(number.at_least for number in known)
            yield Result(LABELS[metric], total, at_least, len(known), len(messages))


def uploads(user: User, words: str, kind: str) -> QuerySet[Upload]:
    """Files of posts within reach, the newest first; found by their own name or by the title of a post with them.

    By regular expressions, since SQLite's own comparison knows no capital letters but Latin ones.
    """
    mine = within_reach(user, Post.objects.all())
    rows = Upload.objects.all() if everywhere(user) else Upload.objects.filter(postmedia__post__in=mine)
    rows = rows.filter(kind=kind) if kind in ("photo", "video") else rows
    for word in words.split():
        pattern = re.escape(word)
        titled = PostMedia.objects.filter(post__in=mine.filter(title__iregex=pattern))
        rows = rows.filter(Q(name__iregex=pattern) | Q(pk__in=titled.values("upload")))
    return rows.distinct().order_by("-id")
