"""The audit trail: who did what, when, and what was there before; whether it is whole; to take along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from publisher.console.access import districts_of, needs
from publisher.console.forms import Dressed
from publisher.console.looks import VERBS
from publisher.console.proof import sure
from publisher.people import trail
from publisher.people.access import May, colleagues, within_reach
from publisher.people.audit import head, verify
from publisher.people.models import AuditEntry, District, User

ON_A_PAGE = 50
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
KINDS = (
    ("", _("everything")),
    ("post", _("posts")),
    ("channel", _("channels")),
    ("account", _("accounts")),
    ("user", _("people")),
    ("district", _("stops of a district")),
)


class TrailForm(Dressed, forms.Form):
    """Whoever works for one district sees that one's lines only."""

    subject = forms.ChoiceField(label=_("About"), choices=KINDS, required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Who"), required=False, empty_label=_("everybody"))
    verb = forms.ChoiceField(label=_("What"), required=False)
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), required=False, empty_label=_("All districts")
    )
    start = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    end = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    words = forms.CharField(label=_("Words"), required=False, max_length=60)

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.fields["person"].queryset = colleagues(user, User.objects.order_by("username"))
        self.fields["district"].queryset = districts_of(user)
        self.fields["verb"].choices = [("", _("anything")), *VERBS.items()]
        for day in ("start", "end"):
            self.fields[day].input_formats = ["%Y-%m-%d"]


@require_safe
@needs(May.AUDIT)
def show(request: HttpRequest) -> HttpResponse:
    form = TrailForm(request.GET, request.user)
    page = Paginator(_rows(form, request.user), ON_A_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    facts = {"form": form, "page": page, "asked": asked.urlencode(), "head": head()}
    return render(request, "console/trail.html", facts)


def _rows(form: TrailForm, user: User) -> QuerySet[AuditEntry]:
    """What is wrongly filled in filters nothing; the page says so beside the field."""
    form.is_valid()
    return within_reach(user, trail.lines(**form.cleaned_data))


@require_safe
@needs(May.AUDIT)
@sure
def download(request: HttpRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    if kind not in trail.WRITERS:
        raise Http404
    rows = _rows(TrailForm(request.GET, request.user), request.user)
    response = StreamingHttpResponse(trail.WRITERS[kind](rows), content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate():%Y-%m-%d}.{kind}"'
    return response


@require_POST
@needs(May.AUDIT)
def check(request: HttpRequest) -> HttpResponse:
    """Reads the whole trail, of all districts: a chain is whole or it is not."""
    verdict = verify(request.POST.get("expected", "").strip()[:64])
    if verdict.broken:
        words = gettext("The trail does not fit from line %(number)s on: the database was changed. Tell the chief.")
        messages.error(request, words % {"number": verdict.broken.number})
    elif not verdict.expected_found:
        words = gettext("This hash does not stand in the trail: its end was cut off, or it was written anew.")
        messages.error(request, words)
    else:
        messages.success(request, gettext("The trail is whole: %(n)s lines.") % {"n": verdict.lines})
    return redirect("audit")
