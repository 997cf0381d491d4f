"""What must not stand in a post is found, and what only looks like it is left alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from publisher.compose.checks import Content, check
from publisher.compose.message import Wording
from publisher.compose.personal import find, is_card, is_iin, luhn
from publisher.compose.sameness import NEAR, likeness
from publisher.compose.templates import load_all

TEMPLATES = load_all(Path(__file__).resolve().parents[2] / "content")
GAPS = st.sampled_from(["", " ", "-", "\u00a0"])
SOME_TEXT = st.sampled_from(["", "Назар аударыңыз! ", "ИИН: ", "Шот (", "карта № "])


def checked(first: str) -> str:
    """The twelfth digit, reckoned here in another way than in the program; empty where a number has none."""
    for weights in ([*range(1, 12)], [*range(3, 12), 1, 2]):
        rest = sum(map(lambda weight, digit: weight * int(digit), weights, first)) % 11
        if rest != 10:
            return str(rest)
    return ""


@st.composite
def iins(draw) -> str:
    born = draw(st.dates(date(1930, 1, 1), date(2024, 12, 31)))
    sex = draw(st.sampled_from("34" if born.year < 2000 else "56"))
    first = f"{born:%y%m%d}{sex}{draw(st.integers(0, 9999)):04}"
    last = checked(first)
    return f"{first}{last}" if last else draw(iins())


@st.composite
def cards(draw) -> str:
    first = draw(st.sampled_from(["4400", "5169", "2200", "6226"])) + f"{draw(st.integers(0, 10**11 - 1)):011}"
    return next(f"{first}{digit}" for digit in range(10) if luhn(f"{first}{digit}"))


def codes(text: str, official=("2-15-65",)) -> list[str]:
    return [found.code for found in find(text, official)]


@given(iins(), SOME_TEXT, GAPS)
def test_a_personal_number_is_found_wherever_it_stands(iin, before, gap):
    assert "iin_in_text" in codes(f"{before}{gap.join([iin[:6], iin[6:]])}.")


@given(iins(), st.integers(1, 9))
def test_with_a_wrong_check_digit_it_is_some_other_number(iin, off):
    wrong = f"{iin[:11]}{(int(iin[11]) + off) % 10}"
    assert not is_iin(wrong)


@given(cards(), SOME_TEXT, GAPS)
def test_a_card_is_found_wherever_it_stands(card, before, gap):
    written = gap.join(card[at : at + 4] for at in range(0, 16, 4))
    assert "card_in_text" in codes(f"{before}{written}, рақмет")


@given(cards(), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_makes_it_no_card(card, place, off):
    wrong = card[:place] + str((int(card[place]) + off) % 10) + card[place + 1 :]
    assert not is_card(wrong)


@given(iins(), cards())
def test_the_warning_tells_no_secret(iin, card):
    for found in find(f"{iin} {card}"):
        assert iin not in found.shown
        assert card not in found.shown
        assert sum(letter.isdigit() for letter in found.shown) <= 6


def test_a_known_number_of_each_kind():
    assert is_iin("900101300017")  # 9·1+1·4+1·6+3·7+1·11 = 51, 51 mod 11 = 7
    assert luhn("4111111111111111")
    assert is_card("5555555555554444")


@pytest.mark.parametrize(
    "text",
    [
        "8 701 123 45 67",
        "+7 (701) 123-45-67",
        "+77011234567",
        "87471234567",
        "701 123 45 67",
        "https://wa.me/77011234567",
        "2-15-66",
    ],
)
def test_a_phone_that_is_no_offices_is_found(text):
    assert codes(f"Хабарласыңыз: {text}.") == ["personal_phone"]


@pytest.mark.parametrize(
    "text",
    [
        *("2-15-65", "102", "1414", "8-800-080-7777", "+7 7152 46-00-00", "8 (7172) 71-12-34", "24-11-26"),
        *("2026 жылғы 24 қараша", "12 000 000 теңге", "190-бап", "10:30-18:00", "№ 123456789012345"),
        *("ст. 190 УК РК", "100 KZT 15 рет", "БСН 020340000555", "KZ86125KZT5004100100", "3 520 000 – 4 100 000"),
        *("5-6-7", "1-2-3", "2026-11-27", "0000 0000 0000 0000", "t.me/akkaiyn_police"),
    ],
)
def test_what_only_looks_like_it_is_left_alone(text):
    assert codes(f"Мәтін {text} мәтін") == []


@pytest.mark.parametrize("phone", ["8 701 000 11 22", "+7 701 000 1122", "87010001122"])
def test_an_offices_mobile_is_known_however_it_is_written(phone):
    assert codes(phone, ["+7 (701) 000-11-22"]) == []


@pytest.mark.parametrize("text", ["123 ABC 15", "123ABC15", "777 АА 01", "A123BCD", "T 123 ABC"])
def test_a_plate_is_found(text):
    assert codes(f"Көлік {text} ұрланды") == ["plate_in_text"]


@pytest.mark.parametrize("slug", TEMPLATES)
def test_no_shipped_template_raises_a_false_alarm(slug, place, when, telegram):
    content = Content(list(TEMPLATES[slug].versions.values()))
    found = check(content, [], place, when, ["gov.kz", "egov.kz", "polisia.kz", "t.me"])
    assert [finding.code for finding in found if finding.code.endswith(("_in_text", "_phone"))] == []


def test_the_place_is_told_in_text_button_and_poll(place, when):
    poll = {"question": "Нөмір 8 701 123 45 67?", "options": ["а", "б"], "answer": None, "explanation": ""}
    buttons = [{"label": "Жазыңыз", "url": "https://wa.me/77011234567"}]
    body = "Бірінші\nКарта: **4111** 1111 1111 1111\n{hotline}"
    found = check(Content([Wording("kk", body, buttons, poll)]), [], place, when, ["wa.me"])
    with translation.override("en"):
        told = {(finding.code, str(finding.values["place"])) for finding in found if "place" in finding.values}
    assert told == {("card_in_text", "line 2"), ("personal_phone", "button 1"), ("personal_phone", "poll")}


def test_what_blocks_and_what_warns_is_data(settings, place, when):
    def severity(**levels):
        checks = settings.CONFIG.checks.model_copy(update=levels)
        settings.CONFIG = settings.CONFIG.model_copy(update={"checks": checks})
        content = Content([Wording("kk", "4111111111111111 {hotline}")])
        return [finding.severity for finding in check(content, [], place, when, []) if finding.code == "card_in_text"]

    assert severity() == ["error"]
    assert severity(card_in_text="warn") == ["warning"]
    assert severity(card_in_text="off") == []


def test_a_few_other_words_are_the_same_text_and_other_templates_are_not():
    for template in TEMPLATES.values():
        for version in template.versions.values():
            changed = "Құрметті тұрғындар! 5 қараша.\n\n" + version.body.replace("{hotline}", "2-15-65")
            assert likeness(version.body, changed) >= NEAR
            others = [other.versions.get(version.language) for other in TEMPLATES.values() if other is not template]
            nearest = max(likeness(version.body, other.body) for other in others if other)
            assert nearest < 0.4
    assert likeness("", "") == 0
