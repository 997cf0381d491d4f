"""A deployment of its own for the tests, before Django reads its settings."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_home = Path(tempfile.mkdtemp(prefix="publisher-test-"))
shutil.copyfile(ROOT / "tests/home/config.yaml", _home / "config.yaml")
for _name in ("content", "media", "schedules"):
    (_home / _name).symlink_to(ROOT / _name)
os.environ["PUBLISHER_HOME"] = str(_home)
os.environ.pop("PUBLISHER_PRACTICE", None)
os.environ |= {
    "TEST_TELEGRAM_TOKEN": "123456:TEST-token",
    "TEST_WHATSAPP_TOKEN": "test-whatsapp-token",
    "TEST_WHATSAPP_SECRET": "test-app-secret",
    "TEST_WHATSAPP_VERIFY": "test-verify",
}


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture(scope="session")
def home_path() -> Path:
    return _home


@pytest.fixture
def district(db):
    """The first district of the tests' config.yaml; both exist."""
    from django.conf import settings

    from publisher.people import districts
    from publisher.people.models import District

    districts.follow(settings.CONFIG)
    return District.objects.get(pk="akkaiyn")


@pytest.fixture
def accounts(db):
    from django.conf import settings

    from publisher.deliver import channels

    channels.follow(settings.CONFIG)
