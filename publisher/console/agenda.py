"""What stands in the calendar between two moments: queued and sent posts, wishes, and the plans' coming slots.

The number of queries does not depend on how much there is: the database puts the deliveries of one post at one moment
together, since a month has thousands of them and hundreds of lines.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext

from publisher.compose.models import Kind, Post, Status
from publisher.console import crowding
from publisher.console.access import districts_of
from publisher.console.looks import LATE, SLOTS, STATES, STATUSES, Look
from publisher.deliver.gathered import Gathered
from publisher.deliver.models import Channel, Delivery, State
from publisher.deliver.status import OVERDUE
from publisher.people.access import May, may, within_reach
from publisher.people.models import District, User
from publisher.plan.models import Slot, SlotState
from publisher.sentences import say

NEAR = timedelta(minutes=30)  # two posts on one channel closer than this push each other off residents' screens
AHEAD = timedelta(days=14)  # so far ahead an empty day is worth a word
# Of the deliveries of one post at one moment, the state that most needs to be seen.
LOUDEST = (
    State.UNKNOWN,
    State.FAILED,
    State.EXPIRED,
    State.SENDING,
    State.CLAIMED,
    State.WAITING,
    State.SENT,
    State.WITHDRAWN,
)
WISHED = (Status.DRAFT, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED)


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of the calendar a person looks at; empty: all of it."""

    start: datetime
    end: datetime
    channel: str = ""
    district: str = ""
    kind: str = ""


@dataclass(slots=True)
class Entry:
    """One moment of one post or slot. `hindrance` says why it cannot be moved; empty: it can."""

    id: str
    title: str
    at: datetime
    kind: str
    district: str
    channels: tuple[str, ...]  # keys
    look: Look
    address: str
    move: str  # where the form “move to…” is
    hindrance: str = ""
    urgent: bool = False
    alive: bool = True  # it went out or may still go out
    marks: list[str] = field(default_factory=list)

    @property
    def kind_words(self) -> object:
        return Kind(self.kind).label if self.kind in Kind.values else ""

    @property
    def movable(self) -> bool:
        return not self.hindrance


class Agenda:
    """For one person: nothing of districts beyond their reach."""

    def __init__(self, user: User, asked: Asked) -> None:
        self.user, self.asked, self.now, self.zone = user, asked, timezone.now(), zone_of(user)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        rows = within_reach(self.user, Channel.objects.select_related("account"))
        return {row.key: row for row in rows}

    @cached_property
    def districts(self) -> dict[str, District]:
        return {row.key: row for row in districts_of(self.user)}

    @cached_property
    def entries(self) -> list[Entry]:
        found = sorted([*self._queued(), *self._wishes(), *self._slots()], key=lambda e: (e.at, e.title))
        for one, two, key in collisions(found, self.now):
            words = gettext("%(minutes)s min from “%(title)s” on %(channel)s")
            for mine, other in ((one, two), (two, one)):
                minutes = int(abs((one.at - two.at).total_seconds()) // 60)
                named = {"minutes": minutes, "title": other.title, "channel": self.name_of(key)}
                mine.marks.append(words % named)
        if not self.asked.kind:  # of one kind alone the count would be too small
            crowding.tell(found, self.now, self.zone, self.name_of)
        return found

    def name_of(self, key: str) -> str:
        channel = self.channels.get(key)
        return str(channel) if channel else key

    def _in_reach(self, rows, path: str):
        rows = within_reach(self.user, rows, path)
        return rows.filter(**{path: self.asked.district}) if self.asked.district else rows

    def _queued(self) -> Iterator[Entry]:
        rows = Delivery.objects.filter(due_at__gte=self.asked.start, due_at__lt=self.asked.end)
        rows = self._in_reach(rows.filter(state__in=LOUDEST), "post__district")
        rows = rows.filter(channel__key=self.asked.channel) if self.asked.channel else rows
        rows = rows.filter(post__kind=self.asked.kind) if self.asked.kind else rows
        together = (
            rows.order_by()
            .values_list(*_Group.COLUMNS)
            .annotate(on=Gathered("channel__key"), states=Gathered(Concat("state", Value(":"), "held")))
        )
        for *row, on, states in together:
            yield self._of_group(_Group(*row, set(on.split(",")), set(states.split(","))))

    def _of_group(self, group: _Group) -> Entry:
        state, stamp = group.loudest, int(group.at.timestamp())
        waits = state in (State.WAITING, State.CLAIMED)
        return Entry(
            id=f"post-{group.post}-{stamp}",
            title=group.title,
            at=group.at.astimezone(self.zone),
            kind=group.kind,
            district=group.district,
            channels=tuple(sorted(group.channels)),
            look=LATE if waits and group.at < self.now - OVERDUE else STATES[state],
            address=_place("post", group.post),
            move=f"{_place('move_post', group.post)}?was={stamp}",
            hindrance=self._why_not(group),
            urgent=group.urgent,
            alive=state not in (State.FAILED, State.EXPIRED, State.WITHDRAWN),
        )

    def _why_not(self, group: _Group) -> str:
        if group.states != {f"{State.WAITING}:"} or group.status != Status.APPROVED:
            return self._gone
        return self._hindrance(group.district, group.author)

    @cached_property
    def _hindrance(self) -> Callable[[str, int | None], str]:
        """Asked for hundreds of lines of a few districts and authors."""
        return functools.cache(functools.partial(hindrance, self.user))

    @cached_property
    def _gone(self) -> str:
        return say("already_going_out").what

    def _wishes(self) -> Iterator[Entry]:
        rows = Post.objects.filter(
            publish_at__gte=self.asked.start, publish_at__lt=self.asked.end, status__in=WISHED, deliveries=None
        )
        rows = self._in_reach(rows, "district")
        rows = rows.filter(kind=self.asked.kind) if self.asked.kind else rows
        for post in rows:
            if not self.asked.channel or self.asked.channel in post.channel_keys:
                yield Entry(
                    id=f"wish-{post.pk}",
                    title=post.title,
                    at=post.publish_at.astimezone(self.zone),
                    kind=post.kind,
                    district=post.district_id,
                    channels=tuple(sorted(post.channel_keys)),
                    look=STATUSES[Status(post.status)],
                    address=reverse("post", args=[post.pk]),
                    move=reverse("move_post", args=[post.pk]),
                    hindrance=self._hindrance(post.district_id, post.author_id),
                    urgent=post.urgent,
                )

    def _slots(self) -> Iterator[Entry]:
        rows = Slot.objects.filter(at__gte=self.asked.start, at__lt=self.asked.end).exclude(state=SlotState.MADE)
        for slot in self._in_reach(rows.exclude(reason="moved"), "district"):
            kind = slot.rule.get("kind") or ""
            of_kind = not self.asked.kind or kind == self.asked.kind
            if of_kind and (not self.asked.channel or self.asked.channel in slot.channel_keys):
                yield self._of_slot(slot, kind)

    def _of_slot(self, slot: Slot, kind: str) -> Entry:
        past = slot.at <= self.now
        why = str(say(slot.reason).what) if slot.reason else ""
        return Entry(
            id=f"slot-{slot.pk}",
            title=slot.rule.get("name") or slot.plan,
            at=slot.at.astimezone(self.zone),
            kind=kind,
            district=slot.district_id,
            channels=tuple(slot.channel_keys),
            look=SLOTS[SlotState(slot.state)],
            address=reverse("move_slot", args=[slot.pk]),
            move=reverse("move_slot", args=[slot.pk]),
            hindrance=str(say("slot_done").what) if past else self._hindrance(slot.district_id, None),
            urgent=bool(slot.rule.get("urgent")),
            alive=slot.state == SlotState.PLANNED,
            marks=[why] if why else [],
        )

    def empty_days(self, zone: ZoneInfo) -> list[date]:
        """Coming days on which nothing is planned, as far ahead as plans reach."""
        today = self.now.astimezone(zone).date()
        first = max(self.asked.start.astimezone(zone).date(), today + timedelta(days=1))
        last = min(self.asked.end.astimezone(zone).date(), today + AHEAD)
        taken = {entry.at.astimezone(zone).date() for entry in self.entries if entry.alive}
        return [day for day in days_between(first, last) if day not in taken]


@dataclass(slots=True)
class _Group:
    """The deliveries of one post at one moment."""

    post: int
    at: datetime
    title: str
    kind: str
    district: str
    author: int | None
    status: str
    urgent: bool
    channels: set[str]
    states: set[str]  # "state:held"

    COLUMNS = (
        *("post_id", "due_at"),
        *("post__title", "post__kind", "post__district_id", "post__author_id", "post__status", "post__urgent"),
    )

    @property
    def loudest(self) -> State:
        found = {pair.partition(":")[0] for pair in self.states}
        return next(state for state in LOUDEST if state in found)


@functools.cache
def _around(name: str) -> list[str]:
    return reverse(name, args=[7]).split("7")


def _place(name: str, pk: int) -> str:
    """reverse() for each of hundreds of entries would take longer than reading them."""
    before, after = _around(name)
    return f"{before}{pk}{after}"


def hindrance(user: User, district: str, author: int | None) -> str:
    """One's own, and what a plan made, may be moved by who writes; that of colleagues by who approves."""
    if not may(user, May.WRITE, district):
        return str(say("not_permitted").what)
    if author in (None, user.pk) or may(user, May.APPROVE, district):
        return ""
    return gettext("It is a colleague's post: its author or an approver moves it.")


def days_between(first: date, last: date) -> Iterator[date]:
    """From the first to the day before the last."""
    return (first + timedelta(days=n) for n in range((last - first).days))


def collisions(entries: Iterable[Entry], now: datetime) -> list[tuple[Entry, Entry, str]]:
    """Neighbours in time on one channel that stand too close, each pair once; what is past is past."""
    on: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.alive and entry.at > now:
            for key in entry.channels:
                on[key].append(entry)
    found: dict[tuple[str, str], tuple[Entry, Entry, str]] = {}
    for key in sorted(on):
        for one, two in pairwise(sorted(on[key], key=lambda e: e.at)):
            if two.at - one.at < NEAR:
                found.setdefault((one.id, two.id), (one, two, key))
    return list(found.values())


def neighbours(user: User, channels: Sequence[str], at: datetime, but: str) -> list[Entry]:
    """What would stand too close to a post moved there."""
    asked = Asked(at - NEAR + timedelta(seconds=1), at + NEAR)
    near = Agenda(user, asked).entries
    return [entry for entry in near if entry.alive and entry.id != but and set(entry.channels) & set(channels)]


def zone_of(user: User) -> ZoneInfo:
    return user.district.zone if user.district else ZoneInfo(settings.TIME_ZONE)
