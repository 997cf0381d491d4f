"""The studio's queue: claimed, beaten for, finished. Only this module and orders.py change RenderJob.

A claim is a conditional update, so two workers never make the same film; a worker that stops beating loses its rows.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from publisher import storage
from publisher.compose.models import Status, Upload
from publisher.render import brands, drawings
from publisher.render.errors import LayoutChanged, RenderCancelled, RenderError
from publisher.render.films import SMALLER
from publisher.render.jobs import existing
from publisher.render.kit import load_kit
from publisher.render.layouts import Language
from publisher.render.models import ACTIVE, JobState, RenderJob, Road
from publisher.render.naming import name_of
from publisher.render.orders import look_of
from publisher.render.probe import Film, probe
from publisher.render.profiles import film_for, read_profiles
from publisher.render.scripts import dial_code
from publisher.render.specs import FilmSpec, Job, Progress, Rendition

LOST_AFTER = timedelta(seconds=30)  # without a beat
TOGETHER = 60  # films at most that one claim takes: an urgent one comes in between
WITHOUT_EFFORT = 0.85  # of a limit: whoever had to aim at it came nearer
WITH = ("order__post__district", "order__source", "district__brand", "result")


def claim(worker: str, among: Q | None = None) -> list[RenderJob]:
    """What waits longest, and all that can be made together with it: other districts' and languages' versions of the
    same film, as far as they look alike. Urgent posts first, then other posts, then films for many districts."""
    queued = RenderJob.objects.filter(among or Q(), state=JobState.QUEUED).select_related("order", "district__brand")
    waiting = _free(queued, ranks_of(settings.HOME.media))
    for first in waiting.order_by(F("order__post__urgent").desc(nulls_last=True), "id")[:20]:
        keys = list(_alike(first, waiting).values_list("pk", flat=True)[:TOGETHER])
        taken = {"state": JobState.RUNNING, "worker": worker, "beat_at": timezone.now(), "fraction": 0, "left_s": None}
        if RenderJob.objects.filter(pk__in=keys, state=JobState.QUEUED).update(**taken):
            mine = RenderJob.objects.filter(pk__in=keys, state=JobState.RUNNING, worker=worker)
            return list(mine.select_related(*WITH))
    return []


def ranks_of(media: Path) -> list[str]:
    """The profiles, the smallest limit first."""
    profiles = read_profiles(media)
    return sorted(profiles, key=lambda name: profiles[name].film_bytes)


def _smaller(profile: str, ranks: Sequence[str]) -> Sequence[str]:
    return ranks[: ranks.index(profile)] if profile in ranks else ()


def _free(queued: QuerySet[RenderJob], ranks: Sequence[str]) -> QuerySet[RenderJob]:
    """Not those whose film is just being made for a smaller limit: it may turn out to be the very same. Left out here
    and not one by one, or the first of many would hide those that they wait for."""
    same = {name: OuterRef(name) for name in ("order", "district", "language")}
    active = RenderJob.objects.filter(**same, state__in=ACTIVE)
    held = Q()
    for profile in ranks[1:]:
        held |= Q(Exists(active.filter(profile__in=_smaller(profile, ranks))), profile=profile)
    return queued.exclude(held)


def _alike(first: RenderJob, waiting: QuerySet[RenderJob]) -> QuerySet[RenderJob]:
    order = first.order
    if order.source_id is None:
        return waiting.filter(pk=first.pk)
    same = {name: getattr(order, name) for name in ("source", "layout", "format", "fill", "cover_at")}
    # A logo stands over the whole film: a district with a look of its own shares nothing but with itself.
    looks = {"district": first.district_id} if brands.own(first.district) else {"district__brand": None}
    alike = waiting.filter(**looks)
    return alike.filter(profile=first.profile, **{f"order__{name}": value for name, value in same.items()})


def _mine(rows: Collection[RenderJob]) -> QuerySet[RenderJob]:
    workers = {row.worker for row in rows}
    return RenderJob.objects.filter(pk__in=[row.pk for row in rows], state=JobState.RUNNING, worker__in=workers)


def beat(rows: Collection[RenderJob], progress: Progress | None) -> set[int]:
    """I am alive, and this far. Gives the rows that are still wanted: others were cancelled, or are another's."""
    changes: dict[str, object] = {"beat_at": timezone.now()}
    if progress:
        changes |= {"fraction": progress.fraction, "left_s": progress.left_s}
    _mine(rows).filter(cancel_asked=False).update(**changes)
    stopped = {"state": JobState.CANCELLED, "finished_at": timezone.now(), "reason": "render_cancelled"}
    _mine(rows).filter(cancel_asked=True).update(**stopped)
    return set(_mine(rows).values_list("pk", flat=True))


def sweep() -> int:
    """Rows whose worker is gone wait again, or are cancelled where that was asked; gives how many."""
    lost = RenderJob.objects.filter(state=JobState.RUNNING, beat_at__lt=timezone.now() - LOST_AFTER)
    if not lost.exists():  # a look costs no lock
        return 0
    stopped = {"state": JobState.CANCELLED, "finished_at": timezone.now(), "reason": "render_cancelled"}
    cancelled = lost.filter(cancel_asked=True).update(**stopped)
    return cancelled + lost.update(state=JobState.QUEUED, worker="", fraction=0, left_s=None)


def is_idle() -> bool:
    return not RenderJob.objects.filter(state__in=ACTIVE).exists()


def put_back(rows: Collection[RenderJob]) -> None:
    """This worker ends; another goes on."""
    _mine(rows).update(state=JobState.QUEUED, worker="", fraction=0, left_s=None)


def bury(host: str) -> int:
    """At the start: what dead workers of this computer held waits again at once."""
    rows = RenderJob.objects.filter(state=JobState.RUNNING, worker__startswith=f"{host}:")
    dead = [name for name in rows.values_list("worker", flat=True).distinct() if not _lives(name)]
    return rows.filter(worker__in=dead).update(state=JobState.QUEUED, worker="", fraction=0, left_s=None)


def _lives(worker: str) -> bool:
    try:
        os.kill(int(worker.split(":")[1]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, IndexError):
        return True
    return True


def job_of(row: RenderJob, profile: str = "") -> Job:
    """What the studio is to make. Raises RenderError for a film that cannot be used, or is no longer what was
    approved."""
    order = row.order
    if order.source is None:
        return drawings.job_of(order.layout, order.words[row.language], row.language, row.district, order.format)
    if order.post and order.post.status == Status.APPROVED and order.look != look_of(order.layout, row.district):
        raise LayoutChanged("Brand or layout were changed since the film was approved.")
    source = storage.try_local(order.source.path, order.source.sha256)
    district, media = row.district, brands.media_of(row.district)
    language: Language = row.language  # type: ignore[assignment]
    layout = load_kit(media).of_layout(order.layout).film
    spec = FilmSpec(
        source=source,
        language=language,
        message=layout.labels.of(language).message,
        hotline=district.hotline,
        district=brands.name_of(district, language),
        layout=order.layout,
        bar="stays" if layout.bar == "stays" else "slides",
        format=order.format,  # type: ignore[arg-type]
        fill=order.fill,  # type: ignore[arg-type]
        qr=dial_code(district.hotline),
        cover_at=order.cover_at,
    )
    spec = film_for(spec, read_profiles(media)[profile or row.profile], _seen(source, order.source.sha256))
    return Job(spec, media=media, time_limit=max(900.0, 15 * order.source.duration))


@lru_cache(maxsize=32)
def _seen(source: Path, _sha256: str) -> Film:
    """One film of many districts is looked at once, and not by a process for each of them."""
    return probe(source)


def same_film(row: RenderJob, job: Job) -> Rendition | None:
    """The film made for a smaller limit, where that limit cost it nothing: it is the same for this one."""
    profiles, ranks = read_profiles(settings.HOME.media), ranks_of(settings.HOME.media)
    for profile in _smaller(row.profile, ranks):
        other = job_of(row, profile)
        if other.spec.short_side != job.spec.short_side:  # type: ignore[union-attr]
            continue
        made = existing(settings.RENDITIONS, name_of(other, source_hash=source_hash(row)))
        if made and made.size_bytes <= WITHOUT_EFFORT * profiles[profile].film_bytes and SMALLER not in made.notes:
            return made
    return None


def fail(rows: Collection[RenderJob], error: Exception) -> None:
    """The cause in a sentence's code and values. A cancelled one is no failure."""
    if isinstance(error, RenderCancelled):
        stopped = {"state": JobState.CANCELLED, "reason": "render_cancelled"}
        _mine(rows).update(finished_at=timezone.now(), **stopped)
        return
    reason, values = (error.code, error.values) if isinstance(error, RenderError) else ("render_failed", {})
    detail = {**values, "why": str(values.get("why", "") or error)}
    _mine(rows).update(state=JobState.FAILED, finished_at=timezone.now(), reason=reason, values=detail)


def finish(row: RenderJob, made: Rendition, road: Road) -> None:
    """From now on it is sent where it was ordered for; unless the hotline got another number while it was made."""
    done = {"state": JobState.DONE, "fraction": 1, "left_s": 0, "notes": list(made.notes), "road": road}
    fields = {**done, "name": made.path.stem, "result": keep(made, row), "finished_at": timezone.now()}
    fields["hotline"] = row.district.hotline
    _mine([row]).filter(district__hotline=row.district.hotline).update(**fields)


def keep(made: Rendition, row: RenderJob) -> Upload:
    """A file of our own needs no inspection, and stays where the studio put it: tidy.py asks who shows it."""
    name = f"{_stem(row.order.name)} · {row.district.name(row.language)} · {row.language}{made.path.suffix}"
    upload, _ = Upload.objects.update_or_create(
        sha256=made.sha256,
        defaults={
            "path": _below_var(made.path),
            "name": name,
            "kind": "photo" if made.mime.startswith("image/") else "video",
            "mime": made.mime,
            "size": made.size_bytes,
            "width": made.width,
            "height": made.height,
            "duration": made.duration_s,
            "thumbnail": _below_var(made.thumbnail_path) if made.thumbnail_path else "",
        },
    )
    return upload


def _below_var(path: Path) -> str:
    return str(path.resolve().relative_to(settings.HOME.var.resolve()))


def source_hash(row: RenderJob) -> str:
    """Empty for what is drawn from words."""
    return row.order.source.sha256 if row.order.source else ""


def _stem(name: str) -> str:
    return name.rpartition(".")[0][:120] or name[:120]


def in_order(rows: Sequence[RenderJob]) -> list[RenderJob]:
    """Kazakh first, district by district."""
    codes = ("kk", "ru", "en")
    return sorted(rows, key=lambda row: (row.district_id, codes.index(row.language), row.profile))
