"""Both languages alike: pairs, how long Russian waited for Kazakh, and what each was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from statistics import median

from publisher.compose.models import Post
from publisher.connectors.base import Metric
from publisher.report.ground import Ground
from publisher.report.lines import in_order
from publisher.report.weekly_records import Parity

SHOWN = 20


def parity(ground: Ground) -> Parity:
    firsts = {post: first_moments(rows) for post, rows in ground.by_post.items()}
    pairs = [moments for moments in firsts.values() if {"kk", "ru"} <= moments.keys()]
    lags = [(moments["ru"] - moments["kk"]).total_seconds() / 60 for moments in pairs]
    single = [post for post, moments in firsts.items() if len(moments) == 1]
    languages = sorted({row.language for row in ground.rows}, key=in_order)
    mine = {language: [row for row in ground.rows if row.language == language] for language in languages}
    return Parity(
        posts=len(firsts),
        pairs=len(pairs),
        only_kk=sum(set(moments) == {"kk"} for moments in firsts.values()),
        only_ru=sum(set(moments) == {"ru"} for moments in firsts.values()),
        lag_minutes=median(lags) if lags else None,
        views={code: ground.sum(Metric.VIEWS, rows, language=code) for code, rows in mine.items()},
        er={code: ground.er(rows, language=code) for code, rows in mine.items()},
        messages={code: len(rows) for code, rows in mine.items()},
        one_language=_one_language(single[:SHOWN], firsts),
    )


def first_moments(rows) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for row in rows:  # the earliest first
        found.setdefault(row.language, row.sent_at)
    return found


def _one_language(
    posts: list[int], firsts: Mapping[int, Mapping[str, datetime]]
) -> tuple[tuple[int, str, str, str], ...]:
    rows = Post.objects.filter(pk__in=posts).order_by("pk").values_list("pk", "title", "single_language_reason")
    return tuple((pk, title, next(iter(firsts[pk])), reason) for pk, title, reason in rows)
