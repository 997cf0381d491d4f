"""The ruses that residents told of beside those we warned of, and what residents did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from publisher.compose.models import Post
from publisher.hotline.models import Heard as HeardFrom
from publisher.report import heard
from publisher.report.ground import Ground
from publisher.report.settle import sent
from publisher.report.stats.intervals import recognised
from publisher.report.topics import Topics
from publisher.report.values import Compared, Count, Ratio
from publisher.report.weekly_records import Heard, Response, Scheme

STILL_KNOWN = timedelta(days=28)  # so long a warning counts as given; then it fades (peers: 2 to 4 weeks)


def response(ground: Ground) -> Response:
    hotline, period = ground.hotline, (ground.first, ground.last)
    answers = hotline.heard(*period)
    lost, lost_median, lost_known = hotline.lost(*period)
    days = (ground.before[0][0].date() - timedelta(days=1), ground.last.date() + timedelta(days=1))
    clicks, outbound = heard.clicks(ground.scope, *days), heard.outbound(ground.scope, *days)
    return Response(
        calls=compared(ground, "calls"),
        heard=tuple(
            _heard(ground, answer, answers[answer]) for answer in sorted(answers, key=lambda a: (not a, -answers[a], a))
        ),
        heard_known=sum(n for answer, n in answers.items() if answer != HeardFrom.UNKNOWN),
        near_misses=compared(ground, "near_misses"),
        losses=hotline.count("losses", *period),
        recognised=share_recognised(ground),
        clicks=ground.compared(clicks.count(*period), clicks.history(ground.before)),
        outbound=ground.compared(outbound.count(*period), outbound.history(ground.before)),
        lost=lost,
        lost_median=lost_median,
        lost_known=lost_known,
    )


def compared(ground: Ground, what: str, pattern: str | None = None) -> Compared:
    now = ground.hotline.count(what, ground.first, ground.last, pattern)
    return ground.compared(now, ground.hotline.history(what, ground.before, pattern))


def share_recognised(ground: Ground) -> Ratio:
    attempts = ground.hotline.count("near_misses", ground.first, ground.last)
    losses = ground.hotline.count("losses", ground.first, ground.last)
    return replace(recognised(attempts.value, losses.value), behind=attempts.behind)


def _heard(ground: Ground, answer: str, n: int) -> Heard:
    behind = ground.scope.point("calls", ground.first, ground.last, answer=f"heard:{answer}")
    return Heard(answer, Count(n, behind=behind))


def schemes(ground: Ground, topics: Topics) -> tuple[Scheme, ...]:
    """The most told of first; then those that only we spoke of."""
    told = ground.hotline.patterns(ground.first, ground.last)
    warned, recent = _warned(topics), _recently_warned(ground)
    keys = sorted({*told, *warned}, key=lambda key: (-told[key], key))
    return tuple(_scheme(ground, topics, key, told[key], warned, recent) for key in keys)


def _scheme(
    ground: Ground, topics: Topics, key: str, told: int, warned: Mapping[str, list[int]], recent: set[str]
) -> Scheme:
    state = "ahead" if not told else "covered" if key in warned or key in recent else "missed"
    usual = compared(ground, "told", key)
    losses = ground.hotline.count("losses", ground.first, ground.last, key)
    assert isinstance(usual.now, Count)
    return Scheme(key, topics.titles(key), usual.now, usual, losses, tuple(warned.get(key, ())), state)


def _warned(topics: Topics) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for post, (_kind, _template, keys) in sorted(topics.posts.items()):
        for key in keys:
            found[key].append(post)
    return found


def _recently_warned(ground: Ground) -> set[str]:
    """Ruses that something went out about in the four weeks before the period."""
    rows = sent().filter(sent_at__gte=ground.first - STILL_KNOWN, sent_at__lt=ground.first)
    mine = ground.scope.filter_by_channel(rows)
    templates = mine.order_by().values_list("post__template_slug", flat=True).distinct()
    topics = Topics(())
    posts = Post.objects.filter(pk__in=list(topics.alarms)).filter(deliveries__in=mine).distinct()
    by_alarm = {topics.alarms[pk] for pk in posts.order_by().values_list("pk", flat=True)}
    return by_alarm | {key for slug in templates for key in topics.by_template.get(slug, ())}
