from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from telegramify_markdown import convert

from publisher.compose.markup import to_entities
from tests.compose.markdowns import ANYTHING, DOCUMENT, cut, said, source, words


def entities(markdown: str) -> list[tuple[str, str]]:
    formatted = to_entities(markdown)
    return [(e.kind, cut(formatted.text, e.offset, e.length)) for e in formatted.entities]


@given(DOCUMENT)
def test_text_and_entities_are_what_the_markdown_said(document):
    formatted = to_entities(source(document))
    assert formatted.text == words(document)
    assert entities(source(document)) == said(document)


@given(ANYTHING)
@example("😀**😀 a😀**")
@example("- - a\n> ```\n> x")
@example("**a\n\n- `b`\n***")
def test_whatever_people_type_gives_a_text_with_entities_in_range_and_no_space_at_their_edges(markdown):
    formatted = to_entities(markdown)
    units = len(formatted.text.encode("utf-16-le")) // 2
    assert formatted.text == formatted.text.strip()
    for entity in formatted.entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= units
        covered = cut(formatted.text, entity.offset, entity.length)
        assert covered == covered.rstrip()
        assert entity.kind == "pre" or covered == covered.lstrip()


@given(ANYTHING.map(lambda text: re.sub(r"[\[\]<]", "", text)))
@example("``` аб\nб\n```")
@example("> - 1. # а\n    б\n---\nқ\n===")
def test_no_letter_is_ever_dropped(markdown):
    letters = re.compile("[аәбқ]")
    assert letters.findall(to_entities(markdown).text) == letters.findall(markdown)


@given(ANYTHING)
def test_no_entity_of_code_shares_its_place_with_another_kind_of_formatting(markdown):
    found = to_entities(markdown).entities
    code = {unit for e in found if e.kind in ("code", "pre") for unit in range(e.offset, e.offset + e.length)}
    other = {
        unit
        for e in found
        if e.kind not in ("code", "pre", "blockquote")
        for unit in range(e.offset, e.offset + e.length)
    }
    assert not code & other


@given(DOCUMENT)
def test_an_independent_converter_gives_the_same_text_and_entities(document):
    theirs, found = convert(source(document))
    ours = to_entities(source(document))
    assert ours.text == theirs.strip()
    assert {(e.kind, e.offset, e.length, e.url) for e in ours.entities} == {
        (e.type, e.offset, e.length, e.url or "") for e in found
    }


@pytest.mark.parametrize(
    "markdown",
    [
        "Әрекет:\n- бір\n- екі\n  - үш\n\n1. алғаш\n2. сосын",
        "> дәйек **қалың**\n> жалғасы\n\nсоңы",
        "курс **двух *уровней* 😀** и ~~старое~~",
        "```\nкод\nв две строки\n```\n\nпосле",
        "первая\nвторая **строка\nи третья**",
    ],
)
def test_lists_quotes_code_and_lines_agree_with_the_independent_converter(markdown):
    theirs, found = convert(markdown)
    ours = to_entities(markdown)
    assert ours.text == theirs.replace("⦁", "•").strip()
    assert {(e.kind, e.offset, e.length) for e in ours.entities} == {(e.type, e.offset, e.length) for e in found}


def test_offsets_count_an_emoji_as_two():
    (entity,) = to_entities("😀 **құтқару**").entities
    assert (entity.offset, entity.length) == (3, 7)


def test_nested_formatting_keeps_both():
    assert entities("**а *б* в**") == [("bold", "а б в"), ("italic", "б")]


def test_formatting_that_touches_stays_apart():
    assert entities("**а***б*`в`") == [("bold", "а"), ("italic", "б"), ("code", "в")]


def test_a_heading_is_a_bold_line():
    formatted = to_entities("## Назар аударыңыз\nмәтін")
    assert formatted.text == "Назар аударыңыз\nмәтін"
    assert entities("## Назар аударыңыз\nмәтін") == [("bold", "Назар аударыңыз")]


def test_lists_become_bullets_and_numbers_with_inner_lists_indented():
    assert to_entities("1. a\n2. b\n   - c\n     d").text == "1. a\n2. b\n  • c\n    d"


def test_a_list_that_starts_at_three_goes_on_from_three():
    assert to_entities("3. a\n4. b").text == "3. a\n4. b"


def test_empty_lines_stay_where_the_author_put_them():
    assert to_entities("a\n- b\n\n- c\n\n\n\nd").text == "a\n• b\n\n• c\n\nd"


def test_a_quote_of_two_paragraphs_is_one_entity():
    assert entities("> a\n>\n> b") == [("blockquote", "a\n\nb")]


def test_two_quotes_are_two_entities():
    assert entities("> a\n> b\n\nx\n\n> c") == [("blockquote", "a\nb"), ("blockquote", "c")]


@pytest.mark.parametrize(
    "markdown",
    [
        "<b>жирно</b> & <br>",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "![схема](https://egov.kz/a.png)",
        "[Внимание]: https://egov.kz",
        "Код\n===",
        "*100# и 5 * 6",
    ],
)
def test_what_is_no_markdown_of_ours_is_shown_as_written(markdown):
    assert to_entities(markdown).text == markdown


def test_an_indented_line_is_no_code():
    assert to_entities("а\n\n    отступ").entities == ()


@pytest.mark.parametrize("url", ["http://egov.kz", "javascript:alert(1)", "tel:102", "egov.kz", "https://a@evil.com"])
def test_only_https_becomes_a_link(url):
    assert to_entities(f"[текст]({url})").entities == ()


def test_a_bare_address_is_taken_whole_with_its_underscores():
    (link,) = to_entities("См. https://egov.kz/_a_/b_c.").entities
    assert link.url == "https://egov.kz/_a_/b_c"


def test_characters_that_telegram_removes_are_gone_before_counting():
    formatted = to_entities("а\u202eб\r\n**в\ufeffг**\x07")
    assert (formatted.text, formatted.entities[0].offset) == ("аб\nвг", 3)


def test_half_an_emoji_is_replaced_so_that_the_text_can_be_sent():
    assert to_entities("a\ud83d").text == "a\ufffd"
