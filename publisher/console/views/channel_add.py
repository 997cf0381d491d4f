"""The wizard for a new channel: choose a chat, see what the platform says of it, then save."""

from __future__ import annotations

from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from publisher.connectors import CONNECTORS
from publisher.connectors.base import Target
from publisher.connectors.errors import ConnectorError
from publisher.console.access import needs
from publisher.console.forms.channel import ChannelForm, PlaceForm, publishing_accounts
from publisher.deliver import channels, heard
from publisher.deliver.models import Channel, HeardChat
from publisher.people.access import May
from publisher.people.audit import note, user_actor
from publisher.sentences import say

RIGHTS = {
    "post": _("post messages"),
    "edit": _("edit messages: corrections"),
    "delete": _("delete messages: withdrawals"),
    "pin": pgettext_lazy("right", "pin messages"),
}
OF_A_GROUP = ("post", "pin")  # the bot may always edit and delete its own messages there


@dataclass(frozen=True, slots=True)
class Way:
    """An account through which a channel can be added, and the chats it was heard to be in."""

    key: str
    type: str
    label: str
    chats: list[HeardChat]

    @property
    def by_people(self) -> bool:
        return CONNECTORS[self.type].description.by_people


@dataclass(frozen=True, slots=True)
class Right:
    words: object
    given: bool


@require_http_methods(["GET", "HEAD", "POST"])
@needs(May.MANAGE)
def add(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request)
    if "target" in request.GET:
        return _look(request)
    return _choose(request)


def _choose(request: HttpRequest, place: PlaceForm | None = None) -> HttpResponse:
    ways = [
        Way(key, settings.CONFIG.accounts[key].type, label, heard.to_add(key))
        for key, label in publishing_accounts().items()
    ]
    told = place.errors.get("target", []) if place else []
    three_roads = any(way.type.startswith("whatsapp") for way in ways)
    facts = {
        "ways": ways,
        "three_roads": three_roads,
        "wrong": told,
        "wanted": place.data if place else {},
        "rights": RIGHTS,
    }
    return render(request, "console/channel_add.html", facts)


def _look(request: HttpRequest) -> HttpResponse:
    """Asks the platform; what cannot be a channel goes back to the first step with the reason."""
    place = PlaceForm(request.GET)
    if not place.is_valid():
        return _choose(request, place)
    wanted = {name: place.cleaned_data[name] for name in ("account", "target")}
    found = _found(place)
    if place.errors:
        return _choose(request, place)
    if found:
        wanted["target"] = found.id
        place = PlaceForm(wanted)
        already = Channel.objects.filter(account=wanted["account"], target=found.id).first()
        if already:
            place.add_error("target", gettext("This chat is a channel already: “%(key)s”.") % {"key": already.key})
            return _choose(request, place)
    form = ChannelForm(None, request.user, place=wanted, found=found)
    return _second(request, form, wanted["account"], found)


def _found(place: PlaceForm) -> Target | None:
    """None when the platform cannot be reached; its refusal becomes the form's error."""
    data = place.cleaned_data
    try:
        return async_to_sync(channels.look_up)(data["account"], data["target"])
    except ConnectorError as error:
        place.add_error("target", f"{say(error.reason, getattr(error, 'values', None))} ({error.detail})")
        return None


def _second(request: HttpRequest, form: ChannelForm, account: str, found: Target | None) -> HttpResponse:
    facts = {
        "form": form,
        "found": found,
        "account": account,
        "type": settings.CONFIG.accounts[account].type,
        "rights": rights(found.kind, found.missing_rights) if found else [],
        "by_people": CONNECTORS[settings.CONFIG.accounts[account].type].description.by_people,
        "missing": found.missing_rights if found else (),
    }
    return render(request, "console/channel_check.html", facts)


def rights(kind: str, missing: tuple[str, ...] | list[str]) -> list[Right]:
    names = {"group": OF_A_GROUP, "private": OF_A_GROUP[:1]}.get(kind, tuple(RIGHTS))
    return [Right(RIGHTS[name], name not in missing) for name in names]


def _save(request: HttpRequest) -> HttpResponse:
    form = ChannelForm(request.POST, request.user)
    if not form.is_valid():
        return _again(request, form, None)
    found = _found(form)
    channel = None if form.errors else _added(request, form, found)
    if channel is None:
        return _again(request, form, found)
    _tell(request, channel, found)
    return redirect("channel", channel.pk)


def _again(request: HttpRequest, form: ChannelForm, found: Target | None) -> HttpResponse:
    account = request.POST.get("account", "")
    if "account" in form.errors or account not in publishing_accounts():
        return _choose(request, form)
    return _second(request, form, account, found)


def _added(request: HttpRequest, form: ChannelForm, found: Target | None) -> Channel | None:
    data = form.cleaned_data
    try:
        channel = channels.add(
            data["key"],
            data["account"],
            data["target"],
            languages=data["languages"],
            district=data["district"],
            actor=user_actor(request.user),
            platform_kind=data.get("platform_kind", ""),
            tags=data["tags"],
            found=found,
        )
        if data.get("agreed"):
            note(user_actor(request.user), "consent_noted", f"channel:{channel.key}", district=channel.district)
        return channel
    except channels.NotAdded as error:
        form.add_error(None, f"{error.what} {error.do}")
        return None


def _tell(request: HttpRequest, channel: Channel, found: Target | None) -> None:
    if not found:
        words = gettext("Added, but the platform could not be reached to look at it. Press “Check now” later.")
        messages.warning(request, words)
    elif channel.off_reason:
        messages.warning(request, str(say(channel.off_reason)))
    else:
        messages.success(request, gettext("Added: %(title)s") % {"title": channel})
