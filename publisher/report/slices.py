"""The month by topic and language, and how good each channel's data are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from publisher.compose.models import Kind
from publisher.connectors.base import Metric
from publisher.measure.by_hand import SOURCE as BY_HAND
from publisher.report.faults import missing
from publisher.report.ground import Ground
from publisher.report.lines import in_order
from publisher.report.messages import Row
from publisher.report.monthly_records import Quality, Slice
from publisher.report.settle import METRICS
from publisher.report.topics import Topics

LANGUAGE_NAMES = {
    "kk": {"kk": "Қазақша", "ru": "На казахском", "en": "Kazakh"},
    "ru": {"kk": "Орысша", "ru": "На русском", "en": "Russian"},
    "en": {"kk": "Ағылшынша", "ru": "На английском", "en": "English"},
}


def by_topic(ground: Ground, topics: Topics) -> tuple[Slice, ...]:
    """Each message under its post's first ruse; posts about none under their kind. Most messages first."""
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in ground.rows:
        parts[_topic(topics, row.post)].append(row)
    told = ground.hotline.patterns(ground.first, ground.last)
    for key in told:
        parts.setdefault(key, [])
    keys = sorted(parts, key=lambda key: (-len(parts[key]), key))
    return tuple(
        _slice(ground, key, {} if key in Kind.values else topics.titles(key), parts[key], topic=True) for key in keys
    )


def _topic(topics: Topics, post: int) -> str:
    kind, _template, keys = topics.posts[post]
    return keys[0] if keys else kind


def by_language(ground: Ground) -> tuple[Slice, ...]:
    languages = sorted({row.language for row in ground.rows}, key=in_order)
    mine = {code: [row for row in ground.rows if row.language == code] for code in languages}
    return tuple(_slice(ground, code, LANGUAGE_NAMES.get(code, {}), rows) for code, rows in mine.items())


def _slice(ground: Ground, key: str, titles, rows: Sequence[Row], *, topic: bool = False) -> Slice:
    point = {"topic": key} if topic else {"language": key}
    of_hotline = topic and key not in Kind.values
    return Slice(
        key=key,
        titles=titles,
        posts=len({row.post for row in rows}),
        messages=len(rows),
        views=ground.sum(Metric.VIEWS, rows, **point),
        er=ground.er(rows, **point),
        calls=ground.hotline.count("told", ground.first, ground.last, key) if of_hotline else None,
    )


def quality(ground: Ground) -> tuple[Quality, ...]:
    """Only channels that were to be read at all; most unknown first."""
    found = [_quality(ground, channel, rows) for channel, rows in ground.by_channel.items()]
    return tuple(sorted((one for one in found if one.wanted), key=lambda one: (-one.unknown / one.wanted, one.channel)))


def _quality(ground: Ground, channel: int, rows: Iterable[Row]) -> Quality:
    mine = list(rows)
    given = ground.scope.gives[channel]
    reasons = Counter(reason for row in mine for _metric, reason in missing(row, ground))
    return Quality(
        channel=ground.channels[channel].key,
        title=str(ground.channels[channel]),
        wanted=len(mine) * sum(metric in given for metric in METRICS),
        unknown=sum(reasons.values()),
        by_hand=sum(BY_HAND in row.sources.split(",") for row in mine),
        reasons=tuple(reasons.most_common()),
    )
