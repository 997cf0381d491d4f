"""One film for many districts: ordered, watched district by district, downloaded, taken into posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import posts
from publisher.compose.models import Kind, Upload
from publisher.compose.refusal import Refusal
from publisher.console.access import districts_of, needs
from publisher.console.branding import layouts, profiles_of, wish_in
from publisher.console.views.media import reachable
from publisher.people.access import May, reach
from publisher.people.audit import user_actor
from publisher.people.models import District, User
from publisher.render import orders, queue, uploads
from publisher.render.models import ACTIVE, JobState, RenderJob, RenderOrder
from publisher.render.orders import LANGUAGES, Wish
from publisher.render.profiles import read_profiles

EARLIER = 24
NAMED = 12  # districts with a failed film


@dataclass(frozen=True, slots=True)
class Row:
    """A district of an order, and its films."""

    district: District
    jobs: Sequence[RenderJob]

    @property
    def ready(self) -> bool:
        return all(job.state == JobState.DONE for job in self.jobs)

    @property
    def trouble(self) -> bool:
        return any(job.state == JobState.FAILED for job in self.jobs)


@dataclass(frozen=True, slots=True)
class Board:
    """How far an order is. `percent` counts what runs by its part; `left_s` is only known when nothing waits."""

    order: RenderOrder
    rows: Sequence[Row]
    done: int
    failed: int
    total: int
    percent: int
    left_s: float | None

    @property
    def active(self) -> bool:
        return any(job.active for row in self.rows for job in row.jobs)

    @property
    def layout(self) -> str:
        return next((choice.title for choice in layouts() if choice.key == self.order.layout), self.order.layout)

    @property
    def _all_trouble(self) -> list[Row]:
        return [row for row in self.rows if row.trouble]

    @property
    def trouble(self) -> Sequence[Row]:
        """The first districts for which a film failed: among 200 they are not found by looking."""
        return self._all_trouble[:NAMED]

    @property
    def more_trouble(self) -> bool:
        return len(self._all_trouble) > NAMED


def _orders(user: User) -> QuerySet[RenderOrder]:
    """Whoever has one district sees the orders that are for it alone."""
    rows = RenderOrder.objects.filter(post=None).exclude(source=None).select_related("source").order_by("-id")
    keys = reach(user)
    return rows if keys is None else rows.exclude(jobs__in=RenderJob.objects.exclude(district__in=keys))


def board_of(order: RenderOrder) -> Board:
    jobs = queue.in_order(list(order.jobs.select_related("district", "result", "order__source")))
    places = {job.district_id: job.district for job in jobs}
    rows = [Row(place, [job for job in jobs if job.district_id == key]) for key, place in places.items()]
    done = sum(job.state == JobState.DONE for job in jobs)
    failed = sum(job.state in (JobState.FAILED, JobState.CANCELLED) for job in jobs)
    parts = sum(1.0 if job.state not in ACTIVE else job.fraction for job in jobs)
    waiting = any(job.state == JobState.QUEUED for job in jobs)
    left = None if waiting else max((job.left_s for job in jobs if job.left_s), default=None)
    return Board(order, rows, done, failed, len(jobs), int(100 * parts / max(1, len(jobs))), left)


@require_safe
@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    return render(request, "console/studio.html", _facts(request))


def _facts(request: HttpRequest) -> dict[str, object]:
    counted = _orders(request.user).annotate(
        films=Count("jobs"), ready=Count("jobs", filter=Q(jobs__state=JobState.DONE))
    )
    films = reachable(request.user).filter(kind="video").exclude(made_by__isnull=False).order_by("-id")
    return {
        "orders": counted[:20],
        "districts": districts_of(request.user),
        "uploads": films[:EARLIER],
        "profiles": list(read_profiles(settings.HOME.media)),
    }


@require_POST
@needs(May.MANAGE)
def order(request: HttpRequest) -> HttpResponse:
    try:
        made = _ordered(request)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return render(request, "console/studio.html", _facts(request), status=400)
    return redirect("studio_order", made.pk)


def _ordered(request: HttpRequest) -> RenderOrder:
    places = list(districts_of(request.user).filter(pk__in=request.POST.getlist("districts")))
    languages = [code for code in LANGUAGES if code in request.POST.getlist("languages")]
    profiles = [name for name in read_profiles(settings.HOME.media) if name in request.POST.getlist("profiles")]
    source = _source(request)
    if source is None or not (places and languages and profiles):
        raise Refusal("studio_incomplete")
    return orders.for_districts(source, places, languages, profiles, user_actor(request.user), wish_in(request.POST))


def _source(request: HttpRequest) -> Upload | None:
    given = request.FILES.get("file")
    if not given:
        return reachable(request.user).filter(kind="video", sha256=request.POST.get("earlier", "")).first()
    upload = uploads.accept(Path(given.temporary_file_path()), given.name)
    return upload if upload.kind == "video" else None


def _one(request: HttpRequest, order: int) -> RenderOrder:
    return get_object_or_404(_orders(request.user), pk=order)


@require_safe
@needs(May.MANAGE)
def board(request: HttpRequest, order: int) -> HttpResponse:
    facts = {"board": board_of(_one(request, order))}
    return render(request, "console/_board.html" if request.htmx else "console/board.html", facts)


@require_POST
@needs(May.MANAGE)
def cancel(request: HttpRequest, order: int) -> HttpResponse:
    """Films that are ready stay."""
    found = _one(request, order)
    orders.cancel_all(found, user_actor(request.user))
    return redirect("studio_order", found.pk)


@require_POST
@needs(May.MANAGE)
def again(request: HttpRequest, order: int) -> HttpResponse:
    """What failed or was stopped, once more."""
    found = _one(request, order)
    orders.repeat_all(found)
    return redirect("studio_order", found.pk)


@require_POST
@needs(May.MANAGE)
def use(request: HttpRequest, order: int, district: str) -> HttpResponse:
    """A draft with this film for one district. What was made already is found again, and not made twice."""
    found, place = _one(request, order), get_object_or_404(districts_of(request.user), pk=district)
    get_object_or_404(found.jobs.values("district").distinct(), district=place)
    actor = user_actor(request.user)
    draft = posts.blank(
        Kind.PREVENTION_VIDEO, found.source.name.rpartition(".")[0] or gettext("New post"), place, actor
    )
    posts.set_media(draft, [(found.source, "")], actor)
    wish = Wish(found.layout, found.format, found.fill, found.cover_at)
    orders.brand(draft, profiles_of(draft), actor, wish)
    messages.success(request, gettext("A draft with the film. Write its text; the film takes its place by itself."))
    return redirect("edit", draft.pk)
