"""Districts as the files name them, and each one's own look, which its administrators change here."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from publisher.compose.refusal import Refusal
from publisher.console import moments
from publisher.console.access import districts_of, needs
from publisher.console.forms.brand import BrandForm
from publisher.people.access import May
from publisher.people.audit import user_actor
from publisher.people.models import District, Role, User
from publisher.render import brands
from publisher.render.brands import Look
from publisher.render.cards import card_picture
from publisher.render.errors import RenderError
from publisher.render.kit import load_kit
from publisher.render.samples import as_jpeg, sample
from publisher.render.scripts import dial_code
from publisher.render.specs import CardSpec

MANY = 12  # districts from which on they can be searched
SIDE = 360  # pixels of a preview's shorter side


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview that the page carries along: nobody else can ask for it, and nothing is left of it."""

    what: str
    picture: str


@require_safe
@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    every = list(districts_of(request.user).select_related("brand", "region").defer("brand__logo"))
    words = request.GET.get("q", "").strip()[:80]
    places = [one for one in every if words.casefold() in f"{one.name_kk}\n{one.name_ru}\n{one.hotline}".casefold()]
    approvers: dict[str, list[str]] = {}
    for person in User.objects.filter(role__in=[Role.APPROVER, Role.CHIEF], is_active=True, district__in=places):
        approvers.setdefault(person.district_id or "", []).append(str(person))
    chats = {key for key, place in settings.CONFIG.districts.items() if place.control_chat}
    rows = [{"district": one, "approvers": approvers.get(one.pk, []), "chat": one.pk in chats} for one in places]
    return render(request, "console/districts.html", {"rows": rows, "many": len(every) > MANY, "q": words})


def _district(request: HttpRequest, key: str) -> District:
    return get_object_or_404(districts_of(request.user).select_related("brand"), pk=key)


def _usual() -> Look:
    colours = load_kit(settings.HOME.media).brand.colours
    return Look(colours.night, colours.accent)


@needs(May.MANAGE)
def brand(request: HttpRequest, district: str) -> HttpResponse:
    place = _district(request, district)
    form = BrandForm(request.POST or None, request.FILES or None, place, _usual())
    if request.method == "POST" and form.is_valid() and _fits(form, place):
        brands.save(place, form.look, form.names, user_actor(request.user))
        said = gettext("Saved. New films, cards, leaflets and reports get this look; what is finished stays as it is.")
        messages.success(request, said)
        return redirect("district_brand", place.pk)
    return _page(request, place, form)


def _page(request: HttpRequest, place: District, form: BrandForm) -> HttpResponse:
    known = brands.own(place)
    facts: dict[str, object] = {"district": place, "form": form, "known": known, "looks": []}
    if not form.errors:
        try:
            facts["looks"] = _saved(place)
        except RenderError as error:
            facts["problem"] = str(Refusal(error.code, **error.values))
    return render(request, "console/district_brand.html", facts, status=422 if form.errors else 200)


def _saved(place: District) -> list[Shown]:
    known = brands.own(place)
    names = {code: brands.name_of(place, code) for code in ("kk", "ru", "en")}
    return _previews(place, brands.look_of(known) if known else None, names)


def _fits(form: BrandForm, place: District) -> bool:
    """A name that is too long for the end card is told now, not when a film is late."""
    try:
        for code in ("kk", "ru"):
            _previews(place, form.look, _signed(form, place), code)
    except RenderError as error:
        form.add_error("name_kk" if code == "kk" else "name_ru", str(Refusal(error.code, **error.values)))
        return False
    return True


def _signed(form: BrandForm, place: District) -> dict[str, str]:
    return {code: name or place.name(code) for code, name in form.names.items()}


@require_POST
@needs(May.MANAGE)
def look(request: HttpRequest, district: str) -> HttpResponse:
    """How what stands in the form would look; nothing is saved. Always 200: htmx shows no other answer."""
    place = _district(request, district)
    form = BrandForm(request.POST, request.FILES, place, _usual())
    facts: dict[str, object] = {"form": form, "looks": []}
    if form.is_valid() and _fits(form, place):
        facts["looks"] = _previews(place, form.look, _signed(form, place))
    return render(request, "console/_brand_look.html", facts)


@require_POST
@needs(May.MANAGE)
def brand_off(request: HttpRequest, district: str) -> HttpResponse:
    place = _district(request, district)
    brands.drop(place, user_actor(request.user))
    messages.success(request, gettext("This district has the common look again."))
    return redirect("district_brand", place.pk)


def _previews(place: District, look: Look | None, names: Mapping[str, str], language: str = "") -> list[Shown]:
    """A card, and a film with its end card. Raises RenderError where a name does not fit."""
    kit = load_kit(brands.media_with(look) if look else settings.HOME.media)
    spoken: Any = language or moments.spoken()
    said = {"language": spoken, "hotline": place.hotline, "district": names[spoken]}
    card = CardSpec(**said, headline=gettext("Nobody asks you for a code"), lines=(gettext("Hang up, call us."),),
                    qr=dial_code(place.hotline), short_side=SIDE)  # fmt: skip
    film = sample(kit, "film", "16:9", **said, short_side=SIDE)
    return [
        Shown(gettext("A card"), _carried(as_jpeg(card_picture(card, kit)))),
        Shown(gettext("A film, and how it ends"), _carried(as_jpeg(film))),
    ]


def _carried(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
