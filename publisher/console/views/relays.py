"""The people who post by hand, their groups and what they have in hand now."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.connectors.errors import ConnectorError
from publisher.connectors.telegram import TelegramSettings
from publisher.console.access import needs, within
from publisher.console.forms.relay import RelayForm
from publisher.deliver import channels
from publisher.deliver.models import Channel
from publisher.people.access import May, within_reach
from publisher.people.audit import user_actor
from publisher.relay import handing, links, people
from publisher.relay.models import Relay, Task, TaskState

MOST = 9  # people for one group


@require_safe
@needs(May.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, RelayForm(None, request.user))


def _page(request: HttpRequest, form: RelayForm, **more: object) -> HttpResponse:
    relays = list(within_reach(request.user, Relay.objects.select_related("district")))
    prompt = people.promptness(relays, timezone.now())
    groups = within_reach(request.user, handing.groups())
    open_tasks = Task.objects.filter(state=TaskState.OPEN, relay__in=relays)
    tasks = open_tasks.select_related("relay", "delivery__channel", "delivery__post").order_by("until")
    given = {
        "relays": [(relay, prompt.get(relay.pk)) for relay in relays],
        "groups": [_group(group, relays) for group in groups.select_related("district", "account")],
        "tasks": [(task, links.address(task)) for task in tasks],
        "form": form,
        **more,
    }
    return render(request, "console/relays.html", given, status=422 if form.is_bound else 200)


def _group(channel: Channel, relays: list[Relay]) -> tuple[Channel, list[Relay], list[Relay]]:
    """The group, who posts there in order, and who could be added."""
    there = handing.relays_of(channel)
    free = [r for r in relays if r.active and r.district_id == channel.district_id and r not in there]
    return channel, there, free if len(there) < MOST else []


@require_POST
@needs(May.WRITE)
def add(request: HttpRequest) -> HttpResponse:
    form = RelayForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form)
    data = form.cleaned_data
    people.add(data["name"], data["district"], data["language"], data["email"], user_actor(request.user))
    messages.success(request, gettext("Added. Now let them connect their Telegram, and give them a group."))
    return redirect("relays")


def _relay(request: HttpRequest, pk: int) -> Relay:
    return within(request, Relay.objects.select_related("district"), pk=pk)


@require_POST
@needs(May.WRITE)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    relay, on = _relay(request, pk), request.POST.get("on") == "yes"
    people.switch(relay, on, user_actor(request.user))
    words = gettext("%(name)s is asked again.") if on else gettext("%(name)s is not asked any more.")
    messages.success(request, words % {"name": relay})
    return redirect("relays")


@require_POST
@needs(May.WRITE)
def connect(request: HttpRequest, pk: int) -> HttpResponse:
    """The link with which the relay opens the bot on their own phone. An earlier one stops working."""
    relay = _relay(request, pk)
    key = next((key for key, given in settings.CONFIG.accounts.items() if isinstance(given, TelegramSettings)), "")
    try:
        found = async_to_sync(channels.look_up)(key, "") if key else None
    except ConnectorError:
        found = None
    if not found or not found.url:
        messages.error(request, gettext("The Telegram bot does not answer now. Try again later, or use e-mail."))
        return redirect("relays")
    people.forget_chat(relay, user_actor(request.user))
    relay.refresh_from_db()
    bot = found.url.rstrip("/").rsplit("/", 1)[-1]
    return _page(request, RelayForm(None, request.user), connecting=relay, link=links.start_address(relay, bot))


@require_POST
@needs(May.WRITE)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a person to a group, take one away, or let one be asked earlier."""
    channel = within(request, handing.groups(), pk=pk)
    mine = {str(relay.pk): relay for relay in Relay.objects.filter(district=channel.district, active=True)}
    relay, there = mine.get(request.POST.get("relay", "")), handing.relays_of(channel)
    if relay is None:
        messages.error(request, gettext("Choose a person."))
        return redirect("relays")
    people.put(channel, _ordered(there, relay, request.POST.get("do", "add")), user_actor(request.user))
    return redirect("relays")


def _ordered(there: list[Relay], relay: Relay, do: str) -> list[Relay]:
    others = [one for one in there if one != relay]
    if do == "remove":
        return others
    place = max(there.index(relay) - 1, 0) if do == "up" and relay in there else len(others)
    return [*others[:place], relay, *others[place:]][:MOST]
