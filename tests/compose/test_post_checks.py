from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from publisher.compose.checks import Content, check
from publisher.compose.message import Wording
from publisher.compose.sameness import Recent, duplicates

HOSTS = ("egov.kz",)
GOOD = "{hotline} нөміріне хабарласыңыз."


@pytest.fixture
def found(telegram, whatsapp, place, when):
    """Findings for versions on one Telegram channel of both languages and one WhatsApp group in Kazakh."""

    def find(*versions: Wording, **content):
        channels = [("tg", ["kk", "ru"], telegram), ("wa", ["kk"], whatsapp)]
        return check(Content(versions, **content), channels, place, when, HOSTS)

    return find


def codes(findings) -> list[tuple[str, str]]:
    return [(finding.code, finding.language) for finding in findings]


def both(kk: str, ru: str = GOOD, **fields) -> tuple[Wording, Wording]:
    return Wording("kk", kk, **fields), Wording("ru", ru, **fields)


def test_a_good_post_has_nothing_against_it(found):
    assert found(*both(GOOD)) == []


def test_a_missing_language_is_an_error_for_each_channel_that_needs_it(found):
    (finding,) = found(Wording("kk", GOOD))
    assert (finding.code, finding.severity, finding.language) == ("missing_language", "error", "ru")
    assert finding.values == {"channel": "tg", "language": "Русский"}


def test_a_reason_excuses_the_missing_language(found):
    assert found(Wording("kk", GOOD), single_language_reason="жиын") == []


def test_no_reason_excuses_a_channel_that_would_get_nothing(found):
    (finding,) = found(Wording("ru", GOOD), single_language_reason="собрание")
    assert (finding.code, finding.values["channel"]) == ("no_language_for_channel", "wa")


def test_an_unknown_variable_is_named(found):
    findings = found(*both("{hotlne}"))
    assert (findings[0].code, findings[0].values) == ("unknown_variable", {"name": "hotlne"})


@pytest.mark.parametrize("url", ["http://egov.kz", "https://evil.com", "tel:102", "javascript:alert(1)"])
def test_a_link_to_anywhere_else_is_an_error(url, found):
    links = [f for f in found(*both(f"{GOOD} [a]({url})", f"{GOOD} [a]({url})")) if f.code == "link_not_allowed"]
    assert [(f.severity, f.language, f.values["url"]) for f in links] == [("error", "kk", url), ("error", "ru", url)]


def test_a_button_to_anywhere_else_is_an_error(found):
    findings = found(*both(GOOD, buttons=[{"label": "a", "url": "https://evil.com"}]))
    assert codes(findings) == [("link_not_allowed", "kk"), ("link_not_allowed", "ru")]


def test_a_picture_in_the_text_is_an_error(found):
    assert ("image_in_text", "kk") in codes(found(*both(f"{GOOD} ![a](https://egov.kz/a.png)", GOOD)))


def test_an_empty_text_is_an_error(found):
    assert ("empty_text", "kk") in codes(found(*both(" \n")))


def test_a_text_over_the_limit_is_told_with_its_count_once_per_platform(found):
    findings = [f for f in found(*both(GOOD + "ұ" * 4096)) if f.severity == "error"]
    assert [(f.code, f.language, f.values["channel"], f.values["limit"]) for f in findings] == [
        ("text_too_long", "kk", "tg", 4096),
        ("text_too_long", "kk", "wa", 4096),
    ]
    assert findings[0].values["found"] == 4096 + len("2-15-65 нөміріне хабарласыңыз.")


def test_two_channels_of_one_platform_are_named_together(telegram, place, when):
    channels = [("a", ["kk"], telegram), ("b", ["kk"], telegram)]
    (finding,) = check(Content([Wording("kk", "")]), channels, place, when, HOSTS)[:1]
    assert finding.values["channel"] == "a, b"


def test_a_film_makes_the_text_a_caption(found, shown_film):
    findings = found(*both(GOOD + "ұ" * 1024), files=lambda *_about: [shown_film])
    assert codes(f for f in findings if f.severity == "error") == [("caption_too_long", "kk")] * 2


def test_a_film_too_big_for_one_platform_is_an_error_there_alone(found, shown_film):
    shown_film.upload.size = 20_000_000
    (finding,) = found(*both(GOOD), files=lambda *_about: [shown_film])
    assert (finding.code, finding.values["channel"], finding.values["found"]) == ("video_too_big", "wa", 20_000_000)


def test_a_film_that_is_being_made_stands_against_no_limit_and_is_told(found, shown_film):
    shown_film.upload.size = 900_000_000
    waiting = dataclasses.replace(shown_film, state="waiting")
    findings = found(*both(GOOD), files=lambda *_about: [waiting])
    assert {(f.code, f.severity) for f in findings} == {("film_not_ready", "warning")}


def test_a_film_that_could_not_be_made_keeps_the_post_from_going_out(found, shown_film):
    failed = dataclasses.replace(shown_film, state="failed", values={"why": "The disk is full."})
    findings = found(*both(GOOD), files=lambda *_about: [failed])
    assert {(f.code, f.severity) for f in findings} == {("film_not_made", "error")}


def test_a_poll_is_left_out_where_there_are_none_and_the_author_is_told(found):
    (finding,) = found(*both(GOOD, poll={"question": "a", "options": ["b", "c"], "answer": 1}))
    assert (finding.code, finding.severity, finding.values["channel"]) == ("no_polls", "warning", "wa")


def test_a_poll_over_the_limit_is_an_error(found):
    findings = found(*both(GOOD, poll={"question": "a" * 301, "options": ["b", "c"]}))
    assert codes(f for f in findings if f.severity == "error") == [
        ("poll_question_too_long", "kk"),
        ("poll_question_too_long", "ru"),
    ]


def test_more_formatting_than_telegram_shows_is_an_error(found):
    text = GOOD + " **а** б" * 101
    findings = [f for f in found(*both(text, text)) if f.code == "too_many_marks"]
    assert [(f.language, f.values["limit"], f.values["found"]) for f in findings] == [
        ("kk", 100, 101),
        ("ru", 100, 101),
    ]


def test_a_text_without_the_hotline_is_a_warning(found):
    (finding,) = found(*both("Абай болыңыз.", GOOD))
    assert (finding.code, finding.severity, finding.language) == ("hotline_missing", "warning", "kk")


def test_the_hotline_written_out_or_on_a_button_counts(found):
    assert found(*both("2-15-65", "2-15-65")) == []
    assert found(*both("а", "а", buttons=[{"label": "{hotline}", "url": "https://egov.kz"}])) == []


@pytest.mark.parametrize(("text", "marks"), [("**«шот»**тан", "**"), ("{hotline", "{"), ("~~а ~~", "~~")])
def test_marks_that_residents_would_see_are_a_warning(text, marks, found):
    findings = [f for f in found(*both(f"{GOOD} {text}", GOOD)) if f.code == "stray_marks"]
    assert [(f.language, f.values["marks"], f.severity) for f in findings] == [("kk", marks, "warning")]


def test_braces_that_the_author_doubled_are_no_stray_marks(found):
    assert found(*both(f"{GOOD} {{{{а}}}}", GOOD)) == []


def test_languages_that_differ_are_a_warning(found):
    (finding,) = found(*both(f"{GOOD} 5 адам", f"{GOOD} 6 человек"))
    assert (finding.code, finding.severity, finding.language) == ("parity", "warning", "ru")
    assert "5" in str(finding.values["what"])


def test_errors_come_before_warnings(found):
    assert [f.severity for f in found(*both("{x}", "а"))] == ["error", "warning"]


def test_the_day_of_a_text_that_says_the_same_is_the_one_residents_had():
    said = "Өзін тергеуші деп таныстырған адамға сенбеңіз, тұтқаны қойыңыз"
    night = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)  # half past one of the next day in Kazakhstan
    recent = [Recent(7, "Ескерту", "kk", said, night)]
    (found,) = duplicates([Wording("kk", said)], recent)
    assert found.values["day"] == "28.11.2026"
