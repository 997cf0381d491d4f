"""What measuring costs: one pass of the collector over thousands of live posts by each road, and V_72h of a year.

Telethon's real client and types stand above a service in this process, preview pages come from memory: what is timed is
our own work. Readings lie in SQLite with the product's own schema, and beside it in DuckDB, in the same run.
    python benchmarks/measure.py [--quick] [--only collector]
The last line is one JSON object. --quick: 1,000 posts and 200,000 readings instead of 10,000 and 5 million.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import platform
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/connectors")]
CONFIG = """
site: {name: Benchmark}
districts: {main: {name: {kk: Аудан, ru: Район}, hotline: 2-15-65}}
accounts:
  telegram-main: {type: telegram, token: "${BENCH_TOKEN}", api_url: "http://127.0.0.1:9"}
  reader: {type: telegram_session, api_id: 7, api_hash: "${BENCH_TOKEN}", gap: 0}
"""
CHANNELS = 20
SENT = datetime(2026, 11, 20, 5, tzinfo=UTC)
BLOCK = (
    '<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="{name}/{id}">'
    '<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    '<span class="tgme_widget_message_views">{views}</span></div></div>'
)
TEXT = "Алаяқтардан сақ болыңыз. " * 160  # real pages have 100 to 130 kB for twenty messages
READINGS_EACH = 250
INSERT = (
    "INSERT INTO measure_reading (delivery_id, metric, label, value, at, source, by, proof) VALUES (?,?,?,?,?,?,?,?)"
)
DUCK = """
SELECT w.delivery_id, arg_min(r.value, abs(epoch_us(r.at) - epoch_us(w.due))) FROM wanted w
JOIN readings r ON r.delivery_id = w.delivery_id AND r.at BETWEEN w.due - INTERVAL 6 HOUR AND w.due + INTERVAL 6 HOUR
GROUP BY 1
"""


def set_up(home: Path) -> None:
    (home / "config.yaml").write_text(CONFIG, encoding="utf-8")
    for name in ("content", "media", "schedules"):
        (home / name).symlink_to(ROOT / name)
    os.environ |= {
        "PUBLISHER_HOME": str(home),
        "BENCH_TOKEN": "123456:bench",
        "DJANGO_SETTINGS_MODULE": "publisher.settings",
    }
    import django

    django.setup()
    from publisher.database import bring_up_to_date

    bring_up_to_date()


def posts(count: int) -> None:
    """Messages that went out at the same moment, a channel's one after another, each with its four appointments."""
    from publisher.compose.models import Post, Status
    from publisher.deliver.models import Channel, Delivery, State
    from publisher.measure.appointments import make_for
    from publisher.people.models import District

    district = District.objects.get(pk="main")
    channels = [
        Channel.objects.create(
            key=f"c{n}", account_id="telegram-main", platform_kind="channel", target=f"-100{1001 + n}",
            url=f"https://t.me/chan{n:03}", languages=["kk"], district=district,
        )
        for n in range(CHANNELS)
    ]  # fmt: skip
    post = Post.objects.create(title="B", district=district, kind="notice", status=Status.APPROVED)
    made = []
    for n in range(count):
        channel, number = channels[n % CHANNELS], 100 + n // CHANNELS
        receipt = {"ids": [str(number)], "url": f"{channel.url}/{number}", "poll_id": ""}
        fields = {"post": post, "channel": channel, "language": f"{n // CHANNELS % 100:02}", "part": "main"}
        if n // CHANNELS % 100 == 0:
            post = Post.objects.create(title="B", district=district, kind="notice", status=Status.APPROVED)
            fields["post"] = post
        made.append(Delivery(**fields, due_at=SENT, sent_at=SENT, state=State.SENT, receipt=receipt))
    Delivery.objects.bulk_create(made, batch_size=1000)
    make_for(*Delivery.objects.all())


def service(count: int) -> Any:
    import telegram_tl_stand as stand

    numbers = range(100, 100 + count // CHANNELS + 1)
    there = stand.Telegram(chats=[stand.channel(1001 + n, f"C{n}") for n in range(CHANNELS)])
    there.posts = {n: stand.post(n, reactions=stand.reactions(heart=3, thumb=2)) for n in numbers}
    there.counters = {n: stand.views(1000 + n, 4, 2) for n in numbers}
    there.full = {"participants_count": 812, "can_view_stats": False}
    return there


def pages(asked: list[str]) -> Any:
    import httpx

    def page(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        before = int(request.url.params.get("before", 0)) or 10_000
        asked.append(request.url.path)
        blocks = (BLOCK.format(name=name, id=n, text=TEXT, views=947) for n in range(before - 20, before))
        return httpx.Response(200, text=f"<html>{''.join(blocks)}</html>")

    return httpx.MockTransport(page)


async def one_pass(now: datetime, connectors: dict[str, Any], session: bool) -> int:
    from publisher.measure import collect, reader_pass

    @asynccontextmanager
    async def open_connector(key: str):  # type: ignore[no-untyped-def]
        yield connectors[key]

    taken = await reader_pass.read(now, open_connector) if session else 0
    return taken + (await collect.collect(now, open_connector)).taken


def collector(count: int) -> dict[str, Any]:
    """Each horizon once, by the press-office account (1 h, 24 h) and by the public pages (72 h, 7 d)."""
    import telegram_tl_stand as stand
    from django.conf import settings

    from publisher.connectors import telegram_session, telegram_views
    from publisher.connectors.telegram import Telegram
    from publisher.connectors.telegram_session import TelegramSession
    from publisher.measure.models import Appointment, ReaderLogin, Reading, Watch
    from publisher.measure.sealing import seal

    posts(count)
    telegram_session.new_client = stand.client_of(service(count))
    telegram_views.APART = 0.0
    session = TelegramSession(settings.CONFIG.accounts["reader"])
    asked: list[str] = []
    bot = Telegram(settings.CONFIG.accounts["telegram-main"], transport=pages(asked))
    connectors = {"reader": session, "telegram-main": _without_members(bot)}
    string = stand.StringSession()
    string.set_dc(2, "149.154.167.51", 443)
    string.auth_key = stand.AuthKey(stand.KEY)
    ReaderLogin.objects.filter(pk="reader").update(sealed=seal(string.save()))
    Watch.objects.filter(pk="reader").update(on=True)
    figures: dict[str, Any] = {}
    for name, after, by_session in (
        ("1h", timedelta(hours=1), True),
        ("24h", timedelta(hours=24), True),
        ("72h", timedelta(hours=72), False),
        ("7d", timedelta(days=7), False),
    ):
        Watch.objects.filter(pk="reader").update(on=by_session)
        began, cpu = time.perf_counter(), time.process_time()
        taken = asyncio.run(one_pass(SENT + after, connectors, by_session))
        figures[f"pass_{name}_s"] = round(time.perf_counter() - began, 2)
        figures[f"pass_{name}_cpu_s"] = round(time.process_time() - cpu, 2)
        assert taken == count, (name, taken)
        bot._public = telegram_views.PublicPages(bot._pages)  # the next pass comes days later
    figures["pages_asked"] = len(asked)
    assert not Appointment.objects.exclude(state="taken").exists()
    figures["readings_kept"] = Reading.objects.count()
    return figures


def _without_members(bot: Any) -> Any:
    async def measure(target: str, receipt: Any) -> Any:
        return await type(bot).measure(bot, target, receipt) if receipt else ()

    bot.measure = measure
    return bot


def rows(deliveries: list[tuple[int, datetime]]) -> Iterator[tuple[Any, ...]]:
    """Views as a busy channel's are read: every hour of ten days and a bit, growing."""
    chance = random.Random(7)
    for pk, sent in deliveries:
        value = 0
        for hour in range(READINGS_EACH):
            value += chance.randrange(40)
            at = sent + timedelta(hours=hour, seconds=chance.randrange(600))
            yield pk, "views", "", value, at.strftime("%Y-%m-%d %H:%M:%S"), "mtproto", "", ""


def a_year(count: int) -> list[tuple[int, datetime]]:
    from publisher.compose.models import Post
    from publisher.deliver.models import Channel, Delivery, State
    from publisher.measure.appointments import make_for
    from publisher.measure.models import Appointment

    post, channel = Post.objects.first(), Channel.objects.first()
    start = datetime(2025, 1, 1, tzinfo=UTC)
    each = timedelta(days=364) / count
    made, posts_made = [], []
    for n in range(count):
        if n % 100 == 0:
            posts_made.append(Post(title="Y", district=post.district, kind="notice", status=post.status))
    Post.objects.bulk_create(posts_made)
    for n in range(count):
        given = {"post": posts_made[n // 100], "channel": channel, "language": f"{n % 100:02}", "state": State.SENT}
        made.append(Delivery(**given, due_at=start + each * n, sent_at=start + each * n))
    Delivery.objects.bulk_create(made, batch_size=1000)
    make_for(*made)
    Appointment.objects.filter(delivery__in=[one.pk for one in made]).update(state="taken")
    return [(one.pk, one.sent_at) for one in made]


def year(readings: int, folder: Path) -> tuple[dict[str, Any], dict[str, float]]:
    import duckdb
    from django.conf import settings
    from django.db import connection

    from publisher.connectors.base import Metric
    from publisher.measure import horizons
    from publisher.measure.models import Horizon

    deliveries = a_year(readings // READINGS_EACH)
    connection.close()
    began = time.perf_counter()
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as base:
        base.executemany(INSERT, rows(deliveries))
    base.close()
    inserted = time.perf_counter() - began

    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    times, ours = [], {}
    for _ in range(3):
        began = time.perf_counter()
        ours = horizons.values(Metric.VIEWS, Horizon.THREE_DAYS, start, end)
        times.append(time.perf_counter() - began)

    file = folder / "readings.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows((r[0], r[3], r[4]) for r in rows(deliveries))
    duck = duckdb.connect(str(folder / "readings.duckdb"), config={"threads": 2})
    began = time.perf_counter()
    columns = "{'delivery_id': 'BIGINT', 'value': 'BIGINT', 'at': 'TIMESTAMP'}"
    duck.execute(f"CREATE TABLE readings AS SELECT * FROM read_csv('{file}', columns = {columns}, header = false)")
    duck_inserted = time.perf_counter() - began
    wanted = folder / "wanted.csv"
    with wanted.open("w", newline="") as out:
        csv.writer(out).writerows((pk, (sent + timedelta(hours=72)).replace(tzinfo=None)) for pk, sent in deliveries)
    columns = "{'delivery_id': 'BIGINT', 'due': 'TIMESTAMP'}"
    duck.execute(f"CREATE TABLE wanted AS SELECT * FROM read_csv('{wanted}', columns = {columns}, header = false)")
    duck_times, theirs = [], {}
    for _ in range(3):
        began = time.perf_counter()
        theirs = dict(duck.execute(DUCK).fetchall())
        duck_times.append(time.perf_counter() - began)
    assert {pk: value.value for pk, value in ours.items()} == theirs, "the two must say the same"
    best, duck_best = min(times), min(duck_times)
    figures = {
        "readings": readings,
        "messages": len(deliveries),
        "values_found": len(ours),
        "sqlite_insert_s": round(inserted, 1),
        "sqlite_v72_s": round(best, 3),
        "duckdb_load_s": round(duck_inserted, 1),
        "duckdb_v72_s": round(duck_best, 3),
        "sqlite_mb": round(Path(settings.DATABASES["default"]["NAME"]).stat().st_size / 1e6),
    }
    return figures, {"v72_sqlite_to_duckdb": round(best / duck_best, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=["collector"], help="leave the year's readings out")
    given = parser.parse_args()
    quick = given.quick
    count, readings = (1_000, 200_000) if quick else (10_000, 5_000_000)
    folder = Path(tempfile.mkdtemp(prefix="publisher-measure-"))
    try:
        (folder / "home").mkdir()
        set_up(folder / "home")
        figures = {"posts": count, **collector(count)}
        print(json.dumps(figures), file=sys.stderr, flush=True)
        more, ratios = ({}, {}) if given.only else year(readings, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    passes = [value for name, value in figures.items() if name.endswith("_s") and "cpu" not in name]
    ratios |= {"pass_limit_share": round(max(passes) / 60, 3)}
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    with suppress(ImportError):
        import duckdb

        machine["duckdb"] = duckdb.__version__
    machine["sqlite"] = sqlite3.sqlite_version
    print(json.dumps({"name": "measure", "ratios": ratios, "figures": {**figures, **more}, "machine": machine}))


if __name__ == "__main__":
    main()
