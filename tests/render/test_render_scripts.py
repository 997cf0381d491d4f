from __future__ import annotations

from pathlib import Path

import pytest

from publisher.render.errors import ClipLength
from publisher.render.kit import Kit
from publisher.render.scenes import scenes, timing
from publisher.render.scripts import dial_code, names, read_script, ready_made
from publisher.yamlfile import FlawedFile
from tests.render.specimens import clip_of

EVERY = [
    (script, language, shape) for script in names() for language in ("kk", "ru") for shape in ("16:9", "9:16", "1:1")
]


def test_the_two_promised_scripts_are_there():
    assert {"safe-account", "hotline"} <= set(names())


@pytest.mark.parametrize(("script", "language", "shape"), EVERY)
def test_every_ready_made_clip_fits_its_format_and_lasts_10_to_20_seconds(
    kit: Kit, script: str, language: str, shape: str
):
    spec = ready_made(script, language, "+7 (71532) 2-15-65", "Солтүстік Қазақстан облысы Аққайың ауданы", shape).spec
    planned = timing(spec, kit.clip, kit.end.seconds)
    assert 10 <= planned.total <= 20
    assert len(scenes(spec, kit, planned)) == 4


def test_hotline_and_district_are_filled_in():
    spec = ready_made("hotline", "kk", "2-15-65", "Аққайың ауданы").spec
    said = " ".join([spec.headline, *spec.phrases, *spec.steps, spec.message])
    assert "2-15-65 нөміріне" in said
    assert "{" not in said
    assert (spec.hotline, spec.district, spec.qr) == ("2-15-65", "Аққайың ауданы", "tel:21565")


def test_an_unknown_variable_is_refused_with_its_line(own_media: Path):
    path = own_media / "scripts" / "hotline.yaml"
    path.write_text(path.read_text().replace("{hotline}", "{hotlin}", 1))
    with pytest.raises(FlawedFile, match=r"hotline\.yaml:\d+: .*unknown variable \{hotlin\}"):
        read_script("hotline", own_media)


def test_an_unknown_script_is_named():
    with pytest.raises(FlawedFile, match=r"nothing\.yaml"):
        ready_made("nothing", "kk", "102", "Аудан")


def test_a_hotline_without_digits_has_no_code_to_dial():
    assert [dial_code(text) for text in ("2-15-65", "+7 (71532) 2-15-65", "8 (71532) 2-15-65", "-")] == [
        "tel:21565",
        "tel:+77153221565",
        "tel:87153221565",
        "",
    ]


@pytest.mark.parametrize(
    "hotline",
    [
        "2-15-65, 102",
        "2-15-65 / 2-20-20",
        "2-15-65 (102)",
        "2-15-65 (ішкі 5)",
        "тел. 2-15-65; 102",
        "2-15-65 немесе 102",
    ],
)
def test_of_several_numbers_a_code_dials_the_first(hotline: str):
    """It dialled all their digits in a row."""
    assert dial_code(hotline) == "tel:21565"


def test_a_long_phrase_stays_longer_and_a_short_clip_is_drawn_out(kit: Kit):
    short = timing(clip_of(), kit.clip, kit.end.seconds)
    long = timing(clip_of(phrases=("Назовите код. " * 8,)), kit.clip, kit.end.seconds)
    assert long.verdict > short.verdict
    assert short.total >= 10


def test_times_are_whole_pictures(kit: Kit):
    planned = timing(clip_of(phrases=("Раз", "Два, и ещё много-много слов после этого, чтобы читать.")), kit.clip, 4)
    for seconds in (planned.headline, planned.call, planned.todo, planned.end, *planned.phrases):
        assert seconds * kit.clip.fps == pytest.approx(round(seconds * kit.clip.fps))


def test_too_much_to_say_is_refused_with_the_length(kit: Kit):
    with pytest.raises(ClipLength) as caught:
        timing(clip_of(phrases=("Очень длинная фраза " * 12,) * 4, steps=("Шаг",) * 5), kit.clip, kit.end.seconds)
    assert caught.value.values["limit"] == 20
    assert caught.value.values["found"] > 20


def test_nothing_moves_once_the_end_card_stands(kit: Kit):
    spec = clip_of()
    last = scenes(spec, kit, timing(spec, kit.clip, kit.end.seconds))[-1]
    assert last.frame(2.0).tobytes() == last.frame(3.9).tobytes()
    assert last.frame(0.1).tobytes() != last.frame(2.0).tobytes()
