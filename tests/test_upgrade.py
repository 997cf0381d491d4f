"""An older deployment's database is brought up to date by the first command of a newer program, and loses nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIRST = """
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from datetime import timedelta
FIRST = [("deliver", "0002_initial"), ("measure", "0001_initial")]
MigrationExecutor(connection).migrate(FIRST)  # without the after-steps of today
old = MigrationExecutor(connection).loader.project_state(FIRST).apps
make = lambda app, name, **fields: old.get_model(app, name).objects.create(**fields)
district = make("people", "District", key="akkaiyn", name_kk="Аққайың", name_ru="Аккайын", hotline="2-15-65")
account = make("deliver", "Account", key="telegram-main", type="telegram")
channel = make("deliver", "Channel", key="residents", account=account, platform_kind="channel", target="-1001",
               title="Тұрғындар", languages=["kk"], tags=["ауыл"], district=district)
post = make("compose", "Post", kind="scam_warning", district=district, title="Ескі жазба", status="approved")
make("compose", "Version", post=post, language="kk", body="Абайлаңыз! {hotline}")
sent = make("deliver", "Delivery", post=post, channel=channel, language="kk", state="sent", due_at=timezone.now(),
     sent_at=timezone.now() - timedelta(days=5), attempts_made=1, receipt={"ids": ["7"]})
for hours, views in [(1, 120), (24, 640), (72, 913)]:
    at = timezone.now() + timedelta(days=-5, hours=hours)
    make("measure", "Reading", delivery=sent, metric="views", value=views, at=at, source="preview")
print(post.pk)
"""


def _environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PUBLISHER_", "DJANGO_", "TEST_"))}
    return {
        **kept,
        "PUBLISHER_HOME": str(home),
        "PUBLISHER_PRACTICE": "1",
        "DJANGO_SETTINGS_MODULE": "publisher.settings",
        "PYTHONPATH": str(ROOT),
    }


def _run(home: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        env=_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.e2e
def test_the_first_releases_database_is_brought_up_to_date_by_any_command_and_nothing_is_sent_again(tmp_path):
    (tmp_path / "config.yaml").write_text((ROOT / "tests/home/config.yaml").read_text(encoding="utf-8"))
    for name in ("content", "media", "schedules"):
        (tmp_path / name).symlink_to(ROOT / name)
    pk = _run(tmp_path, "-c", FIRST).strip()
    shown = json.loads(_run(tmp_path, "-m", "publisher", "show", pk, "--json"))
    assert shown["title"] == "Ескі жазба"
    [delivery] = shown["deliveries"]
    assert (delivery["state"], delivery["receipt"]) == ("sent", {"ids": ["7"]})
    assert json.loads(_run(tmp_path, "-m", "publisher", "queue", "--json")) == []
    assert "residents" in _run(tmp_path, "-m", "publisher", "channel", "list")
    assert _figures(tmp_path) == (1, 1, 913)


def _figures(home: Path) -> tuple[int, int, int]:
    """Posts, messages and views of the report, as they were read before."""
    today = date.today()
    days = ("--from", (today - timedelta(days=10)).isoformat(), "--to", today.isoformat())
    shown = json.loads(_run(home, "-m", "publisher", "report", *days, "--format", "json"))
    return shown["posts_published"], shown["messages_sent"], shown["totals"]["views"]["value"]
