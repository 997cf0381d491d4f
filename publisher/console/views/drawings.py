"""Cards, clips, leaflets and posters with own words: written beside their look, made, taken into posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import posts
from publisher.compose.models import Kind, Post, Status
from publisher.compose.refusal import Refusal
from publisher.console.access import first_district, needs, within
from publisher.console.drawing import Look, leaflet_of, looks, misfits, paper
from publisher.console.forms.drawing import KINDS, DrawingForm
from publisher.console.moments import spoken
from publisher.people.access import May, reach, within_reach
from publisher.people.audit import user_actor
from publisher.people.models import User
from publisher.render import leaflets, orders, queue, scripts, studio
from publisher.render.drawings import DRAWN
from publisher.render.errors import RenderError
from publisher.render.models import JobState, RenderJob, RenderOrder
from publisher.sentences import say
from publisher.yamlfile import FlawedFile

TABS = {"card": _("Card"), "clip": _("Clip"), "leaflet": _("Leaflet"), "poster": _("Poster")}
EARLIER = 8
DRAFTS = 30


def _orders(user: User) -> QuerySet[RenderOrder]:
    """Those of the person's districts."""
    rows, keys = RenderOrder.objects.filter(source=None).order_by("-id"), reach(user)
    return rows if keys is None else rows.exclude(jobs__in=RenderJob.objects.exclude(district__in=keys))


@needs(May.WRITE)
def words(request: HttpRequest, drawing: str = "card") -> HttpResponse:
    """The form; sent off, a card is made at once, a clip by the studio, and paper is downloaded."""
    kind = _known(drawing)
    form = DrawingForm(request.POST if request.method == "POST" else None, kind, request.user, _begun(request, kind))
    if request.method == "POST" and form.is_valid():
        for field, why in misfits(form):
            form.add_error(field or None, why)
    if request.method == "POST" and form.is_valid():
        return _made(request, form)
    facts = {
        "form": form,
        "kind": kind,
        "tabs": TABS.items(),
        "ready": _ready(kind),
        "post": _post(request),
        "orders": _orders(request.user).filter(layout=kind)[:EARLIER],
    }
    return render(request, "console/drawing.html", facts, status=400 if form.errors else 200)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise Http404
    return kind


def _made(request: HttpRequest, form: DrawingForm) -> HttpResponse:
    district, format = form.cleaned_data["district"], form.cleaned_data["format"]
    if form.kind not in DRAWN:
        made = leaflets.as_pdf(leaflet_of(form.words()), **paper(form))
        response = HttpResponse(made, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{form.kind}-{district.pk}-{format}.pdf"'
        return response
    order = orders.draw(form.kind, form.words(), district, format, user_actor(request.user))
    if form.kind == "card":
        studio.make_now(order)
    post = _post(request)
    return redirect(reverse("drawn", args=[order.pk]) + (f"?post={post.pk}" if post else ""))


def _begun(request: HttpRequest, kind: str) -> dict[str, Any]:
    """What the form opens with: nothing, ready words, or those of an earlier one."""
    given, post = request.GET, _post(request)
    start: dict[str, Any] = {"district": post.district_id if post else first_district(request.user).pk}
    start["format"] = {"card": "1:1", "clip": "16:9"}.get(kind, "")
    order = _orders(request.user).filter(pk=given["order"]).first() if given.get("order", "").isdecimal() else None
    if order:
        job = order.jobs.first()
        return start | {"format": order.format, "district": job.district_id if job else None} | _fields(order.words)
    if given.get("from") in dict(_ready(kind)):
        return start | _fields(_words_of(kind, given["from"]))
    return start


def _fields(words: dict[str, dict[str, Any]]) -> dict[str, str]:
    """By the form's names; several texts as lines."""
    return {
        f"{code}_{name}": text if isinstance(text, str) else "\n".join(text)
        for code, said in words.items()
        for name, text in said.items()
    }


def _names(kind: str) -> tuple[str, ...]:
    return scripts.names(settings.HOME.media) if kind in DRAWN else leaflets.names(settings.HOME.media)


def _words_of(kind: str, name: str) -> dict[str, dict[str, Any]]:
    media = settings.HOME.media
    read: Callable[..., Any] = scripts.read_script if kind in DRAWN else leaflets.read_leaflet
    found: dict[str, dict[str, Any]] = read(name, media).model_dump()
    if kind == "card":
        return {code: {"headline": said["headline"], "lines": said["steps"]} for code, said in found.items()}
    return found


def _ready(kind: str) -> list[tuple[str, str]]:
    """Ready words to begin with, by file name and headline."""
    found, tongue = [], "ru" if spoken() == "ru" else "kk"
    for name in _names(kind):
        try:
            found.append((name, _words_of(kind, name)[tongue]["headline"]))
        except FlawedFile:
            continue  # publisher check names the line
    return found


@require_POST
@needs(May.WRITE)
def look(request: HttpRequest, drawing: str) -> HttpResponse:
    """How it will look, drawn anew at every pause of the writer."""
    kind = _known(drawing)
    form = DrawingForm(request.POST, kind, request.user)
    form.is_valid()
    asked = {"district", "format"} <= form.cleaned_data.keys() and any(map(_any, form.words().values()))
    try:
        shown = looks(form) if asked else []
    except RenderError as error:
        shown = [Look("", why=say(error.code, error.values))]
    return render(request, "console/_drawing_look.html", {"looks": shown, "kind": kind})


def _any(said: dict[str, Any]) -> bool:
    return any(said.values())


def _order(request: HttpRequest, order: int) -> RenderOrder:
    return get_object_or_404(_orders(request.user), pk=order)


@require_safe
@needs(May.WRITE)
def show(request: HttpRequest, order: int) -> HttpResponse:
    """What was made of the words, or how far it is."""
    found = _order(request, order)
    jobs = queue.in_order(list(found.jobs.select_related("district", "result")))
    facts = {
        "order": found,
        "jobs": jobs,
        "kind": TABS.get(found.layout, ""),
        "active": any(job.active for job in jobs),
        "failed": any(job.state in (JobState.FAILED, JobState.CANCELLED) for job in jobs),
        "ready": any(job.result for job in jobs) and not any(job.active for job in jobs),
        "post": _post(request),
        "drafts": _drafts(request, jobs),
    }
    return render(request, "console/_drawn.html" if request.htmx else "console/drawn.html", facts)


def _drafts(request: HttpRequest, jobs: list[RenderJob]) -> QuerySet[Post]:
    """Those of the same district: the picture has its number."""
    places = {job.district_id for job in jobs}
    rows = within_reach(request.user, Post.objects.filter(status=Status.DRAFT, district__in=places))
    return rows.filter(deliveries=None).order_by("-updated_at")[:DRAFTS]


def _post(request: HttpRequest) -> Post | None:
    """The draft that the person came from."""
    given = request.POST.get("post") or request.GET.get("post", "")
    rows = within_reach(request.user, Post.objects.filter(status=Status.DRAFT))
    return rows.filter(pk=given).first() if given.isdecimal() else None


@require_POST
@needs(May.WRITE)
def use(request: HttpRequest, order: int) -> HttpResponse:
    """Each language's picture stands with that language of a draft, or of a new one that has the same words."""
    found, actor = _order(request, order), user_actor(request.user)
    jobs = queue.in_order(list(found.jobs.filter(result__isnull=False).select_related("result", "district")))
    if not jobs:
        raise Http404
    chosen = request.POST.get("post", "")
    made = [(job.result, job.language) for job in jobs]
    try:
        with transaction.atomic():
            post = within(request, _drafts_to_change(), pk=chosen) if chosen.isdecimal() else _new(found, jobs, actor)
            standing = [(row.upload, row.language) for row in post.media.select_related("upload")]
            posts.set_media(post, [*standing, *(pair for pair in made if pair not in standing)], actor)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("drawn", found.pk)
    messages.success(request, gettext("It stands with the post now."))
    return redirect("edit", post.pk)


def _drafts_to_change() -> QuerySet[Post]:
    return Post.objects.filter(status=Status.DRAFT).select_related("district")


def _new(order: RenderOrder, jobs: list[RenderJob], actor: Any) -> Post:
    draft = posts.blank(Kind.SCAM_WARNING, order.name[:100] or gettext("New post"), jobs[0].district, actor)
    posts.save_versions(draft, {code: _as_text(said) for code, said in order.words.items()}, actor)
    return draft


def _as_text(said: dict[str, Any]) -> str:
    """The same words as a post's text, to be worked on."""
    rows = [f"**{said['headline']}**", said.get("verdict", ""), *(said.get("lines") or said.get("steps") or [])]
    return "\n\n".join(row for row in rows if row)


@require_POST
@needs(May.WRITE)
def stop(request: HttpRequest, order: int) -> HttpResponse:
    found = _order(request, order)
    orders.cancel_all(found, user_actor(request.user))
    return redirect("drawn", found.pk)


@require_POST
@needs(May.WRITE)
def again(request: HttpRequest, order: int) -> HttpResponse:
    """What failed or was stopped, once more."""
    found = _order(request, order)
    orders.repeat_all(found)
    return redirect("drawn", found.pk)
