"""`make run`: with nobody touching anything, a film stands in both practice chats, with readings and a report."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.e2e.deployment import free_port, wait_until

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
FILM, WARNING = "prevention_video", "scam_warning"


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    command = [sys.executable, "-m", "publisher", "init", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("  port: 8000", f"  port: {free_port()}").replace("8001", str(free_port()))
    config.write_text(text, encoding="utf-8")
    return folder


def environment(home):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISHER_")}
    return {**kept, "PUBLISHER_HOME": str(home)}


def start(home, part="run"):
    command = [sys.executable, "-m", "publisher", part, "--practice"]
    with (home / "run.log").open("a") as log:
        return subprocess.Popen(command, env=environment(home), stdout=log, stderr=subprocess.STDOUT)


def command(home, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "publisher", *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def port(home, name):
    line = next(line for line in (home / "config.yaml").read_text().splitlines() if line.strip().startswith(name))
    return int(line.split(":")[1].split("#")[0])


def end(process):
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 5


def deliveries(home, kind):
    """Of the first queued post of that kind; a rise of the call centre's may have made a draft before it."""
    posts = Path(home).joinpath("var/publisher-practice.sqlite3")
    with closing(sqlite3.connect(posts)) as database:
        sql = "SELECT min(post_id) FROM deliver_delivery d JOIN compose_post p ON p.id = d.post_id WHERE p.kind = ?"
        ((number,),) = database.execute(sql, [kind]).fetchall()
    return json.loads(command(home, "show", str(number), "--json"))["deliveries"] if number else []


def sent(home, kind):
    """Where nothing goes slowly: a linked phone takes half a minute for each message, and people take their time."""
    return [d for d in at_once(home, kind) if d["state"] == "sent"]


def all_sent(home, kind):
    return [d for d in deliveries(home, kind) if d["state"] == "sent"]


def at_once(home, kind):
    return [d for d in deliveries(home, kind) if d["channel"].endswith(("-telegram", "-whatsapp"))]


def test_the_film_reaches_both_practice_chats_is_measured_and_reported_and_a_second_run_goes_on(home):
    process = start(home)
    base = f"http://127.0.0.1:{port(home, 'practice_port')}"
    try:
        log = home / "run.log"
        wait_until(lambda: "on its way" in log.read_text(), 300, "the film")
        wait_until(lambda: len(sent(home, FILM)) == 4, 90, "the film's four deliveries")
        wait_until(lambda: len(sent(home, WARNING)) == 6, 90, "the warning's four texts and two polls")
        chats = _chats(base)
        assert {chat["platform"] for chat in chats} == {"telegram", "whatsapp"}
        states = {d["channel"].rpartition("akkaiyn-")[2]: d["state"] for d in deliveries(home, FILM)}
        assert states["people"] == "people"
        wait_until(
            lambda: any("-phone-" in d["channel"] for d in all_sent(home, FILM)), 120, "the phone's first message"
        )
        for chat in chats:
            found = httpx.get(f"{base}/practice/api/chats/{chat['id']}/messages").json()["messages"]
            films = [
                message for message in found if "2-15-65" in message["text"] and "video" in json.dumps(message["body"])
            ]
            assert len(films) == 2, "one film in Kazakh and one in Russian"
        assert httpx.get(f"http://127.0.0.1:{port(home, 'port')}/healthz").json()["ok"]
        standing = _standing(base)
        wait_until(lambda: _known_numbers(home) > 0, 40, "readings in the report")
        wait_until(lambda: "The weekly report" in log.read_text(), 30, "the chief's page")
        assert (home / "var/reports/week.pdf").read_bytes().startswith(b"%PDF")
    finally:
        end(process)
    assert "Traceback" not in log.read_text(), log.read_text()

    assert standing
    before = at_once(home, FILM)
    process = start(home)
    try:
        wait_until(lambda: log.read_text().count("The console is open") == 2, 30, "the second start")
        time.sleep(3)
        assert at_once(home, FILM) == before
        assert _standing(base) == standing
    finally:
        end(process)


@pytest.mark.thorough
def test_apart_in_practice_mode_the_platforms_are_a_part_of_their_own(home):
    log = home / "run.log"
    parts = [start(home, "practice")]
    try:
        wait_until(lambda: "akkaiyn-telegram" in command(home, "channel", "list"), 120, "the practice channels")
        parts += [start(home, part) for part in ("web", "worker", "clock")]
        command(home, "post", "sms-egov-code", "--to", "akkaiyn-telegram")
        wait_until(lambda: sent(home, WARNING), 120, "the warning")
        wait_until(lambda: "while “publisher practice” runs" in log.read_text(), 60, "the console")
    finally:
        for process in parts:
            process.send_signal(signal.SIGINT)
        codes = [process.wait(20) for process in parts]
    assert codes == [0] * 4, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


def _standing(base) -> dict[str, object]:
    """What residents see; the press office's own chat goes on hearing of posts that wait."""
    ours = {chat["id"] for chat in _chats(base)}
    chats = httpx.get(f"{base}/practice/api/judge").json()["chats"]
    return {chat: found for chat, found in chats.items() if chat in ours}


def _chats(base) -> list[dict[str, object]]:
    """The Telegram channel and the group of WhatsApp's official interface."""
    chats = httpx.get(f"{base}/practice/api/chats").json()["chats"]
    kinds = {("telegram", "channel"), ("whatsapp", "group")}
    return [chat for chat in chats if (chat["platform"], chat["kind"]) in kinds]


def _known_numbers(home) -> int:
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 3600))
    text = command(home, "report", "--from", today, "--to", today, "--format", "json")
    return text.count('"value": ') - text.count('"value": null')
