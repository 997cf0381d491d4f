"""The phone behind a gateway's account: switched on after a notice, linked, watched, and its groups brought over."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import segno
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from publisher.connectors import CONNECTORS
from publisher.connectors.base import Target
from publisher.connectors.errors import ConnectorError
from publisher.connectors.linking import Links, Place
from publisher.console.access import needs
from publisher.console.forms.channel import short_name
from publisher.console.forms.phone import ChoiceForm, ImportForm, NoticeForm, NumberForm, PasskeyForm
from publisher.console.proof import sure
from publisher.deliver import channels, consent, pace, phones
from publisher.deliver.border import now
from publisher.deliver.channels import connector_for
from publisher.deliver.models import Account, Channel, PhoneLink, PhoneState
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.sentences import say

T = TypeVar("T")
SETTLED = (PhoneState.READY, PhoneState.RESTRICTED, PhoneState.BANNED)  # nothing to look at every few seconds


@dataclass(frozen=True, slots=True)
class Found:
    """A group or channel the phone is in, and whether it is a channel of ours already."""

    place: Place
    known: Channel | None


def _phone(key: str) -> tuple[Account, PhoneLink]:
    account = get_object_or_404(Account, key=key, pk__in=settings.CONFIG.accounts)
    if not issubclass(CONNECTORS[account.type], Links):
        raise Http404
    return account, consent.of(account)


def _asked(key: str, ask: Callable[[Links], Awaitable[T]]) -> T:
    """One question to the gateway, on a connection of its own."""

    async def asking() -> T:
        async with connector_for(key) as connector:
            if not isinstance(connector, Links):
                raise Http404
            return await ask(connector)

    return async_to_sync(asking)()


@require_safe
@never_cache
@needs(May.MANAGE)
def show(request: HttpRequest, key: str) -> HttpResponse:
    account, link = _phone(key)
    return _page(request, account, link)


def _page(request: HttpRequest, account: Account, link: PhoneLink, **more: object) -> HttpResponse:
    limits = CONNECTORS[account.type].limits_for(settings.CONFIG.accounts[account.pk])
    stage = None if link.in_use_long else pace.stage_of(limits, link.linked_at, now())
    given = {
        "account": account,
        "link": link,
        "notice": NoticeForm(),
        "choice": ChoiceForm(initial={"fall_back": link.fall_back, "in_use_long": link.in_use_long}),
        "rates": (stage.rates if stage else limits.rates)[1:],
        "gap": limits.rates[0] if limits.rates else None,
        "stage": stage,
        "sources": _sources(limits),
        "deaf": phones.is_deaf(account, link),
        **more,
    }
    return render(request, "console/phone.html", given, status=422 if more else 200)


def _sources(limits: Any) -> list[str]:
    from publisher.connectors.whatsapp_gateway_pace import SOURCES

    return list(SOURCES) if limits.warm_up else []


@require_POST
@needs(May.MANAGE)
@sure
def accept(request: HttpRequest, key: str) -> HttpResponse:
    account, link = _phone(key)
    form = NoticeForm(request.POST)
    if not form.is_valid():
        return _page(request, account, link, notice=form)
    consent.accept(account, user_actor(request.user))
    messages.success(request, gettext("Switched on. Who did so and when is in the audit trail."))
    return redirect("phone", key)


@require_POST
@needs(May.MANAGE)
def choose(request: HttpRequest, key: str) -> HttpResponse:
    account, _link = _phone(key)
    form = ChoiceForm(request.POST)
    form.full_clean()
    phones.choose(account, user_actor(request.user), **form.cleaned_data)
    messages.success(request, gettext("Saved."))
    return redirect("phone", key)


def _accepted(key: str) -> tuple[Account, PhoneLink]:
    account, link = _phone(key)
    if link.accepted_at is None:
        raise Http404
    return account, link


@require_POST
@needs(May.MANAGE)
def start(request: HttpRequest, key: str) -> HttpResponse:
    _accepted(key)
    address = _hook_address(request, key)
    return _done(request, key, lambda phone: phone.start(address), gettext("The session is starting."))


def _hook_address(request: HttpRequest, key: str) -> str:
    """Where the gateway reaches us; in practice that is where the page itself was asked for."""
    given = getattr(settings.CONFIG.accounts[key], "hook_url", "")
    base = request.build_absolute_uri("/") if settings.CONFIG.practice else settings.CONFIG.site.public_url
    return f"{(given or base).rstrip('/')}/hooks/whatsapp/{key}/"


def _done(request: HttpRequest, key: str, ask: Callable[[Links], Awaitable[object]], words: str) -> HttpResponse:
    try:
        _asked(key, ask)
    except ConnectorError as error:
        messages.error(request, f"{say(error.reason)} ({error.detail})")
    else:
        messages.success(request, words)
    return redirect("phone", key)


@require_safe
@never_cache
@needs(May.MANAGE)
def state(request: HttpRequest, key: str) -> HttpResponse:
    """How the phone is, asked now; with the code to scan while one is wanted. The code goes nowhere else."""
    account, _link = _accepted(key)
    facts: dict[str, object] = {"account": account, "number_form": NumberForm(), "passkey_form": PasskeyForm()}
    try:
        facts |= _state(account)
    except ConnectorError as error:
        facts |= {"why": say(error.reason), "detail": error.detail}
    return render(request, "console/_phone_state.html", facts)


def _state(account: Account) -> dict[str, object]:
    phone = _asked(account.pk, lambda linked: linked.phone())
    phones.take_note(account.pk, phone, now())
    account.refresh_from_db()
    link = consent.of(account)
    shown = phones.shown_state(account, link)
    facts: dict[str, object] = {"phone": phone, "link": link, "shown": shown, "look_again": shown not in SETTLED}
    if phone.state == "qr":
        code = _asked(account.pk, lambda linked: linked.qr())
        facts["picture"] = segno.make(code, micro=False).svg_data_uri(scale=4, border=2)
    elif phone.state == "passkey":
        facts["challenge"] = json.dumps(dict(_asked(account.pk, lambda linked: linked.passkey())), indent=1)
    elif phone.state == "confirm":
        facts["confirmation"] = _asked(account.pk, lambda linked: linked.confirmation())
    return facts


@require_POST
@never_cache
@needs(May.MANAGE)
def code(request: HttpRequest, key: str) -> HttpResponse:
    """A code to type on the phone instead of scanning."""
    account, link = _accepted(key)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _page(request, account, link, number_form=form)
    number = form.cleaned_data["number"]
    try:
        found = _asked(key, lambda phone: phone.pairing_code(number))
    except ConnectorError as error:
        messages.error(request, f"{say(error.reason)} ({error.detail})")
        return redirect("phone", key)
    return _page(request, account, link, pairing=found)


@require_POST
@needs(May.MANAGE)
def passkey(request: HttpRequest, key: str) -> HttpResponse:
    account, link = _accepted(key)
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return _page(request, account, link, passkey_form=form)
    answer = form.cleaned_data["answer"]
    words = gettext("The passkey's answer was handed over.")
    return _done(request, key, lambda phone: phone.give_passkey(answer), words)


@require_POST
@needs(May.MANAGE)
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    _accepted(key)
    return _done(request, key, lambda phone: phone.confirm(), gettext("Confirmed."))


@require_POST
@needs(May.MANAGE)
@sure
def log_out(request: HttpRequest, key: str) -> HttpResponse:
    _accepted(key)
    return _done(request, key, lambda phone: phone.log_out(), gettext("Logged out: the phone is not linked any more."))


@require_safe
@needs(May.MANAGE)
def places(request: HttpRequest, key: str) -> HttpResponse:
    """The groups and channels, asked now, with tick boxes."""
    account, _link = _accepted(key)
    try:
        found = _found(key)
    except ConnectorError as error:
        facts: dict[str, object] = {"why": say(error.reason), "detail": error.detail}
        return render(request, "console/_phone_places.html", facts)
    free = any(one.known is None and one.place.may_post for one in found)
    facts = {"account": account, "found": found, "free": free, "form": ImportForm(None, request.user, {})}
    return render(request, "console/_phone_places.html", facts)


def _found(key: str) -> list[Found]:
    known = {channel.target: channel for channel in Channel.objects.filter(account=key)}
    there = sorted(_asked(key, lambda phone: phone.places()), key=lambda one: (one.kind, one.title.casefold()))
    return [Found(place, known.get(place.id)) for place in there]


@require_POST
@needs(May.MANAGE)
def bring(request: HttpRequest, key: str) -> HttpResponse:
    """Those ticked become channels. What is one already, or is no place of the phone's, is passed over."""
    _accepted(key)
    try:
        free = {one.place.id: one.place for one in _found(key) if one.known is None}
    except ConnectorError as error:
        messages.error(request, f"{say(error.reason)} ({error.detail})")
        return redirect("phone", key)
    form = ImportForm(request.POST, request.user, {name: place.title for name, place in free.items()})
    if not form.is_valid():
        messages.error(request, gettext("Tick at least one group or channel, and one language."))
        return redirect("phone", key)
    made = [_added(request, key, free[name], form.cleaned_data) for name in form.cleaned_data["place"]]
    messages.success(request, gettext("Added: %(titles)s") % {"titles": ", ".join(map(str, made))})
    return redirect("channels")


def _added(request: HttpRequest, key: str, place: Place, data: dict[str, Any]) -> Channel:
    missing: Sequence[str] = () if place.may_post else ("post",)
    found = Target(place.id, place.title, place.kind, members=place.members, missing_rights=tuple(missing))
    return channels.add(
        short_name(found),
        key,
        place.id,
        languages=data["languages"],
        district=data["district"],
        actor=user_actor(request.user),
        found=found,
    )
