"""What waits must cost nothing: due → request, start and memory with 100,000 future deliveries, and an urgent post
behind 10,000 queued ones. Beside it APScheduler's SQLAlchemyJobStore with as many jobs. Used by benchmarks/delivery.py.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from tests.e2e import crowd
from tests.e2e.deployment import Deployment, Platform, wait_until

DUE = 100  # deliveries that come due one after another while the others wait
FUTURE = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from publisher.compose.approval import digest_of
from publisher.compose.models import Post, Status, Version
from publisher.deliver.models import Channel, Delivery
from publisher.people.models import District

count, due = {count!r}, {due!r}
district = District.objects.get(pk="akkaiyn")
channels = list(Channel.objects.order_by("key"))
moment = timezone.now()
with transaction.atomic():
    posts = Post.objects.bulk_create(
        Post(kind="notice", district=district, status=Status.APPROVED, title=f"F{{n}}")
        for n in range(count // len(channels))
    )
    for number, post in enumerate(posts):
        at = moment + timedelta(days=1 + number)
        Delivery.objects.bulk_create(Delivery(post=post, channel=row, language="kk", due_at=at) for row in channels)
    for number in range(due):
        post = Post.objects.create(kind="notice", district=district, status=Status.APPROVED, title=f"D{{number}}")
        Version.objects.create(post=post, language="kk", body=f"Хабарлама {{number}}.")
        post.approved_digest = digest_of(post)
        post.save()
        at = timezone.now() + timedelta(hours=20)
        Delivery.objects.create(post=post, channel=channels[number % len(channels)], language="kk", due_at=at)
"""
SOON = """
UPDATE deliver_delivery SET due_at = {due} WHERE post_id IN (SELECT id FROM compose_post WHERE title = 'D{number}')
"""
JOBS = """
import os, pickle, sys, time
from datetime import UTC, datetime, timedelta
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.util import datetime_to_utc_timestamp
file, count, due, fill = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "fill"
began = time.time()
late = []
def work(at):
    late.append(time.time() - at)
if __name__ == "__main__":
    store = SQLAlchemyJobStore(url=f"sqlite:///{file}")
    late_is_fine = {"misfire_grace_time": None}
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC, job_defaults=late_is_fine)
    if fill:
        scheduler.start(paused=True)
        rows = []
        for number in range(count):
            at = datetime.now(UTC) + timedelta(days=1, seconds=number)
            job = Job(scheduler, id=f"f{number}", func="__main__:work", trigger=DateTrigger(at, UTC),
                      executor="default", args=(0,), kwargs={}, name="f", misfire_grace_time=None, coalesce=True,
                      max_instances=1, next_run_time=at)
            state = pickle.dumps(job.__getstate__(), store.pickle_protocol)
            rows.append({"id": job.id, "next_run_time": datetime_to_utc_timestamp(at), "job_state": state})
        with store.engine.begin() as connection:
            connection.execute(store.jobs_t.insert(), rows)
    else:
        scheduler.start()
        started = time.time() - began
        for number in range(due):
            at = datetime.now(UTC) + timedelta(seconds=1 + 0.15 * number)
            scheduler.add_job("__main__:work", DateTrigger(at, UTC), args=(at.timestamp(),))
        while len(late) < due:
            time.sleep(0.1)
        late.sort()
        memory = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
        print(started, late[len(late) // 2], late[int(len(late) * 0.99) - 1], memory / 1024)
    scheduler.shutdown(wait=False)
"""


def future(here: Deployment, server: Platform, practice_home: Path, count: int, channels: int) -> dict[str, float]:
    """Start, memory, and lateness of what comes due, with `count` deliveries that wait for another day."""
    crowd.load(here, crowd.chats(server, channels), 0)
    here.python(FUTURE.format(count=count, due=DUE), timeout=900)
    began = time.monotonic()
    worker = here.start("worker", stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: here.sql("SELECT 1 FROM deliver_heartbeat WHERE name LIKE 'worker:%'"), 120, "the worker")
        started = time.monotonic() - began
        due = _soon(here)
        wait_until(lambda: _left(here) == 0, 240, "the last message")
        memory = _memory(worker)
    finally:
        worker.terminate()
        worker.wait(30)
    arrived = _arrived(practice_home)
    late = [arrived[f"Хабарлама {number}."] - at for number, at in due.items()]
    return {"start_s": started, "memory_mb": memory, **_spread("late", late)}


def _soon(here: Deployment) -> dict[int, float]:
    """From now on they come due, one every 0.15 s."""
    first = datetime.now(UTC) + timedelta(seconds=2)
    due = {number: first + timedelta(seconds=0.15 * number) for number in range(DUE)}
    statements = [SOON.format(due=f"'{at:%Y-%m-%d %H:%M:%S.%f}{_zone(here)}'", number=n) for n, at in due.items()]
    _write(here, statements)
    return {number: at.timestamp() for number, at in due.items()}


def _zone(here: Deployment) -> str:
    return "" if here.database.startswith("sqlite") else "+00"


def _write(here: Deployment, statements: list[str]) -> None:
    if here.database.startswith("sqlite"):
        with sqlite3.connect(here.home / here.database.removeprefix("sqlite:///"), timeout=60) as database:
            for statement in statements:
                database.execute(statement)
        return
    import psycopg

    with psycopg.connect(here.database) as database:
        for statement in statements:
            database.execute(statement)


def _left(here: Deployment) -> int:
    query = """SELECT COUNT(*) FROM deliver_delivery d JOIN compose_post p ON p.id = d.post_id
               WHERE p.title LIKE 'D%' AND d.state <> 'sent'"""
    return int(here.sql(query)[0][0])


def urgent(here: Deployment, server: Platform, practice_home: Path, queued: int, channels: int) -> dict[str, float]:
    """Seconds from the urgent post's row to its first message, with so many before it, under the documented limits."""
    chats = crowd.chats(server, channels)
    crowd.load(here, chats, queued // channels)
    before = server.counters().get("telegram sendMessage", 0)
    worker = here.start("worker", stderr=subprocess.DEVNULL)
    waits = []
    try:
        sent: Callable[[], int] = lambda: server.counters().get("telegram sendMessage", 0)  # noqa: E731
        wait_until(lambda: sent() > before + 30, 120, "the first messages")
        for number in range(3):
            name = f"U{number}-"
            crowd.load(here, dict(list(chats.items())[:20]), 1, prefix=name, urgent=True)
            text = crowd.text_of(f"{name}00000")
            wait_until(lambda text=text: text in _arrived(practice_home), 60, "the urgent message")
            waits.append(_arrived(practice_home)[text] - _made(here, name))
    finally:
        worker.terminate()
        worker.wait(30)
    return {"urgent_first_s": max(waits), "urgent_first_median_s": median(waits)}


def _made(here: Deployment, name: str) -> float:
    """When its rows can be seen at the earliest: the last of them was made just before the commit."""
    rows = "deliver_delivery d JOIN compose_post p ON p.id = d.post_id"
    at = here.sql(f"SELECT MAX(d.created_at) FROM {rows} WHERE p.title LIKE '{name}%'")[0][0]
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _arrived(practice_home: Path) -> dict[str, float]:
    """Text → when the platform took the first of it."""
    (file,) = practice_home.glob("*.sqlite3")
    rows = sqlite3.connect(file).execute("SELECT body, sent_at FROM messages ORDER BY sent_at DESC").fetchall()
    return {json.loads(body).get("text", ""): at for body, at in rows}


def job_store(folder: Path, count: int) -> dict[str, float]:
    """The same for APScheduler: as many jobs for another day, and as many that come due one after another."""
    script = folder / "jobs.py"
    script.write_text(JOBS, encoding="utf-8")
    command = [sys.executable, str(script), str(folder / "jobs.sqlite3"), str(count), str(DUE)]
    subprocess.run([*command, "fill"], check=True, timeout=900)
    done = subprocess.run([*command, "run"], check=True, capture_output=True, text=True, timeout=300)
    started, middle, worst, memory = map(float, done.stdout.split())
    return {"start_s": started, "memory_mb": memory, "late_p50_s": middle, "late_p99_s": worst}


def _memory(process: subprocess.Popen) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _spread(name: str, values: list[float]) -> dict[str, float]:
    return {f"{name}_p50_s": median(values), f"{name}_p99_s": quantiles(values, n=100, method="inclusive")[98]}
