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
from publisher.render.colours import grey_share
from publisher.render.errors import CodeTooLong, PaperTooSmall, RenderError, RenderFailed, WordDoesNotFit
from publisher.render.kit import MEDIA, Kit, load_kit
from publisher.render.layouts import Frozen
from publisher.render.scripts import Text
from publisher.render.typeset import bind

Millimetres = float
_MISFIT = re.compile(r"misfit:(kk|ru):(tall|foot|wide):(.*)")
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
    """The PDF of one of media/leaflets/. Raises FlawedFile for a wrong file besides what `as_pdf` raises."""
    return as_pdf(read_leaflet(name, media), size, place, qr=qr, media=media)


def as_pdf(leaflet: Leaflet, size: str, place: Place, *, qr: str = "", media: Path = MEDIA) -> bytes:
    """With its fonts embedded: kk in front and ru behind, or both on a poster. `qr`: an address or tel:number.

    Raises TextDoesNotFit or WordDoesNotFit naming the side, FlawedFile for a wrong layout, MissingFont.
    """
    made: bytes = _typeset(_data(leaflet, size, place, qr, media), media, format="pdf", timestamp=_NEVER)
    return made


def as_pictures(leaflet: Leaflet, size: str, place: Place, *, qr: str, media: Path, width: int) -> list[bytes]:
    """Each page as a PNG of about `width` pixels, drawn from the same layout as the PDF."""
    data = _data(leaflet, size, place, qr, media)
    made = _typeset(data, media, format="png", ppi=width / data["paper"][0] * 25.4)
    return [made] if isinstance(made, bytes) else made


def _data(leaflet: Leaflet, size: str, place: Place, qr: str, media: Path) -> dict[str, Any]:
    layout, kit = read_sheets(media), load_kit(media)
    sheet = layout.sheets[size]
    return {
        "kind": sheet.kind,
        "paper": sheet.paper,
        "most": layout.scale[0],
        "least": layout.scale[1],
        "colours": kit.brand.colours.model_dump(),
        "grey": grey_share(kit.colour("night")),
        "logo": kit.drawing(on_paper=sheet.kind != "poster"),
        "font": ImageFont.truetype(str(media / kit.brand.fonts.bold)).getname()[0],
        "qr": _qr_drawing(qr, kit) if qr else "",
        "qr-says": qr,
        "address": qr.removeprefix("https://") if qr.startswith("https://") else "",
        "kk": _side("kk", leaflet.kk, layout.labels["kk"], place.district_kk, place.okrug_kk, place.hotline, qr),
        "ru": _side("ru", leaflet.ru, layout.labels["ru"], place.district_ru, place.okrug_ru, place.hotline, qr),
    }


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


def _qr_drawing(content: str, kit: Kit) -> str:
    if len(content.encode()) > MOST_QR:
        raise CodeTooLong("The code's address is too long to be scanned.", found=len(content))
    out = io.BytesIO()
    dark = kit.brand.colours.night
    segno.make(content, error="q", micro=False).save(out, kind="svg", border=0, dark=dark, xmldecl=False, scale=4)
    return out.getvalue().decode()


def _typeset(data: dict[str, Any], media: Path, **how: Any) -> Any:
    told = json.dumps(data, ensure_ascii=False)
    try:
        return typst.compile(
            str(media / "layouts" / "leaflet.typ"),
            root=str(media),
            font_paths=[str(media / "fonts")],
            ignore_system_fonts=True,
            sys_inputs={"data": told},
            **how,
        )
    except RuntimeError as error:
        if found := _MISFIT.search(str(error)):
            raise _misfit(data, *found.groups()) from None
        raise RenderFailed("The leaflet could not be set.", detail=str(error)[-2000:]) from error


def _misfit(data: dict[str, Any], side: str, where: str, told: str) -> RenderError:
    """`told`: the word that is wider than its place, or of what height there is, in per cent; the poster's foot has the
    messages alone."""
    name, words = {"kk": "Kazakh", "ru": "Russian"}[side], data[side]["words"]
    if where == "wide":
        if told.isdecimal():  # a deployment's drawing of before: which word of the headlines
            both = data["kk"]["words"]["headline"] + " " + data["ru"]["words"]["headline"]
            told = (both if data["kind"] == "poster" else words["headline"]).split(" ")[int(told)]
        return WordDoesNotFit(f"“{told}” on the {name} side is too long for one line.", word=told, part=side)
    letters = len(words["message"]) if where == "foot" else _letters(words)
    over = max(1, round(letters * (1 - 100 / max(101, int(told)))))
    long = f"The {name} side is too long for the paper ({letters} letters, about {over} too many)."
    return PaperTooSmall(long, part=side, found=letters, over=over)


def _letters(words: dict[str, Any]) -> int:
    return sum(len(text) for value in words.values() for text in ([value] if isinstance(value, str) else value))
