"""Prevention calls: campaigns, their lists and progress; and the page of the one who calls."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from publisher.compose.refusal import Refusal
from publisher.console.access import needs, within
from publisher.console.forms.hotline import CampaignForm, DealForm, ListForm
from publisher.hotline import calling, campaigns
from publisher.hotline.models import CallResult, OutboundCampaign, OutboundEntry
from publisher.people.access import May, colleagues, within_reach
from publisher.people.audit import note, user_actor
from publisher.people.models import User

SHOWN_FAULTS = 50
RESULTS = [CallResult.TALKED, CallResult.NO_ANSWER, CallResult.CALL_BACK, CallResult.WRONG, CallResult.REFUSED]


@require_safe
@needs(May.REPORT)
def show(request: HttpRequest) -> HttpResponse:
    return _list(request, CampaignForm(None, request.user))


def _list(request: HttpRequest, form: CampaignForm) -> HttpResponse:
    rows = within_reach(request.user, OutboundCampaign.objects.select_related("district"))
    given = {"campaigns": [(row, _progress(row)) for row in rows[:50]], "form": form}
    return render(request, "console/hotline/outbound.html", given, status=422 if form.is_bound else 200)


def _progress(campaign: OutboundCampaign) -> dict[str, int]:
    places = calling.places(campaign)
    return {"entries": sum(one.entries for one in places), "done": sum(one.done for one in places)}


@require_POST
@needs(May.DESK)
def add(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST, request.user)
    if not form.is_valid():
        return _list(request, form)
    campaign = form.campaign(str(request.user))
    campaign.save()
    note(user_actor(request.user), "campaign_begun", f"campaign:{campaign.pk}", district=campaign.district)
    messages.success(request, gettext("The campaign is begun. Now bring its list."))
    return redirect("outbound_one", campaign.pk)


def _campaign(request: HttpRequest, pk: int) -> OutboundCampaign:
    return within(request, OutboundCampaign.objects.select_related("district"), pk=pk)


@require_safe
@needs(May.REPORT)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _campaign(request, pk))


def _page(request: HttpRequest, campaign: OutboundCampaign, **given: Any) -> HttpResponse:
    forms = {"list_form": ListForm(), "deal_form": DealForm(None, campaign)} | given
    facts = {
        "campaign": campaign,
        "days": calling.days(campaign)[:31],
        "places": calling.places(campaign),
        "callers": calling.callers(campaign),
        "results": [(label, calling.results(campaign).get(value, 0)) for value, label in CallResult.choices],
        "free": campaign.entries.filter(caller=None, done_at=None).exclude(number="").count(),
    }
    return render(request, "console/hotline/campaign.html", facts | forms)


@require_POST
@needs(May.DESK)
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """“check” only looks; “take” brings the good rows in. The file itself is never kept."""
    campaign = _campaign(request, pk)
    form, take = ListForm(request.POST, request.FILES), request.POST.get("do") == "take"
    given: dict[str, Any] = {"list_form": form}
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = campaigns.read(file.name, file.read(), campaign)
            taken = campaigns.take(found, campaign, user_actor(request.user)) if take else None
            given |= {"found": found, "faults": found.faults[:SHOWN_FAULTS], "taken": taken}
        except Refusal as refusal:
            given["refused"] = str(refusal)
    if given.get("taken") and not given["faults"]:
        words = ngettext("%(count)s number is taken in.", "%(count)s numbers are taken in.", given["taken"])
        messages.success(request, words % {"count": given["taken"]})
        page = reverse("outbound_one", args=[pk])
        return HttpResponseClientRedirect(page) if request.htmx else redirect(page)
    if request.htmx:
        return render(request, "console/hotline/_list.html", given | {"campaign": campaign})
    return _page(request, campaign, **given)


@require_POST
@needs(May.DESK)
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    form = DealForm(request.POST, campaign)
    if not form.is_valid():
        return _page(request, campaign, deal_form=form)
    try:
        data = form.cleaned_data
        count = campaigns.deal(campaign, list(data["callers"]), data["each"], user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(count)s number is dealt out.", "%(count)s numbers are dealt out.", count)
        messages.success(request, words % {"count": count})
    return redirect("outbound_one", campaign.pk)


@require_POST
@needs(May.DESK)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    given = request.POST.get("caller", "")
    caller = colleagues(request.user, User.objects.all()).filter(pk=given if given.isdecimal() else None).first()
    count = campaigns.give_back(campaign, caller, user_actor(request.user)) if caller else 0
    words = ngettext("%(count)s number went back to all.", "%(count)s numbers went back to all.", count)
    messages.success(request, words % {"count": count})
    return redirect("outbound_one", campaign.pk)


@require_POST
@needs(May.DESK)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    campaigns.forget_numbers(campaign, user_actor(request.user))
    messages.success(request, gettext("The campaign is over. Its numbers are deleted, the counts stay."))
    return redirect("outbound_one", campaign.pk)


@require_safe
@needs(May.DESK)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """The one place where a number is shown in clear: to the person who calls it now."""
    campaign = _campaign(request, pk)
    entry = calling.next_entry(campaign, request.user, timezone.now())
    given = {
        "campaign": campaign,
        "entry": entry,
        "number": calling.number_of(entry) if entry else "",
        "left": calling.left(campaign, request.user),
        "results": [(value, value.label, place) for place, value in enumerate(RESULTS, start=1)],
        "scripts": [(code, _filled(getattr(campaign, f"script_{code}"), campaign, code)) for code in ("kk", "ru")],
    }
    reply = render(request, "console/hotline/call.html", given)
    reply["Cache-Control"] = "no-store"
    return reply


def _filled(text: str, campaign: OutboundCampaign, language: str) -> str:
    district = campaign.district
    return text.replace("{hotline}", district.hotline).replace("{district}", district.name(language))


@require_POST
@needs(May.DESK)
def result(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    row = within(request, OutboundEntry.objects.filter(campaign=campaign), "campaign__district", pk=entry)
    said = request.POST.get("result", "")
    if said in CallResult.values and said:
        language = "ru" if request.POST.get("language") == "ru" else "kk"
        try:
            calling.record(row, said, language, user_actor(request.user))
        except Refusal as refusal:
            messages.error(request, str(refusal))
    return redirect("outbound_call", campaign.pk)


@require_POST
@needs(May.DESK)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    if calling.undo(campaign, user_actor(request.user), timezone.now()):
        messages.success(request, gettext("The last result is taken back."))
    else:
        messages.error(request, gettext("There is nothing to take back, or it is too late."))
    return redirect("outbound_call", campaign.pk)
