"""The rows of the channel table, and the posts that did best and worst, fairly compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from publisher.compose.models import Post, PostMedia
from publisher.connectors.base import Metric
from publisher.deliver.models import Channel, Delivery
from publisher.report.figures import platform_of
from publisher.report.ground import Ground
from publisher.report.messages import Row
from publisher.report.topics import Topics
from publisher.report.values import ENOUGH_KNOWN
from publisher.report.weekly_records import ChannelLine, PostLine

BEST = 3
FOR_WEAKEST = 5  # posts that can be compared, before one is called the weakest
LOOKED_AT = 20  # posts whose titles and pictures are fetched


def channel_lines(ground: Ground) -> tuple[ChannelLine, ...]:
    """Every channel that is on or got a message, by its key."""
    rows = ground.by_channel
    return tuple(
        _line(ground, c, rows.get(pk, [])) for pk, c in ground.channels.items() if rows.get(pk) or not c.off_reason
    )


def _line(ground: Ground, channel: Channel, rows: Sequence[Row]) -> ChannelLine:
    net, reason = ground.followers.net(channel, ground.first, ground.last)
    known = [value for row in rows if (value := row.known(Metric.VIEWS)) is not None]
    spoken = [row.language for row in rows]
    return ChannelLine(
        key=channel.key,
        title=str(channel),
        platform=platform_of(channel),
        district=channel.district_id,
        languages=tuple(channel.languages),
        on=not channel.off_reason,
        followers=ground.followers.of(channel, ground.last),
        net=net,
        net_reason=reason,
        messages=len(rows),
        by_language={language: spoken.count(language) for language in sorted(set(spoken), key=in_order)},
        views=ground.sum(Metric.VIEWS, rows, channel=channel.key),
        median=median(known) if known else None,
        forwards=ground.sum(Metric.FORWARDS, rows, channel=channel.key),
        er=ground.er(rows, channel=channel.key),
        err=ground.err(rows, channel=channel.key),
        sources=sources_of(rows),
        seen_at=max((row.seen_at for row in rows if row.seen_at), default=None),
        behind=ground.scope.point("messages", ground.first, ground.last, horizon=ground.horizon, channel=channel.key),
    )


def in_order(language: str) -> int:
    """Kazakh first."""
    return {"kk": 0, "ru": 1}.get(language, 2)


def sources_of(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(sorted({source for row in rows for source in row.sources.split(",") if source}))


def best_and_weakest(ground: Ground, topics: Topics) -> tuple[tuple[PostLine, ...], PostLine | None]:
    """By views against what their channels' messages usually get. Without any usual yet, by views alone."""
    scores = {post: against_usual(rows, ground.usual_views) for post, rows in ground.by_post.items()}
    fair = {post: score for post, score in scores.items() if score is not None}
    order = sorted(fair, key=lambda post: (-fair[post], post)) or _by_views(ground)
    wanted = [*order[:BEST], *(order[-1:] if len(fair) >= FOR_WEAKEST else [])]
    lines = post_lines(ground, topics, wanted, scores)
    if len(fair) < FOR_WEAKEST:
        return lines, None
    return lines[:-1], lines[-1]


def _by_views(ground: Ground) -> list[int]:
    known = {post: _known_views(rows) for post, rows in ground.by_post.items()}
    return sorted((post for post, value in known.items() if value), key=lambda post: (-known[post], post))


def _known_views(rows: Iterable[Row]) -> int:
    return sum(row.known(Metric.VIEWS) or 0 for row in rows)


def against_usual(rows: Sequence[Row], usual: Mapping[int, float]) -> float | None:
    """Σ views / Σ of the channels' medians, over the messages where both are known; None under 80 % of them.

    Of all messages on channels that give views: one still growing makes the post young, not weak.
    """
    measurable = [row for row in rows if usual.get(row.channel)]
    known = [row for row in measurable if row.known(Metric.VIEWS) is not None]
    if not known or len(known) < ENOUGH_KNOWN * len(measurable):
        return None
    return sum(row.numbers[Metric.VIEWS] or 0 for row in known) / sum(usual[row.channel] for row in known)


def post_lines(
    ground: Ground, topics: Topics, wanted: Sequence[int], scores: Mapping[int, float | None]
) -> tuple[PostLine, ...]:
    posts = Post.objects.in_bulk(wanted)
    pictures, addresses = _pictures(wanted), _addresses(wanted)
    return tuple(
        _post(ground, posts[pk], topics, scores.get(pk), pictures.get(pk, ""), addresses.get(pk, "")) for pk in wanted
    )


def _post(ground: Ground, post: Post, topics: Topics, score: float | None, picture: str, address: str) -> PostLine:
    rows, at = ground.by_post[post.pk], {"post": str(post.pk)}
    return PostLine(
        id=post.pk,
        title=post.title,
        kind=post.kind,
        topic=next(iter(topics.of(post.pk, post.template_slug)), ""),
        template=post.template_slug,
        published_at=rows[0].sent_at,
        languages=tuple(sorted({row.language for row in rows}, key=in_order)),
        channels=len({row.channel for row in rows}),
        views=ground.sum(Metric.VIEWS, rows, **at),
        forwards=ground.sum(Metric.FORWARDS, rows, **at),
        reactions=ground.sum(Metric.REACTIONS, rows, **at),
        against_usual=score,
        url=address,
        thumbnail=picture,
    )


def _pictures(posts: Sequence[int]) -> dict[int, str]:
    """The first file's small picture, or itself where it is a picture."""
    found: dict[int, str] = {}
    for media in PostMedia.objects.filter(post__in=posts).select_related("upload").order_by("position", "id"):
        upload = media.upload
        path = upload.thumbnail or (upload.path if upload.kind == "photo" else "")
        if path:
            found.setdefault(media.post_id, path)
    return found


def _addresses(posts: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    rows = Delivery.objects.filter(post__in=posts, sent_at__isnull=False).order_by("sent_at", "id")
    for post, receipt in rows.values_list("post", "receipt"):
        if url := (receipt or {}).get("url"):
            found.setdefault(post, url)
    return found
