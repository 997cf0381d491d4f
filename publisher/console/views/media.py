"""Pictures and films of a post. What people upload is hostile until the studio has looked at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher import storage
from publisher.compose import posts
from publisher.compose.models import Post, PostMedia, Upload
from publisher.compose.refusal import Refusal
from publisher.console import files, moments
from publisher.console.access import first_district, needs, within
from publisher.console.branding import films_of, profiles_of, seconds_in, wish_in
from publisher.people.access import May, reach, within_reach
from publisher.people.audit import user_actor
from publisher.people.models import User
from publisher.render import brands, orders, uploads
from publisher.render.errors import RenderError
from publisher.render.jobs import render as make
from publisher.render.kit import load_kit
from publisher.render.models import Fitted, JobState, RenderJob
from publisher.render.orders import FORMATS
from publisher.render.samples import as_jpeg, sample
from publisher.render.specs import Job, ThumbnailSpec

EARLIER = 40


def _post(request: HttpRequest, pk: int) -> Post:
    return within(request, Post.objects.select_related("district"), pk=pk)


@require_POST
@needs(May.WRITE)
def add(request: HttpRequest, pk: int) -> HttpResponse:
    post = _post(request, pk)
    given = request.FILES.get("file")
    if not given:
        return _media(request, post, [gettext("Choose a file.")])
    try:
        upload = uploads.accept(Path(given.temporary_file_path()), given.name)
    except Refusal as refusal:
        return _media(request, post, [str(refusal)])
    return _attach(request, post, upload)


@require_POST
@needs(May.WRITE)
def choose(request: HttpRequest, pk: int, sha256: str) -> HttpResponse:
    return _attach(request, _post(request, pk), get_object_or_404(reachable(request.user), sha256=sha256))


def _attach(request: HttpRequest, post: Post, upload: Upload) -> HttpResponse:
    rows = [(row.upload, row.language) for row in post.media.select_related("upload")]
    return _set(request, post, [*rows, (upload, "")])


@require_POST
@needs(May.WRITE)
def remove(request: HttpRequest, pk: int, media: int) -> HttpResponse:
    post = _post(request, pk)
    return _set(request, post, [(row.upload, row.language) for row in _rows(post) if row.pk != media])


@require_POST
@needs(May.WRITE)
def language(request: HttpRequest, pk: int, media: int) -> HttpResponse:
    post, wanted = _post(request, pk), request.POST.get("media_language", "")
    if wanted not in ("", "kk", "ru", "en"):
        return HttpResponse(status=400)
    rows = [(row.upload, wanted if row.pk == media else row.language) for row in _rows(post)]
    return _set(request, post, rows)


@require_POST
@needs(May.WRITE)
def brand(request: HttpRequest, pk: int) -> HttpResponse:
    """Order a film's branded version; the studio makes it while the author goes on writing."""
    post = _post(request, pk)
    given = request.POST.get("film", "")
    films = Upload.objects.filter(pk__in=post.media.values("upload"))  # one may stand there for two languages
    film = get_object_or_404(films, pk=given if given.isdecimal() else None)

    def order() -> None:
        if not orders.brand(post, profiles_of(post), user_actor(request.user), wish_in(request.POST), {film}):
            raise Refusal("film_without_text")

    return _changed(request, post, order)


@require_POST
@needs(May.WRITE)
def unbrand(request: HttpRequest, pk: int, order: int) -> HttpResponse:
    """Back to the film as it was uploaded."""
    post = _post(request, pk)
    found = get_object_or_404(post.films.select_related("source", "post__district"), pk=order)
    return _changed(request, post, lambda: orders.unbrand(found, user_actor(request.user)))


@require_POST
@needs(May.WRITE)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """What failed, once more. Allowed after approval, for it changes nothing of what was approved."""
    post = _post(request, pk)
    for row in RenderJob.objects.filter(order__post=post, state__in=[JobState.FAILED, JobState.CANCELLED]):
        orders.repeat(row)
    return redirect("post", post.pk)


@require_safe
@needs(May.WRITE)
def jobs(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the studio is; when it has finished, the preview is asked to follow."""
    post = _post(request, pk)
    facts = {"post": post, "films": films_of(post)}
    response = render(request, "console/_films.html", facts)
    if not any(film.active for film in facts["films"]):
        response["HX-Trigger-After-Settle"] = "refresh-preview"
    return response


@require_safe
@needs(May.VIEW)
def made(request: HttpRequest, pk: int) -> HttpResponse:
    """The post's own page: what of its films is ready."""
    post = _post(request, pk)
    films = [film for film in films_of(post) if film.order]
    return render(request, "console/_films_made.html", {"post": post, "films": films})


@require_safe
@needs(May.WRITE)
def still(request: HttpRequest, sha256: str) -> HttpResponse:
    """The picture of a film at a moment, to choose its cover by."""
    upload = get_object_or_404(reachable(request.user), sha256=sha256, kind="video")
    at = seconds_in(request.GET.get("at", ""))
    spec = ThumbnailSpec(source=storage.try_local(upload.path, upload.sha256), at=at)
    try:
        found = make(Job(spec, media=settings.HOME.media), out_dir=settings.RENDITIONS)
    except RenderError:
        raise Http404 from None
    return files.serve(request, found.path, found.mime)


@require_safe
@needs(May.WRITE)
def layout(request: HttpRequest, name: str) -> HttpResponse:
    """A small picture of a film layout, in the colours and with the number of the person's district."""
    shape, district = request.GET.get("format", "16:9"), first_district(request.user)
    spoken: Any = moments.spoken()
    kit = load_kit(brands.media_of(district))
    if name not in kit.films or shape not in FORMATS:
        raise Http404
    said = {"language": spoken, "hotline": district.hotline, "district": brands.name_of(district, spoken)}
    try:
        drawn = as_jpeg(sample(kit, name, shape, **said, short_side=180))
    except RenderError:  # a name or number that does not fit: the film itself says which
        raise Http404 from None
    response = HttpResponse(drawn, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=600"
    return response


def _rows(post: Post) -> QuerySet[PostMedia]:
    return post.media.select_related("upload")


def _set(request: HttpRequest, post: Post, rows: Iterable[tuple[Upload, str]]) -> HttpResponse:
    return _changed(request, post, lambda: posts.set_media(post, rows, user_actor(request.user)))


def _changed(request: HttpRequest, post: Post, change: Callable[[], object]) -> HttpResponse:
    if post.deliveries.exists():
        return _media(request, post, [gettext("Files of a post that went out cannot be changed.")])
    before = posts.digest_of(post)
    try:
        change()
    except Refusal as refusal:
        return _media(request, post, [str(refusal)])
    seen = request.POST.get("seen", "")
    return _media(request, post, [], posts.digest_of(post) if seen == before else seen)


def _media(request: HttpRequest, post: Post, errors: list[str], seen: str = "") -> HttpResponse:
    """The list anew; the preview is asked to follow. `seen`: the digest the form counts from after this change."""
    facts = {"post": post, "media_errors": errors, "seen": seen or request.POST.get("seen", "")}
    response = render(request, "console/_media_changed.html", facts)
    response["HX-Trigger-After-Settle"] = "refresh-preview"
    return response


@require_safe
@needs(May.WRITE)
def earlier(request: HttpRequest, pk: int) -> HttpResponse:
    facts = {"post": _post(request, pk), "uploads": reachable(request.user).order_by("-id")[:EARLIER]}
    return render(request, "console/_earlier.html", facts)


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest, sha256: str) -> HttpResponse:
    upload = get_object_or_404(reachable(request.user), sha256=sha256)
    return files.serve(request, storage.try_local(upload.path, upload.sha256), upload.mime)


@require_safe
@needs(May.VIEW)
def thumbnail(request: HttpRequest, sha256: str) -> HttpResponse:
    upload = get_object_or_404(reachable(request.user).exclude(thumbnail=""), sha256=sha256)
    return files.serve(request, storage.try_local(upload.thumbnail), "image/jpeg")


def reachable(user: User) -> QuerySet[Upload]:
    """Files shown with a post of the person's district, what the studio made of them, and films made for it."""
    keys = reach(user)
    if keys is None:
        return Upload.objects.all()
    mine = within_reach(user, PostMedia.objects.all(), "post__district")
    made = RenderJob.objects.filter(district__in=keys, result__isnull=False).values("result")
    fitted = Fitted.objects.filter(source__in=mine.values("upload")).values("result")
    return Upload.objects.filter(Q(pk__in=mine.values("upload")) | Q(pk__in=made) | Q(pk__in=fitted))
