"""Channels: where posts go, whether each is well, and switching one off or on."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.connectors import CONNECTORS
from publisher.connectors.base import Metric
from publisher.console.access import needs, within
from publisher.console.forms.channel import ChangeForm, MuteForm
from publisher.console.views.channel_add import rights
from publisher.deliver import channels, heard, muting, wellbeing
from publisher.deliver.models import Channel
from publisher.measure.models import Reading, Repost
from publisher.measure.routes import routes
from publisher.people.access import May, within_reach
from publisher.people.audit import note, user_actor
from publisher.sentences import say


def with_members(rows: QuerySet[Channel]) -> QuerySet[Channel]:
    """Each with the newest count of its members, and when that was; None where no platform told one."""
    counts = Reading.objects.filter(channel=OuterRef("pk"), metric=Metric.FOLLOWERS).order_by("-at")
    newest = {"members": Subquery(counts.values("value")[:1]), "counted_at": Subquery(counts.values("at")[:1])}
    return rows.annotate(**newest)


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    rows = with_members(within_reach(request.user, Channel.objects.select_related("account", "district")))
    return render(request, "console/channels.html", {"channels": rows})


@require_safe
@needs(May.VIEW)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    channel = within(request, with_members(Channel.objects.select_related("account", "district")), pk=pk)
    return _page(request, channel, MuteForm())


def _page(request: HttpRequest, channel: Channel, mute_form: MuteForm) -> HttpResponse:
    missing = heard.missing_rights(channel)
    facts = {
        "channel": channel,
        "well": wellbeing.of_channel(channel),
        "rights": rights(channel.platform_kind, missing) if missing is not None else None,
        "missing": missing,
        "type": channel.account.type,
        "by_people": CONNECTORS[channel.account.type].description.by_people,
        "muted": channel.off_reason in muting.BY_PERSON,
        "mute_form": mute_form,
        "routes": routes(channel, timezone.now()),
        "invites": channel.invites.all() if channel.account.type == "telegram" else None,
        "statistics": channel.statistics.first(),
        "reposts": Repost.objects.filter(delivery__channel=channel).select_related("delivery__post")[:20],
        "change_form": ChangeForm(initial={"languages": channel.languages, "tags": ", ".join(channel.tags)}),
    }
    return render(request, "console/channel.html", facts)


def _channel(request: HttpRequest, pk: int) -> Channel:
    return within(request, Channel.objects.select_related("account", "district"), pk=pk)


@require_POST
@needs(May.MANAGE)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    error = async_to_sync(channels.check)(channel)
    if error:
        messages.error(request, f"{channel}: {say(error.reason)} ({error.detail})")
    elif "post" in (heard.missing_rights(channel) or ()):  # said of a muted one too
        messages.warning(request, f"{channel}: {say('no_rights')}")
    elif channel.off_reason and channel.off_reason not in muting.BY_PERSON:
        messages.warning(request, f"{channel}: {say(channel.off_reason)}")
    else:
        messages.success(request, gettext("%(title)s: we are in and may post.") % {"title": channel})
    return redirect("channel", pk)


@require_POST
@needs(May.MANAGE)
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    channel, form = _channel(request, pk), MuteForm(request.POST)
    if not form.is_valid():
        return _page(request, channel, form)
    try:
        muting.mute(channel, form.cleaned_data["how"], form.cleaned_data["reason"], user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("%(title)s is off: nothing goes out there.") % {"title": channel})
    return redirect("channel", pk)


@require_POST
@needs(May.MANAGE)
def unmute(request: HttpRequest, pk: int) -> HttpResponse:
    """On again, and looked at at once: whoever is not let in is off again before anything goes out."""
    channel = _channel(request, pk)
    try:
        held = muting.unmute(channel, user_actor(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("channel", pk)
    error = async_to_sync(channels.check)(channel)
    channel.refresh_from_db()
    if channel.off_reason:
        detail = f" ({error.detail})" if error else ""
        messages.error(request, f"{channel}: {say(channel.off_reason)}{detail}")
    else:
        messages.success(request, gettext("%(title)s is on.") % {"title": channel})
        if error:
            messages.warning(request, str(say(error.reason)))
    return redirect("backlog") if held else redirect("channel", pk)


@require_POST
@needs(May.MANAGE)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Languages and tags. Posts already queued keep the languages they were queued with."""
    channel, form = _channel(request, pk), ChangeForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("A channel needs at least one language."))
        return redirect("channel", pk)
    before = {"languages": channel.languages, "tags": channel.tags}
    channel.languages = channels.ordered(form.cleaned_data["languages"], channel.district.languages)
    channel.tags = form.cleaned_data["tags"]
    channel.save(update_fields=["languages", "tags"])
    told = {"before": before, "after": {"languages": channel.languages, "tags": channel.tags}}
    note(user_actor(request.user), "channel_changed", f"channel:{channel.key}", district=channel.district, **told)
    messages.success(request, gettext("Saved."))
    return redirect("channel", pk)
