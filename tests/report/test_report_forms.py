from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.utils import translation

from publisher.measure.models import PersonStatus
from publisher.report import words
from publisher.report.figures import as_json, build
from publisher.report.html import STYLE, as_html, context
from tests.report.conftest import SENT

WEEK = (date(2026, 11, 23), date(2026, 11, 29))
NOW = SENT + timedelta(days=10)


@pytest.fixture
def report(telegram, whatsapp, send, read, take, make_post):
    post = make_post("Qauipsiz <shot>")
    one, two = send(telegram, post=post), send(whatsapp, post=post)
    send(telegram, post=post, language="ru")
    for delivery in (one, two):
        take(delivery)
    read(one, "reactions", 1200, 2, "👍")
    read(one, "reactions", 34, 2, "❤")
    PersonStatus.objects.create(delivery=two, person="a", rank=1)
    read(telegram, "followers", 12345, -34)
    read(telegram, "followers", 12300, 134)
    send(telegram, state="unknown", sent_at=None, error_reason="outcome_unknown")
    return build(*WEEK, now=NOW)


class Seen(HTMLParser):
    """What a reader sees, and what the page would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.loads, self._hidden = "", [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self._hidden = tag in ("style", "title")
        self.loads += [
            value for name, value in attributes if name in ("src", "srcset") or (tag == "link" and name == "href")
        ]
        assert not {name for name, _ in attributes} & {"style", "onclick"}  # the console's policy forbids them
        assert tag != "script"

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        self.text += "" if self._hidden else f"{data} "


def numbers_in(html: str) -> list[str]:
    return re.findall(r"\d[\d\u202f]*", Seen(html).text)


def test_json_gives_iso_times_and_an_explicit_null_with_its_reason(report):
    data = json.loads(json.dumps(as_json(report), ensure_ascii=False))
    numbers = data["posts"][0]["messages"][0]["numbers"]
    assert numbers["views"] == {"value": None, "reason": "not_given"}
    assert numbers["reactions"] == {
        "value": 1234,
        "at_least": False,
        "at": "2026-11-24T07:00:00+00:00",
        "horizon": "72h",
        "source": "bot-api",
        "parts": {"👍": 1200, "❤": 34},
        "reason": None,
    }
    assert data["period"] == {"start": "2026-11-23", "end": "2026-11-29", "zone": "Asia/Almaty"}
    assert data["followers_change"]["value"] == -45
    assert data["totals"]["views"] == {
        "value": None, "at_least": False, "known": 0, "of": 3, "of_them_at_72h": 0, "reason": "nothing_known",
    }  # fmt: skip
    assert [row["reason"] for row in data["troubles"]] == ["outcome_unknown"]


def test_every_null_number_in_json_has_a_reason(report):
    def look(value):
        if isinstance(value, dict):
            if "value" in value:
                assert (value["value"] is None) == bool(value["reason"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(as_json(report))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_page_stands_alone_and_loads_nothing(report, language):
    html = as_html(report, language)
    assert Seen(html).loads == []
    assert f'<html lang="{language}">' in html
    assert STYLE.read_text(encoding="utf-8")[:60] in html
    assert "@import" not in html
    assert "url(" not in html


def test_the_page_has_the_same_numbers_in_every_language(report):
    in_kk, in_ru, in_en = (sorted(numbers_in(as_html(report, language))) for language in ("kk", "ru", "en"))
    assert in_kk == in_ru == in_en  # the order of words differs, the numbers may not


def test_the_page_shows_the_numbers_that_the_data_has(report):
    text = Seen(as_html(report, "en")).text
    for shown in ("1\u202f234", "👍\u00a01\u202f200", "❤\u00a034", "12\u202f345", "12\u202f300", "\u221245", "≥ 1"):
        assert shown in text


def test_the_page_names_what_is_unknown_and_never_prints_it_as_0(report):
    text = " ".join(Seen(as_html(report, "en")).text.split())
    assert "Telegram: Views, Delivered, Read, Played, Forwards, Replies Not given by the Bot API." in text
    assert "not given" in text
    figures = text.split("How the numbers are made")[0]
    figures = re.sub(r"known for 0 of|\d\d:\d\d|\d\d\.\d\d\.\d{4}|\d[.,]\d", "", figures)
    assert not re.search(r"\b0\b", figures)


def test_titles_are_escaped(report):
    assert "Qauipsiz &lt;shot&gt;" in as_html(report, "ru")


def test_dates_are_written_by_the_day_and_in_the_districts_zone(report):
    text = Seen(as_html(report, "en")).text
    assert "23.11.2026\u2009–\u200929.11.2026" in text
    assert "24.11.2026 10:00" in text
    assert "04.12.2026 10:00 (UTC+5)" in text


def test_practice_figures_are_labelled_on_the_page(report):
    def body(practice: bool) -> str:
        return as_html(replace(report, practice=practice), "kk").split("</style>")[1]

    assert "report-practice" in body(practice=True)
    assert "report-practice" not in body(practice=False)


def test_an_empty_week_says_that_nothing_was_published(district):
    text = Seen(as_html(build(*WEEK, district, now=NOW), "en")).text
    assert "Nothing was published in this period." in text
    assert "There are no channels yet." in text
    assert "Akkaiyn district" in text


def test_the_console_gets_the_same_body(report):
    from django.template.loader import render_to_string

    with translation.override("ru"):
        body = render_to_string("report/_body.html", context(report, "ru"))
    assert body.strip() in as_html(report, "ru")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1\u202f000"), (1234567, "1\u202f234\u202f567"), (-45, "\u221245")],
)
def test_digits_are_grouped_by_thin_spaces(number, text):
    assert words.whole(number) == text


@pytest.mark.parametrize(
    ("language", "share", "text"),
    [("kk", 3.14, "+3,1"), ("ru", -0.449, "\u22120,4"), ("en", 12.0, "+12.0"), ("ru", 0.04, "0")],
)
def test_percents_have_the_languages_own_decimal_sign(language, share, text):
    with translation.override(language):
        assert words.percent(share) == f"{text}\u202f%"


def test_a_moment_is_shown_on_the_wall_clock():
    from zoneinfo import ZoneInfo

    at = datetime(2024, 2, 29, 18, 30, tzinfo=UTC)
    assert words.minute(at, ZoneInfo("Asia/Almaty")) == "29.02.2024 23:30"
    assert words.minute(at + timedelta(hours=1), ZoneInfo("Asia/Almaty")) == "01.03.2024 00:30"
