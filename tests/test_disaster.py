"""The disaster plan as its script rehearses it: on a deployment of its own, with real commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.thorough
QUEUED = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from publisher.database import bring_up_to_date
bring_up_to_date()
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.deliver import actions
from publisher.deliver.models import Channel
from publisher.people.audit import SYSTEM
from publisher.people.models import District
place = District.objects.get(pk="akkaiyn")
channel = Channel.objects.create(key="a", account_id="telegram-main", platform_kind="channel", target="-1",
                                 languages=["kk"], district=place)
post = posts.blank("notice", "x", place, SYSTEM)
posts.save_versions(post, {"kk": Wording("kk", "{hotline}")}, SYSTEM)
posts.approve_from_shell(post, SYSTEM)
actions.schedule(post, [channel], timezone.now() + timedelta(days=1), actor=SYSTEM)
"""


@pytest.fixture
def home(tmp_path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "config.yaml").write_text((ROOT / "tests/home/config.yaml").read_text(encoding="utf-8"))
    for name in ("content", "media", "schedules"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISHER_", "DJANGO_"))}
    words = {"PUBLISHER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "publisher.settings", "PYTHONPATH": str(ROOT)}
    return {**kept, **words}


def test_the_plan_holds_and_the_copy_sends_nothing_until_a_person_says_so(home, tmp_path):
    subprocess.run([sys.executable, "-c", QUEUED], env=environment(home), cwd=ROOT, check=True, timeout=120)
    words = [sys.executable, "tools/disaster.py", str(home), "--keep", str(tmp_path / "copy"), "--go-on"]
    done = subprocess.run(
        words, env=environment(home), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    for step in ("backup written", "the same 1 deliveries wait", "the copy is fenced", "goes on", "the plan holds"):
        assert step in done.stdout
