"""Today: what needs a person, what goes out next, what went out."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from publisher.api import webhooks
from publisher.compose.approval import OPEN
from publisher.compose.models import Post, Status
from publisher.console import moving
from publisher.console.access import districts_of, needs
from publisher.console.looks import Look, delivery_look
from publisher.console.moments import spoken
from publisher.console.views.campaigns import unanswered
from publisher.deliver import outcomes, pauses, silence, status
from publisher.deliver.models import Channel, Delivery, State
from publisher.hotline import alarms
from publisher.hotline.models import Alarm
from publisher.hotline.patterns import Catalogue, catalogue
from publisher.measure.missing import missing
from publisher.people.access import May, may, reach, within_reach
from publisher.people.models import User
from publisher.residents import fading
from publisher.residents.models import Question, QuestionState

LANGUAGES = ("kk", "ru", "en")
SHOWN = 60  # deliveries of each list; the posts' page has the rest
RECENT = timedelta(hours=24)
OUTLIVED = timedelta(days=7)  # so long it is asked about; whoever left it standing until then wants it to
FADED = 2  # ruses that Today proposes to warn of again
ROOM = 2_000_000_000  # bytes: about twenty films, or one backup
STANDING_STILL = {
    "clock_stands_still": _("The clock stands still: nothing is planned, measured or taken up."),
    "worker_stands_still": _("Nobody is sending: the part of the program that publishes does not run."),
}


@dataclass(frozen=True, slots=True)
class Row:
    delivery: Delivery
    look: Look
    languages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """The deliveries of one post that stand together in a list."""

    post: Post
    at: datetime
    deliveries: list[Delivery] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """One line a channel and state, with all the languages that share it."""
        rows: dict[tuple[object, ...], Row] = {}
        for delivery in self.deliveries:
            look = delivery_look(delivery, timezone.now())
            row = rows.setdefault((delivery.channel_id, delivery.part, look), Row(delivery, look))
            row.languages.append(delivery.language)
            row.languages.sort(key=LANGUAGES.index)
        return list(rows.values())


@require_safe
@needs(May.VIEW)
def today(request: HttpRequest) -> HttpResponse:
    template = "console/_today.html" if request.htmx else "console/today.html"
    return render(request, template, _facts(request.user) | {"moved": moving.undoable(request)})


def _facts(user: User) -> dict[str, object]:
    now, mine = timezone.now(), reach(user)
    late = list(status.among_few(status.overdue(now).select_related(None), mine)[:SHOWN])
    stuck = list(status.needs_person(mine).filter(held="").select_related(None)[:SHOWN])
    known_late = {delivery.pk for delivery in late}
    coming = [row for row in status.next_out(SHOWN, mine) if row.pk not in known_late]
    gone = list(status.gone_out(now - RECENT, mine)[:SHOWN])
    # All lists at once: they share posts, channels and accounts, which a join would build for every line anew.
    prefetch_related_objects([*late, *stuck, *coming, *gone], "post__district", "channel__account")
    to_approve = list(_to_approve(user))
    return {
        "standing_still": [STANDING_STILL[code] for code in status.standing_still(now)],
        "stuck": _by_post(stuck),
        "late": _by_post(late),
        "by_hand": outcomes.posts_by_hand(mine),
        "channels_off": status.channels_off(mine),
        "accounts_paused": status.accounts_paused().exclude(pause_reason="by_person"),
        "little_room": _little_room(),
        "ending": [post for post in _ending(now, mine) if post not in to_approve],
        "outlived": _outlived(now, mine),
        "silent_accounts": silence.known(),
        "held": pauses.backlog(mine).count(),
        "to_approve": to_approve,
        "events_given_up": webhooks.given_up(mine, user.region_id) if may(user, May.MANAGE) else 0,
        "from_centre": list(unanswered(user)[:SHOWN]),
        "rises": _rises(user),
        "numbers_missing": missing(mine, now, manages=may(user, May.MANAGE)),
        "returned": Post.objects.filter(author=user, status=Status.RETURNED),
        "coming": _by_post(coming),
        "gone": _by_post(gone, by_sent=True),
        "questions": _questions(user, now),
        "faded": fading.told_of(list(districts_of(user)), now)[:FADED],
        "has_channels": within_reach(user, Channel.objects.all()).exists(),
        "now": now,
        "district": user.district,
    }


def _rises(user: User) -> list[tuple[Alarm, Mapping[str, object]]]:
    """Ruses that are told of more often than usual, with the words to say it."""
    rows = list(alarms.open_for(user))
    known = catalogue() if rows else Catalogue({}, {})
    return [(row, alarms.words(row, known, spoken())) for row in rows]


def _questions(user: User, now: datetime) -> dict[str, int]:
    """Of residents, for those who answer them: how many wait, and how many too long."""
    if not may(user, May.DESK):
        return {}
    waiting = within_reach(user, Question.objects.filter(state=QuestionState.OPEN))
    late = timedelta(hours=settings.CONFIG.residents.late_hours)
    number = waiting.count()
    return {"waiting": number, "late": waiting.filter(asked_at__lt=now - late).count()} if number else {}


def _little_room() -> int | None:
    """Bytes left, when they are few."""
    free = shutil.disk_usage(settings.HOME.var).free
    return free if free < ROOM else None


def _ending(now: datetime, districts: Collection[str] | None) -> QuerySet[Post]:
    """True only until a moment within a day, and not out yet: a draft, or queued for later than that."""
    late = Delivery.objects.filter(post=OuterRef("pk"), state=State.WAITING, due_at__gte=OuterRef("expires_at"))
    rows = Post.objects.filter(status__in=OPEN, expires_at__gt=now, expires_at__lte=now + RECENT)
    rows = rows.filter(Q(deliveries=None) | Exists(late)).select_related("district").distinct()
    return status.among_few(rows, districts, "district_id")


def _outlived(now: datetime, districts: Collection[str] | None) -> QuerySet[Post]:
    """Urgent or pinned, past its last day, and still standing: residents take it for true."""
    stands = Exists(Delivery.objects.filter(post=OuterRef("pk"), state=State.SENT))
    rows = Post.objects.filter(Q(urgent=True) | Q(pin=True), stands, status=Status.APPROVED)
    rows = rows.filter(expires_at__lte=now, expires_at__gt=now - OUTLIVED).select_related("district")
    return status.among_few(rows, districts, "district_id")


def _to_approve(user: User) -> Iterable[Post]:
    """Posts of others: nobody approves their own."""
    if not may(user, May.APPROVE):
        return []
    waiting = Post.objects.filter(status=Status.IN_REVIEW).exclude(author=user).select_related("district")
    return within_reach(user, waiting)


def _by_post(deliveries: Iterable[Delivery], *, by_sent: bool = False) -> list[Group]:
    groups: dict[tuple[int, str], Group] = {}
    for delivery in deliveries:
        at = (delivery.sent_at if by_sent else None) or delivery.due_at
        group = groups.setdefault((delivery.post_id, f"{at:%Y%m%d%H%M}"), Group(delivery.post, at))
        group.deliveries.append(delivery)
    return list(groups.values())
