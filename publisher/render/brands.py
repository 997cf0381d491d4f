"""A district's own look: two colours, a logo and the name on the end card, in place of the deployment's.

The studio and its child process read a media folder, so a district with a look of its own gets one: the deployment's
layouts and fonts with another brand/. It is named by the hash of all that is in it, and never changed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.conf import settings
from django.db import transaction
from PIL import Image

from publisher.compose.refusal import Refusal
from publisher.people.audit import Actor, changes, note
from publisher.people.models import Brand, District
from publisher.render import colours, logos
from publisher.render.kit import load_kit

PARTS = ("layouts", "leaflets", "scripts")  # small texts, which are copied; fonts are pointed to
UNUSED = 2 * 24 * 3600  # seconds after which a folder that no district has any more goes
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Look:
    """What a district chose. `logo`: a PNG by logos.take_in; empty: the deployment's logo."""

    night: str
    accent: str
    logo: bytes = b""


def own(district: District) -> Brand | None:
    return getattr(district, "brand", None)


def look_of(brand: Brand) -> Look:
    return Look(brand.night, brand.accent, bytes(brand.logo))


def name_of(district: District, language: str) -> str:
    """As films, cards and leaflets sign."""
    brand = own(district)
    return brand.name(language) if brand else district.name(language)


def media_of(district: District | None) -> Path:
    """The folder that everything of this district is drawn from."""
    brand = own(district) if district else None
    return media_with(look_of(brand)) if brand else settings.HOME.media


def fingerprint(district: District) -> str:
    """Changes with everything of the district's own look that residents see; empty where it has none."""
    brand = own(district)
    if brand is None:
        return ""
    told = (brand.night, brand.accent, hashlib.sha256(bytes(brand.logo)).hexdigest())
    return hashlib.sha256("\n".join((*told, brand.name_kk, brand.name_ru, brand.name_en)).encode()).hexdigest()


def check(night: str, accent: str) -> None:
    """Raises Refusal with the nearest colour that will do."""
    for colour in (night, accent):
        if not _COLOUR.fullmatch(colour):
            raise Refusal("brand_colour", colour=colour)
    ground, bright = colours.rgb_of(night), colours.rgb_of(accent)
    if not colours.is_background(ground):
        good = colours.nearest(ground, colours.is_background)
        found = _ratio(colours.legible(ground))
        raise Refusal("brand_background", colour=night, found=found, nearest=colours.text_of(good))
    if not colours.is_accent(bright, ground):
        good = colours.nearest(bright, lambda colour: colours.is_accent(colour, ground))
        found = _ratio(colours.contrast(bright, ground))
        raise Refusal("brand_accent", colour=accent, ground=night, found=found, nearest=colours.text_of(good))


def _ratio(value: float) -> float:
    """Cut, not rounded: 4.49 must not be told as 4.5."""
    return int(value * 10) / 10


@transaction.atomic
def save(district: District, look: Look, names: Mapping[str, str], actor: Actor) -> Brand:
    """From now on: what is finished stays, and what was approved with the old look asks again. Raises Refusal."""
    check(look.night, look.accent)
    before = _told(own(district))
    fields = {f"name_{code}": names.get(code, "").strip() for code in ("kk", "ru", "en")}
    brand, _made = Brand.objects.update_or_create(
        district=district,
        defaults={"night": look.night.upper(), "accent": look.accent.upper(), "logo": look.logo, **fields},
    )
    district.brand = brand
    if before != _told(brand):
        note(actor, "brand_changed", f"district:{district.pk}", district=district, **changes(before, _told(brand)))
    return brand


@transaction.atomic
def drop(district: District, actor: Actor) -> None:
    """The deployment's look again."""
    brand = Brand.objects.filter(district=district).first()
    if brand is None:
        return
    before = _told(brand)
    brand.delete()
    note(actor, "brand_removed", f"district:{district.pk}", district=district, before=before, after=_told(None))


def _told(brand: Brand | None) -> dict[str, str]:
    """For the trail: the logo by its hash."""
    names = ("night", "accent", "name_kk", "name_ru", "name_en")
    told = {name: getattr(brand, name, "") for name in names}
    logo = bytes(brand.logo) if brand else b""
    return {**told, "logo": hashlib.sha256(logo).hexdigest()[:12] if logo else ""}


def media_with(look: Look) -> Path:
    """Made when it is not there yet. Its name tells the deployment's files too: after a change of those it is new."""
    media = settings.HOME.media.resolve()
    folder: Path = settings.HOME.folder("brands") / _digest(media, look)
    if not folder.is_dir():
        draft = folder.with_name(f".{folder.name}.{os.getpid()}.{time.monotonic_ns()}")
        try:
            _write(media, look, draft)
            os.rename(draft, folder)
        except OSError:
            if not folder.is_dir():  # another was quicker
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


def _digest(media: Path, look: Look) -> str:
    files = sorted(path for part in ("brand", "fonts", *PARTS) for path in (media / part).glob("*.*"))
    stamps = [f"{path} {(stat := path.stat()).st_mtime_ns} {stat.st_size}" for path in files]
    told = "\n".join((look.night, look.accent, hashlib.sha256(look.logo).hexdigest(), *stamps))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _write(media: Path, look: Look, folder: Path) -> None:
    kit = load_kit(media)
    night, accent = colours.rgb_of(look.night), colours.rgb_of(look.accent)
    named = kit.brand.model_dump() | {"colours": colours.palette(night, accent).model_dump()}
    (folder / "brand").mkdir(parents=True)
    logo = Image.open(io.BytesIO(look.logo)).convert("RGBA") if look.logo else kit.logo
    # The tile under a logo has the colour that the ground has not: white on dark, dark on bright.
    grounds = {
        "logo": (night, colours.PAPER),
        "logo_on_accent": (accent, night),
        "logo_on_paper": (colours.PAPER, night),
    }
    for name, (ground, tile) in grounds.items():
        logos.standing_on(logo, ground, tile).save(folder / "brand" / f"{name}.png")
        named[name] = f"{name}.png"
    (folder / "brand" / "brand.yaml").write_text(yaml.safe_dump(named, allow_unicode=True), encoding="utf-8")
    (folder / "fonts").symlink_to(media / "fonts")
    for part in PARTS:
        shutil.copytree(media / part, folder / part)


def tidy_up() -> int:
    """Folders of looks that no district has any more. What a film is being made from is never so old."""
    root: Path = settings.HOME.folder("brands")
    wanted = {_digest(settings.HOME.media.resolve(), look_of(brand)) for brand in Brand.objects.all()}
    old = [path for path in root.iterdir() if path.name not in wanted and time.time() - path.stat().st_mtime > UNUSED]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)
