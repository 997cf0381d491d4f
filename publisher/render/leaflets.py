"""Leaflets and posters as PDF: words from media/leaflets/*.yaml, drawn by media/layouts/leaflet.typ, set by typst."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import segno
import typst
from PIL import ImageFont
from pydantic import Field

from publisher import yamlfile
from publisher.render.errors import PaperTooSmall, RenderFailed, TextDoesNotFit
from publisher.render.kit import MEDIA, Kit, load_kit
from publisher.render.layouts import Frozen
from publisher.render.scripts import Text
from publisher.render.typeset import bind

Millimetres = float
_MISFIT = re.compile(r"misfit:(kk|ru):(\w+)")
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # the same inputs give the same bytes
MOST_QR = 213  # bytes: a finer code is not read from paper by an old phone


class Words(Frozen):
    """One language of a leaflet. `says`: what a caller would say; a leaflet may do without."""

    tag: str = ""
    headline: Text
    says_title: str = ""
    says: tuple[Text, ...] = Field((), max_length=4)
    steps_title: Text
    steps: tuple[Text, ...] = Field(min_length=1, max_length=5)
    message: Text
    note: str = ""


class Leaflet(Frozen):
    kk: Words
    ru: Words


class SheetLabels(Frozen):
    hotline: str
    call: str
    channel: str


class Paper(Frozen):
    """One size. `kind`: a face on each side, four faces on each side, or one poster."""

    paper: tuple[Millimetres, Millimetres]
    kind: Literal["face", "four", "poster"]


class LeafletLayout(Frozen):
    sheets: dict[str, Paper]
    scale: tuple[Annotated[float, Field(gt=0, le=3)], Annotated[float, Field(gt=0.2, le=3)]]  # largest, smallest
    labels: dict[Literal["kk", "ru"], SheetLabels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose leaflet it is: district, hotline and, where wanted, the rural okrug, with its name in both languages."""

    district_kk: str
    district_ru: str
    hotline: str
    okrug_kk: str = ""
    okrug_ru: str = ""


def names(media: Path = MEDIA) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (media / "leaflets").glob("*.yaml")))


def read_leaflet(name: str, media: Path = MEDIA) -> Leaflet:
    """FlawedFile when there is no such leaflet, or a line of it is wrong."""
    return yamlfile.read_yaml(media / "leaflets" / f"{name}.yaml", Leaflet)


def check_leaflets(media: Path = MEDIA) -> list[yamlfile.Flaw]:
    """Everything wrong with the leaflets' words and sheets, for `publisher check`."""
    flaws: list[yamlfile.Flaw] = []
    for read in (lambda: read_sheets(media), *(partial(read_leaflet, name, media) for name in names(media))):
        try:
            read()
        except yamlfile.FlawedFile as error:
            flaws += error.flaws
    return flaws


def read_sheets(media: Path = MEDIA) -> LeafletLayout:
    return yamlfile.read_yaml(media / "layouts" / "leaflet.yaml", LeafletLayout)


def draw_leaflet(name: str, size: str, place: Place, *, qr: str = "", media: Path = MEDIA) -> bytes:
    """A PDF with its fonts embedded: kk in front and ru behind, or both on a poster. `qr`: an address or tel:number.

    Raises TextDoesNotFit naming the side, FlawedFile for a wrong file, MissingFont.
    """
    leaflet, layout, kit = read_leaflet(name, media), read_sheets(media), load_kit(media)
    sheet = layout.sheets[size]
    data = {
        "kind": sheet.kind,
        "paper": sheet.paper,
        "most": layout.scale[0],
        "least": layout.scale[1],
        "colours": kit.brand.colours.model_dump(),
        "logo": _drawing(kit),
        "font": ImageFont.truetype(str(media / kit.brand.fonts.bold)).getname()[0],
        "qr": _qr_drawing(qr, kit) if qr else "",
        "qr-says": qr,
        "address": qr.removeprefix("https://") if qr.startswith("https://") else "",
        "kk": _side("kk", leaflet.kk, layout.labels["kk"], place.district_kk, place.okrug_kk, place.hotline, qr),
        "ru": _side("ru", leaflet.ru, layout.labels["ru"], place.district_ru, place.okrug_ru, place.hotline, qr),
    }
    return _typeset(data, media)


def _side(
    language: str, words: Words, labels: SheetLabels, district: str, okrug: str, hotline: str, qr: str
) -> dict[str, Any]:
    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return bind(value.replace("{hotline}", hotline).replace("{district}", district))
        return [filled(text) for text in value]

    said = {key: filled(value) for key, value in words.model_dump().items()}
    scan = labels.call if qr.startswith("tel:") else labels.channel
    told = {"district": district, "okrug": okrug, "hotline": hotline, "scan": scan, "language": language}
    return {**told, "words": said, "labels": labels.model_dump()}


def _drawing(kit: Kit) -> str:
    """The logo's vector drawing where there is one beside it: paper shows every pixel."""
    vector = Path(kit.brand.logo).with_suffix(".svg")
    return str(vector) if (kit.media / "brand" / vector).is_file() else kit.brand.logo


def _qr_drawing(content: str, kit: Kit) -> str:
    if len(content.encode()) > MOST_QR:
        raise TextDoesNotFit("The code's address is too long to be scanned.", part="code", found=len(content))
    out = io.BytesIO()
    dark = kit.brand.colours.night
    segno.make(content, error="q", micro=False).save(out, kind="svg", border=0, dark=dark, xmldecl=False, scale=4)
    return out.getvalue().decode()


def _typeset(data: dict[str, Any], media: Path) -> bytes:
    told = json.dumps(data, ensure_ascii=False)
    try:
        made: bytes = typst.compile(
            str(media / "layouts" / "leaflet.typ"),
            root=str(media),
            font_paths=[str(media / "fonts")],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": told},
            timestamp=_NEVER,
        )
    except RuntimeError as error:
        if found := _MISFIT.search(str(error)):
            side, letters = {"kk": "Kazakh", "ru": "Russian"}[found[1]], _letters(data[found[1]]["words"])
            raise PaperTooSmall(f"The {side} side is too long for the paper.", part=found[1], found=letters) from None
        raise RenderFailed("The leaflet could not be set.", detail=str(error)[-2000:]) from error
    return made


def _letters(words: dict[str, Any]) -> int:
    return sum(len(text) for value in words.values() for text in ([value] if isinstance(value, str) else value))
