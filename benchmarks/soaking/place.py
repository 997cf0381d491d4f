"""A deployment and its platforms as real processes under the fast clock, and the people around them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.soaking.fast_clock import FastClock
from tests.e2e.deployment import Deployment, Platform, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("web", "worker", "clock")
CALM = 20.0  # the fastest at which a process may start: it takes seconds of real time
READER = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"
PLAN = """\
name: Күн сайын · Каждый день
to: [tag:residents]
approve: plan
prepare_days: 1
slots:
  - {at: "* 09:30", kind: scam_warning, pick: least-recent}
  - {at: "* 18:30", kind: hotline_promo, pick: least-recent}
"""
SET_UP = """
from datetime import timedelta
from django.utils import timezone
from publisher.compose.posts import *  # noqa: F403
from publisher.deliver.models import Channel
from publisher.measure import links
from publisher.people.audit import Actor
from publisher.people.models import District, User
from publisher.report.digests_models import Subscription

district = District.objects.get(pk="akkaiyn")
for key, account, target, kind, languages in {chats!r}:
    Channel.objects.create(key=key, account_id=account, target=target, platform_kind=kind, languages=languages,
                           district=district, tags=["residents"])
for weekday, language in ((0, "kk"), (3, "ru")):
    Subscription.objects.create(name=f"Бастық {{language}}", chat={control!r}, language=language, weekday=weekday,
                                district=district, made_by="soak")
User.objects.create_user("chief", password="soak-soak-soak-1", role="chief")
answer(links.make("https://polisia.gov.kz/", "Кіреберіс", district, Actor("soak")).code)
"""
QUEUE = """
from datetime import datetime
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.deliver import actions
from publisher.deliver.models import Channel, Delivery
from publisher.people.audit import Actor
from publisher.people.models import District, User

district, officer = District.objects.get(pk="akkaiyn"), Actor("soak")
rows = list(Channel.objects.filter(off_reason=""))
for name, at in {texts!r}:
    post = posts.blank("scam_warning", name, district, officer)
    words = {{"kk": f"Ескерту {{name}}. Сенім телефоны {{{{hotline}}}}.",
              "ru": f"Внимание {{name}}. Телефон доверия {{{{hotline}}}}."}}
    posts.save_versions(post, {{key: Wording(key, body) for key, body in words.items()}}, officer)
    posts.approve_from_shell(post, officer)
    actions.schedule(post, rows, datetime.fromisoformat(at), actor=officer)
for pk, appeared in {settled!r}:
    actions.settle(Delivery.objects.get(pk=pk), appeared, officer)
chief = User.objects.get(username="chief")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(chief.pk), chief.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session.save()
answer([settings.SESSION_COOKIE_NAME, session.session_key])
"""


def text_of(name: str, language: str) -> str:
    words = {"kk": f"Ескерту {name}. Сенім телефоны 2-15-65.", "ru": f"Внимание {name}. Телефон доверия 2-15-65."}
    return words[language]


class Place:
    """Everything that runs. Its methods that start a process slow the clock down for as long."""

    def __init__(self, home: Path, clock: FastClock, seed: int) -> None:
        self.home, self.clock, self._seed = home, clock, seed
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.births: dict[str, float] = {}  # simulated seconds
        self._port = free_port()
        self.platform = Platform(f"http://127.0.0.1:{self._port}")
        self._log = (home / "processes.log").open("ab")
        self.start_platform()
        self.control = self.platform.channel("Баспасөз қызметі", kind="supergroup")
        self.here = Deployment(home / "home", self.platform, telegram=f'control_chat: "{self.control}"\n    rates: []')
        self.here.environment |= self._environment
        (self.here.home / "schedules/daily.yaml").write_text(PLAN, encoding="utf-8")
        with self.calm():
            self.here.run("queue")  # districts and accounts of config.yaml
        self.channels = self._chats()
        self.link = self._python(SET_UP.format(chats=self.channels, control=self.control))
        self.platform.http.post("/practice/api/talkers", json={})
        self._browser = httpx.Client(base_url=f"http://127.0.0.1:{self.here.port}", timeout=60)

    @property
    def _environment(self) -> dict[str, str]:
        return self.clock.environment | {"PYTHONPATH": str(ROOT)}

    def _chats(self) -> list[tuple[str, str, str, str, list[str]]]:
        made = []
        for number in range(14):
            languages = ["kk"] if number < 6 else ["ru"] if number < 11 else ["kk", "ru"]
            kind = "channel" if number % 3 else "supergroup"
            chat = self.platform.channel(f"Арна {number}", kind=kind, members=300 + 40 * number)
            made.append((f"chat{number:02}", "telegram-main", chat, kind, languages))
        for number in range(2):
            people = [{"wa_id": f"7701{number}00{n:04}", "name": f"Тұрғын {n}"} for n in range(6)]
            group = self.platform.channel(f"Топ {number}", platform="whatsapp", kind="group", participants=people)
            made.append((f"group{number}", "whatsapp-main", group, "group", ["kk", "ru"]))
        return made

    @contextmanager
    def calm(self) -> Iterator[None]:
        speed = self.clock.speed
        self.clock.set(min(CALM, speed))
        try:
            yield
        finally:
            self.clock.set(speed)

    def _python(self, code: str) -> Any:
        with self.calm():
            return self.here.python(code, timeout=300)

    def queue(self, texts: Sequence[tuple[str, datetime]], settled: Sequence[tuple[int, bool]] = ()) -> None:
        """What an officer does in the morning: queue the day's texts, answer what nobody knows, log in."""
        asked = [(name, at.isoformat()) for name, at in texts]
        cookie, key = self._python(QUEUE.format(texts=asked, settled=list(settled)))
        self._browser.cookies.clear()
        self._browser.cookies.set(cookie, key, domain="127.0.0.1")

    def backup(self) -> str:
        with self.calm():
            done = self.here.attempt("backup", timeout=300)
        for old in sorted((self.here.home / "var/backups").glob("*.tar"))[:-2]:
            old.unlink()
        return "" if done.returncode == 0 else done.stderr

    def browse(self, pages: Sequence[str]) -> list[str]:
        """The chief looks, a resident follows the link from a poster. Returns what went wrong."""
        wrong = []
        for page in pages:
            with self.calm(), contextlib.suppress(httpx.TransportError):  # the console may have been killed
                headers = {"User-Agent": READER}
                found = self._browser.get(page.format(link=self.link), headers=headers)
                if found.status_code not in (200, 302):
                    wrong.append(f"{page}: {found.status_code}")
        return wrong

    def residents(self, hours: float) -> None:
        with contextlib.suppress(httpx.TransportError):
            self.platform.http.post("/practice/api/residents", json={"advance_hours": hours})

    def start(self, *parts: str) -> None:
        with self.calm():
            for part in parts:
                self.processes[part] = self.here.start(part, stdout=self._log, stderr=self._log)
            wait_until(lambda: all(self._is_up(part) for part in parts), 120, f"the start of {parts}")
        for part in parts:
            self.births[part] = self.clock.passed()

    def _is_up(self, part: str) -> bool:
        assert self.processes[part].poll() is None, f"{part} ended by itself"
        if part == "web":
            try:
                return httpx.get(f"http://127.0.0.1:{self.here.port}/healthz", timeout=20).status_code in (200, 503)
            except httpx.TransportError:
                return False
        since = self.clock.now() - timedelta(seconds=30)
        sql = f"SELECT count(*) FROM deliver_heartbeat WHERE name LIKE '{part}%' AND at > '{since:%Y-%m-%d %H:%M:%S}'"
        return bool(self.here.sql(sql)[0][0])

    def kill(self, part: str) -> None:
        """kill -9, and what a supervisor does then."""
        process = self.processes[part]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        time.sleep(30 / max(self.clock.speed, 1.0))  # its last sign of life is old
        self.start(part)

    def revive(self) -> list[str]:
        """What ended by itself, started again as a supervisor would."""
        dead = [part for part in PARTS if self.processes[part].poll() is not None]
        if dead:
            self.start(*dead)
        return dead

    def start_platform(self) -> None:
        command = [sys.executable, "-m", "publisher.practice", "--home", str(self.home / "platform")]
        options = ["--port", str(self._port), "--quiet", "--no-residents", "--time-scale", "0", "--seed"]
        environment = {**os.environ, **self._environment}
        with self.calm():
            self.processes["platform"] = subprocess.Popen(
                [*command, *options, str(self._seed)], env=environment, stdout=self._log, stderr=self._log
            )
            wait_until(self._platform_answers, 60, "the practice platforms")
        self.births["platform"] = self.clock.passed()

    def _platform_answers(self) -> bool:
        try:
            return self.platform.http.get("/practice/api/chats").status_code < 500
        except httpx.TransportError:
            return False

    def stop_platform(self) -> None:
        self.processes["platform"].terminate()
        self.processes["platform"].wait(30)

    def end(self) -> dict[str, int]:
        """Exit codes of a clean end."""
        parts = [part for part in PARTS if part in self.processes]
        self.clock.set(min(CALM, self.clock.speed))
        for part in parts:
            self.processes[part].terminate()
        codes = {part: self.processes[part].wait(60) for part in parts}
        self.stop_platform()
        self._browser.close()
        self._log.close()
        return codes

    def abandon(self) -> None:
        """After a failure of ours: nothing may go on running."""
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()

    def complaints(self) -> list[str]:
        """What the programs logged of errors, each kind once with its number."""
        self._log.flush()
        found: dict[str, int] = {}
        for line in (self.home / "processes.log").read_text(encoding="utf-8", errors="replace").splitlines():
            if re.search(r"\bERROR\b|^\w*(Error|Exception)\b", line):
                kind = re.sub(r"\d+", "#", line)[-160:]
                found[kind] = found.get(kind, 0) + 1
        return [f"{number} × {kind}" for kind, number in sorted(found.items(), key=lambda item: -item[1])[:20]]
