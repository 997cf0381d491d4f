from __future__ import annotations

from pathlib import Path

import pytest

from publisher.config import Home
from publisher.plan.targets import KnownChannel
from tests.plan.plan_texts import TEMPLATE, WEEKLY


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty deployment."""
    for name in ("schedules", "content"):
        (tmp_path / name).mkdir()
    return Home(tmp_path)


@pytest.fixture
def write(home: Home):
    def write(text: str = WEEKLY, name: str = "weekly.yaml") -> Path:
        path = home.schedules / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def template(home: Home):
    def template(
        slug: str, kind: str = "scam_warning", tags: str = "phone", languages=("kk", "ru"), **more: object
    ) -> None:
        folder = home.content / slug
        folder.mkdir()
        lines = "".join(f"{key}: {value}\n" for key, value in more.items())
        for language in languages:
            text = TEMPLATE.format(language=language, kind=kind, slug=slug, tags=tags, more=lines)
            (folder / f"{language}.md").write_text(text, encoding="utf-8")

    return template


@pytest.fixture
def channels() -> list[KnownChannel]:
    return [
        KnownChannel("akkaiyn-tg", "akkaiyn", ("residents",), ("kk", "ru")),
        KnownChannel("akkaiyn-wa", "akkaiyn", ("residents", "villages"), ("kk",)),
        KnownChannel("esil-tg", "esil", ("residents",), ("kk", "ru")),
    ]


@pytest.fixture
def no_quiet_hours(district):
    from datetime import time

    district.quiet_from = district.quiet_to = time(0)
    district.save()
    return district


@pytest.fixture
def time_machine_at():
    """Set the clock to a moment for the rest of the test."""
    import time_machine

    running = []

    def go(moment) -> None:
        traveller = time_machine.travel(moment, tick=False)
        traveller.start()
        running.append(traveller)

    yield go
    for traveller in reversed(running):
        traveller.stop()
