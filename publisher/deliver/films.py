"""A post goes out with its branded film or not at all: until the film is there it waits, and its late limit holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from publisher.compose.models import Post, PostMedia, Status
from publisher.connectors.base import Description
from publisher.deliver.border import now
from publisher.deliver.channels import description_for, description_of
from publisher.deliver.models import Account, Channel, Delivery, State
from publisher.render import orders
from publisher.render.models import ACTIVE, UNFINISHED, JobState, RenderJob, RenderOrder
from publisher.render.profiles import profile_for
from publisher.sentences import say

UNMADE = (JobState.FAILED, JobState.CANCELLED)
TO_GO = (State.WAITING, State.CLAIMED, State.UNKNOWN, State.FAILED)  # it went nowhere yet, or may go once more


def order_missing(post: Post, channels: Sequence[Channel]) -> None:
    """Films for channels and languages that came in after the films were ordered."""
    orders.complete(post, {profile_of(description_of(channel)) for channel in channels})


def renew(districts: Sequence[str]) -> int:
    """Their hotlines have other numbers: films that show the ones before are made again, but for what went out. The
    texts get the new number by themselves."""
    made = RenderJob.objects.filter(district__in=districts, order__source__isnull=False)
    of_post = Delivery.objects.filter(post=OuterRef("order__post"))
    going = Q(order__post=None) | Q(Exists(of_post.filter(state__in=TO_GO))) | ~Q(Exists(of_post))
    rows = made.filter(going, state__in=(JobState.RUNNING, JobState.DONE))
    return orders.again(rows.exclude(order__post__status__in=(Status.CANCELLED, Status.WITHDRAWN)))


def profile_of(description: Description) -> str:
    return profile_for(description, settings.HOME.media)


def _unfinished(states: tuple[str, ...], profile: str = "") -> QuerySet[RenderJob]:
    """Of the delivery around it; of any platform where no profile is named."""
    shown = PostMedia.objects.filter(post=OuterRef("order__post"), upload=OuterRef("order__source"))
    rows = RenderJob.objects.filter(Exists(shown), order__post=OuterRef("post"), language=OuterRef("language"))
    return rows.filter(state__in=states, **({"profile": profile} if profile else {}))


def any_unfinished() -> bool:
    """A look without a join, so that nothing is slower where there are no films."""
    return RenderJob.objects.filter(state__in=UNFINISHED, order__post__isnull=False).exists()


def with_films(rows: QuerySet[Delivery], account: Account) -> QuerySet[Delivery]:
    """Without those whose film for this account is not made."""
    if not any_unfinished():
        return rows
    return rows.exclude(Exists(_unfinished(UNFINISHED, profile_of(description_for(account)))), part="main")


def waiting(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those whose film is being made."""
    return rows.filter(Exists(_unfinished(ACTIVE)), part="main")


def order_late() -> int:
    """Due posts for whose platform no film was ordered: its limit became another after they were planned (a Bot API
    server of one's own, for instance). Nothing was ever made for them, so they would wait for ever; gives how many."""
    if not RenderOrder.objects.filter(post__isnull=False).exists():
        return 0
    return sum(map(_ordered_late, Account.objects.all()))


def _ordered_late(account: Account) -> int:
    profile = profile_of(description_for(account))
    jobs = RenderJob.objects.filter(order__post=OuterRef("post"), language=OuterRef("language"), profile=profile)
    orders_there = RenderOrder.objects.filter(post=OuterRef(OuterRef("post"))).values("source")
    shown = PostMedia.objects.filter(post=OuterRef("post"), upload__in=orders_there)
    shown = shown.filter(Q(language="") | Q(language=OuterRef("language")))
    due = Delivery.objects.filter(state__in=(State.WAITING, State.CLAIMED), part="main", due_at__lte=now())
    rows = due.filter(Exists(shown), channel__account=account, post__status=Status.APPROVED).exclude(Exists(jobs))
    return sum(len(orders.complete(post, {profile})) for post in Post.objects.filter(pk__in=rows.values("post")))


def give_up() -> int:
    """Due posts whose film could not be made, or not in time: a person is asked, with the reason."""
    if not any_unfinished():
        return 0
    moment = now()
    late = moment - timedelta(minutes=settings.CONFIG.delivery.late_tolerance_minutes)
    due = Delivery.objects.filter(
        state=State.WAITING, held="", part="main", due_at__lte=moment, post__status=Status.APPROVED
    )
    rows = due.filter(Q(Exists(_unfinished(UNMADE))) | Q(Exists(_unfinished(ACTIVE)), due_at__lt=late, late_ok=False))
    return sum(_given_up(row) for row in rows.select_related("channel__account"))


def _given_up(row: Delivery) -> int:
    """Of this delivery's own platform: another one's film does not concern it."""
    jobs = RenderJob.objects.filter(order__post=row.post_id, language=row.language)
    jobs = jobs.filter(profile=profile_of(description_of(row.channel)), state__in=UNFINISHED)
    job = jobs.filter(order__source__in=PostMedia.objects.filter(post=row.post_id).values("upload")).first()
    if job is None:
        return 0
    if job.active:
        if row.late_ok:
            return 0
        reason, values = "film_too_late", {"minutes": str(settings.CONFIG.delivery.late_tolerance_minutes)}
    else:
        reason, values = "film_not_made", {"why": say(job.reason or "render_cancelled", job.values).what}
    mine = Delivery.objects.filter(pk=row.pk, state=State.WAITING)
    return mine.update(state=State.FAILED, error_reason=reason, error_values=values, error_detail="")
