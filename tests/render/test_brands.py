"""A district's own look: refused where people could not read it, drawn from a folder of its own, shared with nobody."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image, ImageDraw

from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Status
from publisher.compose.refusal import Refusal
from publisher.people.audit import SYSTEM
from publisher.people.models import AuditEntry, Brand, District
from publisher.render import brands, colours, logos, orders, queue
from publisher.render.brands import Look
from publisher.render.cards import card_picture, end_card
from publisher.render.errors import LayoutChanged
from publisher.render.kit import check_media, load_kit
from publisher.render.leaflets import Place, draw_leaflet
from publisher.render.naming import name_of
from publisher.render.orders import Wish
from publisher.render.specs import CardSpec, Job
from publisher.render.uploads import accept

GREEN = Look("#0E4D3A", "#FFD54A")
CARD = CardSpec(language="kk", headline="«Қауіпсіз шот» жоқ", lines=("Код айтпаңыз",), hotline="102", district="Аудан")


def picture(format: str = "PNG", side: int = 300, mode: str = "RGBA", ground: object = (0, 0, 0, 0)) -> bytes:
    drawn = Image.new(mode, (side, side), ground)
    ImageDraw.Draw(drawn).ellipse((20, 20, side - 20, side - 20), fill=(220, 30, 30))
    out = io.BytesIO()
    drawn.save(out, format)
    return out.getvalue()


@pytest.mark.parametrize("hexed", ["#3366CC", "#FF0000", "#FFFFFF", "#88AA00", "#7A1F2B", "#000000"])
def test_every_text_of_a_layout_can_be_read_in_the_nearest_good_colours(hexed):
    night = colours.nearest(colours.rgb_of(hexed), colours.is_background)
    accent = colours.nearest(colours.rgb_of(hexed), lambda one: colours.is_accent(one, night))
    shown = colours.palette(night, accent)
    pairs = [("paper", "night"), ("paper", "deep"), ("paper", "surface"), ("mist", "night"), ("mist", "surface")]
    for text, ground in [*pairs, ("accent", "night"), ("accent", "deep"), ("night", "accent")]:
        assert colours.contrast(shown.rgb(text), shown.rgb(ground)) >= 4.5, (text, ground)


@pytest.mark.parametrize(
    ("night", "accent", "code", "nearest"),
    [
        ("#FF0000", "#FFD54A", "brand_background", "#D70000"),
        ("#0E4D3A", "#2F6FB5", "brand_accent", None),
        ("#0E4D3A", "#000000", "brand_accent", None),
        ("red", "#FFD54A", "brand_colour", None),
        ("#0E4D3A", "#FFD54A;", "brand_colour", None),
    ],
)
def test_a_pair_that_cannot_be_read_is_refused_with_one_that_can(night, accent, code, nearest):
    with pytest.raises(Refusal) as refused:
        brands.check(night, accent)
    assert refused.value.code == code
    if found := refused.value.values.get("nearest"):
        assert nearest in (None, found)
        brands.check(*((found, "#FFFFFF") if code == "brand_background" else (night, found)))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "logo_kind"),
        (b"GIF89a" + bytes(200), "logo_kind"),
        (picture()[:400], "broken_media"),
        (picture(side=100), "logo_small"),
        (b"\x89PNG\r\n\x1a\n" + bytes(logos.MOST_BYTES), "logo_large"),
        (b"", "logo_kind"),
    ],
)
def test_a_logo_that_is_none_is_refused(data, code):
    with pytest.raises(Refusal) as refused:
        logos.take_in(data)
    assert refused.value.code == code


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(logos, "MOST_PIXELS", 80_000)
    with pytest.raises(Refusal) as refused:
        logos.take_in(picture())
    assert refused.value.code == "logo_large"


def test_an_empty_logo_is_refused():
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (9, 9, 9, 0)).save(out, "PNG")
    with pytest.raises(Refusal) as refused:
        logos.take_in(out.getvalue())
    assert refused.value.code == "logo_empty"


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew_square_and_without_what_came_along(format):
    wide = Image.new("RGB", (900, 300), (20, 90, 160))
    out = io.BytesIO()
    wide.save(out, format, comment=b"<?php secret ?>")
    kept = logos.take_in(out.getvalue() + b"<?php secret ?>")
    made = Image.open(io.BytesIO(kept))
    assert (made.format, made.mode, made.size) == ("PNG", "RGBA", (512, 512))
    assert b"secret" not in kept
    assert made.getpixel((0, 0))[3] == 0


def test_a_logo_that_its_ground_swallows_stands_on_a_tile():
    dark, paper = (10, 40, 30), (255, 255, 255)
    white = Image.new("RGBA", (200, 200), (250, 250, 250, 255))
    assert logos.standing_on(white, dark, paper) is white
    assert logos.standing_on(white, paper, dark).getpixel((100, 4))[:3] == dark


def test_a_district_is_drawn_from_its_own_folder_and_others_are_not(district):
    brands.save(district, Look(GREEN.night, GREEN.accent, logos.take_in(picture())), {"kk": "Полиция"}, SYSTEM)
    media = brands.media_of(district)
    assert brands.media_of(None) == brands.media_of(District.objects.get(pk="esil")) == settings.HOME.media
    assert check_media(media) == []
    kit = load_kit(media)
    assert card_picture(CARD, kit).getpixel((2, 2)) == colours.rgb_of(GREEN.night)
    said = {"hotline": "102", "district": "Аудан", "message": "Хабарласыңыз", "qr": ""}
    last = end_card(kit, "16:9", "kk", **said, short_side=0).image
    left, top, side, _ = kit.end.formats["16:9"].logo
    assert last.getpixel((2, 2)) == colours.rgb_of(GREEN.accent)
    assert last.getpixel((left + side // 2, top + side // 2)) == (220, 30, 30)  # not recoloured
    assert (brands.name_of(district, "kk"), brands.name_of(district, "ru")) == ("Полиция", district.name_ru)


def test_the_same_look_is_the_same_folder_and_another_is_another():
    assert brands.media_with(GREEN) == brands.media_with(GREEN)
    assert brands.media_with(GREEN) != brands.media_with(Look(GREEN.night, "#FFFFFF"))


def test_the_names_of_renditions_have_the_look_in_them(district):
    brands.save(district, GREEN, {}, SYSTEM)
    names = {name_of(Job(CARD, media=media)) for media in (settings.HOME.media, brands.media_of(district))}
    brands.save(district, Look(GREEN.night, GREEN.accent, logos.take_in(picture())), {}, SYSTEM)
    assert len(names | {name_of(Job(CARD, media=brands.media_of(district)))}) == 3


def test_a_leaflet_is_printed_in_the_districts_own_look(district):
    place = Place(district_kk="Аудан", district_ru="Район", hotline="102")
    look = Look(GREEN.night, GREEN.accent, logos.take_in(picture()))
    own, usual = (draw_leaflet("safe-account", "a6", place, media=media) for media in
                  (brands.media_with(look), settings.HOME.media))  # fmt: skip
    assert own.startswith(b"%PDF")
    assert own != usual


def test_the_trail_tells_what_was_changed_and_the_logo_by_its_hash(district):
    brands.save(district, Look(GREEN.night, GREEN.accent, logos.take_in(picture())), {}, SYSTEM)
    brands.save(district, Look(GREEN.night, "#FFFFFF"), {}, SYSTEM)
    brands.save(district, Look(GREEN.night, "#FFFFFF"), {}, SYSTEM)
    brands.drop(district, SYSTEM)
    last, second, first = AuditEntry.objects.order_by("-number")[:3]
    assert (first.verb, last.verb, second.after["accent"]) == ("brand_changed", "brand_removed", "#FFFFFF")
    assert len(first.after["logo"]) == 12
    assert not Brand.objects.exists()


@pytest.fixture
def post(district, plain_film: Path):
    made = posts.blank(Kind.PREVENTION_VIDEO, "Фильм", district, SYSTEM)
    posts.save_versions(made, {"kk": Wording("kk", "Текст")}, SYSTEM)
    return posts.set_media(made, [(accept(plain_film, "film.mp4"), "")], SYSTEM)


def test_a_look_that_changes_after_approval_asks_again(post, district):
    row = orders.brand(post, {"telegram"}, SYSTEM)[0]
    post.status = Status.APPROVED
    post.save()
    assert queue.job_of(queue.claim("w")[0]).media == settings.HOME.media
    brands.save(district, GREEN, {}, SYSTEM)
    row.refresh_from_db()
    with pytest.raises(LayoutChanged):
        queue.job_of(row)


def test_films_of_one_look_are_claimed_together(post):
    places = [District.objects.create(key=f"d{n}", name_kk=f"{n}", name_ru=f"{n}", hotline="1") for n in range(3)]
    brands.save(places[1], GREEN, {}, SYSTEM)
    source = orders.originals(post)[0].upload
    orders.for_districts(source, places, ["kk", "ru"], ["telegram"], SYSTEM, Wish())
    claims = [{row.district_id for row in queue.claim("w")} for _ in range(3)]
    assert claims == [{"d0", "d2"}, {"d1"}, set()]


def test_folders_of_looks_that_nobody_has_go(district, monkeypatch):
    brands.save(district, GREEN, {}, SYSTEM)
    kept, gone = brands.media_of(district), brands.media_with(Look("#102030", "#FFFFFF"))
    monkeypatch.setattr(brands, "UNUSED", -1)
    assert brands.tidy_up() >= 1
    assert kept.is_dir()
    assert not gone.exists()
