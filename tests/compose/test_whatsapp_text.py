from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given

from publisher.compose.markup import to_marks, to_plain
from tests.compose.markdowns import ANYTHING, DOCUMENT, SIGNS, URL, Said, source


class Reader:
    """Reads a line as WhatsApp documents it, and takes for a mark whatever could be one."""

    def __init__(self, line: str) -> None:
        self.marked: list[tuple[str, str]] = []
        self.hidden: set[int] = set()
        self.line = line
        self.code = [range(m.start(), m.end()) for m in re.finditer(r"`[^`]+`", line)]
        for stretch in self.code:
            self._take("code", stretch.start, stretch.stop - 1)
        for sign, mark in {"*": "bold", "_": "italic", "~": "strikethrough"}.items():
            self._pairs(sign, mark)

    def _pairs(self, sign: str, mark: str) -> None:
        opened = None
        for at, char in enumerate(self.line):
            if char != sign or any(at in stretch for stretch in self.code):
                continue
            before, after = self.line[at - 1 : at] or " ", self.line[at + 1 : at + 2] or " "
            if opened is not None and at - opened > 1 and not before.isspace() and not after.isalnum():
                self._take(mark, opened, at)
                opened = None
            elif opened is None and not before.isalnum() and not after.isspace():
                opened = at

    def _take(self, mark: str, start: int, end: int) -> None:
        self.hidden |= {start, end}
        self.marked.append((mark, self.line[start + 1 : end]))

    @property
    def seen(self) -> str:
        return "".join(char for at, char in enumerate(self.line) if at not in self.hidden)


def seen(text: str) -> str:
    return "\n".join(Reader(line).seen for line in text.split("\n"))


def marked(text: str) -> list[tuple[str, str]]:
    return [pair for line in text.split("\n") for pair in Reader(line).marked]


def plain(said: Said) -> str:
    return f"{said.text} ({URL})" if said.mark == "text_link" else said.text


@given(DOCUMENT)
def test_residents_see_the_words_with_the_formatting_the_markdown_said(document):
    text = to_marks(source(document))
    assert seen(text) == "\n\n".join(" ".join(map(plain, paragraph)) for paragraph in document)
    expected = [(s.mark, s.text) for paragraph in document for s in paragraph if s.mark not in ("", "text_link")]
    assert sorted(marked(text)) == sorted(expected)


@given(SIGNS)
@example("\\*100\\# \\*100\\#")
@example("__ ~~ ** _а_")
@example("*а\\* б*")
def test_no_sign_of_the_text_itself_is_lost_as_a_mark(markdown):
    assert seen(to_marks(markdown)).split() == to_plain(markdown).replace("•", "-").split()


@given(ANYTHING)
def test_whatever_people_type_gives_a_text_without_ragged_ends(markdown):
    text = to_marks(markdown)
    assert text == text.strip()
    assert not re.search(r"[ \t]\n", text)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**қалың** *көлбеу* ~~сызылған~~ `код`", "*қалың* _көлбеу_ ~сызылған~ `код`"),
        ("***екеуі де***", "*_екеуі де_*"),
        ("**а *б* в**", "*а _б_ в*"),
        ("# Тақырып\nмәтін", "*Тақырып*\nмәтін"),
        ("**екі\nжол**", "*екі*\n*жол*"),
        ("- a\n- b\n\n1. c\n2. d", "- a\n- b\n\n1. c\n2. d"),
        ("> дәйек\n> **тағы**", "> дәйек\n> *тағы*"),
        ("```\nкод\nтағы\n```", "```код\nтағы```"),
        ("- x\n\n  ```\n  код\n  ```", "- x\n\n  `код`"),
    ],
)
def test_each_form_has_its_mark(markdown, text):
    assert to_marks(markdown) == text


def test_a_mark_inside_a_word_grows_to_the_whole_word():
    assert to_marks("**банк**тің қызметкері") == "*банктің* қызметкері"


def test_a_mark_beside_punctuation_stays_as_it_is():
    assert to_marks("(**назар**), «*сөз*»") == "(*назар*), «_сөз_»"


def test_a_code_to_dial_is_shown_as_code_when_its_stars_would_be_read_as_marks():
    assert to_marks("Теріңіз: \\*100\\* немесе \\*102\\*") == "Теріңіз: `*100*` немесе `*102*`"


def test_a_single_star_that_nothing_closes_is_left_alone():
    assert to_marks("Теріңіз: \\*100#") == "Теріңіз: *100#"


def test_signs_inside_words_are_left_alone():
    assert to_marks("a_b_c 5\\*6\\*7") == "a_b_c 5*6*7"
    assert to_marks("а\\_б\\_ в") == "а_б_ в"


def test_marks_that_would_cross_after_growing_to_whole_words_keep_the_first():
    assert to_marks("**а б***в г*") == "*а бв* г"


def test_a_star_inside_bold_text_breaks_the_bold_and_not_the_star():
    assert to_marks("**теріңіз \\*100# қазір**") == "*теріңіз* `*100#` *қазір*"


def test_a_link_is_followed_by_its_address():
    assert to_marks("[Портал](https://egov.kz)нан") == "Портал (https://egov.kz)нан"


@pytest.mark.parametrize(
    "markdown", ["<https://egov.kz/a>", "https://egov.kz/a", "[https://egov.kz/a](https://egov.kz/a)"]
)
def test_an_address_that_is_its_own_text_stands_once(markdown):
    assert to_marks(markdown) == "https://egov.kz/a"


def test_an_address_keeps_leading_to_its_place_when_its_signs_would_be_read_as_marks():
    assert to_marks("https://egov.kz/_a_/x") == "https://egov.kz/%5Fa%5F/x"


def test_a_bold_link_keeps_its_address_free_of_marks():
    assert to_marks("**[Портал](https://egov.kz)**") == "*Портал* (https://egov.kz)"


def test_a_link_that_is_not_https_is_text_alone():
    assert to_marks("[x](http://egov.kz)") == "x"


@pytest.mark.parametrize(("markdown", "text"), [("\\> 18 жас", "`>` 18 жас"), ("\\* ескерту", "`*` ескерту")])
def test_a_line_that_only_looks_like_a_quote_or_a_list_is_protected(markdown, text):
    assert to_marks(markdown) == text


def test_a_back_tick_becomes_an_apostrophe():
    assert to_marks("a\\`b ``c`d``") == "a'b `c'd`"


def test_a_long_line_full_of_signs_is_written_in_good_time():
    started = time.process_time()
    to_marks("\\*a\\* " * 800)
    assert time.process_time() - started < 5
