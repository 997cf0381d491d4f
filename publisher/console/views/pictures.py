"""The checklist of pictures and films: who looked at what."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import pictures
from publisher.compose.models import Post, Upload
from publisher.console.access import needs, within
from publisher.people.access import May
from publisher.people.audit import user_actor


def _shown(request: HttpRequest, post: Post) -> HttpResponse:
    return render(request, "console/_pictures.html", {"post": post, "looked": pictures.looked_at(post)})


def _post(request: HttpRequest, pk: int) -> Post:
    return within(request, Post.objects.select_related("district"), pk=pk)


@require_safe
@needs(May.WRITE)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Anew, after the files of the post changed."""
    return _shown(request, _post(request, pk))


@require_POST
@needs(May.WRITE)
def tick(request: HttpRequest, pk: int, sha256: str, item: str) -> HttpResponse:
    post = _post(request, pk)
    if item not in pictures.CHECKLIST:
        raise Http404
    upload = get_object_or_404(Upload, sha256=sha256, pk__in=post.media.values("upload"))  # it may stand there twice
    pictures.tick(post, upload, item, user_actor(request.user), on=request.POST.get("on") == "yes")
    response = _shown(request, post)
    response["HX-Trigger-After-Settle"] = "refresh-checks"
    return response
