"""Platforms with the limits that Telegram and WhatsApp document, and a district, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.compose.models import Upload
from publisher.compose.shown import Shown
from publisher.connectors.base import Description, Limits, Media

NAMES = {"kk": "Аққайың ауданы", "ru": "Аккайынский район", "en": "Akkaiyn district"}


@dataclass(frozen=True)
class Place:
    hotline: str = "2-15-65"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Almaty"))

    def name(self, language: str) -> str:
        return NAMES[language]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def when() -> datetime:
    """24 November 2026, 23:30 in London: already the 25th in the district."""
    return datetime(2026, 11, 24, 23, 30, tzinfo=UTC)


@pytest.fixture
def telegram() -> Description:
    limits = Limits(
        text=4096,
        caption=1024,
        units="utf16",
        album=10,
        photo_bytes=10_000_000,
        video_bytes=50_000_000,
        photo_types=frozenset({"image/jpeg"}),
        video_types=frozenset({"video/mp4"}),
        poll_question=300,
        poll_option=100,
        poll_options=12,
        poll_explanation=200,
        buttons=8,
    )
    return Description("telegram", "Telegram", "entities", limits)


@pytest.fixture
def whatsapp() -> Description:
    limits = Limits(
        text=4096,
        caption=1024,
        units="characters",
        photo_bytes=5_000_000,
        video_bytes=16_000_000,
        photo_types=frozenset({"image/jpeg"}),
        video_types=frozenset({"video/mp4"}),
    )
    return Description("whatsapp_cloud", "WhatsApp", "marks", limits)


@pytest.fixture
def film() -> Media:
    return Media(Path("film.mp4"), "video", "video/mp4", size=3_000_000, sha256="ab" * 32)


@pytest.fixture
def shown_film() -> Shown:
    return Shown(Upload(path="film.mp4", kind="video", mime="video/mp4", size=3_000_000, sha256="ab" * 32))
