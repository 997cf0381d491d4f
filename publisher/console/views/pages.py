"""Pages that are only looked at: whether they may be, what they show, new material, numbers typed in by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.connectors.base import Metric
from publisher.console.access import needs, within
from publisher.console.forms.pages import NumberForm, TableForm
from publisher.console.looks import PAGE_STATES
from publisher.deliver.models import Account
from publisher.measure import by_hand, page_numbers, pages, sourcing
from publisher.measure.models import Horizon, Page, PageRole, Piece, Watch
from publisher.people.access import May, within_reach
from publisher.people.audit import user_actor

SHOWN = 60
CHOICES = (Horizon.DAY, Horizon.THREE_DAYS, Horizon.WEEK)


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    rows = list(within_reach(request.user, Page.objects.select_related("account__watch", "district")))
    counts = page_numbers.followers(rows)
    now = timezone.now()
    shown = [(page, _look(page, now), counts.get(page.pk)) for page in rows]
    watches = Watch.objects.filter(account__type="instagram").select_related("account").order_by("account")
    return render(request, "console/pages.html", {"pages": shown, "watches": watches, "now": now})


def _look(page: Page, now: object) -> object:
    return PAGE_STATES[page.state(timezone.now(), getattr(page.account, "watch", None))]


@require_POST
@needs(May.MANAGE)
def switch(request: HttpRequest, key: str) -> HttpResponse:
    account = get_object_or_404(Account, key=key, type="instagram", watch__isnull=False)
    on = request.POST.get("on") == "yes"
    if on and request.POST.get("read") != "yes":
        messages.error(request, gettext("Tick that you have read the notice first."))
        return redirect("pages")
    pages.switch(account, on, user_actor(request.user), timezone.now())
    words = gettext("Looking is on. The first numbers come within minutes.") if on else gettext("Looking is off.")
    messages.success(request, words)
    return redirect("pages")


def _page(request: HttpRequest, pk: int) -> Page:
    return within(request, Page.objects.select_related("account__watch", "district"), pk=pk)


@require_safe
@needs(May.VIEW)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    return _shown(request, page, NumberForm(None, page), TableForm())


def _shown(request: HttpRequest, page: Page, number: NumberForm, table: TableForm, **more: object) -> HttpResponse:
    now = timezone.now()
    horizon = next((h for h in CHOICES if h == request.GET.get("after")), Horizon.THREE_DAYS)
    pieces = list(page.pieces.select_related("draft")[:SHOWN])
    given = {
        "page": page,
        "look": _look(page, now),
        "followers": page_numbers.followers([page]).get(page.pk),
        "lines": page_numbers.lines(pieces, horizon, now) if page.role == PageRole.OWN else [],
        "pieces": pieces if page.role == PageRole.SOURCE else [],
        "horizon": horizon,
        "horizons": [(h, h.label) for h in CHOICES],
        "number": number,
        "table": table,
        **more,
    }
    return render(request, "console/watched.html", given, status=422 if more else 200)


@require_POST
@needs(May.WRITE)
def number(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    form = NumberForm(request.POST, page)
    if not form.is_valid():
        return _shown(request, page, form, TableForm(), open="number")
    data = form.cleaned_data
    of = data["piece"] or page
    by_hand.enter(of, Metric(data["metric"]), data["value"], form.at(), user_actor(request.user), data["proof"])
    messages.success(request, gettext("Noted, with your name and where it was read."))
    return redirect("watched", page.pk)


@require_POST
@needs(May.WRITE)
def table(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, page, NumberForm(None, page), form, open="table")
    file = form.cleaned_data["table"]
    found = by_hand.read_table(page, file.read(), page.district.zone)
    if found.flaws:
        return _shown(request, page, NumberForm(None, page), form, open="table", flaws=found.flaws[:20])
    count = by_hand.enter_table(found, user_actor(request.user), file.name)
    words = ngettext("%(count)s number came in.", "%(count)s numbers came in.", count)
    messages.success(request, words % {"count": count})
    return redirect("watched", page.pk)


@require_POST
@needs(May.WRITE)
def material(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a piece out, or have a draft made of one that was left out."""
    piece = within(request, Piece.objects.select_related("page"), path="page__district", pk=pk)
    if request.POST.get("want") == "yes":
        sourcing.want(piece)
        messages.success(request, gettext("A draft is made of it with the next look, within minutes."))
    else:
        sourcing.leave(piece)
        messages.success(request, gettext("Left out."))
    return redirect("watched", piece.page_id)
