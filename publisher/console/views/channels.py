"""Channels: where posts go, whether each is well, adding one after asking the platform."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.connectors.base import Target
from publisher.connectors.errors import ConnectorError
from publisher.console.access import needs, within
from publisher.console.forms.channel import ChannelForm, tags_of
from publisher.deliver import actions, channels
from publisher.deliver.models import Channel
from publisher.people.access import May, within_reach
from publisher.people.audit import note, user_actor
from publisher.sentences import say


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    rows = within_reach(request.user, Channel.objects.select_related("account", "district"))
    return render(request, "console/channels.html", {"channels": rows})


@needs(May.MANAGE)
def add(request: HttpRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None, request.user)
    if request.method == "POST" and form.is_valid() and _added(request, form):
        return redirect("channels")
    return render(request, "console/channel_add.html", {"form": form})


def _added(request: HttpRequest, form: ChannelForm) -> bool:
    data = form.cleaned_data
    try:
        found = async_to_sync(channels.look_up)(data["account"], data["target"])
    except ConnectorError as error:
        sentence = say(error.reason, getattr(error, "values", None))
        form.add_error("target", f"{sentence} ({error.detail})")
        return False
    try:
        channel = channels.add(
            data["key"],
            data["account"],
            data["target"],
            languages=data["languages"],
            district=data["district"],
            actor=user_actor(request.user),
            platform_kind=data["platform_kind"],
            tags=data["tags"],
            found=found,
        )
    except channels.NotAdded as error:
        form.add_error("target", f"{error.what} {error.do}")
        return False
    _tell(request, channel, found)
    return True


def _tell(request: HttpRequest, channel: Channel, found: Target | None) -> None:
    if not found:
        words = gettext("Added, but the platform could not be reached to look at it. Press “Check now” later.")
        messages.warning(request, words)
    elif channel.off_reason:
        messages.warning(request, str(say(channel.off_reason)))
    else:
        messages.success(request, gettext("Added: %(title)s") % {"title": channel})


def _channel(request: HttpRequest, pk: int) -> Channel:
    return within(request, Channel.objects.select_related("account", "district"), pk=pk)


@require_POST
@needs(May.MANAGE)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    error = async_to_sync(channels.check)(channel)
    if error:
        messages.error(request, f"{channel}: {say(error.reason)} ({error.detail})")
    else:
        messages.success(request, gettext("%(title)s: we are in and may post.") % {"title": channel})
    return redirect("channels")


@require_POST
@needs(May.MANAGE)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    channel, on = _channel(request, pk), request.POST.get("on") == "yes"
    actions.switch_channel(channel, on, user_actor(request.user))
    words = gettext("%(title)s is on.") if on else gettext("%(title)s is off: nothing goes out there.")
    messages.success(request, words % {"title": channel})
    return redirect("channels")


@require_POST
@needs(May.MANAGE)
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    channel.tags = tags_of(request.POST.get("tags", "")[:400])
    channel.save(update_fields=["tags"])
    note(
        user_actor(request.user), "channel_tags", f"channel:{channel.key}", district=channel.district, tags=channel.tags
    )
    return redirect("channels")
