"""The templates that come with the product, each held to what every channel asks of a post."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.compose.checks import check, content_of
from publisher.compose.message import message_for
from publisher.compose.models import Upload
from publisher.compose.shown import Shown
from publisher.compose.templates import load_all
from publisher.config import Config
from publisher.connectors import CONNECTORS
from publisher.connectors.base import takes_posts

TEMPLATES = load_all(Path(__file__).resolve().parents[2] / "content")
DESCRIPTIONS = {key: found.description for key, found in CONNECTORS.items() if takes_posts(found)}
HOSTS = Config().link_hosts
WHEN = datetime(2026, 9, 30, 6, tzinfo=UTC)  # the longest date in words that Kazakh has
FILM = Shown(Upload(path="film.mp4", kind="video", mime="video/mp4", size=3_000_000, sha256="ab" * 32))
every_template = pytest.mark.parametrize("slug", TEMPLATES)


class LongNamed:
    """A district whose names and number are as long as any."""

    hotline = "8 (71538) 2-15-65"
    zone = ZoneInfo("Asia/Almaty")

    def name(self, language: str) -> str:
        return {"kk": "Мағжан Жұмабаев ауданы", "ru": "район имени Габита Мусрепова"}[language]


def findings(slug: str):
    channels = [(key, ["kk", "ru"], description) for key, description in DESCRIPTIONS.items()]
    content = content_of(TEMPLATES[slug])
    with_film = replace(content, files=lambda *_about: [FILM])
    return check(with_film, channels, LongNamed(), WHEN, HOSTS)


def test_there_are_at_least_fourteen_of_them():
    assert len(TEMPLATES) >= 14


def test_every_kind_of_post_has_one():
    assert {template.kind for template in TEMPLATES.values()} == {
        "prevention_video",
        "hotline_promo",
        "scam_warning",
        "notice",
    }


@every_template
def test_nothing_stands_against_it_even_as_the_caption_of_a_film(slug):
    assert [str((f.code, f.language, dict(f.values))) for f in findings(slug) if f.code != "no_polls"] == []


@every_template
@pytest.mark.parametrize("description", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_it_reads_without_leftover_marks_or_variables(slug, description):
    for version in TEMPLATES[slug].versions.values():
        text = message_for(version, description, LongNamed(), WHEN).text
        assert not set("{}") & set(text)
        assert "**" not in text
        assert LongNamed.hotline in text


@every_template
def test_its_kazakh_is_kazakh_and_no_copy_of_the_russian(slug):
    kk, ru = (TEMPLATES[slug].versions[language] for language in ("kk", "ru"))
    assert kk.body != ru.body
    assert set("әғқңөұүһі") & set(kk.body.lower())
