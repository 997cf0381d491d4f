"""Pictures and films of a post. What people upload is hostile until the studio has looked at it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget

from publisher.compose import posts
from publisher.compose.models import Post, PostMedia, Upload
from publisher.compose.refusal import Refusal
from publisher.console import files
from publisher.console.access import needs, within
from publisher.console.branding import profile_for
from publisher.people.access import May, within_reach
from publisher.people.audit import user_actor
from publisher.people.models import User
from publisher.render import queue, uploads

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
    return _attach(request, _post(request, pk), get_object_or_404(_reachable(request.user), sha256=sha256))


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
    """Order the branded versions; the studio makes them while the author goes on writing."""
    post = _post(request, pk)
    if post.deliveries.exists():
        return _media(request, post, [gettext("Files of a post that went out cannot be changed.")])
    ordered = queue.order(post, profile_for(post), user_actor(request.user))
    return _media(request, post, [] if ordered else [gettext("Write the text of a language first.")])


@require_POST
@needs(May.WRITE)
def stop_brand(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    post = _post(request, pk)
    queue.cancel(
        get_object_or_404(post.render_jobs.select_related("post__district", "source"), pk=job), user_actor(request.user)
    )
    return _media(request, post, [])


@require_safe
@needs(May.WRITE)
def jobs(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the studio is; when it has finished, the whole list with what it put in place."""
    post, seen = _post(request, pk), request.GET.get("seen", "")
    if any(job.active for job in post.render_jobs.all()):
        return render(request, "console/_films.html", {"post": post})
    response = _media(request, post, [], queue.followed(post, seen))
    return reswap(retarget(response, "#media"), "outerHTML")


def _rows(post: Post) -> QuerySet[PostMedia]:
    return post.media.select_related("upload")


def _set(request: HttpRequest, post: Post, rows: Iterable[tuple[Upload, str]]) -> HttpResponse:
    if post.deliveries.exists():
        return _media(request, post, [gettext("Files of a post that went out cannot be changed.")])
    before = posts.digest_of(post)
    try:
        posts.set_media(post, rows, user_actor(request.user))
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
    facts = {"post": _post(request, pk), "uploads": _reachable(request.user).order_by("-id")[:EARLIER]}
    return render(request, "console/_earlier.html", facts)


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest, sha256: str) -> HttpResponse:
    upload = get_object_or_404(_reachable(request.user), sha256=sha256)
    return files.serve(request, settings.HOME.var / upload.path, upload.mime)


@require_safe
@needs(May.VIEW)
def thumbnail(request: HttpRequest, sha256: str) -> HttpResponse:
    upload = get_object_or_404(_reachable(request.user).exclude(thumbnail=""), sha256=sha256)
    return files.serve(request, settings.HOME.var / upload.thumbnail, "image/jpeg")


def _reachable(user: User) -> QuerySet[Upload]:
    """Files shown with a post of the person's district."""
    if user.district_id is None:
        return Upload.objects.all()
    mine = within_reach(user, PostMedia.objects.all(), "post__district")
    return Upload.objects.filter(pk__in=mine.values("upload"))
