"""All posts: by status and by words."""

from __future__ import annotations

import re

from django.core.paginator import Paginator
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from publisher.compose.models import Kind, Post, Status, Version
from publisher.console.access import needs
from publisher.console.looks import STATUSES
from publisher.people.access import May, within_reach

A_PAGE = 30


@require_safe
@needs(May.VIEW)
def posts(request: HttpRequest) -> HttpResponse:
    words, status, kind = (request.GET.get(name, "").strip() for name in ("q", "status", "kind"))
    rows = within_reach(request.user, Post.objects.select_related("district"))
    rows = rows.filter(status=status) if status in Status.values else rows
    rows = rows.filter(kind=kind) if kind in Kind.values else rows
    page = Paginator(_matching(rows, words[:100]), A_PAGE).get_page(request.GET.get("page"))
    facts = {
        "page": page,
        "q": words,
        "status": status,
        "kind": kind,
        "statuses": [(value, look.word) for value, look in STATUSES.items()],
        "kinds": Kind.choices,
    }
    return render(request, "console/_posts.html" if request.htmx else "console/posts.html", facts)


def _matching(rows: QuerySet[Post], words: str) -> QuerySet[Post]:
    """A regular expression, since SQLite's own comparison knows no capital letters but Latin ones."""
    for word in words.split():
        pattern = re.escape(word)
        said = Version.objects.filter(post=OuterRef("pk"), body__iregex=pattern)
        rows = rows.filter(Q(title__iregex=pattern) | Exists(said))
    dated = rows.annotate(first_due=Min("deliveries__due_at"), last_sent=Max("deliveries__sent_at"))
    return dated.prefetch_related("versions").order_by("-id")
