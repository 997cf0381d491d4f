"""The question box: what chiefs ask most, as ready filters. Each answer says what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q
from django.db.models import Sum as DbSum

from publisher.connectors.base import Metric
from publisher.deliver.models import Channel
from publisher.hotline.models import CallResult, Consultation, HouseVisits, LeafletBatch, Okrug, OutboundCall, Verdict
from publisher.measure.hours import Best, Seen, compare
from publisher.measure.models import Horizon
from publisher.people.models import District, Region
from publisher.report.heard import Hotline
from publisher.report.messages import Messages
from publisher.report.outcome import months_to, next_month
from publisher.report.response import STILL_KNOWN
from publisher.report.scope import DAY, WEEK, Scope, lengths
from publisher.report.settle import sent
from publisher.report.stats.intervals import rate_ratio
from publisher.report.stats.usual import compare as beside_usual
from publisher.report.topics import Topics
from publisher.report.values import Compared, Count, Interval

LOOKED_BACK = timedelta(weeks=13)
MONTHS = 8


@dataclass(frozen=True, slots=True)
class Growth:
    """A ruse in a month beside the month before. `ratio`: per day, with its exact interval, unless the hotline began to
    write down within that month before. It grew only where the interval lies above 1 or the month is above the usual.
    `warned_at`: the first warning within it or the four weeks before; None: none. `late`: days from the first report of
    the month to that warning, negative when it came first.
    """

    key: str
    titles: Mapping[str, str]
    now: Count
    before: Count
    usual: Compared
    ratio: float | None
    interval: Interval | None
    grew: bool
    warned_at: datetime | None
    late: int | None
    posts: int


def which_ruse_grew(place: District | Region | None, first_of_month: date, now: datetime) -> tuple[Growth, ...]:
    """ "Which ruse grew this month, and did we warn?" Those that grew first, then by reports."""
    scope = Scope(place)
    hotline, topics = Hotline(scope), Topics(())
    months = [(scope.moment(day), scope.moment(next_month(day))) for day in months_to(first_of_month, MONTHS + 1)]
    first, last = months[-1][0], min(months[-1][1], now)
    keys = {*hotline.patterns(first, last), *hotline.patterns(*months[-2])}
    warnings = warnings_of(scope, topics, first - STILL_KNOWN, last)
    found = [_growth(hotline, topics, key, months, last, warnings.get(key, [])) for key in keys]
    return tuple(sorted(found, key=lambda one: (not one.grew, -(one.now.value or 0), one.key)))


def _growth(
    hotline: Hotline,
    topics: Topics,
    key: str,
    months: list[tuple[datetime, datetime]],
    last: datetime,
    warnings: list[tuple[datetime, int]],
) -> Growth:
    first = months[-1][0]
    now, before = hotline.count("told", first, last, key), hotline.count("told", *months[-2], key)
    days, days_before = (last - first).total_seconds() / 86_400, (first - months[-2][0]).total_seconds() / 86_400
    kept = hotline.kept_from("told")
    whole = kept is not None and kept <= months[-2][0] + DAY
    interval = rate_ratio(now.value or 0, days, before.value or 0, days_before) if whole else None
    earlier = hotline.history("told", months[:-1], key)
    usual = beside_usual(now, earlier, over=last >= months[-1][1], lengths=lengths(months[-1], months[:-1]))
    warned = min((at for at, _post in warnings), default=None)
    told = _first_report(hotline.scope, key, first, last)
    return Growth(
        key=key,
        titles=topics.titles(key),
        now=now,
        before=before,
        usual=usual,
        ratio=(now.value or 0) / days / (before.value / days_before) if whole and before.value and days else None,
        interval=interval,
        grew=bool(interval and interval.low > 1) or usual.verdict == "above",
        warned_at=warned,
        late=(warned - told).days if warned and told else None,
        posts=len({post for at, post in warnings if at >= first}),
    )


def _first_report(scope: Scope, key: str, first: datetime, last: datetime) -> datetime | None:
    rows = scope.only(Consultation.objects.filter(pattern=key, at__gte=first, at__lt=last).exclude(verdict=Verdict.NOT))
    return rows.order_by("at").values_list("at", flat=True).first()


def warnings_of(scope: Scope, topics: Topics, first: datetime, last: datetime) -> dict[str, list[tuple[datetime, int]]]:
    """By ruse: when something went out about it, and which post."""
    rows = scope.filter_by_channel(sent().filter(sent_at__gte=first, sent_at__lt=last)).order_by("sent_at")
    found: dict[str, list[tuple[datetime, int]]] = {}
    for at, post, slug in rows.values_list("sent_at", "post", "post__template_slug"):
        for key in topics.of(post, slug):
            found.setdefault(key, []).append((at, post))
    return found


@dataclass(frozen=True, slots=True)
class Left:
    """A ruse told of in the okrug in the last 13 weeks. `warned_at`: the last warning on a channel that its residents
    can follow; None: none in that time."""

    key: str
    titles: Mapping[str, str]
    calls: int
    warned_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotGot:
    """What an okrug's residents do not get. None: nobody wrote that number down.

    `channels`: those with the okrug's name as a tag, else the district's own that have no other okrug's tag; with
    `own` False. `languages` that none of them speaks.
    """

    okrug: Okrug
    own: bool
    channels: tuple[str, ...]
    silent: tuple[str, ...]  # of them: nothing went out there in the last week
    languages: tuple[str, ...]
    left: tuple[Left, ...]
    households: int | None
    visited: int | None
    printed: int
    handed_over: int
    called: int  # prevention calls in which somebody was talked to
    calls: int  # to the hotline


def what_an_okrug_does_not_get(okrug: Okrug, now: datetime) -> NotGot:
    """ "What do residents of this okrug not get?" Over the last 13 weeks."""
    scope, first = Scope(okrug.district), now - LOOKED_BACK
    own, channels = channels_of(okrug, scope)
    mine = sent().filter(channel__in=channels)
    newest = dict(mine.order_by().values_list("channel").annotate(at=Max("sent_at")))
    told = Consultation.objects.filter(okrug=okrug, at__gte=first, at__lt=now)
    visits = HouseVisits.objects.filter(okrug=okrug, day__gte=first.date())
    sums = visits.aggregate(households=DbSum("households"), leaflets=DbSum("leaflets"))
    printed = LeafletBatch.objects.filter(okrug=okrug, round__ends__gte=first.date()).aggregate(n=DbSum("printed"))["n"]
    talked = OutboundCall.objects.filter(entry__okrug=okrug, result=CallResult.TALKED, at__gte=first)
    spoken = {code for channel in channels for code in channel.languages}
    return NotGot(
        okrug=okrug,
        own=own,
        channels=tuple(map(str, channels)),
        silent=tuple(str(one) for one in channels if newest.get(one.pk, first) < now - WEEK),
        languages=tuple(code for code in ("kk", "ru") if code not in spoken),
        left=_left(told, mine.filter(sent_at__gte=first)),
        households=okrug.households,
        visited=sums["households"],
        printed=printed or 0,
        handed_over=sums["leaflets"] or 0,
        called=talked.count(),
        calls=told.count(),
    )


def channels_of(okrug: Okrug, scope: Scope) -> tuple[bool, list[Channel]]:
    """By tag: the okrug's name in either language, small letters."""
    names = {okrug.name_kk.casefold(), okrug.name_ru.casefold()} - {""}
    others = Okrug.objects.filter(district=okrug.district).exclude(pk=okrug.pk).values_list("name_kk", "name_ru")
    foreign = {name.casefold() for pair in others for name in pair if name}
    on = [channel for channel in scope.channels.values() if not channel.off_reason]
    tags = {channel.pk: {str(tag).casefold() for tag in channel.tags} for channel in on}
    own = [channel for channel in on if tags[channel.pk] & names]
    return bool(own), own or [channel for channel in on if not tags[channel.pk] & foreign]


def _left(told, messages) -> tuple[Left, ...]:
    topics = Topics(())
    warned: dict[str, datetime] = {}
    rows = messages.order_by("sent_at").values_list("sent_at", "post", "post__template_slug")
    for at, post, slug in rows:
        warned |= dict.fromkeys(topics.of(post, slug), at)
    calls: dict[str, int] = {}
    for key in told.exclude(Q(pattern="") | Q(verdict=Verdict.NOT)).order_by().values_list("pattern", flat=True):
        calls[key] = calls.get(key, 0) + 1
    found = [Left(key, topics.titles(key), n, warned.get(key)) for key, n in calls.items()]
    return tuple(sorted(found, key=lambda one: (one.warned_at is not None, -one.calls, one.key)))


def best_hours(place: District | Region | None, language: str, now: datetime) -> Best:
    """ "The best hour for Kazakh posts": spans of three hours, by views after a day against the channel's usual.

    Over the last 13 weeks; empty with too few messages, and then it says how many there are and how many it takes.
    """
    scope = Scope(place)
    rows = Messages(scope, now).rows(now - LOOKED_BACK, now, Horizon.DAY)
    mine = [(row, row.known(Metric.VIEWS)) for row in rows if row.language == language]
    return compare([Seen(row.channel, row.sent_at, views) for row, views in mine if views is not None], scope.zone)
