from __future__ import annotations

import pytest

from publisher.compose.message import Wording
from publisher.compose.parity import differences


def found(kk: str, ru: str) -> list[tuple[str, str, str]]:
    return [(d.aspect, d.left, d.right) for d in differences(Wording("kk", kk), Wording("ru", ru))]


@pytest.mark.parametrize(
    ("kk", "ru"),
    [
        ("5 адам, 1 000 000 теңге, 3,5 %", "5 человек, 1 000 000 тенге, 3.5 %"),
        ("2026 жылғы 24 қарашада", "24 ноября 2026 года"),
        ("24.11.2026 дейін", "до 24 ноября 2026 года"),
        ("10–15 минут", "10-15 минут"),
        ("+7 (7152) 2-15-65", "+7 7152 2-15-65"),
        ("3-тен 5-ке дейін", "от 3 до 5"),
        ("{date} күні {hotline}", "{hotline}, {hotline}"),
        ("https://egov.kz/cms/kk/a", "https://egov.kz/cms/ru/a"),
        ("[a](https://egov.kz/kk) [b](https://gov.kz)", "[b](https://gov.kz) [a](https://egov.kz)"),
        ("- а\n- б\n\n1. в", "- а\n- б\n\n1. в"),
        ("7 мамыр, 3 маусым, 1 қазан", "7 мая, 3 июня, 1 октября"),
        ("24/7, сағат 18:00", "24/7, 18:00"),
    ],
)
def test_what_says_the_same_has_no_differences(kk, ru):
    assert found(kk, ru) == []


@pytest.mark.parametrize(
    ("kk", "ru", "difference"),
    [
        ("5 адам", "6 человек", ("numbers", "5", "6")),
        ("5 адам және 5 үй", "5 человек", ("numbers", "5", "")),
        ("24 қараша", "25 ноября", ("dates", "24.11", "25.11")),
        ("24.11", "24.12", ("dates", "24.11", "24.12")),
        ("2-15-65", "2-15-66", ("phones", "21565", "21566")),
        ("https://egov.kz", "https://gov.kz", ("links", "egov.kz", "gov.kz")),
        ("- а\n- б", "- а\n- б\n- в", ("lists", "2", "3")),
    ],
)
def test_what_differs_is_shown_from_both_sides(kk, ru, difference):
    assert found(kk, ru) == [difference]


def test_a_button_too_few_is_a_difference():
    kk = Wording("kk", "а", [{"label": "a", "url": "https://egov.kz/kk"}])
    assert [(d.aspect, d.left, d.right) for d in differences(kk, Wording("ru", "а"))] == [
        ("links", "egov.kz", ""),
        ("buttons", "1", "0"),
    ]


def test_a_quiz_whose_right_answer_moved_is_a_difference():
    kk = Wording("kk", "а", (), {"question": "a", "options": ["b", "c"], "answer": 1})
    ru = Wording("ru", "а", (), {"question": "a", "options": ["b", "c"], "answer": 2})
    assert [(d.aspect, d.left, d.right) for d in differences(kk, ru)] == [("poll", "2/1", "2/2")]


def test_a_difference_reads_as_a_phrase():
    (difference,) = differences(Wording("kk", "5"), Wording("ru", "а"))
    assert str(difference).endswith("(kk: 5; ru: —)")
