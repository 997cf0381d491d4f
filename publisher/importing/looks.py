"""A district's own look from its line: colours, a picture beside the spreadsheet, the name its films sign with."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from publisher.compose.refusal import Refusal
from publisher.importing.tables import Row
from publisher.render import brands, logos
from publisher.render.brands import Look
from publisher.render.kit import load_kit

Branded = tuple[Look, dict[str, str]]
COLUMNS = ("background", "accent", "logo", "signed_kk", "signed_ru")


class Misfit(ValueError):
    """What is wrong, and in which column."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(what)
        self.column = column


def branded(row: Row) -> Branded | None:
    """None where the line says nothing of it: what the district has then stays. Raises Misfit."""
    if not any(row.get(column) for column in COLUMNS):
        return None
    usual = load_kit(settings.HOME.media).brand.colours
    night, accent = row.get("background") or usual.night, row.get("accent") or usual.accent
    try:
        brands.check(night, accent)
    except Refusal as refusal:
        wrong = "accent" if refusal.code == "brand_accent" or refusal.values.get("colour") == accent else "background"
        raise Misfit(wrong, str(refusal)) from None
    names = {code: row.get(f"signed_{code}") for code in ("kk", "ru")}
    for code, name in names.items():
        if len(name) > 120:
            raise Misfit(f"signed_{code}", "more than 120 letters.")
    return Look(night, accent, _logo(row)), names


def _logo(row: Row) -> bytes:
    name = row.get("logo")
    if not name:
        return b""
    if Path(name).name != name:
        raise Misfit("logo", f"“{name}”: name a picture that lies beside the spreadsheet, without a folder.")
    try:
        with (row.folder / name).open("rb") as file:
            return logos.take_in(file.read(logos.MOST_BYTES + 1))
    except OSError:
        raise Misfit("logo", f"there is no picture {name} beside the spreadsheet.") from None
    except Refusal as refusal:
        raise Misfit("logo", str(refusal)) from None
