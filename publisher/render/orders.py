"""What people ask of the studio: branded films of a post, and one film for many districts. Writes the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from publisher.compose.approval import reopen
from publisher.compose.models import Post, PostMedia, Upload
from publisher.people.audit import Actor, note
from publisher.people.models import District
from publisher.render import brands
from publisher.render.errors import UnknownLayout
from publisher.render.kit import load_kit
from publisher.render.layouts import Format
from publisher.render.models import ACTIVE, JobState, RenderJob, RenderOrder

FORMATS: dict[Format, float] = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 4 / 5}
LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a film is to look; an empty `format` is the one nearest to the film's own shape."""

    layout: str = "film"
    format: str = ""
    fill: str = "blur"
    cover_at: float | None = None


def originals(post: Post) -> list[PostMedia]:
    """The post's films that the studio has not made itself."""
    made = RenderJob.objects.filter(result__isnull=False).values("result")
    rows = post.media.filter(upload__kind="video").exclude(upload__in=made)
    return list(rows.select_related("upload"))


def look_of(layout: str, district: District | None = None) -> str:
    """Changes with every byte of brand or layout that residents of the district could see. Raises UnknownLayout."""
    kit = load_kit(settings.HOME.media)
    if layout not in kit.films:
        raise UnknownLayout(f"There is no film layout “{layout}”. Known: {', '.join(kit.films)}.", layout=layout)
    shared, of_its_own = kit.digest("film", layout), brands.fingerprint(district) if district else ""
    return hashlib.sha256(f"{shared} {of_its_own}".encode()).hexdigest() if of_its_own else shared


def nearest_format(width: int, height: int) -> Format:
    shape = width / height if width and height else 16 / 9
    return min(FORMATS, key=lambda name: abs(FORMATS[name] / shape - 1) + abs(shape / FORMATS[name] - 1))


@transaction.atomic
def brand(
    post: Post,
    profiles: Collection[str],
    actor: Actor,
    wish: Wish | None = None,
    only: Collection[Upload] | None = None,
) -> list[RenderJob]:
    """From now on residents see each film of the post in its branded version, in each of its languages. A post that
    was approved asks again. What failed before is tried again; what runs, or is made already, stays."""
    rows = [row for row in originals(post) if only is None or row.upload in only]
    orders = [_ordered(post, row.upload, wish, actor) for row in {row.upload_id: row for row in rows}.values()]
    jobs = complete(post, profiles, again=True)
    if orders:
        note(actor, "films_ordered", f"post:{post.pk}", district=post.district, films=len(jobs))
        reopen(post)
    return jobs


def _ordered(post: Post, upload: Upload, wish: Wish | None, actor: Actor) -> RenderOrder:
    """A wish that differs from what was ordered before makes every film of it anew."""
    before = RenderOrder.objects.filter(post=post, source=upload).first()
    if before and (wish is None or _as_wished(before, wish)) and before.look == look_of(before.layout, post.district):
        return before
    wish = wish or (_wish_of(before) if before else Wish())
    fields = {
        "layout": wish.layout,
        "format": wish.format or nearest_format(upload.width, upload.height),
        "fill": wish.fill,
        "cover_at": wish.cover_at,
        "look": look_of(wish.layout, post.district),
        "ordered_by": actor.user,
        "ordered_by_name": actor.name,
    }
    if before:
        before.delete()
    return RenderOrder.objects.create(post=post, source=upload, **fields)


def copy(post: Post, draft: Post, profiles: Collection[str], actor: Actor) -> None:
    """A post that is used again looks as it did. What was made for the same district is not made twice."""
    for order in post.films.select_related("source"):
        if order.layout in load_kit(settings.HOME.media).films:
            brand(draft, profiles, actor, _wish_of(order), {order.source})


def _wish_of(order: RenderOrder) -> Wish:
    return Wish(order.layout, order.format, order.fill, order.cover_at)


def _as_wished(order: RenderOrder, wish: Wish) -> bool:
    format = wish.format or nearest_format(order.source.width, order.source.height)
    return _wish_of(order) == Wish(wish.layout, format, wish.fill, wish.cover_at)


def complete(post: Post, profiles: Collection[str], *, again: bool = False) -> list[RenderJob]:
    """A job for each ordered film, language and profile that has none; with `again` also for what failed."""
    languages = [code for code in LANGUAGES if post.versions.filter(language=code).exists()]
    shown = list(post.media.values_list("upload", "language"))
    jobs = [
        _job(order, post.district, code, profile, again=again)
        for order in post.films.select_related("source")
        for code in languages
        if (order.source_id, "") in shown or (order.source_id, code) in shown
        for profile in sorted(profiles)
    ]
    return jobs


def _job(order: RenderOrder, district: District, language: str, profile: str, *, again: bool) -> RenderJob:
    row, _made = RenderJob.objects.get_or_create(order=order, district=district, language=language, profile=profile)
    if again and row.state not in (*ACTIVE, JobState.DONE):
        repeat(row)
    return row


def repeat(row: RenderJob) -> None:
    """Once more, from the beginning."""
    again(RenderJob.objects.filter(pk=row.pk).exclude(state__in=ACTIVE))
    row.refresh_from_db()


def again(rows: QuerySet[RenderJob]) -> int:
    """All of them from the beginning, whoever makes them just now; gives how many."""
    fields = {"state": JobState.QUEUED, "worker": "", "fraction": 0, "left_s": None, "finished_at": None}
    return rows.update(**fields, cancel_asked=False, reason="", values={}, notes=[])


@transaction.atomic
def unbrand(order: RenderOrder, actor: Actor) -> None:
    """Residents see the film as it was uploaded. What was made of it stays among the finished films for a while."""
    post = order.post
    order.delete()
    if post:
        note(actor, "film_cancelled", f"post:{post.pk}", district=post.district, film=str(order.source))
        reopen(post)


@transaction.atomic
def for_districts(
    source: Upload,
    districts: Iterable[District],
    languages: Sequence[str],
    profiles: Sequence[str],
    actor: Actor,
    wish: Wish,
) -> RenderOrder:
    """One film for many districts: what they share is made once."""
    order = RenderOrder.objects.create(
        source=source,
        layout=wish.layout,
        format=wish.format or nearest_format(source.width, source.height),
        fill=wish.fill,
        cover_at=wish.cover_at,
        look=look_of(wish.layout),
        ordered_by=actor.user,
        ordered_by_name=actor.name,
    )
    wanted = [(place, code, name) for name in profiles for place in districts for code in languages]
    RenderJob.objects.bulk_create(
        RenderJob(order=order, district=place, language=code, profile=name) for place, code, name in wanted
    )
    note(actor, "films_ordered", f"film:{order.pk}", films=len(wanted), film=str(source))
    return order


@transaction.atomic
def draw(
    kind: str, words: Mapping[str, Mapping[str, object]], district: District, format: str, actor: Actor
) -> RenderOrder:
    """A card or clip of these words, by language, with the district's name and number."""
    order = RenderOrder.objects.create(
        words=dict(words), layout=kind, format=format, ordered_by=actor.user, ordered_by_name=actor.name
    )
    RenderJob.objects.bulk_create(
        RenderJob(order=order, district=district, language=code, profile=kind) for code in words
    )
    note(actor, "drawing_ordered", f"film:{order.pk}", district=district, drawing=kind, languages=list(words))
    return order


def cancel(row: RenderJob, actor: Actor) -> None:
    """What waits is cancelled at once; what runs is told at its next beat."""
    waiting = RenderJob.objects.filter(pk=row.pk, state=JobState.QUEUED)
    if not waiting.update(state=JobState.CANCELLED, finished_at=timezone.now(), reason="render_cancelled"):
        RenderJob.objects.filter(pk=row.pk, state=JobState.RUNNING).update(cancel_asked=True)
    about = f"post:{row.order.post_id}" if row.order.post_id else f"film:{row.order_id}"
    note(actor, "film_cancelled", about, district=row.district, film=row.order.name)


def cancel_all(order: RenderOrder, actor: Actor) -> None:
    """What is ready stays."""
    for job in order.jobs.filter(state__in=ACTIVE).select_related("order__source", "district"):
        cancel(job, actor)


def repeat_all(order: RenderOrder) -> None:
    """What failed or was stopped, once more."""
    for job in order.jobs.filter(state__in=[JobState.FAILED, JobState.CANCELLED]):
        repeat(job)
