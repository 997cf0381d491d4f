"""The readings behind a figure, with source and time: what a chief sees who opens a number.

Whoever asks must have been checked for place(): a figure's address names its district or region in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet

from publisher.connectors.base import Metric
from publisher.deliver.models import Delivery
from publisher.hotline.models import Case, Consultation, OutboundCall
from publisher.measure.models import Horizon, LinkDay, Reading
from publisher.measure.readings import Gathered, Known, Number, Unknown
from publisher.people.models import District, Region
from publisher.report.followers import Followers
from publisher.report.heard import FILTERS
from publisher.report.scope import Scope
from publisher.report.settle import sent
from publisher.report.topics import Topics
from publisher.report.values import Behind

PAGE = 50


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line. Of a message: its title, where it stands, when it went out, its number and who typed that in if
    anybody did; of a call: when, and codes of what it was. `post` and `delivery` lead on, where there is something."""

    what: str
    where: str
    at: datetime
    number: Number | None = None
    language: str = ""
    url: str = ""
    by: str = ""
    proof: str = ""
    post: int | None = None
    delivery: int | None = None
    codes: tuple[tuple[str, str], ...] = ()  # pattern, verdict, outcome, heard, source, okrug, result


@dataclass(frozen=True, slots=True)
class Listing:
    lines: tuple[Evidence, ...]
    total: int
    start: int


def place(behind: Behind) -> District | Region | None:
    """Whose figure it is; raises District.DoesNotExist or Region.DoesNotExist for an address nobody made."""
    if behind.district:
        return District.objects.get(pk=behind.district)
    if behind.region:
        return Region.objects.get(pk=behind.region)
    return None


def listing(behind: Behind, now: datetime, start: int = 0, most: int = PAGE) -> Listing:
    """In order of time. Every number is read anew from the readings, never from what was worked out before."""
    found: Callable[[Behind, Scope, datetime, int, int], Listing] = LISTED[behind.thing]
    return found(behind, Scope(place(behind)), now, start, most)


def _messages(behind: Behind, scope: Scope, now: datetime, start: int, most: int) -> Listing:
    rows = messages_of(behind, scope)
    page = list(rows.select_related("post", "channel__account").order_by("sent_at", "id")[start : start + most])
    gathered = Gathered(Delivery.objects.filter(pk__in=[row.pk for row in page]), now)
    metric = Metric(behind.metric or Metric.VIEWS)
    horizon = Horizon(behind.horizon) if behind.horizon else Horizon.THREE_DAYS
    numbers = {row.pk: _number(row, gathered, metric, horizon) for row in page}
    hands = _hands(numbers, metric)
    lines = tuple(_message(row, numbers[row.pk], hands) for row in page)
    return Listing(lines, rows.count(), start)


def messages_of(behind: Behind, scope: Scope) -> QuerySet[Delivery]:
    rows = scope.filter_by_channel(sent().filter(sent_at__gte=behind.first, sent_at__lt=behind.last))
    rows = rows.filter(channel__key=behind.channel) if behind.channel else rows
    rows = rows.filter(language=behind.language) if behind.language else rows
    rows = rows.filter(post=behind.post) if behind.post else rows
    return rows.filter(post__in=_about(rows, behind.topic)) if behind.topic else rows


def _about(rows: QuerySet[Delivery], topic: str) -> list[int]:
    posts = rows.order_by().values_list("post", "post__kind", "post__template_slug").distinct()
    topics = Topics(())
    return [pk for pk, kind, slug in posts if topic == next(iter(topics.of(pk, slug)), kind)]


def _number(row: Delivery, gathered: Gathered, metric: Metric, horizon: Horizon) -> Number:
    """At the horizon; while it is too young, what it has by now, as a lower bound, like the sum counts it."""
    found = gathered.at_horizon(row, metric, horizon)
    if isinstance(found, Unknown) and found.reason == "not_yet":
        by_now = gathered.latest(row, metric)
        if isinstance(by_now, Known):
            return Known(by_now.value, by_now.at, by_now.source, at_least=True, parts=by_now.parts)
    return found


def _hands(numbers: dict[int, Number], metric: Metric) -> dict[int, tuple[str, str]]:
    """Who typed it in, and where it was read."""
    shown = Q()
    for pk, number in numbers.items():
        if isinstance(number, Known):
            shown |= Q(delivery=pk, at=number.at, source=number.source)
    if not shown:
        return {}
    rows = Reading.objects.filter(shown, metric=metric).exclude(by="", proof="")
    return {pk: (by, proof) for pk, by, proof in rows.values_list("delivery", "by", "proof")}


def _message(row: Delivery, number: Number, hands: dict[int, tuple[str, str]]) -> Evidence:
    by, proof = hands.get(row.pk, ("", ""))
    assert row.sent_at is not None
    return Evidence(
        row.post.title,
        str(row.channel),
        row.sent_at,
        number,
        row.language,
        (row.receipt or {}).get("url", ""),
        by,
        proof,
        row.post_id,
        row.pk,
    )


def _followers(behind: Behind, scope: Scope, now: datetime, start: int, most: int) -> Listing:
    """Each channel's count at both edges of the period."""
    followers = Followers(scope, now)
    channels = [one for one in scope.channels.values() if behind.channel in ("", one.key)]
    lines = [
        Evidence(str(channel), channel.key, edge, followers.of(channel, edge), url=channel.url)
        for channel in channels[start : start + most]
        for edge in (behind.first, min(behind.last, now))
    ]
    return Listing(tuple(lines), len(channels), start)


def _calls(behind: Behind, scope: Scope, now: datetime, start: int, most: int) -> Listing:
    rows = scope.only(Consultation.objects.filter(at__gte=behind.first, at__lt=behind.last))
    rows = rows.filter(pattern=behind.topic) if behind.topic else rows
    rows = rows.filter(_counted(behind.answer))
    page = rows.select_related("okrug").order_by("at", "id")[start : start + most]
    return Listing(tuple(map(_call, page)), rows.count(), start)


def _counted(answer: str) -> Q:
    kind, _, heard = answer.partition(":")
    return FILTERS["calls"] & Q(heard=heard) if kind == "heard" else FILTERS.get(kind, Q())


def _call(one: Consultation) -> Evidence:
    """Its note is left out: words of a resident do not belong into a report."""
    names = ("pattern", "verdict", "outcome", "heard", "source")
    codes = tuple((name, str(getattr(one, name))) for name in names if getattr(one, name))
    okrug = (("okrug", one.okrug.name_kk),) if one.okrug else ()
    return Evidence("", "", one.at, language=one.language, codes=(*codes, *okrug))


def _by_day(rows: QuerySet, start: int, most: int, line: Callable[[object], Evidence]) -> Listing:
    page = rows.order_by("day", "id")[start : start + most]
    return Listing(tuple(line(row) for row in page), rows.count(), start)


def _cases(behind: Behind, scope: Scope, now: datetime, start: int, most: int) -> Listing:
    rows = _days(scope.only(Case.objects.select_related("okrug")), behind, scope)
    rows = rows.filter(pattern=behind.topic) if behind.topic else rows

    def line(row) -> Evidence:
        codes = (("pattern", row.pattern), ("okrug", row.okrug.name_kk if row.okrug else ""))
        return Evidence("", "", _noon(row.day, scope), by=row.by_name, codes=tuple(c for c in codes if c[1]))

    return _by_day(rows, start, most, line)


def _outbound(behind: Behind, scope: Scope, now: datetime, start: int, most: int) -> Listing:
    rows = _days(
        scope.only(OutboundCall.objects.select_related("entry__campaign"), "entry__campaign__district"), behind, scope
    )

    def line(row) -> Evidence:
        return Evidence(row.entry.campaign.name, "", row.at, language=row.language, by=row.by_name,
                        codes=(("result", row.result),))  # fmt: skip

    return _by_day(rows, start, most, line)


def _clicks(behind: Behind, scope: Scope, now: datetime, start: int, most: int) -> Listing:
    rows = _days(scope.only(LinkDay.objects.select_related("link"), "link__district"), behind, scope)

    def line(row) -> Evidence:
        known = Known(row.people, _noon(row.day, scope), "short-link")
        return Evidence(row.link.label, row.link.code, _noon(row.day, scope), known, row.link.language, row.link.url,
                        post=row.link.post_id)  # fmt: skip

    return _by_day(rows, start, most, line)


def _days(rows: QuerySet, behind: Behind, scope: Scope) -> QuerySet:
    first, last = (moment.astimezone(scope.zone).date() for moment in (behind.first, behind.last))
    return rows.filter(day__gte=first, day__lt=last)


def _noon(day, scope: Scope) -> datetime:
    """A day has no moment of its own; noon stays the same day in every zone nearby."""
    return datetime.combine(day, time(), scope.zone) + timedelta(hours=12)


LISTED = {
    "messages": _messages,
    "followers": _followers,
    "calls": _calls,
    "cases": _cases,
    "outbound": _outbound,
    "clicks": _clicks,
}


def total(lines: Sequence[Evidence]) -> int:
    """What the known numbers add up to: the figure itself, when all its lines are given."""
    return sum(line.number.value for line in lines if isinstance(line.number, Known))
