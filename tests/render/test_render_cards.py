from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import segno
from PIL import Image

from publisher.render.canvas import open_after, pieces, qr_picture
from publisher.render.cards import bar, card_picture, draw_card, end_card
from publisher.render.errors import TextDoesNotFit, WordDoesNotFit
from publisher.render.kit import Kit
from publisher.render.layouts import TextBox
from publisher.render.typeset import Setter
from tests.render.specimens import card_of, film_of

LONG = "Солтүстік Қазақстан облысы Аққайың ауданының полиция бөлімі"
SIZES = {"1:1": (1080, 1080), "9:16": (1080, 1920), "16:9": (1280, 720)}


@pytest.mark.parametrize("shape", SIZES)
def test_a_card_has_its_formats_size_and_the_number_dark_on_the_accent(kit: Kit, shape: str):
    image = card_picture(card_of(format=shape), kit)
    assert image.size == SIZES[shape]
    left, top, width, height = kit.card.formats[shape].number.box
    colours = {colour for _, colour in image.crop((left, top, left + width, top + height)).getcolors(1 << 20)}
    assert {kit.colour("accent"), kit.colour("night")} <= colours


def test_what_stands_in_quotation_marks_takes_the_accent(kit: Kit):
    def accented(headline: str) -> int:
        left, top, width, height = kit.card.formats["1:1"].headline.box
        picture = card_picture(card_of(headline=headline), kit).crop((left, top, left + width, top + height))
        return sum(count for count, colour in picture.getcolors(1 << 20) if colour == kit.colour("accent"))

    assert accented("«Қауіпсіз шот» деген болмайды") > 2000
    assert accented("Қауіпсіз шот деген болмайды") == 0


def test_a_quotation_over_two_rows_stays_one():
    assert list(pieces("это «безопасный")) == [("это ", False), ("«безопасный", True)]
    assert open_after("это «безопасный")
    assert list(pieces("счёт» и всё", quoting=True)) == [("счёт»", True), (" и всё", False)]
    assert not open_after("счёт» и всё", quoting=True)


def test_the_languages_give_different_cards(kit: Kit):
    assert card_picture(card_of(), kit).tobytes() != card_picture(card_of(language="ru"), kit).tobytes()


def test_the_code_is_there_only_when_asked_for(kit: Kit):
    left, top, side, _ = kit.card.formats["1:1"].qr
    spots = [card_picture(card_of(qr=code), kit).getpixel((left + side // 2, top + 4)) for code in ("", "tel:21565")]
    assert spots == [kit.colour("accent"), kit.colour("paper")]


def test_the_drawn_code_has_exactly_the_modules_of_the_standard():
    picture = qr_picture("tel:21565", 200, (0, 0, 0), (255, 255, 255))
    rows = [list(row) for row in segno.make("tel:21565", error="m").matrix]
    step = picture.width // len(rows)
    assert picture.width == step * len(rows) <= 200
    middle = step // 2
    seen = [
        [int(picture.getpixel((x * step + middle, y * step + middle)) == (0, 0, 0)) for x in range(len(rows))]
        for y in range(len(rows))
    ]
    assert seen == rows


def test_a_headline_that_cannot_be_read_is_refused(kit: Kit):
    with pytest.raises(TextDoesNotFit, match="headline"):
        card_picture(card_of(headline="очень длинное предупреждение " * 20), kit)


def test_a_hotline_too_long_for_its_place_is_refused(kit: Kit):
    with pytest.raises(WordDoesNotFit, match="hotline's number"):
        card_picture(card_of(hotline="8-800-080-7777-доб-12345-67890"), kit)


@pytest.mark.parametrize("hotline", ["102", "2-15-65", "+7 (71532) 2-15-65"])
@pytest.mark.parametrize("shape", SIZES)
def test_usual_numbers_and_a_long_districts_name_fit_everywhere(kit: Kit, hotline: str, shape: str):
    card_picture(card_of(format=shape, hotline=hotline, district=LONG, qr="tel:102"), kit)


@pytest.mark.parametrize(("encoding", "kind"), [("png", "PNG"), ("jpeg", "JPEG")])
def test_the_file_is_what_was_asked_for(kit: Kit, tmp_path: Path, encoding: str, kind: str):
    made = draw_card(card_of(encoding=encoding, short_side=270), kit, tmp_path / "card")
    with Image.open(made) as image:
        image.load()
        assert (image.format, image.size) == (kind, (270, 270))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("shape", SIZES)
def test_bar_and_end_card_take_a_long_name_and_a_long_number(kit: Kit, shape: str, language: str):
    said = {"hotline": "+7 (71532) 2-15-65", "district": LONG, "message": "Күмәндансаңыз — қоңырау шалыңыз"}
    assert bar(film_of(Path("any.mp4"), format=shape, language=language, short_side=0, **said), kit).image.getbbox()
    card = end_card(kit, shape, language, **said, qr="tel:102", short_side=0)
    assert card.image.getpixel((1, 1)) == kit.colour("accent")


@pytest.mark.parametrize("shape", ["9:16", "16:9", "1:1"])
def test_the_longest_name_that_fits_a_film_fits_it_when_it_must_become_smaller(kit: Kit, shape: str):
    """A platform's limit makes a film smaller long after its words were looked at; all films of the order failed."""
    name = f"{LONG} мен Солтүстік Қазақстан облысы Полиция департаментінің қоғаммен байланыс тобы"
    place, box = Setter(kit, 1.0).set, kit.film.formats[shape].label
    while not _fits(place, name, box):
        name = name[:-1]
    for side in (540, 480, 360, 1080):
        assert Setter(kit, side / 720).set(name, box, what="name")


def _fits(place: Callable[..., object], name: str, box: TextBox) -> bool:
    try:
        place(name, box, what="name")
    except TextDoesNotFit:
        return False
    return True


def test_an_address_too_long_for_a_code_that_can_be_scanned_is_refused(kit: Kit):
    for length in (300, 5000):
        with pytest.raises(TextDoesNotFit, match="too long to be scanned"):
            card_picture(card_of(qr="https://example.kz/" + "a" * length), kit)
