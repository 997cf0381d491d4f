"""The pages that are only looked at: which there are, whether they may be looked at, and what has to be asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from publisher.config import Config
from publisher.connectors.instagram import SOURCE, InstagramSettings, Seen, SeenPage, SeenPost
from publisher.deliver.models import Account
from publisher.measure.metrics import AFTER, TOLERANCE
from publisher.measure.models import Horizon, Page, PageRole, Piece, PieceState, Reading, SpentRequest, Watch
from publisher.people.audit import Actor, note

BUDGET_REMEMBERED = timedelta(days=1)
MOST_TRIES = 3
WAITS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))  # after the first, second, further failure


@dataclass(frozen=True, slots=True)
class Pace:
    """`every`: between two looks at a page. `pause`: seconds between two requests, from and to."""

    every: timedelta = timedelta(hours=12)
    pause: tuple[float, float] = (20.0, 60.0)


IN_PRACTICE = Pace(timedelta(minutes=10), (2.0, 5.0))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next thing to ask: a page, or one of its pieces."""

    page: Page
    piece: Piece | None = None


@transaction.atomic
def follow(config: Config) -> None:
    """Rows like config.yaml has them. A page gone from there keeps its numbers and is not looked at any more."""
    Page.objects.update(listed=False)
    first = next(iter(config.districts))
    for key, account in config.accounts.items():
        if not isinstance(account, InstagramSettings):
            continue
        Watch.objects.get_or_create(account_id=key)
        for name, page in account.pages.items():
            given = {"role": page.role, "permission": page.permission, "district_id": page.district or first}
            Page.objects.update_or_create(account_id=key, name=name.lower(), defaults={**given, "listed": True})


@transaction.atomic
def switch(account: Account, on: bool, actor: Actor, now: datetime) -> None:
    """An administrator's own decision, with the notice before their eyes: recorded."""
    Watch.objects.update_or_create(
        account=account, defaults={"on": on, "switched_by": actor.name, "switched_at": now, "next_at": None}
    )
    note(actor, "watch_on" if on else "watch_off", f"account:{account.pk}")


def watching(now: datetime) -> list[Watch]:
    """Those that may be asked something now."""
    rows = Watch.objects.filter(on=True, account__type="instagram", account__paused_at=None).select_related("account")
    idle = Q(next_at=None) | Q(next_at__lte=now)
    free = Q(blocked_until=None) | Q(blocked_until__lte=now)
    return list(rows.filter(idle & free))


def next_wanted(account_key: str, now: datetime) -> Wanted | None:
    """First the numbers that are due, for they cannot be had later; then pages; then new material."""
    pages = Page.objects.filter(account=account_key, listed=True)
    for piece in _open(Piece.objects.filter(page__in=pages.filter(role=PageRole.OWN)), now):
        if piece.published_at is None or due_horizon(piece, now):
            return Wanted(piece.page, piece)
    page = pages.filter(Q(next_at=None) | Q(next_at__lte=now)).order_by("seen_at", "name").first()
    if page:
        return Wanted(page)
    fresh = Piece.objects.filter(page__in=pages.filter(role=PageRole.SOURCE), state=PieceState.SEEN)
    piece = _open(fresh, now).first()
    return Wanted(piece.page, piece) if piece else None


def _open(pieces: QuerySet[Piece], now: datetime) -> QuerySet[Piece]:
    """Not given up, not told to wait, and young enough to be of interest."""
    waiting = Q(next_at=None) | Q(next_at__lte=now)
    oldest = now - AFTER[Horizon.WEEK] - TOLERANCE[Horizon.WEEK]
    young = Q(published_at=None) | Q(published_at__gte=oldest)
    return pieces.filter(waiting & young, tries__lt=MOST_TRIES).select_related("page").order_by("first_seen_at", "id")


def due_horizon(piece: Piece, now: datetime) -> Horizon | None:
    """The horizon whose window is open and has no reading of ours yet."""
    for horizon, after in AFTER.items():
        moment = (piece.published_at or now) + after
        if moment <= now <= moment + TOLERANCE[horizon]:
            taken = Reading.objects.filter(piece=piece, at__gte=moment, at__lte=moment + TOLERANCE[horizon])
            return None if taken.exists() or (piece.looked_at and piece.looked_at >= moment) else horizon
    return None


@transaction.atomic
def keep_page(page: Page, seen: SeenPage, now: datetime, every: timedelta) -> int:
    """What a look at the page brought; returns how many pieces are new. The first look only takes stock of a source."""
    first = page.seen_at is None
    baseline = PieceState.LEFT if first and page.role == PageRole.SOURCE else PieceState.SEEN
    known = set(page.pieces.filter(code__in=[post.code for post in seen.posts]).values_list("code", flat=True))
    new = [_piece(page, post, now, baseline) for post in reversed(seen.posts) if post.code not in known]
    Piece.objects.bulk_create(new, ignore_conflicts=True)
    if seen.followers is not None:
        Reading.objects.create(page=page, metric="followers", value=seen.followers, at=now, source=SOURCE)
    Page.objects.filter(pk=page.pk).update(
        title=seen.title[:200], seen_at=now, next_at=now + every, problem="", failures=0
    )
    return len(new)


def _piece(page: Page, post: Seen, now: datetime, state: PieceState) -> Piece:
    told = {"code": post.code, "author": post.author, "caption": post.caption, "kind": post.kind}
    return Piece(page=page, first_seen_at=now, state=state, **told)


@transaction.atomic
def keep_piece(piece: Piece, seen: SeenPost, now: datetime) -> None:
    """Its numbers as they were given. What was not given leaves no reading."""
    given = seen.readings(now)
    Reading.objects.bulk_create(
        Reading(piece=piece, metric=r.metric, label=r.label, value=r.value, at=r.at, source=r.source) for r in given
    )
    Piece.objects.filter(pk=piece.pk).update(
        author=seen.author,
        caption=seen.caption,
        published_at=seen.at,
        looked_at=now,
        hidden_likes=seen.hidden,
        tries=0,
        problem="",
        next_at=None,
    )


def put_off(wanted: Wanted, reason: str, now: datetime) -> None:
    """A page or piece that could not be read: later, each time a longer while. Its numbers stay as they were."""
    if wanted.piece is None:
        failures = wanted.page.failures + 1
        later = now + _wait_after(failures)
        Page.objects.filter(pk=wanted.page.pk).update(problem=reason, failures=failures, next_at=later)
    else:
        tries = wanted.piece.tries + 1
        later = now + _wait_after(tries)
        Piece.objects.filter(pk=wanted.piece.pk).update(problem=reason, tries=tries, next_at=later)


def refused(watch: Watch, reason: str, now: datetime, at_least: timedelta) -> None:
    """The site wants less of us: nobody is asked for a while, longer each time."""
    refusals = watch.refusals + 1
    until = now + max(at_least, _wait_after(refusals))
    Watch.objects.filter(pk=watch.pk).update(refusals=refusals, blocked_until=until, blocked_reason=reason)


def stopped(watch: Watch, reason: str, now: datetime) -> None:
    """The site flagged our address: a day of silence, and a person is told."""
    Watch.objects.filter(pk=watch.pk).update(refusals=len(WAITS), blocked_until=now + WAITS[-1], blocked_reason=reason)


def breathe(watch: Watch, until: datetime, *, well: bool) -> None:
    """The next request not before that moment; a good answer forgets earlier refusals."""
    fine = {"refusals": 0, "blocked_until": None, "blocked_reason": ""} if well else {}
    Watch.objects.filter(pk=watch.pk).update(next_at=until, **fine)


def _wait_after(failures: int) -> timedelta:
    return WAITS[min(failures, len(WAITS)) - 1]


def spent(account_key: str, now: datetime) -> list[float]:
    SpentRequest.objects.filter(at__lt=now - BUDGET_REMEMBERED).delete()
    return [at.timestamp() for at in SpentRequest.objects.filter(account=account_key).values_list("at", flat=True)]


def remember_spent(account_key: str, moments: Sequence[datetime]) -> None:
    SpentRequest.objects.bulk_create(SpentRequest(account_id=account_key, at=at) for at in moments)
