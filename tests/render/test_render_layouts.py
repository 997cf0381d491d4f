from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from publisher.render.errors import MissingFont
from publisher.render.kit import KAZAKH, MEDIA, check_media, has_letter, load_kit
from publisher.render.layouts import load_all, read_layout
from publisher.yamlfile import FlawedFile


def spoil(media: Path, name: str, old: str, new: str) -> int:
    """Change one line of a layout; gives its number."""
    path = media / "layouts" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_media_has_no_flaws():
    assert check_media(MEDIA) == []
    assert set(load_all(MEDIA)) == {"card", "end-card", "clip", "film", "film-band", "film-quiet"}


@pytest.mark.parametrize("weight", ["Regular", "Medium", "Bold", "ExtraBold"])
def test_every_font_has_all_kazakh_letters_small_and_capital(weight: str):
    font = ImageFont.truetype(str(MEDIA / f"fonts/Onest-{weight}.ttf"), 40)
    assert set(KAZAKH) >= set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    assert [letter for letter in KAZAKH if not has_letter(font, letter)] == []


def test_a_letter_the_font_lacks_is_noticed():
    assert not has_letter(ImageFont.truetype(str(MEDIA / "fonts/Onest-Bold.ttf"), 40), "😀")


def test_an_unknown_key_names_file_line_and_nearest_key(own_media: Path):
    line = spoil(own_media, "film.yaml", "bar_moments:", "bar_moment:")
    with pytest.raises(FlawedFile) as caught:
        read_layout(own_media, "film")
    told = str(caught.value)
    assert f"film.yaml:{line}" in told
    assert "Did you mean “bar_moments”?" in told


def test_an_unknown_key_inside_a_format_names_the_nearest_too(own_media: Path):
    spoil(own_media, "card.yaml", "    headline:", "    headlin:")
    with pytest.raises(FlawedFile, match="Did you mean “headline”"):
        read_layout(own_media, "card")


def test_text_beyond_the_safe_area_is_refused(own_media: Path):
    spoil(own_media, "clip.yaml", "headline: {box: [80, 176", "headline: {box: [10, 176")
    with pytest.raises(FlawedFile, match=r"“headline” reaches beyond the safe area"):
        read_layout(own_media, "clip")


def test_a_missing_format_is_named(own_media: Path):
    path = own_media / "layouts" / "card.yaml"
    text = path.read_text()
    path.write_text(text[: text.index('  "16:9":')])
    with pytest.raises(FlawedFile, match="the format 16:9 is missing"):
        read_layout(own_media, "card")


def test_a_missing_language_is_named(own_media: Path):
    spoil(own_media, "film.yaml", "  ru: {hotline: Горячая линия, message: Сомневаетесь — позвоните}\n", "")
    with pytest.raises(FlawedFile, match="“ru” is missing"):
        read_layout(own_media, "film")


def test_every_flawed_layout_is_told_at_once(own_media: Path):
    spoil(own_media, "film.yaml", "crf: 23", "crf: many")
    spoil(own_media, "card.yaml", "panel:", "pannel:")
    with pytest.raises(FlawedFile) as caught:
        load_all(own_media)
    assert {flaw.file.name for flaw in caught.value.flaws} == {"film.yaml", "card.yaml"}


def test_a_missing_font_is_an_error_of_its_own(own_media: Path):
    (own_media / "fonts/Onest-Bold.ttf").unlink()
    with pytest.raises(MissingFont) as caught:
        load_kit(own_media)
    assert caught.value.reason == "missing_font"
    assert check_media(own_media) != []


def test_a_brand_may_not_name_files_outside_media(own_media: Path):
    path = own_media / "brand" / "brand.yaml"
    path.write_text(path.read_text().replace("logo: logo.png", "logo: ../../../etc/passwd"))
    with pytest.raises(FlawedFile, match="below the media folder"):
        load_kit(own_media)


def test_a_changed_layout_changes_only_what_uses_it(own_media: Path):
    before = load_kit(own_media)
    spoil(own_media, "card.yaml", "tag: Обратите внимание", "tag: Внимание")
    after = load_kit(own_media)
    assert before.digest("card") != after.digest("card")
    assert before.digest("clip") == after.digest("clip")
