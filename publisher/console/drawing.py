"""How a card, clip, leaflet or poster will look while its words are being written, and why not."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from publisher.console.branding import channel_address
from publisher.console.forms.drawing import DrawingForm
from publisher.people.models import District
from publisher.render import brands, drawings, leaflets
from publisher.render.drawings import DRAWN
from publisher.render.errors import RenderError
from publisher.render.scripts import dial_code
from publisher.sentences import Sentence, say

LACKING = "…"  # in the place of what is not written yet
WIDTHS = {"a6": 460, "a5": 460}  # pixels of a page's look; others are wider
_PARTS = {  # as the drawing code calls them
    "caller's name": "caller",
    "caller's phrases": "phrases",
    "title of the steps": "steps_title",
    "end card's message": "message",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A picture, or why there is none. `language` is empty for a poster, which has both; `part` names a field."""

    language: str
    picture: str = ""
    why: Sentence | None = None
    part: str = ""


def looks(form: DrawingForm) -> list[Look]:
    """Of every language that was begun. What is not written yet has a mark in its place."""
    words, district = form.words(lacking=LACKING), form.cleaned_data["district"]
    words = {code: {name: said or _filler(name) for name, said in parts.items()} for code, parts in words.items()}
    if form.kind in DRAWN:
        return [_drawn(form, code, said, district) for code, said in words.items()]
    try:
        pictures = _pages(form, words)
    except RenderError as error:
        return [_misfit(str(error.values.get("part", "")), error)]
    tongues = list(words) if len(pictures) == len(words) else [""]
    return [Look(code, picture) for code, picture in zip(tongues, pictures, strict=True)]


def _filler(name: str) -> Any:
    return [LACKING] if name in ("steps", "phrases") else [] if name in ("lines", "says") else ""


def _drawn(form: DrawingForm, code: str, said: Mapping[str, Any], district: District) -> Look:
    try:
        job = drawings.job_of(form.kind, said, code, district, form.cleaned_data["format"])
        return Look(code, _address("image/jpeg", drawings.look(job)))
    except RenderError as error:
        return _misfit(code, error)


def _misfit(code: str, error: RenderError) -> Look:
    part = str(error.values.get("part", ""))
    part = "" if part in drawings.TONGUES else _PARTS.get(part, part)
    return Look(code if code in drawings.TONGUES else "", why=say(error.code, error.values), part=part)


def misfits(form: DrawingForm) -> Iterator[tuple[str, str]]:
    """Field and sentence for whatever would not fit, before anything is ordered."""
    for look in looks(form):
        if look.why:
            name = f"{look.language}_{look.part}"
            yield (name if name in form.fields else ""), _said(look)


def _said(look: Look) -> str:
    where = {"kk": gettext("Kazakh"), "ru": gettext("Russian")}.get(look.language, "")
    return f"{where}: {look.why}" if where and not look.part else str(look.why)


def leaflet_of(words: Mapping[str, Mapping[str, Any]]) -> leaflets.Leaflet:
    return leaflets.Leaflet.model_validate(dict(words))


def paper(form: DrawingForm) -> dict[str, Any]:
    """What a leaflet is drawn with besides its words."""
    chosen = form.cleaned_data
    district, okrug = chosen["district"], chosen["okrug"]
    place = leaflets.Place(
        district_kk=brands.name_of(district, "kk"),
        district_ru=brands.name_of(district, "ru"),
        hotline=district.hotline,
        okrug_kk=okrug.name_kk if okrug else "",
        okrug_ru=okrug.name_ru if okrug else "",
    )
    code = chosen["address"] or channel_address(district) or dial_code(district.hotline)
    return {"size": chosen["format"], "place": place, "qr": code, "media": brands.media_of(district)}


def _pages(form: DrawingForm, words: Mapping[str, Mapping[str, Any]]) -> list[str]:
    drawn = leaflets.as_pictures(leaflet_of(words), **paper(form), width=WIDTHS.get(form.cleaned_data["format"], 640))
    return [_address("image/png", page) for page in drawn]


def _address(mime: str, picture: bytes) -> str:
    """The picture itself: words that are only being written leave no file behind."""
    return f"data:{mime};base64,{base64.b64encode(picture).decode()}"
