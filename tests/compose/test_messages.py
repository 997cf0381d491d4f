from __future__ import annotations

import dataclasses

import pytest

from publisher.compose.message import Wording, message_for
from publisher.compose.variables import UnknownVariable
from publisher.connectors.base import Button, Poll, problems

BUTTONS = ({"label": "Портал {district}", "url": "https://egov.kz/_a_"},)
POLL = {"question": "{hotline}?", "options": ["Иә", "Жоқ"], "answer": 2, "explanation": "{date}"}


def codes(message, description) -> list[tuple[str, int, int]]:
    return [(p.code, p.limit, p.found) for p in problems(message, description.limits)]


def test_variables_are_filled_before_the_text_is_formatted(telegram, place, when):
    message = message_for(Wording("kk", "**{hotline}**ге, {district}, {date}"), telegram, place, when, key="k")
    assert message.text == "2-15-65ге, Аққайың ауданы, 2026 жылғы 25 қараша"
    assert [(e.kind, e.length) for e in message.entities] == [("bold", 7)]
    assert message.key == "k"


def test_a_value_is_never_read_as_markdown(telegram, whatsapp, place, when):
    odd = dataclasses.replace(place, hotline="*100*_1_<b>")
    assert message_for(Wording("kk", "{hotline}"), telegram, odd, when).text == "*100*_1_<b>"
    assert message_for(Wording("kk", "{hotline}"), telegram, odd, when).entities == ()
    assert message_for(Wording("kk", "{hotline}"), whatsapp, odd, when).text == "`*100*_1_<b>`"


def test_buttons_go_as_buttons_where_the_platform_has_them(telegram, place, when):
    message = message_for(Wording("ru", "а", BUTTONS), telegram, place, when)
    assert message.buttons == (Button("Портал Аккайынский район", "https://egov.kz/_a_"),)
    assert message.text == "а"


def test_buttons_stand_below_the_text_where_it_has_none(whatsapp, place, when):
    message = message_for(Wording("ru", "а\n", BUTTONS), whatsapp, place, when)
    assert message.text == "а\n\nПортал Аккайынский район: https://egov.kz/%5Fa%5F"
    assert message.buttons == ()


def test_an_album_takes_no_buttons_so_they_stand_below_its_text(telegram, place, when, film):
    message = message_for(Wording("ru", "а", BUTTONS), telegram, place, when, (film, film))
    assert (message.text, message.buttons) == ("а\n\nПортал Аккайынский район: https://egov.kz/_a_", ())


def test_a_poll_is_a_message_of_its_own_without_the_text(telegram, place, when):
    message = message_for(Wording("kk", "а", BUTTONS, POLL), telegram, place, when, part="poll", key="k")
    assert message.poll == Poll("2-15-65?", ("Иә", "Жоқ"), 1, "2026 жылғы 25 қараша")
    assert (message.text, message.buttons, message.media, message.key) == ("", (), (), "k")


def test_a_poll_without_a_right_answer_is_no_quiz(telegram, place, when):
    poll = {"question": "a", "options": ["b", "c"], "answer": None}
    assert message_for(Wording("kk", "а", (), poll), telegram, place, when, part="poll").poll == Poll("a", ("b", "c"))


def test_the_main_part_leaves_the_poll_out(telegram, place, when):
    assert message_for(Wording("kk", "а", (), POLL), telegram, place, when).poll is None


@pytest.mark.parametrize("field", ["body", "label", "question"])
def test_an_unknown_variable_anywhere_is_an_error_not_a_text(field, telegram, place, when):
    version = Wording(
        "kk",
        "{x}" if field == "body" else "а",
        [{"label": "{x}" if field == "label" else "a", "url": "https://egov.kz"}],
        {"question": "{x}" if field == "question" else "a", "options": ["b", "c"]},
    )
    with pytest.raises(UnknownVariable, match=r"unknown variable \{x\}"):
        message_for(version, telegram, place, when, part="poll" if field == "question" else "main")


@pytest.mark.parametrize("char", ["ұ", "😀"])
def test_a_text_of_exactly_4096_units_may_go_and_one_more_may_not(char, telegram, place, when):
    text = char * (4096 // (len(char.encode("utf-16-le")) // 2))
    assert codes(message_for(Wording("kk", text), telegram, place, when), telegram) == []
    assert codes(message_for(Wording("kk", text + "!"), telegram, place, when), telegram) == [
        ("text_too_long", 4096, 4097)
    ]


def test_beside_a_film_the_text_ends_at_1024_units(telegram, place, when, film):
    fits = message_for(Wording("kk", "ұ" * 1024), telegram, place, when, (film,))
    over = message_for(Wording("kk", "ұ" * 1025), telegram, place, when, (film,))
    assert codes(fits, telegram) == []
    assert codes(over, telegram) == [("caption_too_long", 1024, 1025)]
    assert len(over.text) == 1025


def test_what_formatting_takes_away_does_not_count_and_what_it_adds_does(telegram, whatsapp, place, when):
    version = Wording("kk", f"**{'ұ' * 4095}**")
    assert codes(message_for(version, telegram, place, when), telegram) == []
    assert codes(message_for(version, whatsapp, place, when), whatsapp) == [("text_too_long", 4096, 4097)]


def test_whatsapp_counts_an_emoji_as_one(whatsapp, place, when):
    assert codes(message_for(Wording("kk", "😀" * 4096), whatsapp, place, when), whatsapp) == []
