"""Real processes on loopback: the practice platforms, and a deployment that publishes to them."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

CONFIG = """\
database: {database}
site: {{public_url: "http://127.0.0.1:{port}"}}
server: {{port: {port}}}
districts:
  akkaiyn:
    name: {{kk: Аққайың ауданы, ru: Аккайынский район}}
    hotline: 2-15-65
accounts:
  telegram-main:
    type: telegram
    token: ${{TELEGRAM_TOKEN}}
    api_url: {api}
    {telegram}
  whatsapp-main:
    type: whatsapp_cloud
    phone_number_id: "100200300"
    token: ${{WHATSAPP_TOKEN}}
    app_secret: ${{WHATSAPP_SECRET}}
    api_url: {api}
"""
SECRETS = {"TELEGRAM_TOKEN": "100200300:e2e-token", "WHATSAPP_TOKEN": "e2e", "WHATSAPP_SECRET": "e2e-secret"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Platform:
    """The practice platforms as a process of their own, with the trainer's controls."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=20)
        self.base = base

    def channel(self, title: str, **fields) -> str:
        wanted = {"platform": "telegram", "kind": "channel", "title": title, **fields}
        return self.http.post("/practice/api/chats", json=wanted).raise_for_status().json()["id"]

    def judge(self) -> dict[str, dict[str, int]]:
        """Chat id → text → how often it stands there."""
        found = self.http.get("/practice/api/judge").raise_for_status().json()["chats"]
        return {chat: data["texts"] for chat, data in found.items()}

    def fault(self, **fields) -> None:
        self.http.post("/practice/api/faults", json=fields).raise_for_status()

    def counters(self) -> dict[str, int]:
        return self.http.get("/practice/api/counters").raise_for_status().json()["counters"]

    def clear_faults(self) -> None:
        self.http.request("DELETE", "/practice/api/faults")

    def change(self, chat: str, **fields) -> None:
        self.http.patch(f"/practice/api/chats/{chat}", json=fields).raise_for_status()


@contextmanager
def practice(home: Path, *options: str) -> Iterator[Platform]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "publisher.practice",
        "--home",
        str(home),
        "--port",
        str(port),
        "--quiet",
        *options,
    ]
    process = subprocess.Popen(command)
    platform = Platform(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: _answers(platform.http, "/practice/api/chats"), 20, "the practice platforms")
        yield platform
    finally:
        platform.http.close()
        process.terminate()
        process.wait(10)


def _answers(http: httpx.Client, path: str) -> bool:
    try:
        return http.get(path).status_code < 500
    except httpx.TransportError:
        return False


def wait_until(done, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, f"{what} did not come within {seconds} s"
        time.sleep(0.1)


@functools.cache
def _migrated() -> Path:
    """A database with all its tables and no row of ours: made once, since making it takes seconds of each test."""
    home = Path(tempfile.mkdtemp(prefix="publisher-tables-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    (home / "config.yaml").write_text("database: sqlite:///var/publisher.sqlite3\n", encoding="utf-8")
    passed = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISHER_")}
    environment = {**passed, "PUBLISHER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "publisher.settings"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], check=True, env=environment)
    return home / "var/publisher.sqlite3"


class Deployment:
    """A folder with config.yaml, and the command line in it."""

    def __init__(
        self,
        home: Path,
        platform: Platform,
        telegram: str = "rates: []",
        database: str = "sqlite:///var/publisher.sqlite3",
    ) -> None:
        self.home, self.database = home, database
        self.port = free_port()
        home.mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(port=self.port, api=platform.base, telegram=telegram, database=database)
        (home / "config.yaml").write_text(text, encoding="utf-8")
        file = home / "var/publisher.sqlite3"
        if database == "sqlite:///var/publisher.sqlite3" and not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(_migrated(), file)
        root = Path(__file__).resolve().parents[2]
        for name in ("content", "media", "schedules"):
            if name != "schedules" and not (home / name).exists():
                (home / name).symlink_to(root / name)
        (home / "schedules").mkdir(exist_ok=True)
        passed = {key: value for key, value in os.environ.items() if not key.startswith("PUBLISHER_")}
        self.environment = {**passed, **SECRETS, "PUBLISHER_HOME": str(home)}

    def run(self, *arguments: str, expect: int = 0, timeout: float = 120) -> str:
        done = self.attempt(*arguments, timeout=timeout)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def attempt(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "publisher", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=timeout)

    def python(self, code: str, timeout: float = 120):
        """Run `code` inside the deployment's Django; what it gives `answer(...)` comes back."""
        head = "import json, django; django.setup(); answer = lambda found: print(json.dumps(found))\n"
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "publisher.settings"}
        command = [sys.executable, "-c", head + textwrap.dedent(code)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def sql(self, query: str) -> list[tuple]:
        """Straight from the database: a process for each look would cost more than what is looked at."""
        if self.database.startswith("sqlite:///"):
            with contextlib.closing(sqlite3.connect(self.home / self.database.removeprefix("sqlite:///"))) as database:
                return database.execute(query).fetchall()
        import psycopg

        with psycopg.connect(self.database) as database:
            return database.execute(query).fetchall()

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--json"))

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        command = [sys.executable, "-m", "publisher", *arguments]
        return subprocess.Popen(command, env=self.environment, start_new_session=True, **options)

    def write(self, name: str, body: str, **head: str) -> Path:
        front = {"language": "kk", "kind": "scam_warning", "title": name, **head}
        lines = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items())
        path = self.home / f"{name}.md"
        path.write_text(f"---\n{lines}\n---\n{body}\n", encoding="utf-8")
        return path


@contextmanager
def one_channel(folder: Path) -> Iterator[Deployment]:
    """A deployment with the channel `a`, in Kazakh."""
    with practice(folder / "platform", "--no-residents") as platform:
        here = Deployment(folder / "home", platform)
        chat = platform.channel("Арна")
        here.run("channel", "add", "a", "--account", "telegram-main", "--target", chat, "--languages", "kk")
        yield here


def kill(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
