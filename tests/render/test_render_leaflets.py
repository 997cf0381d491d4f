from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from publisher.cli import main
from publisher.render.errors import TextDoesNotFit, WordDoesNotFit
from publisher.render.kit import MEDIA
from publisher.render.leaflets import (
    Leaflet,
    Place,
    as_pdf,
    as_pictures,
    check_leaflets,
    draw_leaflet,
    names,
    read_leaflet,
    read_sheets,
)
from publisher.render.scripts import dial_code
from publisher.yamlfile import FlawedFile

AKKAIYN = Place(
    district_kk="Аққайың ауданы",
    district_ru="Аккайынский район",
    hotline="2-15-65",
    okrug_kk="Шағалалы ауылдық округі",
    okrug_ru="Шагалалинский сельский округ",
)
CALL = dial_code("2-15-65")


def pages(pdf: bytes) -> list[tuple[int, int]]:
    """Their sizes in millimetres."""
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    return [(round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in boxes]


@pytest.mark.parametrize(
    ("size", "paper", "count"),
    [
        ("a6", (105, 148), 2),
        ("a5", (148, 210), 2),
        ("a4x4", (210, 297), 2),
        ("poster", (297, 420), 1),
        ("poster-a4", (210, 297), 1),
    ],
)
def test_each_sheet_has_its_paper_and_its_sides(size: str, paper: tuple[int, int], count: int):
    name = "channel" if size.startswith("poster") else "safe-account"
    assert pages(draw_leaflet(name, size, AKKAIYN, qr=CALL)) == [paper] * count


def test_every_leaflet_fits_the_smallest_paper_in_both_languages():
    for name in names():
        assert draw_leaflet(name, "a6", AKKAIYN, qr="https://t.me/akkaiyn_police").startswith(b"%PDF-")


def test_its_fonts_are_embedded_and_the_same_inputs_give_the_same_bytes():
    pdf = draw_leaflet("safe-account", "a6", AKKAIYN, qr=CALL)
    assert re.search(rb"/BaseFont\s*/\w{6}\+Onest", pdf)
    assert b"/FontFile" in pdf
    assert pdf == draw_leaflet("safe-account", "a6", AKKAIYN, qr=CALL)


def test_words_are_never_read_as_markup(own_media: Path):
    path = own_media / "leaflets" / "safe-account.yaml"
    path.write_text(path.read_text().replace("Положите трубку", "'#panic(1) *$x$ @a // `'"))
    assert draw_leaflet("safe-account", "a6", AKKAIYN, media=own_media).startswith(b"%PDF-")


def test_what_fits_at_no_size_is_refused_with_its_side_and_by_how_much(own_media: Path):
    path = own_media / "leaflets" / "safe-account.yaml"
    path.write_text(path.read_text().replace("не существует", "много " * 90, 1))
    with pytest.raises(TextDoesNotFit, match="Russian side") as caught:
        draw_leaflet("safe-account", "a6", AKKAIYN, media=own_media)
    told = caught.value.values
    assert told["part"] == "ru"
    assert told["found"] > 200
    assert 200 < told["over"] < told["found"]


def test_a_word_wider_than_the_paper_is_refused_by_name(own_media: Path):
    path, word = own_media / "leaflets" / "safe-account.yaml", "ы" * 60
    path.write_text(path.read_text().replace("не существует", word, 1))
    with pytest.raises(WordDoesNotFit, match="Russian side") as caught:
        draw_leaflet("safe-account", "a6", AKKAIYN, media=own_media)
    assert caught.value.values["word"] == word


def saying(**words: object) -> Leaflet:
    """A ready leaflet with other Kazakh words."""
    ready = read_leaflet("safe-account")
    return ready.model_copy(update={"kk": ready.kk.model_copy(update=words)})


LONG = "телефонограммаларыңыздағылардан"


@pytest.mark.parametrize("words", [{"steps": (LONG + "мынандай", "Жоқ")}, {"says": (LONG + "мынандай",)}])
def test_a_long_word_makes_the_text_smaller_and_never_leaves_the_paper(words: dict[str, object]):
    (front, _) = as_pictures(saying(**words), "a6", AKKAIYN, qr=CALL, media=MEDIA, width=420)
    picture = Image.open(io.BytesIO(front)).convert("L")
    margin = picture.crop((picture.width - 24, 0, picture.width, picture.height))
    assert margin.getextrema() == (255, 255)


@pytest.mark.parametrize("size", ["a6", "poster"])
def test_a_message_too_long_to_stand_beside_the_code_is_refused(size: str):
    """It pushed the number off the paper."""
    leaflet = saying(message="Осы нөмірді телефоныңызға сақтап қойыңыз және жақындарыңызға айтыңыз. " * 8)
    with pytest.raises(TextDoesNotFit, match="Kazakh side"):
        as_pdf(leaflet, size, AKKAIYN, qr=CALL)


@pytest.mark.parametrize("size", ["a6", "poster"])
def test_a_words_place_beside_the_code_counts_too(size: str):
    with pytest.raises(WordDoesNotFit) as caught:
        as_pdf(saying(message="Ескерту: " + LONG * 2), size, AKKAIYN, qr=CALL)
    assert caught.value.values["word"] == LONG * 2


def test_small_words_in_the_corner_never_cover_the_districts_name():
    with pytest.raises(WordDoesNotFit, match="тұрғындарының"):
        as_pdf(saying(tag="Аудан тұрғындарының назарына өте маңызды хабарлама"), "a6", AKKAIYN, qr=CALL)


def test_an_address_too_long_for_a_code_is_refused():
    with pytest.raises(TextDoesNotFit, match="address"):
        draw_leaflet("channel", "poster", AKKAIYN, qr="https://t.me/" + "a" * 300)


def test_a_wrong_line_is_found_by_the_check(own_media: Path):
    assert check_leaflets(own_media) == []
    path = own_media / "leaflets" / "channel.yaml"
    path.write_text(path.read_text().replace("steps_title: В канале", "step_title: В канале"))
    (flaw, *_) = check_leaflets(own_media)
    assert flaw.file == path
    with pytest.raises(FlawedFile):
        draw_leaflet("channel", "poster", AKKAIYN, media=own_media)


def test_the_sheets_on_offer_are_those_of_the_layout(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["leaflet", "--help"])
    assert "{" + ",".join(["a5", "a6", "a4x4", "poster", "poster-a4"]) + "}" in capsys.readouterr().out
    assert set(read_sheets().sheets) == {"a5", "a6", "a4x4", "poster", "poster-a4"}
