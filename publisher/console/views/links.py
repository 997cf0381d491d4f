"""Short links: the public redirect, and the page where they are made and counted."""

from __future__ import annotations

import io
import logging
from itertools import groupby

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.db.models import F, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.console.access import districts_of, needs, within
from publisher.console.forms.link import LinkForm
from publisher.measure import links, tracked
from publisher.measure.models import Link, LinkKind
from publisher.people.access import May, within_reach
from publisher.people.audit import note, user_actor
from publisher.people.models import District

log = logging.getLogger(__name__)
SHOWN = 200


@login_not_required
@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Counting must not stand in the way of the person who follows: a database that cannot write is passed over."""
    link = links.leads_to(code)
    if link is None:
        return render(request, "console/link_unknown.html", {"hotlines": District.objects.all()}, status=404)
    agent, address = request.headers.get("User-Agent", ""), request.META.get("REMOTE_ADDR", "")
    try:
        links.count(link, links.Visit(request.method or "", agent, address, request.headers), timezone.now())
    except DatabaseError:
        log.warning("A visit of link %s was not counted.", link.code)
    reply = HttpResponseRedirect(link.url)
    reply["Cache-Control"] = "no-store"
    reply["Referrer-Policy"] = "no-referrer"
    reply["X-Robots-Tag"] = "noindex"
    return reply


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    if request.GET.get("of") == LinkKind.MESSAGE:
        return _in_messages(request)
    return _page(request, LinkForm(None, request.user))


def _counted(request: HttpRequest, kind: LinkKind) -> QuerySet[Link]:
    rows = within_reach(request.user, Link.objects.filter(kind=kind).select_related("district", "channel", "post"))
    return rows.annotate(visits=Sum("days__visits"), people=Sum("days__people"))


def _page(request: HttpRequest, form: LinkForm) -> HttpResponse:
    given = {"links": _counted(request, LinkKind.POSTER)[:SHOWN], "form": form, "tab": "poster"}
    return render(request, "console/links.html", given, status=422 if form.is_bound else 200)


def _in_messages(request: HttpRequest) -> HttpResponse:
    """By post, the newest first; a post's links stand by how often they were followed."""
    rows = list(_counted(request, LinkKind.MESSAGE).order_by("-post_id", F("visits").desc(nulls_last=True))[:SHOWN])
    posts = [(post, list(links)) for post, links in groupby(rows, key=lambda link: link.post)]
    keys = [district.key for district in districts_of(request.user)]
    given = {"posts": posts, "tab": "message", "in_use": any(map(tracked.in_use, keys))}
    return render(request, "console/links_messages.html", given)


@require_POST
@needs(May.WRITE)
def add(request: HttpRequest) -> HttpResponse:
    form = LinkForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form)
    data = form.cleaned_data
    try:
        link = links.make(data["url"], data["label"], data["district"], user_actor(request.user))
    except Refusal as refusal:
        form.add_error("url", str(refusal))
        return _page(request, form)
    messages.success(request, gettext("The link is made. Its code can be printed."))
    return redirect("link", link.pk)


def _link(request: HttpRequest, pk: int) -> Link:
    return within(request, Link.objects.select_related("district", "channel"), pk=pk)


@require_safe
@needs(May.VIEW)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    link = _link(request, pk)
    given = {"link": link, "address": links.address(link), "days": link.days.order_by("-day")[:60]}
    return render(request, "console/link.html", given)


@require_safe
@needs(May.VIEW)
def code(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The QR code as a picture: SVG for the page and for print, PNG for a messenger."""
    link = _link(request, pk)
    if kind not in ("svg", "png"):
        raise Http404
    drawn, mime = io.BytesIO(), "image/png" if kind == "png" else "image/svg+xml"
    segno.make(links.address(link), error="m").save(drawn, kind=kind, scale=12, border=4)
    reply = HttpResponse(drawn.getvalue(), content_type=mime)
    if "save" in request.GET:
        reply["Content-Disposition"] = f'attachment; filename="qr-{link.code}.{kind}"'
    return reply


@require_POST
@needs(May.WRITE)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    link = _link(request, pk)
    link.off = request.POST.get("on") != "yes"
    link.save(update_fields=["off"])
    verb = "link_off" if link.off else "link_on"
    note(user_actor(request.user), verb, f"link:{link.code}", district=link.district)
    words = gettext("The link leads nowhere now.") if link.off else gettext("The link works again.")
    messages.success(request, words)
    return redirect("link", link.pk)
