"""What the studio shows in the place of a post's files: a platform's own film, or a picture that fits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.conf import settings

from publisher.compose.models import Post, PostMedia, Upload
from publisher.compose.shown import Shown
from publisher.connectors.base import Description
from publisher.render.models import ACTIVE, Fitted, JobState, RenderJob
from publisher.render.profiles import profile_for
from publisher.sentences import say


class Studio:
    """Fills publisher.compose.shown."""

    def shown(self, post: Post, files: Sequence[PostMedia], language: str, description: Description) -> Sequence[Shown]:
        ordered = dict(post.films.values_list("source", "pk"))
        numbers = _numbers_drawn(files)
        found = [self._one(file.upload, ordered.get(file.upload_id), language, description) for file in files]
        return [_with_number(one, numbers.get(file.upload_id), post) for one, file in zip(found, files, strict=True)]

    def _one(self, upload: Upload, order: int | None, language: str, description: Description) -> Shown:
        if upload.kind == "photo":
            return _picture(upload, description)
        return _film(upload, order, language, description) if order else Shown(upload)

    def covered(self, post: Post) -> Sequence[object]:
        """The inputs of every film that stands with the post: the same inputs always make the same film."""
        rows = post.films.filter(source__in=post.media.values("upload"))
        return sorted(map(list, rows.values_list("source__sha256", "layout", "format", "fill", "cover_at", "look")))


def _numbers_drawn(files: Sequence[PostMedia]) -> Mapping[int, str]:
    """Upload → the hotline that stands in it, for the studio's own cards and clips."""
    drawn = RenderJob.objects.filter(result__in=[file.upload_id for file in files], order__source=None)
    return dict(drawn.exclude(hotline="").values_list("result", "hotline"))


def _with_number(shown: Shown, number: str | None, post: Post) -> Shown:
    """The words of a post get a new number by themselves; what is drawn keeps the one it has."""
    wanted = post.district.hotline
    if not number or number == wanted:
        return shown
    return replace(shown, note="drawn_number", values={"number": number, "wanted": wanted})


def _film(upload: Upload, order: int, language: str, description: Description) -> Shown:
    profile = profile_for(description, settings.HOME.media)
    job = RenderJob.objects.filter(order=order, language=language, profile=profile).select_related("result").first()
    if job is None or job.state in ACTIVE:
        return Shown(upload, "waiting")
    if job.state != JobState.DONE or job.result is None:
        why = say(job.reason or "render_cancelled", job.values)
        return Shown(upload, "failed", values={"why": str(why)})
    return Shown(job.result)


def _picture(upload: Upload, description: Description) -> Shown:
    """As it is where the platform takes it; else the JPEG that was made of it when it came in."""
    limits = description.limits
    if not limits.photo_bytes or (upload.size <= limits.photo_bytes and upload.mime in limits.photo_types):
        return Shown(upload)
    rows = Fitted.objects.filter(source=upload, result__size__lte=limits.photo_bytes).select_related("result")
    best = rows.order_by("-result__size").first()
    if best is None or best.result.mime not in limits.photo_types:
        return Shown(upload)
    values = {
        "found": round(upload.size / 1e6, 1),
        "limit": limits.photo_bytes / 1e6,
        "size": round(best.result.size / 1e6, 1),
    }
    return Shown(best.result, note="picture_fitted", values=values)
