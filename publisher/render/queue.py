"""Films of posts, one after another: ordered, claimed, beaten for, finished, put in place. All changes of RenderJob.

A claim is a conditional update, so two workers never make the same film; a worker that stops beating loses its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from publisher.compose import pictures, posts
from publisher.compose.approval import digest_of
from publisher.compose.models import Post, PostMedia, Status, Upload
from publisher.compose.refusal import Refusal
from publisher.people.audit import Actor, note, user_actor
from publisher.render.errors import RenderCancelled, RenderError
from publisher.render.kit import load_kit
from publisher.render.layouts import Format, Language
from publisher.render.models import ACTIVE, JobState, RenderJob
from publisher.render.probe import probe
from publisher.render.profiles import film_for, read_profiles
from publisher.render.scripts import dial_code
from publisher.render.specs import FilmSpec, Job, Progress, Rendition
from publisher.render.uploads import accept

LOST_AFTER = timedelta(seconds=30)  # without a beat
FORMATS: dict[Format, float] = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 4 / 5}
CHANGEABLE = (
    Status.DRAFT,
    Status.IN_REVIEW,
    Status.RETURNED,
)  # approved content is never exchanged behind its approver


def originals(post: Post) -> list[PostMedia]:
    """The post's films that the studio has not made itself."""
    made = RenderJob.objects.filter(result__isnull=False).values("result")
    rows = post.media.filter(upload__kind="video").exclude(upload__in=made)
    return list(rows.select_related("upload"))


@transaction.atomic
def order(post: Post, profile: str, actor: Actor) -> list[RenderJob]:
    """A version of each film in each of the post's languages. What failed before is tried again; what runs, runs on."""
    languages = list(post.versions.values_list("language", flat=True))
    wanted = [(row.upload, code) for row in originals(post) for code in languages if row.language in ("", code)]
    rows = [_ordered(post, upload, code, profile, actor) for upload, code in wanted]
    if rows:
        note(actor, "films_ordered", f"post:{post.pk}", district=post.district, films=len(rows))
    return rows


def _ordered(post: Post, upload: Upload, language: str, profile: str, actor: Actor) -> RenderJob:
    row, made = RenderJob.objects.get_or_create(
        post=post,
        source=upload,
        language=language,
        defaults={
            "format": nearest_format(upload.width, upload.height),
            "profile": profile,
            "ordered_by": actor.user,
            "ordered_by_name": actor.name,
        },
    )
    if not made and row.state not in ACTIVE:
        again = {"state": JobState.QUEUED, "fraction": 0, "left_s": None, "cancel_asked": False, "profile": profile}
        again |= {"reason": "", "values": {}, "notes": [], "ordered_by": actor.user, "ordered_by_name": actor.name}
        RenderJob.objects.filter(pk=row.pk).update(**again)
        row.refresh_from_db()
    return row


def nearest_format(width: int, height: int) -> Format:
    shape = width / height if width and height else 16 / 9
    return min(FORMATS, key=lambda name: abs(FORMATS[name] / shape - 1) + abs(shape / FORMATS[name] - 1))


def claim(worker: str, among: Q | None = None) -> RenderJob | None:
    """The oldest that waits, now this worker's; None when there is none."""
    waiting = RenderJob.objects.filter(among or Q(), state=JobState.QUEUED)
    for pk in waiting.values_list("pk", flat=True)[:20]:
        taken = {"state": JobState.RUNNING, "worker": worker, "beat_at": timezone.now(), "fraction": 0, "left_s": None}
        if RenderJob.objects.filter(pk=pk, state=JobState.QUEUED).update(**taken):
            return RenderJob.objects.select_related("post__district", "source", "ordered_by").get(pk=pk)
    return None


def _mine(row: RenderJob) -> QuerySet[RenderJob]:
    return RenderJob.objects.filter(pk=row.pk, state=JobState.RUNNING, worker=row.worker)


def beat(row: RenderJob, progress: Progress | None) -> bool:
    """I am alive, and this far. False: stop, for somebody cancelled it or another worker has it."""
    changes: dict[str, object] = {"beat_at": timezone.now()}
    if progress:
        changes |= {"fraction": progress.fraction, "left_s": progress.left_s}
    return bool(_mine(row).filter(cancel_asked=False).update(**changes))


def sweep() -> int:
    """Rows whose worker is gone wait again, or are cancelled where that was asked; gives how many."""
    lost = RenderJob.objects.filter(state=JobState.RUNNING, beat_at__lt=timezone.now() - LOST_AFTER)
    if not lost.exists():  # a look costs no lock
        return 0
    cancelled = lost.filter(cancel_asked=True).update(state=JobState.CANCELLED, finished_at=timezone.now())
    return cancelled + lost.update(state=JobState.QUEUED, worker="", fraction=0, left_s=None)


def put_back(row: RenderJob) -> None:
    """This worker ends; another goes on."""
    _mine(row).update(state=JobState.QUEUED, worker="", fraction=0, left_s=None)


def cancel(row: RenderJob, actor: Actor) -> None:
    """What waits is cancelled at once; what runs is told at its next beat."""
    waiting = RenderJob.objects.filter(pk=row.pk, state=JobState.QUEUED)
    if not waiting.update(state=JobState.CANCELLED, finished_at=timezone.now()):
        RenderJob.objects.filter(pk=row.pk, state=JobState.RUNNING).update(cancel_asked=True)
    note(actor, "film_cancelled", f"post:{row.post_id}", district=row.post.district, film=str(row.source))


def job_of(row: RenderJob) -> Job:
    """What the studio is to make. Raises RenderError for a film that cannot be used."""
    source, district, media = settings.HOME.var / row.source.path, row.post.district, settings.HOME.media
    language: Language = row.language  # type: ignore[assignment]
    spec = FilmSpec(
        source=source,
        language=language,
        message=load_kit(media).film.labels.of(language).message,
        hotline=district.hotline,
        district=district.name(language),
        format=row.format,  # type: ignore[arg-type]
        qr=dial_code(district.hotline),
    )
    spec = film_for(spec, read_profiles(media)[row.profile], probe(source))
    return Job(spec, media=media, time_limit=max(900.0, 15 * row.source.duration))


def fail(row: RenderJob, error: Exception) -> None:
    """The cause in a sentence's code and values. A cancelled one is no failure."""
    if isinstance(error, RenderCancelled):
        _mine(row).update(state=JobState.CANCELLED, finished_at=timezone.now())
        return
    reason, values = (error.reason, error.values) if isinstance(error, RenderError) else ("render_failed", {})
    detail = {**values, "why": str(values.get("why", "") or error)}
    _mine(row).update(state=JobState.FAILED, finished_at=timezone.now(), reason=reason, values=detail)


def finish(row: RenderJob, made: Rendition) -> None:
    """Take the film in like any upload, and put it in place once every language of this film has its own."""
    upload = accept(made.path, f"{_stem(row.source.name)} · {row.language}{made.path.suffix}")
    done = {"state": JobState.DONE, "fraction": 1, "left_s": 0, "result": upload, "notes": list(made.notes)}
    with transaction.atomic():
        if _mine(row).update(**done, finished_at=timezone.now()):
            _put_in_place(row)


def _stem(name: str) -> str:
    return name.rpartition(".")[0][:180] or name[:180]


def _put_in_place(row: RenderJob) -> None:
    """The original gives its place to its versions; not in a post that was approved or changed meanwhile."""
    post = Post.objects.select_related("district").get(pk=row.post_id)
    made = list(RenderJob.objects.filter(post=post, source=row.source).select_related("result"))
    if post.status not in CHANGEABLE or any(job.state != JobState.DONE for job in made):
        return
    rows = [pair for file in post.media.select_related("upload") for pair in _instead(file, row.source, made)]
    before = digest_of(post)
    try:
        posts.set_media(post, rows, user_actor(row.ordered_by) if row.ordered_by else Actor(row.ordered_by_name))
        pictures.carry_over(post, row.source, [job.result for job in made if job.result])
    except Refusal:
        return  # the films stay to be chosen from the earlier ones
    RenderJob.objects.filter(pk=row.pk).update(digest_before=before, digest_after=digest_of(post))


def _instead(file: PostMedia, source: Upload, made: Sequence[RenderJob]) -> list[tuple[Upload, str]]:
    if file.upload_id != source.pk:
        return [(file.upload, file.language)]
    fitting = [job for job in made if job.result and file.language in ("", job.language)]
    return [(job.result, job.language) for job in fitting if job.result] or [(file.upload, file.language)]


def followed(post: Post, digest: str) -> str:
    """The digest of the same content after the studio put films in place: a person's form counts on from there."""
    steps = dict(post.render_jobs.exclude(digest_before="").values_list("digest_before", "digest_after"))
    while digest in steps:
        digest = steps.pop(digest)
    return digest
