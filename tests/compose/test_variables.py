from __future__ import annotations

from datetime import date

import pytest

from publisher.compose.variables import UnknownVariable, date_in_words, fill, variables_for


def test_every_variable_is_filled_wherever_it_stands():
    assert fill("{hotline}, { district }: {hotline}", {"hotline": "102", "district": "Есіл"}) == "102, Есіл: 102"


def test_an_unknown_variable_is_named_with_its_place():
    with pytest.raises(UnknownVariable) as caught:
        fill("алло {hotlne}", {"hotline": "102"})
    assert (caught.value.name, caught.value.position) == ("hotlne", 5)


@pytest.mark.parametrize("body", ["{}", "{горячая линия}", "{0}", "{hotline!r}"])
def test_anything_in_braces_that_is_not_known_is_refused(body):
    with pytest.raises(UnknownVariable):
        fill(body, {"hotline": "102"})


def test_doubled_braces_are_the_braces_themselves():
    assert fill("{{hotline}}", {}) == "{hotline}"


def test_a_value_is_not_filled_again():
    assert fill("{hotline}", {"hotline": "{district}"}) == "{district}"


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "2026 жылғы 25 қараша"), ("ru", "25 ноября 2026 года"), ("en", "25 November 2026")],
)
def test_the_date_is_said_in_words(language, words):
    assert date_in_words(date(2026, 11, 25), language) == words


def test_the_date_is_the_one_on_the_districts_calendar(place, when):
    assert variables_for(place, "ru", when) == {
        "hotline": "2-15-65",
        "district": "Аккайынский район",
        "date": "25 ноября 2026 года",
    }
