"""Campaigns: what the centre hands out, and what a district answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.approval import is_approved
from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.console.access import needs, within
from publisher.console.forms.campaign import CampaignForm, TimeForm
from publisher.console.looks import STANDS
from publisher.console.preview import saved_preview
from publisher.deliver import campaigns
from publisher.deliver.campaigns import channels_of
from publisher.deliver.progress import Board, Standing, board
from publisher.people.access import May, may, reach
from publisher.people.audit import user_actor
from publisher.people.models import User
from publisher.plan.models import Answer, Campaign, Share

SHOWN = 100
MANY = 12  # districts from which on a board can be searched


def _near(user: User) -> QuerySet[Campaign]:
    """Begun by a district within reach, or handed out to one."""
    rows, keys = Campaign.objects.select_related("source__district"), reach(user)
    if keys is None:
        return rows
    handed = Share.objects.filter(district__in=keys).values("campaign")
    return rows.filter(Q(source__district__in=keys) | Q(pk__in=handed))


def leads(user: User, campaign: Campaign) -> bool:
    """Whoever sees the centre's post and every district that has a part of it."""
    keys = reach(user)
    if keys is None:
        return True
    beyond = campaign.shares.exclude(district__in=keys)
    return campaign.source.district_id in keys and not beyond.exists()


def central(user: User) -> bool:
    keys = reach(user)
    return keys is None or len(keys) > 1


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    rows = _near(request.user).annotate(districts=Count("shares"))[:SHOWN]
    mine = unanswered(request.user)
    facts = {"campaigns": rows, "waiting": mine, "central": central(request.user) and may(request.user, May.WRITE)}
    return render(request, "console/campaigns.html", facts)


def unanswered(user: User) -> QuerySet[Share]:
    """Of a district's own people: what waits for their answer. For the centre there is the board."""
    rows = Share.objects.filter(answer=Answer.NONE, campaign__withdrawn_at=None) | Share.objects.filter(to_settle=True)
    mine = rows.filter(district=user.district_id) if user.district_id else rows.none()
    return mine.select_related("campaign", "district")


@needs(May.WRITE)
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Ordering binds other people's districts, so it takes the right to approve."""
    post = within(request, Post.objects.select_related("district"), pk=pk)
    if not central(request.user):
        raise Http404
    form = CampaignForm(request.POST if request.method == "POST" else None, request.user, post.district)
    if request.method == "POST" and form.is_valid():
        campaign = _launch(request, post, form)
        if campaign:
            return redirect("campaign", campaign.pk)
    facts = {"post": post, "form": form, "approved": is_approved(post), "may_order": may(request.user, May.APPROVE)}
    return render(request, "console/campaign_new.html", facts)


def _launch(request: HttpRequest, post: Post, form: CampaignForm) -> Campaign | None:
    data = form.cleaned_data
    ordered = data["binding"] == "ordered"
    if ordered and not may(request.user, May.APPROVE, post.district_id):
        form.add_error("binding", gettext("Only an approver may order it. Offer it, or ask one."))
        return None
    times = {name: data[name] for name in ("publish_at", "answer_by")}
    try:
        return campaigns.launch(post, data["districts"], user_actor(request.user), ordered=ordered, **times)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None


@require_safe
@needs(May.VIEW)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(_near(request.user), pk=pk)
    found = board(campaign, reach(request.user))
    stand, words = request.GET.get("stand", ""), request.GET.get("q", "").strip()[:80]
    facts = {
        "campaign": campaign,
        "board": found,
        "rows": [(row, STANDS[row.stand]) for row in _asked_for(found.rows, stand, words)],
        "counts": [(one, STANDS[one], number) for one, number in found.counts],
        "many": len(found.rows) > MANY,
        "stand": stand,
        "q": words,
        "leads": leads(request.user, campaign) and may(request.user, May.WRITE),
        "to_pass_on": is_approved(campaign.source) and found.behind,
        "now": timezone.now(),
    }
    if request.htmx:
        return render(request, "console/_campaign_board.html", facts)
    return render(request, "console/campaign.html", facts | _own(request, campaign, found))


def _asked_for(rows: Sequence[Standing], stand: str, words: str) -> list[Standing]:
    """Those that stand so, and whose name in either language has the words in it."""
    wanted = words.casefold()
    asked = [row for row in rows if stand in ("", row.stand)]
    return [row for row in asked if wanted in f"{row.share.district.name_kk}\n{row.share.district.name_ru}".casefold()]


def _own(request: HttpRequest, campaign: Campaign, found: Board) -> dict[str, object]:
    """What a single district's person answers here, with its own version before them."""
    if len(found.rows) != 1 or request.user.district_id is None:
        return {}
    share = found.rows[0].share
    post = share.post or _as_it_would_be(share)
    return {
        "own": share,
        "post": post,
        "form": TimeForm(None, share) if campaign.ordered and share.post else None,
        "preview": saved_preview(post, channels_of(share.district)),
        "answerable": share.answer == Answer.NONE and not campaign.withdrawn_at and may(request.user, May.WRITE),
    }


def _as_it_would_be(share: Share) -> Post:
    """The centre's post with this district's name and number, before there is a version of its own. Never saved."""
    post: Post = share.campaign.source
    post.district = share.district
    post.channel_keys = [channel.key for channel in channels_of(share.district)]
    return post


def _share(request: HttpRequest, pk: int) -> Share:
    return within(request, Share.objects.select_related("campaign__source", "district", "post"), pk=pk)


@require_POST
@needs(May.WRITE)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    share, adapt = _share(request, pk), request.POST.get("adapt") == "yes"
    try:
        post = campaigns.take(share, user_actor(request.user), adapt=adapt)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("campaign", share.campaign_id)
    if adapt:
        return redirect("edit", post.pk)
    messages.success(request, gettext("Taken and sent for review. A second person of the district approves it."))
    return redirect("post", post.pk)


@require_POST
@needs(May.WRITE)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:500]
    return _done(
        request,
        pk,
        lambda share: campaigns.refuse(share, reason, user_actor(request.user)),
        gettext("Refused. The centre sees your reason."),
    )


@require_POST
@needs(May.WRITE)
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    share = _share(request, pk)
    form = TimeForm(request.POST, share)
    if not form.is_valid():
        messages.error(request, gettext("Choose a time and at least one channel."))
        return redirect("campaign", share.campaign_id)
    chosen, at = list(form.cleaned_data["channels"].select_related("account")), form.cleaned_data["at"]
    return _done(
        request,
        pk,
        lambda row: campaigns.schedule(row, chosen, at, user_actor(request.user)),
        gettext("Queued. It goes out at the time you chose."),
    )


@require_POST
@needs(May.WRITE)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    centre = request.POST.get("whose") == "centre"
    words = gettext("The centre's words are in place.") if centre else gettext("The district's own words stay.")
    return _done(request, pk, lambda share: campaigns.settle(share, user_actor(request.user), centre=centre), words)


def _done(request: HttpRequest, pk: int, act: Callable[[Share], object], words: str) -> HttpResponse:
    share = _share(request, pk)
    try:
        act(share)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect("campaign", share.campaign_id)


def _led(request: HttpRequest, pk: int) -> Campaign:
    campaign = get_object_or_404(_near(request.user), pk=pk)
    if not leads(request.user, campaign):
        raise Http404
    return campaign


@require_POST
@needs(May.WRITE)
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = _led(request, pk)
    try:
        done, open_ones = campaigns.pass_on(campaign, user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("The correction reached %(n)s district.", "The correction reached %(n)s districts.", done)
        messages.success(request, words % {"n": done})
        if open_ones:
            words = ngettext(
                "%(n)s district had changed the same text and decides itself.",
                "%(n)s districts had changed the same text and decide themselves.",
                open_ones,
            )
            messages.warning(request, words % {"n": open_ones})
    return redirect("campaign", pk)


@require_POST
@needs(May.WRITE)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    number = campaigns.withdraw(_led(request, pk), user_actor(request.user))
    words = ngettext("Withdrawn in %(n)s district.", "Withdrawn in %(n)s districts.", number)
    messages.success(request, words % {"n": number})
    return redirect("campaign", pk)
