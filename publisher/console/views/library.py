"""The library: templates, films and pictures; what came of their last use; a post as a template to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose import as_template, posts, templates
from publisher.compose.models import Kind, Post
from publisher.compose.templates import Template
from publisher.connectors import CONNECTORS
from publisher.connectors.base import takes_posts
from publisher.console import chosen, shelf
from publisher.console.access import districts_of, first_district, needs, within
from publisher.console.bubbles import draw
from publisher.console.forms.library import TemplateForm
from publisher.console.tags import by_word
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.people.models import District
from publisher.yamlfile import Flaw, FlawedFile

A_PAGE = 24


def _known() -> tuple[Mapping[str, Template], Sequence[Flaw]]:
    try:
        return templates.load_all(settings.HOME.content), ()
    except FlawedFile as error:
        return {}, error.flaws


def _district(request: HttpRequest) -> District:
    districts = districts_of(request.user)
    return districts.filter(key=request.GET.get("district", "")).first() or first_district(request.user)


@require_safe
@needs(May.VIEW)
def library(request: HttpRequest) -> HttpResponse:
    """Templates by words and tag."""
    words, tag = request.GET.get("q", "").strip()[:100], request.GET.get("tag", "")
    known, flaws = _known()
    district = _district(request)
    cards = chosen.templates(known.values(), words, tag, request.LANGUAGE_CODE, district)
    facts = {
        "cards": cards,
        "uses": shelf.of_templates(request.user, [card.template.slug for card in cards]),
        "tags": by_word(name for template in known.values() for name in template.tags),
        "q": words,
        "tag": tag,
        "flaws": flaws,
        "chosen_district": district,
    }
    return render(request, "console/_templates.html" if request.htmx else "console/library.html", facts)


@require_safe
@needs(May.VIEW)
def shown(request: HttpRequest, slug: str) -> HttpResponse:
    """One template as residents would see it, on every platform we have an account on."""
    known, _flaws = _known()
    if slug not in known:
        raise Http404
    template, district = known[slug], _district(request)
    types = dict.fromkeys(account.type for account in settings.CONFIG.accounts.values())
    platforms = [CONNECTORS[kind].description for kind in types if takes_posts(CONNECTORS[kind])]
    now = timezone.now()
    bubbles = [
        (version.language, [draw(version, one, district, now, []) for one in platforms])
        for version in template.versions.values()
    ]
    facts = {
        "template": template,
        "kind": Kind(template.kind).label,
        "version": template.versions.get(request.LANGUAGE_CODE) or next(iter(template.versions.values())),
        "preview": {"languages": bubbles},
        "post": {"district": district},
        "use": shelf.of_templates(request.user, [slug]).get(slug),
        "sources": sorted({version.source for version in template.versions.values() if version.source}),
        "chosen_district": district,
    }
    return render(request, "console/library_template.html", facts)


@require_safe
@needs(May.VIEW)
def films(request: HttpRequest) -> HttpResponse:
    """Films, cards and pictures that posts of the district were shown with."""
    words, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    page = Paginator(shelf.uploads(request.user, words, kind), A_PAGE).get_page(request.GET.get("page"))
    facts = {
        "page": page,
        "uses": shelf.of_uploads(request.user, page.object_list),
        "q": words,
        "kind": kind,
        "chosen_district": _district(request),
    }
    return render(request, "console/_films_shelf.html" if request.htmx else "console/films.html", facts)


@require_POST
@needs(May.WRITE)
def use(request: HttpRequest, sha256: str) -> HttpResponse:
    """A draft with this file, opened in the composer."""
    upload = get_object_or_404(shelf.uploads(request.user, "", ""), sha256=sha256)
    district = get_object_or_404(districts_of(request.user), key=request.POST.get("district", ""))
    actor = user_actor(request.user)
    kind = Kind.PREVENTION_VIDEO if upload.kind == "video" else Kind.NOTICE
    with transaction.atomic():
        draft = posts.blank(kind, gettext("New post"), district, actor)
        posts.set_media(draft, [(upload, "")], actor)
    return redirect("edit", draft.pk)


@needs(May.WRITE)
def save_as(request: HttpRequest, pk: int) -> HttpResponse:
    """A download for content/: checked as `publisher check` will check it."""
    post = within(request, Post.objects.select_related("district"), pk=pk)
    taken = {folder.name for folder in templates.folders(settings.HOME.content)}
    form = TemplateForm(request.POST if request.method == "POST" else None, post, taken)
    if request.method == "POST" and form.is_valid():
        wanted = form.wanted()
        files = as_template.texts(post, wanted)
        try:
            as_template.checked(files, wanted.slug, settings.CONFIG.link_hosts)
        except FlawedFile as error:
            for flaw in error.flaws:
                form.add_error(None, f"{flaw.file.name}: {flaw.what} {flaw.hint}")
        else:
            return _download(as_template.packed(files, wanted.slug), f"{wanted.slug}.zip")
    return render(request, "console/save_as_template.html", {"post": post, "form": form})


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
