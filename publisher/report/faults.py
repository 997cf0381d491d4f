"""What is not known and why, what was changed afterwards, and what did not go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from publisher.connectors.base import Metric
from publisher.deliver.models import Change, ChangeKind, ChangeState
from publisher.measure.readings import Unknown
from publisher.report.figures import platform_of
from publisher.report.ground import Ground
from publisher.report.messages import Row
from publisher.report.records import Gap
from publisher.report.settle import METRICS
from publisher.report.weekly_records import Correction

SHOWN = 50
ROUNDED = 0.01  # a public page shows three digits from 1,000 on
FEW_CHANNELS = 40  # with more of them gaps are told by platform
CHANGES = {ChangeKind.EDIT: "correction", ChangeKind.WITHDRAW: "withdrawal"}
DONE = (ChangeState.DONE, ChangeState.FOLLOWED_UP, ChangeState.BY_HAND)


def gaps(ground: Ground) -> tuple[Gap, ...]:
    """What a platform never gives is said once for each platform; the rest is counted."""
    return (*_never_given(ground), *_not_known(ground), *_uncounted(ground))


def _never_given(ground: Ground) -> list[Gap]:
    """Of roads on which messages went out, or channels are followed, in the period."""
    used = [channel for pk, channel in ground.channels.items() if pk in ground.by_channel or not channel.off_reason]
    given: dict[str, tuple[str, set[Metric]]] = {}
    for channel in used:
        metrics = given.setdefault(channel.account.type, (platform_of(channel), set()))[1]
        metrics.update(ground.scope.gives[channel.pk])
    wanted = (*METRICS, Metric.FOLLOWERS)
    return [
        Gap(platform, metric, "not_given", road=road)
        for road, (platform, metrics) in given.items()
        for metric in wanted
        if metric not in metrics
    ]


def _not_known(ground: Ground) -> list[Gap]:
    count = Counter(
        (_where(ground, row.channel), m, reason) for row in ground.rows for m, reason in missing(row, ground)
    )
    return [Gap(where, Metric(metric), reason, n) for (where, metric, reason), n in sorted(count.items())]


def missing(row: Row, ground: Ground) -> Iterable[tuple[str, str]]:
    """What the channel gives but this message does not have at the horizon."""
    given = ground.scope.gives[row.channel]
    for metric in METRICS:
        if metric in given and row.known(metric) is None:
            yield metric.value, "not_yet" if row.growing else row.reasons.get(metric.value, "not_given")


def _where(ground: Ground, channel: int) -> str:
    found = ground.channels[channel]
    return str(found) if len(ground.channels) <= FEW_CHANNELS else platform_of(found)


def _uncounted(ground: Ground) -> list[Gap]:
    """Followers that were not read near an edge of the period."""
    count: Counter[tuple[str, str]] = Counter()
    for pk, channel in ground.channels.items():
        for moment in (ground.first, ground.last):
            number = ground.followers.of(channel, moment)
            if isinstance(number, Unknown) and number.reason != "not_given" and not channel.off_reason:
                count[_where(ground, pk), number.reason] += 1
    return [Gap(where, Metric.FOLLOWERS, reason, n) for (where, reason), n in sorted(count.items())]


def corrections(ground: Ground) -> tuple[Correction, ...]:
    found = [*_changes(ground), *_fallen(ground)]
    return tuple(sorted(found, key=lambda one: one.at)[-SHOWN:])


def _changes(ground: Ground) -> list[Correction]:
    """One line for a post and moment, however many channels it stood on."""
    rows = Change.objects.filter(kind__in=CHANGES, state__in=DONE, done_at__gte=ground.first, done_at__lt=ground.last)
    mine = ground.scope.filter_by_channel(rows, "delivery__channel").order_by("-done_at", "-id")
    # Their keys first: joined at once, SQLite begins with all deliveries there are.
    newest = list(mine.values_list("pk", flat=True)[: SHOWN * 20])
    whole = Change.objects.select_related("delivery__post", "delivery__channel").in_bulk(newest)
    found: dict[tuple[int, str, int], list[Change]] = {}
    for change in (whole[pk] for pk in newest):
        found.setdefault((change.delivery.post_id, change.kind, change.revision), []).append(change)
    return [_change(same) for same in list(found.values())[:SHOWN]]


def _change(same: Sequence[Change]) -> Correction:
    last = same[0]
    channels = sorted({str(change.delivery.channel) for change in same})
    where = channels[0] if len(channels) == 1 else f"{channels[0]} + {len(channels) - 1}"
    post = last.delivery.post
    assert last.done_at is not None
    return Correction(
        CHANGES[ChangeKind(last.kind)], last.done_at, where, post.title, post.pk, last.asked_by, last.state
    )


def _fallen(ground: Ground) -> list[Correction]:
    """Views only ever rise: fewer at the horizon than after a day means that something is wrong with a reading.

    Not within what a public page rounds: a message read by two roads would seem to fall.
    """
    found = []
    for row in ground.rows:
        before, after = ground.day_views.get(row.delivery), row.known(Metric.VIEWS)
        if before is not None and after is not None and after < before * (1 - ROUNDED):
            at, where = row.seen_at or row.sent_at, str(ground.channels[row.channel])
            found.append(Correction("counter_fell", at, where, "", row.post, "", f"{before} > {after}"))
    return found[:SHOWN]
