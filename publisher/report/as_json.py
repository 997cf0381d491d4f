"""The report as plain data: ISO times, and an explicit null with its reason wherever a number is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publisher.connectors.base import Metric
from publisher.measure.readings import Known, Number
from publisher.report.records import ChannelFigures, PublishedPost, Report, Total


def as_json(report: Report) -> dict[str, Any]:
    return {
        "period": {"start": report.start.isoformat(), "end": report.end.isoformat(), "zone": report.zone},
        "district": report.district.key if report.district else None,
        "made_at": report.made_at.isoformat(),
        "practice": report.practice,
        "metrics": [str(metric) for metric in report.metrics],
        "posts_published": len(report.posts),
        "messages_sent": len(report.messages),
        "totals": _totals(report.totals),
        "followers_change": _total(report.followers),
        "posts": [_post(post) for post in report.posts],
        "channels": [_channel(channel) for channel in report.channels],
        "troubles": [
            {
                "title": t.title,
                "where": t.where,
                "state": str(t.state),
                "at": _time(t.at),
                "reason": t.reason or None,
                "post": t.post,
            }
            for t in report.troubles
        ],
        "unknown": [
            {"where": g.where, "metric": str(g.metric), "reason": g.reason, "count": g.count or None}
            for g in report.gaps
        ],
    }


def _post(post: PublishedPost) -> dict[str, Any]:
    return {
        "id": post.id,
        "title": post.title,
        "kind": post.kind,
        "published_at": _time(post.published_at),
        "languages": list(post.languages),
        "totals": _totals(post.totals),
        "messages": [
            {
                "delivery": m.delivery,
                "channel": m.channel,
                "language": m.language,
                "state": str(m.state),
                "sent_at": _time(m.sent_at),
                "url": m.url or None,
                "numbers": {str(metric): _number(number) for metric, number in m.numbers.items()},
            }
            for m in post.messages
        ],
    }


def _channel(channel: ChannelFigures) -> dict[str, Any]:
    return {
        "key": channel.key,
        "title": channel.title,
        "platform": channel.platform,
        "kind": channel.kind,
        "languages": list(channel.languages),
        "on": channel.on,
        "messages_sent": channel.messages,
        "followers_start": _number(channel.start),
        "followers_end": _number(channel.end),
        "change": channel.change,
        "change_percent": None if channel.percent is None else round(channel.percent, 2),
        "change_reason": channel.change_reason or None,
    }


def _totals(totals: Mapping[Metric, Total]) -> dict[str, Any]:
    return {str(metric): _total(total) for metric, total in totals.items()}


def _total(total: Total) -> dict[str, Any]:
    return {
        "value": total.value,
        "at_least": total.at_least,
        "known": total.known,
        "of": total.of,
        "of_them_at_72h": total.at_horizon,
        "reason": "nothing_known" if total.value is None else None,
    }


def _number(number: Number) -> dict[str, Any]:
    if not isinstance(number, Known):
        return {"value": None, "reason": number.reason}
    return {
        "value": number.value,
        "at_least": number.at_least,
        "at": _time(number.at),
        "horizon": number.horizon or None,
        "source": number.source,
        "parts": {label: value for label, value in number.parts if label},
        "reason": None,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat()
